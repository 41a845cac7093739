/** Reads large values of an entity to the texts of their cells, in steps: each is far longer than a turn of the event loop. */
import * as ascii from '../scan/ascii.js';
import { decodeString } from '../scan/bytes.js';
import { decodeStringInSteps, pieceEnd, STEP_BYTES, stringEndInSteps, unfinished } from '../scan/strings-in-steps.js';
import { ElementCursor } from '../shape/element-cursor.js';
import type { DsvPlan } from '../terms/plan.js';
import { joinedInSteps } from './joined-array.js';
import { JSON_TEXT, NUMBER, TEXT } from './table-cells.js';

const { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, MINUS, OPEN_BRACE, OPEN_BRACKET, QUOTE, SPACE, ZERO } = ascii;
const NINE = 0x39;

/** Bytes of numbers. */
const IN_NUMBER = new Uint8Array(256);
for (const byte of Buffer.from('0123456789+-.eE')) IN_NUMBER[byte] = 1;

/** A value that is not an object, and its cell. */
export interface LargeValue {
  /** The position after it. */
  readonly end: number;
  readonly kind: typeof TEXT | typeof JSON_TEXT | typeof NUMBER;
  readonly text: string;
}

/** An array, and what it holds: white space between its tokens, arrays or objects. */
interface ReadArray {
  readonly end: number;
  readonly hasSpace: boolean;
  readonly isNested: boolean;
}

/**
 * The large strings, numbers and arrays of the entity at `[start, end)` that are not inside arrays, by their positions; the text has
 * been checked, or is trusted. Yields between steps.
 * @param size bytes above which a value is large, and of one step
 * @throws SyntaxError for text that is found not to be JSON
 */
export function* largeValues(
  bytes: Buffer,
  start: number,
  end: number,
  rules: Pick<DsvPlan, 'arrays' | 'collectionSeparator'>,
  size = STEP_BYTES,
): Generator<void, ReadonlyMap<number, LargeValue>> {
  const found = new Map<number, LargeValue>();
  for (let pos = start, next = start + size; pos < end; ) {
    if (pos > next) {
      yield;
      next = pos + size;
    }
    const byte = bytes[pos];
    if (byte === QUOTE) {
      const after = yield* stringEndInSteps(bytes, pos, end);
      if (after - pos > size)
        found.set(pos, { end: after, kind: TEXT, text: yield* decodeStringInSteps(bytes, pos, after, size) });
      pos = after;
    } else if (byte === OPEN_BRACKET) {
      const array = yield* readArray(bytes, pos, end);
      if (array.end - pos > size) found.set(pos, yield* cellOf(bytes, pos, array, rules, size));
      pos = array.end;
    } else if (byte === MINUS || (byte >= ZERO && byte <= NINE)) {
      const after = yield* numberEnd(bytes, pos, end);
      if (after - pos > size) found.set(pos, { end: after, kind: NUMBER, text: bytes.toString('latin1', pos, after) });
      pos = after;
    } else pos++;
  }
  return found;
}

/** The position after the number that begins at `start`. */
function* numberEnd(bytes: Buffer, start: number, end: number): Generator<void, number> {
  let pos = start + 1;
  for (let next = start + STEP_BYTES; pos < end && IN_NUMBER[bytes[pos]] === 1; pos++) {
    if (pos < next) continue;
    yield;
    next = pos + STEP_BYTES;
  }
  return pos;
}

/** Reads the array that begins at `start`. */
function* readArray(bytes: Buffer, start: number, end: number): Generator<void, ReadArray> {
  let depth = 0;
  let hasSpace = false;
  let isNested = false;
  let inString = false;
  for (let pos = start, next = start + STEP_BYTES; pos < end; pos++) {
    if (pos >= next) {
      yield;
      next = pos + STEP_BYTES;
    }
    const byte = bytes[pos];
    if (inString) {
      if (byte === QUOTE) inString = false;
      else if (byte === BACKSLASH) pos++;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_BRACKET || byte === OPEN_BRACE) isNested = ++depth > 1 || isNested;
    else if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      if (--depth === 0) return { end: pos + 1, hasSpace, isNested };
    } else if (byte <= SPACE) hasSpace = true;
  }
  throw unfinished(end);
}

function* cellOf(
  bytes: Buffer,
  start: number,
  { end, hasSpace, isNested }: ReadArray,
  { arrays, collectionSeparator }: Pick<DsvPlan, 'arrays' | 'collectionSeparator'>,
  size: number,
): Generator<void, LargeValue> {
  if (arrays === 'join' && !isNested) {
    const text = yield* joinedInSteps(elements(bytes, start, end), collectionSeparator);
    if (text !== undefined) return { end, kind: TEXT, text };
  }
  return { end, kind: JSON_TEXT, text: yield* compact(bytes, start, end, hasSpace, size) };
}

/** The texts of the elements of an array of plain values, and null. */
function* elements(bytes: Buffer, start: number, end: number): Generator<string | null, void> {
  const cursor = new ElementCursor(bytes, Number.POSITIVE_INFINITY);
  cursor.open({ start, end });
  while (cursor.next()) {
    if (bytes[cursor.start] === QUOTE) yield decodeString(bytes, cursor.start, cursor.end);
    else {
      const text = bytes.toString('latin1', cursor.start, cursor.end);
      yield text === 'null' ? null : text;
    }
  }
  if (cursor.fault) throw new SyntaxError(cursor.fault.message);
}

/** The text at `[start, end)`, without white space between its tokens. */
function* compact(bytes: Buffer, start: number, end: number, hasSpace: boolean, size: number): Generator<void, string> {
  const texts: string[] = [];
  let inString = false;
  for (let from = start; from < end; ) {
    let to = pieceEnd(bytes, from, end, size);
    if (!hasSpace) {
      texts.push(bytes.toString('utf8', from, to));
    } else {
      const out = Buffer.allocUnsafe(to - from + 1);
      let length = 0;
      for (let pos = from; pos < to; pos++) {
        const byte = bytes[pos];
        if (!inString && byte <= SPACE) continue;
        out[length++] = byte;
        if (byte === QUOTE) inString = !inString;
        else if (byte === BACKSLASH) {
          out[length++] = bytes[++pos];
          // An escape may end behind the piece.
          to = Math.max(to, pos + 1);
        }
      }
      texts.push(out.toString('utf8', 0, length));
    }
    from = to;
    yield;
  }
  return texts.join('');
}
