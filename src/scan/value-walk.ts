/** Walks over a JSON text that is complete in memory, into some of its values and past the others. */
import * as ascii from './ascii.js';
import { newSkip, type Skip, scalarEnd, skipNested, skipWhitespace, stringEnd } from './bytes.js';
import { invalidJson, type TextFault } from './text-faults.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const { CASE_BIT, CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, QUOTE } = ascii;

/**
 * Maximum nesting of values that a walk enters: callers recurse for each level, and the call stack is limited. Skipped
 * values may be nested deeper.
 */
export const DEEPEST_WALK = 2048;

/** Bytes that are skipped in one part. */
const PART_BYTES = 64 * 1024;

/** A position in a text. Values are entered, for their members or elements one by one, or skipped. */
export class ValueWalk {
  /** The position; after `nextMember` and `nextElement` the start of a value. */
  pos = 0;
  /** The key of the member that was found last, quotes included. */
  keyStart = 0;
  keyEnd = 0;

  readonly #bytes: Uint8Array;
  readonly #refuse: (fault: TextFault) => never;
  readonly #maxDepth: number;
  #end = 0;
  #depth = 0;
  /** A skip in parts that is not complete. */
  #skipping: Skip | undefined;

  /** @param refuse receives the fault that ends the walk, and must throw */
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
    this.#skipping = undefined;
  }

  /** Enters the object or array at the position. */
  enter(): void {
    const most = Math.min(this.#maxDepth, DEEPEST_WALK);
    if (++this.#depth > most) this.#refuseDepth(this.pos, most);
    this.pos++;
  }

  /** Moves to the next member's value; false after the end of the object. */
  nextMember(isFirst: boolean): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    if (!this.#findNext(isFirst, CLOSE_BRACE)) return false;
    let pos = this.pos;
    if (pos >= end || bytes[pos] !== QUOTE) this.#fail(pos, 'expected a member name');
    this.keyStart = pos;
    pos = stringEnd(bytes, pos, end);
    if (pos < 0) this.#fail(~pos, 'the member name is not a valid string');
    this.keyEnd = pos;
    pos = skipWhitespace(bytes, pos, end);
    if (pos >= end || bytes[pos] !== COLON) this.#fail(pos, '":" is due');
    this.pos = skipWhitespace(bytes, pos + 1, end);
    return true;
  }

  /** Moves to the next element; false after the end of the array. */
  nextElement(isFirst: boolean): boolean {
    return this.#findNext(isFirst, ascii.CLOSE_BRACKET);
  }

  /** Skips the value at the position: a scalar by the full grammar, a nested one by its quotes and brackets. */
  skip(): void {
    const bytes = this.#bytes;
    const end = this.#end;
    let pos = this.pos;
    if (pos >= end) this.#fail(pos, 'expected a value');
    const byte = bytes[pos];
    if (byte === QUOTE) {
      pos = stringEnd(bytes, pos, end);
      if (pos < 0) this.#fail(~pos, 'the string is not valid');
    } else if ((byte | CASE_BIT) === OPEN_BRACE) {
      const skip = newSkip(this.#maxDepth - this.#depth);
      pos = skipNested(bytes, pos, end, skip);
      if (skip.tooDeep) this.#refuseDepth(pos - 1, this.#maxDepth);
      if (skip.depth > 0 || skip.inString || pos > end) this.#fail(end, 'a bracket is not closed');
    } else {
      pos = scalarEnd(bytes, pos, end);
      if (pos < 0) this.#fail(~pos, 'expected a value');
    }
    this.pos = pos;
  }

  /**
   * Skips a part of the value at the position, by its quotes and brackets; to be called until the value is skipped.
   * @returns whether it is
   */
  skipPart(): boolean {
    const bytes = this.#bytes;
    const end = this.#end;
    let skip = this.#skipping;
    if (!skip) {
      const byte = this.pos < end ? bytes[this.pos] : 0;
      if (byte !== QUOTE && (byte | CASE_BIT) !== OPEN_BRACE) {
        this.skip();
        return true;
      }
      skip = newSkip(this.#maxDepth - this.#depth);
    }
    this.pos = skipNested(bytes, this.pos, Math.min(end, this.pos + PART_BYTES), skip);
    if (skip.tooDeep) this.#refuseDepth(this.pos - 1, this.#maxDepth);
    const isOpen = skip.depth > 0 || skip.inString;
    if (this.pos > end || (isOpen && this.pos === end)) this.#fail(end, 'a bracket is not closed');
    this.#skipping = isOpen ? skip : undefined;
    return !isOpen;
  }

  /** Skips the expected comma; false, with the position after it, at the closing bracket. */
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
      this.#fail(pos, `expected "," or "${String.fromCharCode(closer)}"`);
    }
    this.pos = isFirst ? pos : skipWhitespace(bytes, pos + 1, end);
    return true;
  }

  #refuseDepth(at: number, most: number): never {
    this.#refuse({ code: 'TOO_DEEP', at, message: `more than ${most} nested brackets` });
  }

  #fail(at: number, message: string): never {
    this.#refuse(invalidJson(Math.min(at, this.#end), message));
  }
}
