/** Walks over entities in an array: a bare array, or the one in a document that a path leads to. */
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
import { DocumentWay } from './document-way.js';
import type { Kernel } from './kernel.js';
import { locateMembers, type TextFault, tooDeep } from './members.js';
import { readRest } from './rest.js';
import { emptyInput, errorResponse, invalidJson, noEntities, tooLarge } from './text-faults.js';
import type { ScanState, Walk, WalkPosition } from './walk.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const { CASE_BIT, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } = ascii;

/** What is expected next. A `-or-end` state also accepts the closing bracket. */
type Due =
  | 'value'
  | 'key'
  | 'key-or-end'
  | 'colon'
  | 'comma-or-end'
  | ElementDue
  | 'nothing'
  /** The rest of a token that begins at the start of the window. */
  | 'rest-of-key'
  | 'rest-of-scalar'
  | 'rest-of-value'
  | 'rest-of-status'
  | 'rest-of-entity';

/** The states that the kernel knows, by its names. */
const DUE_IN_KERNEL: Readonly<Partial<Record<Due, 'element' | 'comma'>>> = {
  element: 'element',
  'element-or-end': 'element',
  'element-comma-or-end': 'comma',
};

/** Maximum of white space before the first element of an array for the array to be examined. */
const MOST_BLANKS = 1024;

/**
 * Walks from the first byte of a document to its last: down the members of the path, through the array, and over
 * everything else, whose brackets and quotes must balance. A step of the path that comes twice is refused, since readers
 * differ in which of them counts. If no path is given, other arrays of objects are noted, and a response that reports an
 * error is refused.
 */
export class DocumentWalk implements Walk {
  readonly singleLine = false;
  readonly #way: DocumentWay;
  #due: Due = 'value';
  #arrayFound = false;
  /** Where scanning continues, relative to the start of the window; an escape may reach one byte further. */
  #ahead = 0;
  #nested: Skip = newSkip(0);

  /** @param due what is expected at the first byte, if that is already in the array */
  constructor(path: readonly string[], due?: ElementDue) {
    this.#way = new DocumentWay(path);
    if (due === undefined) return;
    this.#due = due;
    this.#way.goToArray();
    this.#arrayFound = true;
  }

  position(): WalkPosition | undefined {
    const due = this.#due === 'rest-of-entity' ? 'element' : this.#due;
    if (due !== 'element' && due !== 'element-or-end' && due !== 'element-comma-or-end') return undefined;
    const { path } = this.#way;
    return { form: path.length === 0 ? 'array' : 'document', path, due };
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

  /** Lets the kernel scan elements up to the first one that it cannot decide; returns where to continue. */
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

  /** Continues a nested value, with the kernel as far as it can decide. */
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

  /** Reads the token at `pos`; returns where to continue, the complement if bytes are missing, or the fault. */
  #take(state: ScanState, pos: number, end: number): number | TextFault {
    const { bytes } = state.window;
    const byte = bytes[pos];
    switch (this.#due) {
      case 'value':
        return this.#takeValue(state, byte, pos, end);
      case 'key-or-end':
        if (byte === CLOSE_BRACE) return this.#closeObject(pos);
        return this.#takeKey(state, byte, pos);
      case 'key':
        return this.#takeKey(state, byte, pos);
      case 'colon':
        if (byte !== COLON) return invalidJson(pos, '":" is due');
        this.#due = 'value';
        return pos + 1;
      case 'comma-or-end':
        if (byte === CLOSE_BRACE) return this.#closeObject(pos);
        if (byte !== COMMA) return invalidJson(pos, '"," or "}" is due');
        this.#due = 'key';
        return pos + 1;
      case 'element-or-end':
        if (byte === CLOSE_BRACKET) return this.#closed(pos);
        return this.#takeElement(state, byte, pos);
      case 'element':
        return this.#takeElement(state, byte, pos);
      case 'element-comma-or-end':
        if (byte === CLOSE_BRACKET) return this.#closed(pos);
        if (byte !== COMMA) return invalidJson(pos, '"," or "]" is due');
        this.#due = 'element';
        return pos + 1;
      case 'nothing':
        return invalidJson(pos, 'unexpected text after the document');
      case 'rest-of-scalar':
        return this.#takeScalar(state, pos, end);
      case 'rest-of-key':
      case 'rest-of-value':
      case 'rest-of-status':
      case 'rest-of-entity':
        return this.#takeNested(state, pos, end);
    }
  }

