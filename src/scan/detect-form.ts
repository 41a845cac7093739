/** Telling a document from an array and from lines by the first bytes of an input. */
import type { MemberNames } from '../terms/batch.js';
import type { InputForm, ReadPlan } from '../terms/plan.js';
import { OPEN_BRACE, OPEN_BRACKET } from './ascii.js';
import { decodeString } from './bytes.js';
import { MemberCursor } from './members.js';

/** Bytes after which an input must have told its form. */
export const DETECTION_LIMIT = 1024 * 1024;

/** The form of an input, and the way to its entities. */
export interface DetectedForm {
  readonly form: InputForm;
  readonly path: readonly string[];
}

/** Where documents keep their entities: the importable form, and an answer of the platform. */
export const KNOWN_PATHS: readonly (readonly string[])[] = [['entities'], ['response', 'entities']];

/**
 * Looks at the beginning of an input, from its first byte that is no white space. `[` opens an array. `{` opens a
 * document when its first-level members lead to an array at one of the known paths before an id or type member
 * comes; otherwise it opens the first of many lines.
 * @param names the members that mark an entity; undefined when the input is known to be no lines
 * @returns undefined while more bytes are needed
 */
export function detectForm(
  bytes: Buffer,
  start: number,
  end: number,
  names: MemberNames | undefined,
): DetectedForm | undefined {
  if (bytes[start] === OPEN_BRACKET) return { form: 'array', path: [] };
  if (bytes[start] !== OPEN_BRACE) return { form: 'lines', path: [] };
  return detectIn(bytes, start, end, names, KNOWN_PATHS, 0);
}

/** What a caller has said of the form of an input. */
export type ToldForm = Pick<ReadPlan, 'form' | 'path' | 'memberNames'>;

/**
 * Decides the form of an input: as the caller says, else as the bytes do. Called a document, an input is read as one,
 * even where that leads to no entities.
 * @param start of the first byte that is no white space
 * @param complete no byte behind `end` will tell more
 * @returns undefined while more bytes are needed; `undecided` when the first megabyte has not told
 */
export function decideForm(
  bytes: Buffer,
  start: number,
  end: number,
  complete: boolean,
  { form, path, memberNames }: ToldForm,
): DetectedForm | 'undecided' | undefined {
  if (path) return { form: 'document', path };
  if (form === 'lines' || form === 'array') return { form, path: [] };
  const isDocument = form === 'document';
  const fallback: DetectedForm = isDocument ? { form, path: KNOWN_PATHS[0] } : LINES;
  const length = Math.min(end - start, DETECTION_LIMIT);
  if (length > 0) {
    const detected = detectForm(bytes, start, start + length, isDocument ? undefined : memberNames);
    if (detected) return isDocument && detected.form !== 'document' ? fallback : detected;
    if (length === DETECTION_LIMIT) return isDocument ? fallback : 'undecided';
  }
  return complete ? fallback : undefined;
}

const LINES: DetectedForm = Object.freeze({ form: 'lines', path: [] });

/** Looks at the members of the object at `start`, at this depth of the paths that lead here. */
function detectIn(
  bytes: Buffer,
  start: number,
  end: number,
  names: MemberNames | undefined,
  paths: readonly (readonly string[])[],
  depth: number,
): DetectedForm | undefined {
  const cursor = new MemberCursor();
  // Depth is for the walk to judge: here it would only hide the form.
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  for (;;) {
    const more = cursor.next();
    // The value of the last key may be cut, and still tell by its first byte what it is.
    const cut = !more && cursor.fault !== undefined && cursor.fault.at >= end;
    if (!more && !(cut && cursor.keyStart >= start && cursor.valueStart > cursor.keyEnd)) {
      return cut ? undefined : LINES;
    }
    const key = decodeString(bytes, cursor.keyStart, cursor.keyEnd);
    if (depth === 0 && names && (key === names.id || key === names.type)) return LINES;
    const leading = paths.filter((path) => path[depth] === key);
    for (const path of leading) {
      if (path.length === depth + 1 && bytes[cursor.valueStart] === OPEN_BRACKET) return { form: 'document', path };
    }
    if (leading.length > 0 && bytes[cursor.valueStart] === OPEN_BRACE) {
      const found = detectIn(bytes, cursor.valueStart, more ? cursor.valueEnd : end, names, leading, depth + 1);
      if (found?.form === 'document' || (found === undefined && !more)) return found;
    }
    if (!more) return undefined;
  }
}
