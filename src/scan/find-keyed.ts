/** Finds objects that are kept by key in a text of unclear form, as arrays are found: `{"packages":{"a":{…},"b":{…}}}`. */
import { EVERY } from '../terms/path.js';
import { OPEN_BRACE } from './ascii.js';
import { decodeString } from './bytes.js';
import { isWritable, pathOption, shownPath } from './find-arrays.js';
import { DETECTION_LIMIT } from './form.js';
import { MemberCursor } from './members.js';
import { Pace } from './pace.js';

/** Maximum of members on the path to them. */
const MOST_MEMBERS = 3;

/** The first so many must be alike: an object of so few members may be an entity with parts. */
const ALIKE = 3;

/** An object inside another one, and its key. */
interface Inner {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The way, found in steps, to an object that takes most of the first megabyte of `[start, end)` and whose members are all
 * objects, the first ones with a member in common; undefined if there is none.
 */
export function* findKeyed(bytes: Buffer, start: number, end: number): Generator<void, readonly string[] | undefined> {
  const pace = new Pace();
  const limit = Math.min(end, start + DETECTION_LIMIT);
  const way: string[] = [];
  let at: Inner = { keyStart: start, keyEnd: start, start, end: limit };
  while (bytes[at.start] === OPEN_BRACE) {
    const { objects, areAll } = yield* objectsIn(bytes, at, pace);
    if (areAll && (yield* areAlike(bytes, objects.slice(0, ALIKE), pace))) return way;
    if (objects.length === 0 || way.length === MOST_MEMBERS) return undefined;
    at = objects.reduce((best, one) => (one.end - one.start > best.end - best.start ? one : best));
    if (2 * (at.end - at.start) < limit - start) return undefined;
    way.push(decodeString(bytes, at.keyStart, at.keyEnd));
  }
  return undefined;
}

/** The members that are objects, and whether all are. The last one may be cut. */
function* objectsIn(
  bytes: Buffer,
  { start, end }: Inner,
  pace: Pace,
): Generator<void, { objects: readonly Inner[]; areAll: boolean }> {
  const objects: Inner[] = [];
  let areAll = true;
  const cursor = new MemberCursor();
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  for (let more = true; more; ) {
    more = cursor.next();
    if (!more && !(cursor.fault && cursor.valueStart >= 0)) break;
    const { keyStart, keyEnd, valueStart } = cursor;
    const valueEnd = more ? cursor.valueEnd : end;
    if (bytes[valueStart] === OPEN_BRACE) objects.push({ keyStart, keyEnd, start: valueStart, end: valueEnd });
    else areAll = false;
    if (pace.isOver(valueEnd - keyStart)) yield;
  }
  return { objects, areAll };
}

function* areAlike(bytes: Buffer, objects: readonly Inner[], pace: Pace): Generator<void, boolean> {
  if (objects.length < ALIKE) return false;
  const all: ReadonlySet<string>[] = [];
  for (const one of objects) all.push(yield* namesIn(bytes, one, pace));
  const [first, ...others] = all;
  return [...first].some((name) => others.every((names) => names.has(name)));
}

function* namesIn(bytes: Buffer, { start, end }: Inner, pace: Pace): Generator<void, ReadonlySet<string>> {
  const names = new Set<string>();
  const cursor = new MemberCursor();
  cursor.open(bytes, start, end, Number.POSITIVE_INFINITY);
  while (cursor.next()) {
    names.add(decodeString(bytes, cursor.keyStart, cursor.keyEnd));
    if (pace.isOver(cursor.valueEnd - cursor.keyStart)) yield;
  }
  return names;
}

/** Objects by key as text, and how to read them; undefined if there are none. */
export function describeKeyed(way: readonly string[] | undefined): string | undefined {
  const path = way && [...way, EVERY];
  if (!path || !isWritable(path)) return undefined;
  const where = way.length === 0 ? '' : ` at ${shownPath(way)}`;
  return `objects by key${where}: to read them, set ${pathOption(path)}, and idFromKey (--id-from-key) if the keys are ids`;
}
