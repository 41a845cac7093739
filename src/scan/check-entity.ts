/** Checks one entity by the grammar of JSON: output must be valid, without a second id or type. */
import type { MemberNames } from '../terms/batch.js';
import * as ascii from './ascii.js';
import { scalarEnd, skipWhitespace, stringEnd, stringEquals } from './bytes.js';
import { invalidJson, type TextFault } from './text-faults.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const { CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE, SPACE } = ascii;

/** The rules that an entity is checked by. */
export interface CheckRules {
  /** An entity has one id and one type; absent: any member may come twice. */
  readonly memberNames?: MemberNames;
  readonly maxDepth: number;
}

/** Checks entities one by one; reuses the stack of open brackets. */
export class EntityChecker {
  readonly #maxDepth: number;
  readonly #unique: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /** For each open bracket, the byte that closes it; grows with the actual nesting. */
  #closers: Uint8Array = new Uint8Array(64);
  /** Bits of the unique members that the current entity has. */
  #seen = 0;
  #keyFault: TextFault | undefined;

  constructor({ memberNames, maxDepth }: CheckRules) {
    this.#maxDepth = maxDepth;
    const unique = memberNames ? [memberNames.id, memberNames.type] : [];
    this.#unique = [...new Set(unique)].map((name) => ({ name, bytes: Buffer.from(name) }));
  }

  /**
   * Checks that `[start, end)` is one JSON object by RFC 8259, with at most one id and one type on its first level.
   * @returns the first fault, or undefined
   */
  check(bytes: Buffer, start: number, end: number): TextFault | undefined {
    let closers = this.#closers;
    this.#seen = 0;
    let depth = 0;
    let pos = start;
    for (;;) {
      // A value is expected at pos.
      if (pos >= end) return invalidJson(end, 'the text ends where a value is expected');
      const opener = bytes[pos];
      if (opener === QUOTE) {
        pos = stringEnd(bytes, pos, end);
        if (pos < 0) return invalidJson(~pos, 'the string is not valid');
      } else if (opener === OPEN_BRACE || opener === OPEN_BRACKET) {
        if (depth === this.#maxDepth) {
          return { code: 'TOO_DEEP', at: pos, message: `more than ${this.#maxDepth} nested brackets` };
        }
        if (depth + 1 === closers.length) closers = this.#growClosers();
        // In ASCII each closing bracket is two after its opening one.
        closers[++depth] = opener + 2;
        pos = afterWhitespace(bytes, pos + 1, end);
        if (pos >= end || bytes[pos] !== opener + 2) {
          if (opener === OPEN_BRACE) pos = this.#takeKey(bytes, pos, end, depth);
          if (pos < 0) return this.#keyFault;
          continue;
        }
        depth--;
        pos++;
      } else {
        pos = scalarEnd(bytes, pos, end);
        if (pos < 0) return invalidJson(~pos, 'expected a value');
      }
      // A value is complete: pop the brackets that close, then find the next value.
      for (;;) {
        pos = afterWhitespace(bytes, pos, end);
        if (depth === 0) return pos === end ? undefined : invalidJson(pos, 'unexpected text after the entity');
        if (pos >= end) return invalidJson(end, 'a bracket is not closed');
        const byte = bytes[pos++];
        if (byte === COMMA) break;
        if (byte !== closers[depth])
          return invalidJson(pos - 1, `expected "," or "${String.fromCharCode(closers[depth])}"`);
        depth--;
      }
      pos = afterWhitespace(bytes, pos, end);
      if (closers[depth] === CLOSE_BRACE) {
        pos = this.#takeKey(bytes, pos, end, depth);
        if (pos < 0) return this.#keyFault;
      }
    }
  }

  #growClosers(): Uint8Array {
    const larger = new Uint8Array(this.#closers.length * 2);
    larger.set(this.#closers);
    this.#closers = larger;
    return larger;
  }

  /** The offset after the key at `pos`, its colon and white space; -1, with `#keyFault` set, if there is no key. */
  #takeKey(bytes: Buffer, pos: number, end: number, depth: number): number {
    const keyEnd = pos < end && bytes[pos] === QUOTE ? stringEnd(bytes, pos, end) : ~pos;
    if (keyEnd < 0) {
      this.#keyFault = invalidJson(Math.min(~keyEnd, end), 'expected a member name');
      return -1;
    }
    if (depth === 1 && this.#isSecond(bytes, pos, keyEnd)) {
      this.#keyFault = { code: 'DUPLICATE_KEY', at: pos, message: 'a second id or type' };
      return -1;
    }
    const colon = afterWhitespace(bytes, keyEnd, end);
    if (colon >= end || bytes[colon] !== COLON) {
      this.#keyFault = invalidJson(colon, '":" is due');
      return -1;
    }
    return afterWhitespace(bytes, colon + 1, end);
  }

  /** Whether the key is the second of a unique member; notes the first. */
  #isSecond(bytes: Buffer, start: number, end: number): boolean {
    for (let index = 0; index < this.#unique.length; index++) {
      const { name, bytes: nameBytes } = this.#unique[index];
      if (!stringEquals(bytes, start, end, name, nameBytes)) continue;
      const bit = 1 << index;
      if (this.#seen & bit) return true;
      this.#seen |= bit;
    }
    return false;
  }
}

/** Most tokens have no white space between them, so that one comparison decides. */
function afterWhitespace(bytes: Uint8Array, pos: number, end: number): number {
  return pos < end && bytes[pos] <= SPACE ? skipWhitespace(bytes, pos, end) : pos;
}