  #takeValue(state: ScanState, byte: number, pos: number, end: number): number | TextFault {
    const way = this.#way;
    if (way.isAtArray) {
      if (byte !== OPEN_BRACKET) return noEntities(pos, `${way.describe()} is not an array`);
      this.#arrayFound = true;
      this.#due = 'element-or-end';
      return pos + 1;
    }
    if (way.onPath && byte !== OPEN_BRACE) return noEntities(pos, `no object leads to ${way.describe()}`);
    // If no path is given, the user may want to know of other arrays.
    const looksAround = state.options.path === undefined;
    if (way.onPath || (looksAround && byte === OPEN_BRACE && way.leadsOn())) {
      way.open();
      this.#due = 'key-or-end';
      return pos + 1;
    }
    if (looksAround && byte === QUOTE && way.isStatus()) return this.#beginNested(state, 'rest-of-status', pos);
    if (looksAround && byte === OPEN_BRACKET) {
      const { bytes } = state.window;
      const first = skipWhitespace(bytes, pos + 1, Math.min(end, pos + MOST_BLANKS));
      if (first === end && !state.last && state.bad < 0) return ~pos;
      if (first < end && bytes[first] === OPEN_BRACE) state.others.push(way.names);
    }
    if (byte === QUOTE || (byte | CASE_BIT) === OPEN_BRACE) return this.#beginNested(state, 'rest-of-value', pos);
    this.#due = 'rest-of-scalar';
    return pos;
  }

  #takeKey(state: ScanState, byte: number, pos: number): number | TextFault {
    if (byte !== QUOTE) return invalidJson(pos, 'expected a member name');
    return this.#beginNested(state, 'rest-of-key', pos);
  }

  #takeElement(state: ScanState, byte: number, pos: number): number | TextFault {
    if (byte === OPEN_BRACE) return this.#beginNested(state, 'rest-of-entity', pos);
    if (byte === CLOSE_BRACKET || byte === COMMA) return invalidJson(pos, 'expected an entity');
    return { code: 'NOT_AN_ENTITY', at: pos, message: 'an entity must be a JSON object' };
  }

  #beginNested({ options }: ScanState, due: Due, pos: number): number {
    this.#due = due;
    this.#nested = newSkip(options.maxDepth - (due === 'rest-of-value' ? this.#way.level : 0));
    return pos;
  }

  /** Continues a string, an object or an array until it is complete. */
  #takeNested(state: ScanState, pos: number, end: number): number | TextFault {
    const { window, options } = state;
    const skip = this.#nested;
    const next = this.#skip(state, pos, end);
    // A skipped member may be dropped as it passes; keys and entities are needed complete.
    if (this.#due === 'rest-of-value') window.start = Math.min(next, end);
    else if (Math.min(next, end) - window.start > options.maxEntityBytes) return tooLarge(state);
    if (skip.tooDeep) return tooDeep(next - 1, options.maxDepth);
    if (skip.depth > 0 || skip.inString) return ~next;
    switch (this.#due) {
      case 'rest-of-key':
        return this.#endKey(state, next);
      case 'rest-of-entity':
        return this.#endEntity(state, next);
      case 'rest-of-status':
        return this.#endStatus(state, next);
      default:
        this.#due = 'comma-or-end';
        return next;
    }
  }

  #endKey(state: ScanState, end: number): number | TextFault {
    const { bytes, start } = state.window;
    const read = stringEnd(bytes, start, end);
    if (read < 0) return invalidJson(~read, 'the member name is not a valid string');
    const key = decodeString(bytes, start, end);
    if (this.#way.takeKey(key)) {
      const message = `a second ${JSON.stringify(key)} on the path to the entities`;
      return { code: 'DUPLICATE_KEY', at: start, message };
    }
    this.#due = 'colon';
    return end;
  }

  #endStatus({ window: { bytes, start } }: ScanState, end: number): number | TextFault {
    const read = stringEnd(bytes, start, end);
    if (read < 0) return invalidJson(~read, 'expected a value');
    if (decodeString(bytes, start, end).toLowerCase() === 'error') return errorResponse(start);
    this.#due = 'comma-or-end';
    return end;
  }

  #endEntity(state: ScanState, end: number): number | TextFault {
    const { window, options, rows, cursor, wanted } = state;
    const { bytes, start } = window;
    if (bytes[end - 1] !== CLOSE_BRACE) return invalidJson(end - 1, '"}" is due');
    const { maxDepth, trust } = options;
    const fault = locateMembers(cursor, bytes, start, end, wanted, maxDepth, !trust, rows.rows, rows.next);
    const after = trust || fault ? fault : readRest(bytes, cursor.after, end, maxDepth, wanted);
    if (typeof after === 'object') return after;
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
    if (read !== pos) return invalidJson(read < 0 ? ~read : read, 'expected a value');
    this.#due = 'comma-or-end';
    return pos;
  }

  #closeObject(pos: number): number {
    this.#way.close();
    return this.#closed(pos);
  }

  #closed(pos: number): number {
    this.#due = this.#way.level === 0 ? 'nothing' : 'comma-or-end';
    return pos + 1;
  }

  /** Handles the end of the input: it must be blank, or complete with its array. */
  #end(state: ScanState, end: number): TextFault | undefined {
    if (this.#due === 'value' && this.#way.level === 0) return emptyInput(end);
    if (this.#due !== 'nothing') return { code: 'TRUNCATED', at: end, message: 'the input ends inside the document' };
    if (!this.#arrayFound) return noEntities(end, `there is no ${this.#way.describe()}`);
    state.window.start = end;
    return undefined;
  }
}

function endsScalar(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isWhitespace(byte);
}
