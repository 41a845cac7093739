/** Reads the members of one object that is complete in memory, and locates the wanted ones. */
import { MEMBER_COLUMN, type MemberName, type MemberNames } from '../terms/batch.js';
import * as ascii from './ascii.js';
import { newSkip, scalarEnd, skipNested, skipWhitespace, stringEnd, stringEquals } from './bytes.js';
import { invalidJson, secondMember, type TextFault, tooDeep } from './text-faults.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const { CASE_BIT, CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, QUOTE } = ascii;

/**
 * Reads the members of an object one after the other. Keys, strings and other scalars of this level are read by the
 * full grammar; nested values are skipped by their quotes and brackets.
 */
export class MemberCursor {
  /** The key of the current member, quotes included. */
  keyStart = 0;
  keyEnd = 0;
  /** Its value; where the walk ended in a value that is cut or faulty, that one's start, and -1 elsewhere. */
  valueStart = -1;
  valueEnd = 0;
  /** Set when the walk ended because the text is faulty. */
  fault: TextFault | undefined;

  #bytes: Uint8Array = new Uint8Array(0);
  #pos = 0;
  #end = 0;
  #first = true;
  #maxDepth = 0;

  /** Begins with the object that opens at `start`; `maxDepth` includes this object. */
  open(bytes: Uint8Array, start: number, end: number, maxDepth: number): void {
    this.#bytes = bytes;
    this.#pos = start + 1;
    this.#end = end;
    this.#first = true;
    this.#maxDepth = maxDepth;
    this.fault = undefined;
  }

  /** Moves to the next member; false at the end of the object or at a fault. */
  next(): boolean {
    this.valueStart = -1;
    const bytes = this.#bytes;
    const end = this.#end;
    let pos = skipWhitespace(bytes, this.#pos, end);
    if (pos < end && bytes[pos] === CLOSE_BRACE && this.#first) return false;
    if (!this.#first) {
      if (pos < end && bytes[pos] === CLOSE_BRACE) return false;
      if (pos >= end || bytes[pos] !== COMMA) return this.#failAt(pos, '"," or "}" is due');
      pos = skipWhitespace(bytes, pos + 1, end);
    }
    this.#first = false;
    if (pos >= end || bytes[pos] !== QUOTE) return this.#failAt(pos, 'expected a member name');
    this.keyStart = pos;
    pos = stringEnd(bytes, pos, end);
    if (pos < 0) return this.#failAt(~pos, 'the member name is not a valid string');
    this.keyEnd = pos;
    pos = skipWhitespace(bytes, pos, end);
    if (pos >= end || bytes[pos] !== COLON) return this.#failAt(pos, '":" is due');
    pos = skipWhitespace(bytes, pos + 1, end);
    if (pos >= end) return this.#failAt(pos, 'expected a value');
    this.valueStart = pos;
    const byte = bytes[pos];
    if (byte === QUOTE) {
      pos = stringEnd(bytes, pos, end);
      if (pos < 0) return this.#failAt(~pos, 'the string is not valid');
    } else if ((byte | CASE_BIT) === OPEN_BRACE) {
      const skip = newSkip(this.#maxDepth - 1);
      pos = skipNested(bytes, pos, end, skip);
      if (skip.tooDeep) {
        this.fault = tooDeep(pos - 1, this.#maxDepth);
        return false;
      }
      if (skip.depth > 0 || skip.inString) return this.#failAt(end, 'a bracket is not closed');
    } else {
      pos = scalarEnd(bytes, pos, end);
      if (pos < 0) return this.#failAt(~pos, 'expected a value');
    }
    this.valueEnd = pos;
    this.#pos = pos;
    return true;
  }

  /** The offset after the last token read: the opening brace, or a value. */
  get after(): number {
    return this.#pos;
  }

  #failAt(at: number, message: string): false {
    this.fault = invalidJson(Math.min(at, this.#end), message);
    return false;
  }
}

/** A member name as text and as UTF-8, for comparison with keys. */
export interface WantedMember {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Column of the row for the start of the value. */
  readonly column: number;
}

/** Prepares the names of members for comparison. */
export function wantedMembers(locate: readonly MemberName[], names: MemberNames): readonly WantedMember[] {
  return locate.map((member) => ({
    name: names[member],
    bytes: Buffer.from(names[member]),
    column: MEMBER_COLUMN[member],
  }));
}

/** Locates members of entities. */
export class MemberLocator {
  readonly wanted: readonly WantedMember[];
  readonly #cursor = new MemberCursor();
  readonly #maxDepth: number;
  readonly #checked: boolean;

  /** @param checked whether it is a fault if a wanted member comes twice; default false */
  constructor(wanted: readonly WantedMember[], maxDepth: number, { checked = false } = {}) {
    this.wanted = wanted;
    this.#maxDepth = maxDepth;
    this.#checked = checked;
  }

  /** The offset after the last token that was read. */
  get after(): number {
    return this.#cursor.after;
  }

  /**
   * Writes the spans of the wanted members of the entity at `[start, end)` into its row; of equal members the first
   * counts. Reads no further than to the last of them.
   */
  locate(bytes: Buffer, start: number, end: number, rows: Int32Array, row: number): TextFault | undefined {
    const { wanted } = this;
    const cursor = this.#cursor;
    for (const member of wanted) rows[row + member.column] = -1;
    let missing = wanted.length;
    cursor.open(bytes, start, end, this.#maxDepth);
    while (missing > 0 && cursor.next()) {
      for (const { name, bytes: nameBytes, column } of wanted) {
        const isFound = rows[row + column] !== -1;
        if (isFound && !this.#checked) continue;
        if (!stringEquals(bytes, cursor.keyStart, cursor.keyEnd, name, nameBytes)) continue;
        if (isFound) return secondMember(name, cursor.keyStart);
        rows[row + column] = cursor.valueStart;
        rows[row + column + 1] = cursor.valueEnd;
        missing--;
      }
    }
    return cursor.fault;
  }
}
