/** Where the arrays of objects are in a text whose form does not tell: what a user may have meant as the entities. */
import { OPEN_BRACE, OPEN_BRACKET } from './ascii.js';
import { decodeString, skipWhitespace } from './bytes.js';
import { DETECTION_LIMIT } from './detect-form.js';
import { MemberCursor } from './members.js';

/** An array whose first element is an object. */
export interface FoundArray {
  /** The members that lead to it. */
  readonly path: readonly string[];
  /** Its bytes, as far as they were looked at. */
  readonly length: number;
}

/** Members on the way to an array, at most. */
const MOST_MEMBERS = 4;

/** Arrays that are told of. */
const MOST_ARRAYS = 5;

/**
 * Finds the arrays in the first megabyte of `[start, end)`, in the order of the text; inside of arrays nothing is
 * looked for. What is cut, or is no JSON, is looked at as far as it goes.
 */
export function findArrays(bytes: Buffer, start: number, end: number): readonly FoundArray[] {
  const found: FoundArray[] = [];
  if (bytes[start] === OPEN_BRACE) findIn(bytes, start, Math.min(end, start + DETECTION_LIMIT), [], found);
  return found;
}

function findIn(bytes: Buffer, start: number, end: number, way: readonly string[], found: FoundArray[]): void {
  const cursor = new MemberCursor();
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  while (found.length < MOST_ARRAYS) {
    const more = cursor.next();
    // The value of the last key may be cut.
    if (!more && !(cursor.fault && cursor.keyStart >= start && cursor.valueStart > cursor.keyEnd)) return;
    const { valueStart } = cursor;
    const valueEnd = more ? cursor.valueEnd : end;
    const path = [...way, decodeString(bytes, cursor.keyStart, cursor.keyEnd)];
    if (bytes[valueStart] === OPEN_BRACKET && bytes[skipWhitespace(bytes, valueStart + 1, valueEnd)] === OPEN_BRACE) {
      found.push({ path, length: valueEnd - valueStart });
    } else if (bytes[valueStart] === OPEN_BRACE && path.length < MOST_MEMBERS) {
      findIn(bytes, valueStart, valueEnd, path, found);
    }
    if (!more) return;
  }
}

/** The paths of arrays in words, and how the first of them that can be said is asked for; undefined where none is. */
export function tellArrays(arrays: readonly FoundArray[]): string | undefined {
  if (arrays.length === 0) return undefined;
  const shown = arrays.map(({ path }) => path.map((name) => (isPlain(name) ? name : JSON.stringify(name))).join('.'));
  const plain = arrays.find(({ path }) => path.every(isPlain));
  const how = plain
    ? `: to read ${shown.length === 1 ? 'it' : 'one'}, say path ${plain.path.join('.')} (--path ${plain.path.join('.')})`
    : '';
  return `${shown.length === 1 ? 'an array' : 'arrays'} of objects at ${shown.join(', ')}${how}`;
}

/** A name that `path` can hold, which has dots between names. */
function isPlain(name: string): boolean {
  return /^[\p{L}\p{N}_$@-]{1,60}$/u.test(name);
}
