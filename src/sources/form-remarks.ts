/** Reports inputs that may be meant otherwise than they are read. */

import { shownPath } from '../scan/find-arrays.js';
import type { FormRemark } from '../scan/form.js';
import type { NoteCode } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';

const AS_RECORDS = 'input sequence (--input sequence) reads it as one record';

/** For each kind the code of its note, and the rest of the sentence after the name of the input. */
const SAID: Readonly<Record<FormRemark['kind'], { readonly code: NoteCode; readonly text: (path: string) => string }>> =
  {
    document: {
      code: 'FORM_ASSUMED',
      text: (path) => `is read as a document with its entities at ${path}; ${AS_RECORDS}`,
    },
    entity: { code: 'FORM_ASSUMED', text: (path) => `is read as one entity, the object at ${path}; ${AS_RECORDS}` },
    records: { code: 'FORM_ASSUMED', text: (path) => `is read as records, of which the first has an array at ${path}` },
    part: {
      code: 'BRACKET_MISSING',
      text: () => 'is read as a part of an array: the bracket at its other end is missing',
    },
  };

/** Collects them over all inputs of a run. */
export class FormRemarks {
  readonly #found = new Map<FormRemark['kind'], { readonly first: string; inputs: number }>();

  /** Adds the remark on an input. */
  add(name: string, { kind, path = [] }: FormRemark): void {
    const known = this.#found.get(kind);
    if (known) known.inputs++;
    else this.#found.set(kind, { first: `${name} ${SAID[kind].text(shownPath(path))}`, inputs: 1 });
  }

  /** Adds notes to the receipt. */
  report(run: Run): void {
    for (const [kind, { first, inputs }] of this.#found) {
      const others = inputs === 1 ? '' : ` (and ${inputs - 1} more inputs of the kind)`;
      run.note({ code: SAID[kind].code, text: `${first}${others}`, counts: { inputs } });
    }
  }
}
