/** One walk over a JSON text that is complete in memory: into some of its values, past all others. */
import * as ascii from './ascii.js';
import { newSkip, scalarEnd, skipNested, skipWhitespace, stringEnd } from './bytes.js';
import type { TextFault } from './members.js';

// V8 folds a module's own constants into its code; imported and exported ones it loads from memory at each use.
const { CASE_BIT, CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, QUOTE } = ascii;

/**
 * Brackets that a walk goes into, one inside the other: whoever walks calls itself for each of them, and the stack is
 * not endless. Values that are passed over may be nested deeper.
 */
export const DEEPEST_WALK = 2048;

/** A position in a text. What is found there is gone into, with the members or elements one by one, or passed over. */
export class ValueWalk {
  /** Where the walk stands; after `nextMember` and `nextElement` at the start of a value. */
  pos = 0;
  /** The key of the member that was found last, quotes included. */
  keyStart = 0;
  keyEnd = 0;

  readonly #bytes: Uint8Array;
  readonly #refuse: (fault: TextFault) => never;
  readonly #maxDepth: number;
  #end = 0;
  #depth = 0;

  /** @param refuse is handed the fault at which the walk ends, and must throw */
  constructor(bytes: Uint8Array, maxDepth: number, refuse: (fault: TextFault) => never) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#refuse = refuse;
  }

  /** Begins with the value at `[start, end)`. */
  open(start: number, end: number): void {
    this.pos = start;
    this.#end = end;
    this.#depth = 0;
  }

  /** Goes into the object or array that opens here. */
  enter(): void {
    const most = Math.min(this.#maxDepth, DEEPEST_WALK);
    if (++this.#depth > most) this.#refuseDepth(this.pos, most);
    this.pos++;
  }

  /** Goes to the next member's value; false behind the end of the object. */
  nextMember(isFirst: boolean): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    if (!this.#findNext(isFirst, CLOSE_BRACE)) return false;
    let pos = this.pos;
    if (pos >= end || bytes[pos] !== QUOTE) this.#fail(pos, 'a member name is due');
    this.keyStart = pos;
    pos = stringEnd(bytes, pos, end);
    if (pos < 0) this.#fail(~pos, 'the member name is no valid string');
    this.keyEnd = pos;
    pos = skipWhitespace(bytes, pos, end);
    if (pos >= end || bytes[pos] !== COLON) this.#fail(pos, '":" is due');
    this.pos = skipWhitespace(bytes, pos + 1, end);
    return true;
  }

  /** Goes to the next element; false behind the end of the array. */
  nextElement(isFirst: boolean): boolean {
    return this.#findNext(isFirst, ascii.CLOSE_BRACKET);
  }

  /** Passes over the value here: a scalar by the full grammar, a nested one by its quotes and brackets. */
  skip(): void {
    const bytes = this.#bytes;
    const end = this.#end;
    let pos = this.pos;
    if (pos >= end) this.#fail(pos, 'a value is due');
    const byte = bytes[pos];
    if (byte === QUOTE) {
      pos = stringEnd(bytes, pos, end);
      if (pos < 0) this.#fail(~pos, 'the string is not valid');
    } else if ((byte | CASE_BIT) === OPEN_BRACE) {
      const skip = newSkip(this.#maxDepth - this.#depth);
      pos = skipNested(bytes, pos, end, skip);
      if (skip.tooDeep) this.#refuseDepth(pos - 1, this.#maxDepth);
      if (skip.depth > 0 || skip.inString || pos > end) this.#fail(end, 'a bracket is left open');
    } else {
      pos = scalarEnd(bytes, pos, end);
      if (pos < 0) this.#fail(~pos, 'a value is due');
    }
    this.pos = pos;
  }

  /** Passes the comma where one is due; false, and behind it, at the bracket that closes. */
  #findNext(isFirst: boolean, closer: number): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    const pos = skipWhitespace(bytes, this.pos, end);
    if (pos < end && bytes[pos] === closer) {
      this.#depth--;
      this.pos = pos + 1;
      return false;
    }
    if (!isFirst && (pos >= end || bytes[pos] !== COMMA)) {
      this.#fail(pos, `"," or "${String.fromCharCode(closer)}" is due`);
    }
    this.pos = isFirst ? pos : skipWhitespace(bytes, pos + 1, end);
    return true;
  }

  #refuseDepth(at: number, most: number): never {
    this.#refuse({ code: 'TOO_DEEP', at, message: `more than ${most} nested brackets` });
  }

  #fail(at: number, message: string): never {
    this.#refuse({ code: 'INVALID_JSON', at: Math.min(at, this.#end), message });
  }
}
