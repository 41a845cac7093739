/** The text of the value at a path in an entity. */
import * as ascii from '../scan/ascii.js';
import { hasEscape } from '../scan/bytes.js';
import { memberOf, textOf } from '../scan/decode-value.js';
import { batchError } from '../scan/lines.js';
import { ValueWalk } from '../scan/value-walk.js';
import { type Batch, END, ordinalAt, ROW_WIDTH, START } from '../terms/batch.js';
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';

const { OPEN_BRACE, OPEN_BRACKET, QUOTE } = ascii;

/** Finds the text of a string, a number or a boolean at one path. Digits are also the number of an element. */
export class ValueAtPath {
  readonly #path: readonly string[];
  /** The names as keys without escapes. */
  readonly #keys: readonly Buffer[];

  constructor(path: readonly string[]) {
    this.#path = path;
    this.#keys = path.map((name) => Buffer.from(JSON.stringify(name)));
  }

  /** The text in the entity at a position; undefined where there is none, or another kind of value. Of equal keys the last counts. */
  textOf(batch: Batch, position: number): string | undefined {
    if (batch.kind === 'objects') return this.#ofObject(batch.objects[position]);
    const { bytes, rows } = batch;
    const row = position * ROW_WIDTH;
    const walk = new ValueWalk(bytes, Math.max(DEFAULT_MAX_DEPTH, batch.maxDepth), (fault) => {
      throw batchError(batch, fault, 'serialize', batch.firstIndex + ordinalAt(batch, position));
    });
    walk.open(rows[row + START], rows[row + END]);
    const span = this.#find(bytes, walk, 0);
    if (!span) return undefined;
    const text = bytes.toString('utf8', span[0], span[1]);
    if (bytes[span[0]] !== QUOTE) return /^(?:null|[[{])/.test(text) ? undefined : text;
    const decoded: unknown = JSON.parse(text);
    return typeof decoded === 'string' ? decoded : undefined;
  }

  #ofObject(object: object): string | undefined {
    let value: unknown = object;
    for (const name of this.#path) {
      value = Array.isArray(value) ? value[/^(?:0|[1-9]\d*)$/.test(name) ? Number(name) : -1] : memberOf(value, name);
    }
    return textOf(value);
  }

  /** Passes over the value at the position. @returns the span of the value that the rest of the path leads to */
  #find(bytes: Buffer, walk: ValueWalk, depth: number): readonly [number, number] | undefined {
    const start = walk.pos;
    if (depth === this.#path.length) {
      walk.skip();
      return [start, walk.pos];
    }
    const name = this.#path[depth];
    const key = this.#keys[depth];
    let found: readonly [number, number] | undefined;
    if (bytes[start] === OPEN_BRACE) {
      walk.enter();
      for (let isFirst = true; walk.nextMember(isFirst); isFirst = false) {
        if (isKey(bytes, walk.keyStart, walk.keyEnd, name, key)) found = this.#find(bytes, walk, depth + 1);
        else walk.skip();
      }
    } else if (bytes[start] === OPEN_BRACKET) {
      walk.enter();
      for (let index = 0; walk.nextElement(index === 0); index++) {
        if (String(index) === name) found = this.#find(bytes, walk, depth + 1);
        else walk.skip();
      }
    } else {
      walk.skip();
    }
    return found;
  }
}

/** @param plain the key of that name without escapes */
function isKey(bytes: Buffer, start: number, end: number, name: string, plain: Buffer): boolean {
  if (end - start === plain.length && bytes.compare(plain, 0, plain.length, start, end) === 0) return true;
  // An escape takes more bytes than its character, at most six for each code unit.
  if (end - start <= name.length + 2 || end - start - 2 > 6 * name.length || !hasEscape(bytes, start, end))
    return false;
  return JSON.parse(bytes.toString('utf8', start, end)) === name;
}
