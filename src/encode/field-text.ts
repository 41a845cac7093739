/** Reads the cells of a row straight from the text of an entity. */
import * as ascii from '../scan/ascii.js';
import { decodeValue } from '../scan/decode-value.js';
import { DEFAULT_MAX_DEPTH, type DsvPlan } from '../terms/plan.js';
import { nestedTooDeeply } from './field-values.js';
import { joined } from './joined-array.js';
import type { LargeValue } from './large-values.js';
import type { PathColumns, PathNode } from './path-columns.js';
import type { Cells } from './table-cells.js';
import * as cells from './table-cells.js';
import type { ValueSpans } from './value-spans.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } = ascii;

const { BOOLEAN, JSON_TEXT, NULL, NUMBER, TEXT } = cells;

/** White space of JSON is at or below it. */
const { SPACE } = ascii;

const [T, F, N] = [...Buffer.from('tfn')];
const WORDS: ReadonlyMap<number, Uint8Array> = new Map([
  [T, Buffer.from('true')],
  [F, Buffer.from('false')],
  [N, Buffer.from('null')],
]);

/** Bytes of numbers. */
const IN_NUMBER = new Uint8Array(256);
for (const byte of Buffer.from('0123456789+-.eE')) IN_NUMBER[byte] = 1;

/** What a byte of a string takes from what is known of its span; quotes and backslashes end it. */
const ALL_KNOWN = cells.PLAIN | cells.PLAIN_IN_XML;
const ENDS = ALL_KNOWN + 1;
const CLASSES = new Uint8Array(256).map((_, byte) => {
  if (byte === QUOTE || byte === BACKSLASH) return ENDS;
  return (cells.PLAIN_BYTES.has(byte) ? 0 : cells.PLAIN) | (cells.ESCAPED_BYTES.has(byte) ? cells.PLAIN_IN_XML : 0);
});

/** How arrays become cells here; exploded ones are not read from text. */
type ArrayRules = Pick<DsvPlan, 'arrays' | 'collectionSeparator'>;

/**
 * Reads entities one by one. Values become spans of the text wherever they stand in it as a cell has them. The text has
 * been checked, or is trusted.
 */
export class FieldText {
  readonly #columns: PathColumns;
  readonly #cells: Cells;
  readonly #rules: ArrayRules;
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  #entity = 0;
  /** What the last array holds: white space between its tokens, arrays or objects. */
  #hasSpace = false;
  #isNested = false;
  /** Whether the entity has a key twice. */
  #isTwice = false;
  #values: ValueSpans | undefined;
  #large: ReadonlyMap<number, LargeValue> | undefined;

  constructor(columns: PathColumns, cells: Cells, rules: ArrayRules) {
    this.#columns = columns;
    this.#cells = cells;
    this.#rules = rules;
  }

  /**
   * Sets the cells of the entity at `[start, end)`.
   * @param values receives the places of the values
   * @param large large values that were read before, by their positions
   * @returns false where an object has a key twice, so that the cells are not valid
   * @throws SyntaxError for text that is found not to be JSON; SluiceError `TOO_MANY_COLUMNS`
   */
  read(
    bytes: Buffer,
    start: number,
    end: number,
    values?: ValueSpans,
    large?: ReadonlyMap<number, LargeValue>,
  ): boolean {
    this.#large = large;
    this.#values = values;
    values?.clear();
    this.#bytes = bytes;
    this.#end = end;
    this.#entity = this.#columns.begin();
    this.#isTwice = false;
    this.#cells.clear(bytes);
    const after = this.#object(start, this.#columns.root, 0);
    if (after !== end) this.#fail(after);
    return !this.#isTwice;
  }

  /** Reads the members of the object at a position. @returns the position after it */
  #object(start: number, node: PathNode, depth: number): number {
    if (depth > DEFAULT_MAX_DEPTH) throw nestedTooDeeply();
    const bytes = this.#bytes;
    const entity = this.#entity;
    let pos = this.#space(start + 1);
    let before: PathNode | undefined;
    let guess = node.first;
    if (bytes[pos] === CLOSE_BRACE) {
      this.#values?.addOther();
      if (node !== this.#columns.root) this.#cells.text(this.#columns.column(node), JSON_TEXT, EMPTY_OBJECT);
      return pos + 1;
    }
    for (;;) {
      if (bytes[pos] !== QUOTE) this.#fail(pos);
      let child: PathNode;
      if (guess && isAt(bytes, pos, guess.key)) {
        child = guess;
        pos += child.key.length;
      } else {
        const after = this.#stringEnd(pos);
        child = this.#child(node, pos, after);
        if (before) before.next = child;
        else node.first = child;
        pos = after;
      }
      if (child.entity === entity) this.#isTwice = true;
      child.entity = entity;
      if (bytes[pos] !== COLON) {
        pos = this.#space(pos);
        if (bytes[pos] !== COLON) this.#fail(pos);
      }
      pos++;
      if (bytes[pos] <= SPACE) pos = this.#space(pos);
      pos = this.#value(pos, child, depth);
      if (bytes[pos] <= SPACE) pos = this.#space(pos);
      if (bytes[pos] === CLOSE_BRACE) return pos + 1;
      if (bytes[pos] !== COMMA) this.#fail(pos);
      pos++;
      if (bytes[pos] <= SPACE) pos = this.#space(pos);
      before = child;
      guess = child.next;
    }
  }

