/** Entities in an array: of a document, where members lead to it, or bare. */
import type { ElementDue } from '../terms/position.js';
import * as ascii from './ascii.js';
import {
  decodeString,
  isWhitespace,
  newSkip,
  type Skip,
  scalarEnd,
  skipNested,
  skipWhitespace,
  stringEnd,
} from './bytes.js';
import type { Kernel } from './kernel.js';
import { locateMembers, type TextFault, tooDeep } from './members.js';
import { readRest } from './rest.js';
import type { ScanState, Walk, WalkPosition } from './walk.js';

// V8 folds a module's own constants into its code; imported and exported ones it loads from memory at each use.
const { CASE_BIT, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } = ascii;

/** What is due next. A `-or-end` state also takes the bracket that closes. */
type Due =
  | 'value'
  | 'key'
  | 'key-or-end'
  | 'colon'
  | 'comma-or-end'
  | ElementDue
  | 'nothing'
  /** The rest of a token that began at the start of the window. */
  | 'rest-of-key'
  | 'rest-of-scalar'
  | 'rest-of-value'
  | 'rest-of-entity';

/** How the kernel calls what is due, where it knows it. */
const DUE_IN_KERNEL: Readonly<Partial<Record<Due, 'element' | 'comma'>>> = {
  element: 'element',
  'element-or-end': 'element',
  'element-comma-or-end': 'comma',
};

/**
 * Walks from the first byte of a document to its last: down the members of the path, through the array, and over
 * whatever else is there, whose brackets and quotes must balance. A step of the path that is there twice is refused,
 * since readers would differ in which of them they take.
 */
export class DocumentWalk implements Walk {
  readonly singleLine = false;
  readonly #path: readonly string[];
  #due: Due = 'value';
  /** How many objects on the way to the array are open. */
  #level = 0;
  /** The value that is due lies on the path. */
  #onPath = true;
  /** Steps of the path that were there. */
  #found = 0;
  #arrayFound = false;
  /** Where scanning goes on, counted from the start of the window; an escape may reach one byte further. */
  #ahead = 0;
  #nested: Skip = newSkip(0);

  /** @param due what stands at the first byte, where that lies in the array already */
  constructor(path: readonly string[], due?: ElementDue) {
    this.#path = path;
    if (due === undefined) return;
    this.#due = due;
    this.#level = this.#found = path.length;
    this.#arrayFound = true;
  }

