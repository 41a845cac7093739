/** Finds the arrays of objects in a text of unclear form: one of them may be the entities the user wants. */
import { formatPath, type Path } from '../terms/path.js';
import { escaped, quoted, shellWord } from '../terms/shown-text.js';
import { OPEN_BRACE, OPEN_BRACKET } from './ascii.js';
import { decodeString, skipWhitespace } from './bytes.js';
import { DETECTION_LIMIT } from './form.js';
import { MemberCursor } from './members.js';
import { Pace } from './pace.js';

/** An array whose first element is an object. */
export interface FoundArray {
  /** The members that lead to it. */
  readonly path: readonly string[];
  /** The bytes of it that were examined. */
  readonly length: number;
}

/** Maximum of members on the path to an array. */
const MOST_MEMBERS = 4;

/** Maximum characters of a path that a message shows unchanged. */
const LONGEST_PATH = 200;

/** Maximum of arrays that are reported. */
const MOST_ARRAYS = 5;

/**
 * Finds the arrays in the first megabyte of `[start, end)`, in the order of the text and in steps. Arrays are not searched for further
 * ones. Text that is cut, or not JSON, is examined as far as possible.
 */
export function* findArrays(
  bytes: Buffer,
  start: number,
  end: number,
  pace = new Pace(),
  mostMembers = MOST_MEMBERS,
  mostArrays = MOST_ARRAYS,
): Generator<void, readonly FoundArray[]> {
  const found: FoundArray[] = [];
  if (bytes[start] === OPEN_BRACE) {
    yield* findIn(bytes, start, Math.min(end, start + DETECTION_LIMIT), [], { found, pace, mostMembers, mostArrays });
  }
  return found;
}

interface Search {
  readonly found: FoundArray[];
  readonly pace: Pace;
  readonly mostMembers: number;
  readonly mostArrays: number;
}

function* findIn(
  bytes: Buffer,
  start: number,
  end: number,
  way: readonly string[],
  search: Search,
): Generator<void, void> {
  const { found, pace, mostMembers, mostArrays } = search;
  const cursor = new MemberCursor();
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  while (found.length < mostArrays) {
    const more = cursor.next();
    // The value of the last key may be cut.
    if (!more && !(cursor.fault && cursor.valueStart >= 0)) return;
    const { valueStart } = cursor;
    const valueEnd = more ? cursor.valueEnd : end;
    const path = [...way, decodeString(bytes, cursor.keyStart, cursor.keyEnd)];
    if (bytes[valueStart] === OPEN_BRACKET && bytes[skipWhitespace(bytes, valueStart + 1, valueEnd)] === OPEN_BRACE) {
      found.push({ path, length: valueEnd - valueStart });
    } else if (bytes[valueStart] === OPEN_BRACE && path.length < mostMembers) {
      yield* findIn(bytes, valueStart, valueEnd, path, search);
    }
    if (pace.isOver(valueEnd - cursor.keyStart)) yield;
    if (!more) return;
  }
}

/** The paths of arrays as text, and how to read the longest one; undefined if there are none. */
export function describeArrays(arrays: readonly FoundArray[]): string | undefined {
  if (arrays.length === 0) return undefined;
  const shown = arrays.map(({ path }) => shownPath(path));
  const flagged = arrays.filter(({ path }) => isWritable(path));
  const [first, ...others] = flagged;
  const longest = others.reduce((best, one) => (one.length > best.length ? one : best), first);
  const how = longest ? `: to read ${shown.length === 1 ? 'it' : 'one'}, set ${pathOption(longest.path)}` : '';
  return `${shown.length === 1 ? 'an array' : 'arrays'} of objects at ${shown.join(', ')}${how}`;
}

/** The path in words of a message. */
export function shownPath(path: Path): string {
  const text = formatPath(path);
  return isWritable(path) ? text : quoted(text);
}

/** The option `path` and its flag, as a shell takes it. */
export function pathOption(path: Path): string {
  const text = formatPath(path);
  return `path ${text} (--path ${shellWord(text)})`;
}

/** Whether a message can show the path unchanged. */
export function isWritable(path: Path): boolean {
  const text = formatPath(path);
  return text.length <= LONGEST_PATH && text === escaped(text);
}
