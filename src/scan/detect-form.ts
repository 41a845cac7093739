/** Detects from the first bytes of an input whether it is a document, an array or lines. */
import type { MemberNames } from '../terms/batch.js';
import type { InputForm, ReadPlan } from '../terms/plan.js';
import { OPEN_BRACE, OPEN_BRACKET } from './ascii.js';
import { decodeString } from './bytes.js';
import { MemberCursor } from './members.js';

/** Bytes within which the form of an input must be clear. */
export const DETECTION_LIMIT = 1024 * 1024;

/** The form of an input, and the path to its entities. */
export interface DetectedForm {
  readonly form: InputForm;
  readonly path: readonly string[];
}

/** Paths where documents keep their entities: in the importable form, and in a response of the platform. */
export const KNOWN_PATHS: readonly (readonly string[])[] = [['entities'], ['response', 'entities']];

/**
 * Examines the beginning of an input, from its first byte that is not white space. `[` opens an array. `{` opens a
 * document if its first-level members lead to an array at one of the known paths before an id or type member comes;
 * otherwise it opens the first of many lines.
 * @param names the members that mark an entity; undefined if the input is known not to be lines
 * @returns undefined if more bytes are needed
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

/** The form of an input as far as the caller has stated it. */
export type StatedForm = Pick<ReadPlan, 'form' | 'path' | 'memberNames'>;

/**
 * Decides the form of an input: as the caller says, otherwise as the bytes do. An input that the caller calls a document
 * is read as one, even if it has no entities.
 * @param start of the first byte that is not white space
 * @param complete whether no more bytes will come
 * @returns undefined if more bytes are needed; `undecided` if the first megabyte does not decide
 */
export function decideForm(
  bytes: Buffer,
  start: number,
  end: number,
  complete: boolean,
  { form, path, memberNames }: StatedForm,
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

/** Examines the members of the object at `start`, at this depth of the known paths. */
function detectIn(
  bytes: Buffer,
  start: number,
  end: number,
  names: MemberNames | undefined,
  paths: readonly (readonly string[])[],
  depth: number,
): DetectedForm | undefined {
  const cursor = new MemberCursor();
  // The walk reports excessive depth; here it would only hide the form.
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  for (;;) {
    const more = cursor.next();
    // A value that is cut can still show its kind by its first byte.
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