  position(): WalkPosition | undefined {
    const due = this.#due === 'rest-of-entity' ? 'element' : this.#due;
    if (due !== 'element' && due !== 'element-or-end' && due !== 'element-comma-or-end') return undefined;
    return { form: this.#path.length === 0 ? 'array' : 'document', path: this.#path, due };
  }

  step(state: ScanState): TextFault | undefined {
    const { window } = state;
    const { bytes } = window;
    const end = state.readable;
    let pos = window.start + this.#ahead;
    for (;;) {
      if (state.kernel) pos = this.#scanElements(state, state.kernel, pos, end);
      if (!this.#due.startsWith('rest')) {
        pos = skipWhitespace(bytes, pos, end);
        window.start = Math.min(pos, end);
        if (pos >= end) break;
      }
      const next = this.#take(state, pos, end);
      if (typeof next !== 'number') return next;
      if (next < 0) {
        pos = ~next;
        break;
      }
      pos = next;
    }
    this.#ahead = pos - window.start;
    if (this.#due.startsWith('rest') && end - window.start > state.options.maxEntityBytes) return tooLarge(state);
    if (state.bad >= 0) return { code: 'INVALID_UTF8', at: state.bad, message: 'not UTF-8' };
    return state.last ? this.#end(state, end) : undefined;
  }

  /** Leaves to the kernel all elements up to the first thing that it cannot tell; answers where to go on. */
  #scanElements(state: ScanState, kernel: Kernel, from: number, end: number): number {
    const { trust, maxDepth, maxEntityBytes } = state.options;
    let pos = from;
    for (let more = true; more; ) {
      const due = DUE_IN_KERNEL[this.#due];
      if (due === undefined) return pos;
      const scanned = kernel.scanElements(pos, end, state.covers, due, !trust, maxDepth, maxEntityBytes);
      state.takeScanned(kernel);
      if (scanned.pos > pos) this.#due = kernel.due === 'comma' ? 'element-comma-or-end' : 'element';
      pos = scanned.pos;
      more = scanned.full;
    }
    return pos;
  }

  /** Goes on with what is nested, by the kernel as far as it can tell. */
  #skip({ kernel, window }: ScanState, pos: number, end: number): number {
    const skip = this.#nested;
    if (kernel && pos < end && (skip.depth > 0 || !(skip.inString || window.bytes[pos] === QUOTE))) {
      const next = kernel.skipValue(pos, end, skip.depth, skip.inString, skip.maxDepth);
      if (next > 0) {
        skip.depth = kernel.depth;
        skip.inString = kernel.inString;
        return next;
      }
    }
    return skipNested(window.bytes, pos, end, skip);
  }

  /** Takes what stands at `pos`; answers where to go on, its complement when bytes are missing, or the fault. */
  #take(state: ScanState, pos: number, end: number): number | TextFault {
    const { bytes } = state.window;
    const byte = bytes[pos];
    switch (this.#due) {
      case 'value':
        return this.#takeValue(state, byte, pos);
      case 'key-or-end':
        if (byte === CLOSE_BRACE) return this.#closeObject(pos);
        return this.#takeKey(state, byte, pos);
      case 'key':
        return this.#takeKey(state, byte, pos);
      case 'colon':
        if (byte !== COLON) return invalid(pos, '":" is due');
        this.#due = 'value';
        return pos + 1;
      case 'comma-or-end':
        if (byte === CLOSE_BRACE) return this.#closeObject(pos);
        if (byte !== COMMA) return invalid(pos, '"," or "}" is due');
        this.#due = 'key';
        return pos + 1;
      case 'element-or-end':
        if (byte === CLOSE_BRACKET) return this.#closeArray(pos);
        return this.#takeElement(state, byte, pos);
      case 'element':
        return this.#takeElement(state, byte, pos);
      case 'element-comma-or-end':
        if (byte === CLOSE_BRACKET) return this.#closeArray(pos);
        if (byte !== COMMA) return invalid(pos, '"," or "]" is due');
        this.#due = 'element';
        return pos + 1;
      case 'nothing':
        return invalid(pos, 'something follows the end of the document');
      case 'rest-of-scalar':
        return this.#takeScalar(state, pos, end);
      case 'rest-of-key':
      case 'rest-of-value':
      case 'rest-of-entity':
        return this.#takeNested(state, pos, end);
    }
  }

