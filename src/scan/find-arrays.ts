/** Finds the arrays of objects in a text of unclear form: one of them may be the entities the user wants. */
import { OPEN_BRACE, OPEN_BRACKET } from './ascii.js';
import { decodeString, skipWhitespace } from './bytes.js';
import { DETECTION_LIMIT } from './detect-form.js';
import { MemberCursor } from './members.js';

/** An array whose first element is an object. */
export interface FoundArray {
  /** The members that lead to it. */
  readonly path: readonly string[];
  /** The bytes of it that were examined. */
  readonly length: number;
}

/** Maximum of members on the path to an array. */
const MOST_MEMBERS = 4;

/** Maximum of arrays that are reported. */
const MOST_ARRAYS = 5;

/**
 * Finds the arrays in the first megabyte of `[start, end)`, in the order of the text. Arrays are not searched for further
 * ones. Text that is cut, or not JSON, is examined as far as possible.
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

/** The paths of arrays as text, and the path option for the first one that the option can express; undefined if none. */
export function describeArrays(arrays: readonly FoundArray[]): string | undefined {
  if (arrays.length === 0) return undefined;
  const shown = arrays.map(({ path }) => path.map((name) => (isPlain(name) ? name : JSON.stringify(name))).join('.'));
  const plain = arrays.find(({ path }) => path.every(isPlain));
  const how = plain
    ? `: to read ${shown.length === 1 ? 'it' : 'one'}, set path ${plain.path.join('.')} (--path ${plain.path.join('.')})`
    : '';
  return `${shown.length === 1 ? 'an array' : 'arrays'} of objects at ${shown.join(', ')}${how}`;
}

/** Whether the option `path` can express a name: it separates names by dots. */
function isPlain(name: string): boolean {
  return /^[\p{L}\p{N}_$@-]{1,60}$/u.test(name);
}