  #value(start: number, node: PathNode, depth: number): number {
    const bytes = this.#bytes;
    const byte = bytes[start];
    const large = this.#large?.get(start);
    if (large) {
      this.#cells.text(this.#columns.column(node), large.kind, large.text);
      return large.end;
    }
    if (byte === QUOTE) return this.#string(start, node);
    if (byte === OPEN_BRACE) return this.#object(start, node, depth + 1);
    if (byte === OPEN_BRACKET) return this.#array(start, node);
    const column = node.column >= 0 ? node.column : this.#columns.column(node);
    if (byte === T || byte === F || byte === N) {
      const word = WORDS.get(byte);
      if (!word || !isAt(bytes, start, word)) this.#fail(start);
      const end = start + word.length;
      this.#cells.span(column, byte === N ? NULL : BOOLEAN, start, end, ALL_KNOWN);
      this.#values?.add(start, end, column);
      return end;
    }
    let pos = start;
    while (IN_NUMBER[bytes[pos]] === 1) pos++;
    if (pos === start) this.#fail(pos);
    this.#cells.span(column, NUMBER, start, pos, ALL_KNOWN);
    this.#values?.add(start, pos, column);
    return pos;
  }

  #string(start: number, node: PathNode): number {
    const bytes = this.#bytes;
    const end = this.#end;
    const column = node.column >= 0 ? node.column : this.#columns.column(node);
    let special = 0;
    for (let pos = start + 1; pos < end; pos++) {
      const byteClass = CLASSES[bytes[pos]];
      if (byteClass < ENDS) {
        special |= byteClass;
        continue;
      }
      if (bytes[pos] !== QUOTE) break;
      this.#cells.span(column, TEXT, start + 1, pos, ALL_KNOWN ^ special);
      this.#values?.add(start, pos + 1, column);
      return pos + 1;
    }
    const after = this.#stringEnd(start);
    this.#cells.text(column, TEXT, this.#decoded(start, after));
    this.#values?.add(start, after, column);
    return after;
  }

  #array(start: number, node: PathNode): number {
    this.#values?.addOther();
    const column = node.column >= 0 ? node.column : this.#columns.column(node);
    const end = this.#skip(start);
    if (this.#rules.arrays === 'join') {
      const text = this.#bytes.toString('utf8', start, end);
      const all = this.#isNested ? undefined : joined(decodeValue(text), this.#rules.collectionSeparator);
      if (all !== undefined) this.#cells.text(column, TEXT, all);
      else this.#json(column, start, end);
    } else {
      this.#json(column, start, end);
    }
    return end;
  }

  /** Sets a cell to the JSON text at `[start, end)`, without white space between its tokens. */
  #json(column: number, start: number, end: number): void {
    if (!this.#hasSpace) this.#cells.span(column, JSON_TEXT, start, end);
    else this.#cells.text(column, JSON_TEXT, this.#compact(start, end));
  }

  /** The JSON text at `[start, end)` without white space between its tokens. */
  #compact(start: number, end: number): string {
    const bytes = this.#bytes;
    const out = Buffer.allocUnsafe(end - start);
    let length = 0;
    for (let pos = start; pos < end; ) {
      const after = bytes[pos] === QUOTE ? this.#stringEnd(pos) : pos + 1;
      if (bytes[pos] > SPACE) for (; pos < after; pos++) out[length++] = bytes[pos];
      pos = after;
    }
    return out.toString('utf8', 0, length);
  }

  #child(node: PathNode, start: number, end: number): PathNode {
    // V8 would keep the batch alive for a part of it.
    return this.#columns.child(node, this.#decoded(start, end), Buffer.from(this.#bytes.subarray(start, end)));
  }

  #decoded(start: number, end: number): string {
    const text: unknown = JSON.parse(this.#bytes.toString('utf8', start, end));
    return typeof text === 'string' ? text : this.#fail(start);
  }

  /** Skips an array, and notes what it holds. */
  #skip(start: number): number {
    const bytes = this.#bytes;
    this.#hasSpace = false;
    this.#isNested = false;
    let depth = 0;
    for (let pos = start; pos < this.#end; pos++) {
      const byte = bytes[pos];
      if (byte === QUOTE) pos = this.#stringEnd(pos) - 1;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#isNested = ++depth > 1 || this.#isNested;
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (--depth === 0) return pos + 1;
      } else if (byte <= SPACE) this.#hasSpace = true;
    }
    return this.#fail(this.#end);
  }

  #stringEnd(start: number): number {
    const bytes = this.#bytes;
    for (let pos = start + 1; pos < this.#end; pos++) {
      if (bytes[pos] === QUOTE) return pos + 1;
      if (bytes[pos] === BACKSLASH) pos++;
    }
    return this.#fail(this.#end);
  }

  #space(start: number): number {
    let pos = start;
    while (pos < this.#end && this.#bytes[pos] <= SPACE) pos++;
    return pos;
  }

  #fail(at: number): never {
    throw new SyntaxError(`unexpected text at byte ${at}`);
  }
}

/** An object without members has a cell of its own. */
const EMPTY_OBJECT = '{}';

function isAt(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[start + index] !== text[index]) return false;
  return text.length > 0;
}