  #takeValue(state: ScanState, byte: number, pos: number): number | TextFault {
    if (this.#onPath) {
      if (this.#level === this.#path.length) {
        if (byte !== OPEN_BRACKET) return noEntities(pos, `${this.#describe()} is no array`);
        this.#arrayFound = true;
        this.#due = 'element-or-end';
        return pos + 1;
      }
      if (byte !== OPEN_BRACE) return noEntities(pos, `there is no object that leads to ${this.#describe()}`);
      this.#level++;
      this.#due = 'key-or-end';
      return pos + 1;
    }
    if (byte === QUOTE || (byte | CASE_BIT) === OPEN_BRACE) return this.#beginNested(state, 'rest-of-value', pos);
    this.#due = 'rest-of-scalar';
    return pos;
  }

  #takeKey(state: ScanState, byte: number, pos: number): number | TextFault {
    if (byte !== QUOTE) return invalid(pos, 'a member name is due');
    return this.#beginNested(state, 'rest-of-key', pos);
  }

  #takeElement(state: ScanState, byte: number, pos: number): number | TextFault {
    if (byte === OPEN_BRACE) return this.#beginNested(state, 'rest-of-entity', pos);
    if (byte === CLOSE_BRACKET || byte === COMMA) return invalid(pos, 'an entity is due');
    return { code: 'NOT_AN_ENTITY', at: pos, message: 'an entity must be a JSON object' };
  }

  #beginNested({ options }: ScanState, due: Due, pos: number): number {
    this.#due = due;
    this.#nested = newSkip(options.maxDepth - (due === 'rest-of-value' ? this.#level : 0));
    return pos;
  }

  /** Goes on with a string, an object or an array until it is complete. */
  #takeNested(state: ScanState, pos: number, end: number): number | TextFault {
    const { window, options } = state;
    const skip = this.#nested;
    const next = this.#skip(state, pos, end);
    // A member that is passed over may be forgotten as it goes by; keys and entities are needed whole.
    if (this.#due === 'rest-of-value') window.start = Math.min(next, end);
    else if (Math.min(next, end) - window.start > options.maxEntityBytes) return tooLarge(state);
    if (skip.tooDeep) return tooDeep(next - 1, options.maxDepth);
    if (skip.depth > 0 || skip.inString) return ~next;
    switch (this.#due) {
      case 'rest-of-key':
        return this.#endKey(state, next);
      case 'rest-of-entity':
        return this.#endEntity(state, next);
      default:
        this.#due = 'comma-or-end';
        return next;
    }
  }

  #endKey(state: ScanState, end: number): number | TextFault {
    const { bytes, start } = state.window;
    const read = stringEnd(bytes, start, end);
    if (read < 0) return invalid(~read, 'the member name is no valid string');
    const key = decodeString(bytes, start, end);
    this.#onPath = key === this.#path[this.#level - 1];
    if (this.#onPath && this.#found >= this.#level) {
      return {
        code: 'DUPLICATE_KEY',
        at: start,
        message: `a second ${JSON.stringify(key)} on the way to the entities`,
      };
    }
    if (this.#onPath) this.#found = this.#level;
    this.#due = 'colon';
    return end;
  }

  #endEntity(state: ScanState, end: number): number | TextFault {
    const { window, options, rows, cursor, wanted } = state;
    const { bytes, start } = window;
    if (bytes[end - 1] !== CLOSE_BRACE) return invalid(end - 1, '"}" is due');
    const { maxDepth, trust } = options;
    const fault = locateMembers(cursor, bytes, start, end, wanted, maxDepth, !trust, rows.rows, rows.next);
    const behind = trust || fault ? fault : readRest(bytes, cursor.behind, end, maxDepth, wanted);
    if (typeof behind === 'object') return behind;
    rows.add(start, end, state.covers);
    state.covers++;
    this.#due = 'element-comma-or-end';
    return end;
  }

  #takeScalar(state: ScanState, pos: number, end: number): number | TextFault {
    const { options } = state;
    const { bytes, start } = state.window;
    while (pos < end && !endsScalar(bytes[pos])) pos++;
    if (pos - start > options.maxEntityBytes) return tooLarge(state);
    if (pos >= end) return ~pos;
    const read = scalarEnd(bytes, start, pos);
    if (read !== pos) return invalid(read < 0 ? ~read : read, 'a value is due');
    this.#due = 'comma-or-end';
    return pos;
  }

  #closeObject(pos: number): number {
    this.#level--;
    this.#due = this.#level === 0 ? 'nothing' : 'comma-or-end';
    return pos + 1;
  }

  #closeArray(pos: number): number {
    this.#due = this.#level === 0 ? 'nothing' : 'comma-or-end';
    return pos + 1;
  }

  /** The input is at its end: it must be blank, or complete with its array. */
  #end(state: ScanState, end: number): TextFault | undefined {
    if (this.#due === 'value' && this.#level === 0) return undefined;
    if (this.#due !== 'nothing') return { code: 'TRUNCATED', at: end, message: 'the input ends inside the document' };
    if (!this.#arrayFound) return noEntities(end, `there is no ${this.#describe()}`);
    state.window.start = end;
    return undefined;
  }

  #describe(): string {
    return this.#path.length === 0 ? 'the document' : `array at ${this.#path.join('.')}`;
  }
}

function endsScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isWhitespace(byte);
}

function tooLarge(state: ScanState): TextFault {
  const message = `more than ${state.options.maxEntityBytes} bytes in one value (option maxEntityBytes)`;
  return { code: 'ENTITY_TOO_LARGE', at: state.window.start, message };
}

function invalid(at: number, message: string): TextFault {
  return { code: 'INVALID_JSON', at, message };
}

function noEntities(at: number, message: string): TextFault {
  return { code: 'NO_ENTITIES', at, message };
}
