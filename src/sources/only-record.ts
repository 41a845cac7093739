/** Inputs that are one record each: told of where a document of entities was meant. */
import { decodeString } from '../scan/bytes.js';
import { findArrays, tellArrays } from '../scan/find-arrays.js';
import { MemberCursor } from '../scan/members.js';
import { END, type MemberNames, START } from '../terms/batch.js';
import type { NoteCode } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import type { ByteInput } from './source.js';

/** What a scanner has found, as far as it is looked at. */
interface FoundRecords {
  readonly bytes: Buffer;
  readonly rows: Int32Array;
  readonly count: number;
  readonly firstIndex: number;
  readonly covers: number;
  readonly singleLine: boolean;
}

/** What may be wrong with an only record. */
interface Candidate {
  readonly code: NoteCode;
  readonly text: string;
}

/** Names that say themselves that an input is lines. */
const IS_NAMED_LINES = /\.(ndjson|jsonl|ldjson)(\.(gz|gzip))?$/i;

/** Members on the way to an array of entities: those of an entity have longer ones. */
const MOST_MEMBERS = 2;

/** Bytes of a record that are looked at. */
const MOST_LOOKED_AT = 1024 * 1024;

/** Collects, over all inputs of a run, the records that may be documents. */
export class OnlyRecords {
  readonly #names: MemberNames;
  /** Of each kind the first, in words, and how many inputs are so. */
  readonly #found = new Map<NoteCode, { readonly first: string; inputs: number }>();
  /** What the only record so far of the current input is. */
  #candidate: Candidate | undefined;

  /** @param names what entities call their id and their type */
  constructor(names: MemberNames) {
    this.#names = names;
  }

  /** Looks at what was found in an input next. */
  look({ bytes, rows, count, firstIndex, covers, singleLine }: FoundRecords, { name, front }: ByteInput): void {
    if (covers === 0) return;
    this.#candidate = undefined;
    if (firstIndex > 0 || covers > 1 || !singleLine) return;
    if (count === 1) {
      this.lookAt(bytes, rows[START], rows[END], name);
    } else if (front) {
      // A filter has left the record out, and the scanner with it its bytes.
      const start = front.indexOf('{');
      if (start >= 0) this.#candidate = arraysIn(front, start, front.length, `${name} is read as one record`);
    }
  }

  /** Looks at the only record of the current input. */
  lookAt(bytes: Buffer, start: number, end: number, name: string): void {
    const what = `${name} is read as one record of ${end - start} bytes`;
    this.#candidate = arraysIn(bytes, start, end, what);
    if (!IS_NAMED_LINES.test(name)) this.#candidate ??= this.#unidentified(bytes, start, end, what);
  }

  /** The current input is at its end. */
  endInput(): void {
    if (this.#candidate !== undefined) {
      const { code, text } = this.#candidate;
      const known = this.#found.get(code);
      if (known) known.inputs++;
      else this.#found.set(code, { first: text, inputs: 1 });
    }
    this.#candidate = undefined;
  }

  /** Notes them in the receipt. */
  tell(run: Run): void {
    for (const [code, { first, inputs }] of this.#found) {
      const others = inputs === 1 ? '' : ` (and ${inputs - 1} more inputs of the kind)`;
      run.note({ code, text: `${first}${others}`, counts: { inputs } });
    }
  }

  #unidentified(bytes: Buffer, start: number, end: number, what: string): Candidate | undefined {
    const cursor = new MemberCursor();
    cursor.open(bytes, start, Math.min(end, start + MOST_LOOKED_AT), Number.POSITIVE_INFINITY);
    while (cursor.next()) {
      const key = decodeString(bytes, cursor.keyStart, cursor.keyEnd);
      if (key === this.#names.id || key === this.#names.type) return undefined;
    }
    const text = `${what}, which has neither id nor type; where that is meant, say input lines (--input lines)`;
    return { code: 'UNIDENTIFIED_RECORD', text };
  }
}

function arraysIn(bytes: Buffer, start: number, end: number, what: string): Candidate | undefined {
  const arrays = findArrays(bytes, start, end).filter(({ path }) => path.length <= MOST_MEMBERS);
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  // The rest of an entity outweighs the arrays in it.
  if (arrays.length === 0 || 2 * length < Math.min(end - start, MOST_LOOKED_AT)) return undefined;
  return { code: 'ARRAY_IN_ONE_RECORD', text: `${what}, which holds ${tellArrays(arrays)}` };
}
