/** Walks over entities in an array: a bare array, or the one in a document that a path leads to. */
import type { Path } from '../terms/path.js';
import type { ElementDue, Opened } from '../terms/position.js';
import * as ascii from './ascii.js';
import { skipBalanced } from './balanced.js';
import { decodeString, endsScalar, newSkip, type Skip, scalarEnd, skipWhitespace, stringEnd } from './bytes.js';
import { DocumentWay } from './document-way.js';
import { EntitiesWalk } from './entities-walk.js';
import {
  emptyInput,
  errorResponse,
  invalidJson,
  noEntities,
  secondOnPath,
  type TextFault,
  tooDeep,
  tooLarge,
  unexpectedAfter,
} from './text-faults.js';
import type { ScanState, Walk, WalkPosition } from './walk.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const { CASE_BIT, CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, LETTER_N, OPEN_BRACE, OPEN_BRACKET, QUOTE } = ascii;

/** What is expected next. A `-or-end` state also accepts the closing bracket. */
type Due =
  | 'value'
  | 'value-or-end'
  | 'key'
  | 'key-or-end'
  | 'colon'
  | 'comma-or-end'
  | 'entities'
  | 'nothing'
  /** The rest of a token that begins at the start of the window. */
  | 'rest-of-key'
  | 'rest-of-scalar'
  | 'rest-of-value'
  | 'rest-of-status';

/** Maximum of white space before the first element of an array for the array to be examined. */
const MOST_BLANKS = 1024;

/** Where a walk begins in a document. */
export interface DocumentStart {
  /** The value that the path leads to is the only entity. */
  readonly isEntity?: boolean;
  /** What is expected at the first byte, if that is already in the array or object. */
  readonly due?: ElementDue;
  /** What is open there. */
  readonly opened?: readonly Opened[];
}

/**
 * Walks from the first byte of a document to its last: down the steps of the path, through the array or object that holds
 * the entities, and over everything else, whose brackets and quotes must balance. A step of the path that comes twice is
 * refused, since readers differ in which of them counts. If no path is given, other arrays of objects are noted, and a
 * response that reports an error is refused.
 */
export class DocumentWalk implements Walk {
  readonly path: Path;
  readonly singleLine = false;
  readonly #way: DocumentWay;
  readonly #isEntity: boolean;
  readonly #entities: EntitiesWalk;
  #due: Due = 'value';
  #found = false;
  /** Where scanning continues, relative to the start of the window; an escape may reach one byte further. */
  #ahead = 0;
  #nested: Skip = newSkip(0);

  constructor(path: Path, { isEntity = false, due, opened }: DocumentStart = {}) {
    this.path = path;
    this.#way = new DocumentWay(path);
    this.#entities = new EntitiesWalk(path.length === 0);
    this.#isEntity = isEntity;
    if (due === undefined) return;
    this.#due = 'entities';
    this.#entities.resume(due);
    this.#way.goToEntities(opened);
    this.#found = true;
  }

  get form(): 'array' | 'document' {
    return this.path.length === 0 ? 'array' : 'document';
  }

  position(): WalkPosition | undefined {
    const due = this.#due === 'entities' ? this.#entities.position : undefined;
    if (due === undefined) return undefined;
    const opened = this.#way.openedArrays;
    return { form: this.form, path: this.path, due, ...(opened && { opened }) };
  }

  step(state: ScanState): TextFault | undefined {
    const { window, options, readable: end } = state;
    const { bytes } = window;
    let pos = window.start + this.#ahead;
    for (;;) {
      const entities = this.#due === 'entities' ? this.#entities : undefined;
      if (entities && state.kernel) pos = entities.scanElements(state, state.kernel, pos, end);
      if (entities ? entities.isBetweenTokens : !this.#due.startsWith('rest')) {
        pos = skipWhitespace(bytes, pos, end);
        if (!entities?.keepsKey) window.start = Math.min(pos, end);
        else if (pos - window.start > options.maxEntityBytes) return tooLarge(window.start, options.maxEntityBytes);
        if (pos >= end) break;
        if (state.isPaused || state.pausesBefore()) {
          this.#ahead = pos - window.start;
          return undefined;
        }
      }
      const next = entities ? entities.take(state, pos, end) : this.#take(state, pos, end);
      if (typeof next !== 'number') return next;
      if (entities?.hasEnded) this.#endValue();
      if (next < 0) {
        pos = ~next;
        break;
      }
      pos = next;
    }
    this.#ahead = pos - window.start;
    const fault = this.#refuseSize(state, end);
    if (fault) return fault;
    if (state.bad >= 0) return { code: 'INVALID_UTF8', at: state.bad, message: 'not UTF-8' };
    return state.last ? this.#end(state, end) : undefined;
  }

  /** The fault of a token that is not complete and larger than one may be. */
  #refuseSize(state: ScanState, end: number): TextFault | undefined {
    const { window, options } = state;
    const isEntities = this.#due === 'entities';
    if (isEntities ? this.#entities.isBetweenTokens : !this.#due.startsWith('rest')) return undefined;
    const start = isEntities ? this.#entities.tokenStart(window.start) : window.start;
    return end - start > options.maxEntityBytes ? tooLarge(start, options.maxEntityBytes) : undefined;
  }

  /** Reads the token at `pos`; returns where to continue, the complement if bytes are missing, or the fault. */
  #take(state: ScanState, pos: number, end: number): number | TextFault {
    const { bytes } = state.window;
    const byte = bytes[pos];
    switch (this.#due) {
      case 'value-or-end':
        if (byte === CLOSE_BRACKET) return this.#closeEmpty(pos);
        this.#way.takeElement();
        return this.#takeValue(state, byte, pos, end);
      case 'value':
        return this.#takeValue(state, byte, pos, end);
      case 'key-or-end':
        if (byte === CLOSE_BRACE) return this.#closeEmpty(pos);
        return this.#takeKey(state, byte, pos);
      case 'key':
        return this.#takeKey(state, byte, pos);
      case 'colon':
        if (byte !== COLON) return invalidJson(pos, '":" is due');
        this.#due = 'value';
        return pos + 1;
      case 'comma-or-end':
        return this.#takeComma(byte, pos);
      case 'entities':
        return pos;
      case 'nothing':
        return invalidJson(pos, unexpectedAfter(state.window.bytes, pos, state.options.path));
      case 'rest-of-scalar':
        return this.#takeScalar(state, pos, end);
      case 'rest-of-key':
      case 'rest-of-value':
      case 'rest-of-status':
        return this.#takeNested(state, pos, end);
    }
  }

  #takeValue(state: ScanState, byte: number, pos: number, end: number): number | TextFault {
    const way = this.#way;
    // What lacks the rest of the path beside others that have it has no entities.
    const mayLack = way.onPath && byte === LETTER_N && way.isOneOfMany;
    if (way.isAtEntities && !mayLack) return this.#enter(state, byte, pos);
    if (way.onPath && !mayLack) {
      const isArray = byte === OPEN_BRACKET && way.leadsIntoArray;
      if (!isArray && byte !== OPEN_BRACE) return noEntities(pos, way.leadsNowhere(byte === OPEN_BRACKET));
      way.open(isArray ? 'array' : 'object');
      this.#due = isArray ? 'value-or-end' : 'key-or-end';
      return pos + 1;
    }
    // If no path is given, the user may want to know of other arrays.
    const looksAround = state.options.path === undefined;
    if (looksAround && byte === OPEN_BRACE && way.leadsOn()) {
      way.open('object');
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

  /** Enters the value that holds the entities, or is the only one. */
  #enter(state: ScanState, byte: number, pos: number): number | TextFault {
    const way = this.#way;
    const among = this.#isEntity ? 'alone' : byte === OPEN_BRACKET ? 'elements' : 'members';
    if (among === 'members' && !(byte === OPEN_BRACE && way.takesMembers)) {
      return noEntities(pos, way.endsAtNoArray(byte === OPEN_BRACE));
    }
    this.#found = true;
    this.#due = 'entities';
    this.#entities.enter(among);
    return among === 'alone' ? this.#entities.take(state, pos, state.readable) : pos + 1;
  }

  #takeKey(state: ScanState, byte: number, pos: number): number | TextFault {
    if (byte !== QUOTE) return invalidJson(pos, 'expected a member name');
    return this.#beginNested(state, 'rest-of-key', pos);
  }

  /** Reads what comes after a value of an open object or array on the way. */
  #takeComma(byte: number, pos: number): number | TextFault {
    const { isInArray } = this.#way;
    if (byte === (isInArray ? CLOSE_BRACKET : CLOSE_BRACE)) return this.#closeOpened(pos);
    if (byte !== COMMA) return invalidJson(pos, isInArray ? '"," or "]" is due' : '"," or "}" is due');
    this.#due = isInArray ? 'value' : 'key';
    if (isInArray) this.#way.takeElement();
    return pos + 1;
  }

  #beginNested({ options }: ScanState, due: Due, pos: number): number {
    this.#due = due;
    this.#nested = newSkip(options.maxDepth - (due === 'rest-of-value' ? this.#way.level : 0));
    return pos;
  }

  /** Continues a string, an object or an array until it is complete. */
  #takeNested(state: ScanState, pos: number, end: number): number | TextFault {
    const { window } = state;
    const { maxDepth, maxEntityBytes } = state.options;
    const skip = this.#nested;
    const next = skipBalanced(state, pos, end, skip);
    // A skipped member may be dropped as it passes; keys are needed complete.
    if (this.#due === 'rest-of-value') window.start = Math.min(next, end);
    else if (Math.min(next, end) - window.start > maxEntityBytes) return tooLarge(window.start, maxEntityBytes);
    if (skip.tooDeep) return tooDeep(next - 1, maxDepth);
    if (skip.depth > 0 || skip.inString) return ~next;
    switch (this.#due) {
      case 'rest-of-key':
        return this.#endKey(state, next);
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
    if (this.#way.takeKey(key)) return secondOnPath(key, start);
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

  #takeScalar(state: ScanState, pos: number, end: number): number | TextFault {
    const { bytes, start } = state.window;
    while (pos < end && !endsScalar(bytes[pos])) pos++;
    if (pos - start > state.options.maxEntityBytes) return tooLarge(start, state.options.maxEntityBytes);
    if (pos >= end) return ~pos;
    const read = scalarEnd(bytes, start, pos);
    if (read !== pos) return invalidJson(read < 0 ? ~read : read, 'expected a value');
    this.#due = 'comma-or-end';
    return pos;
  }

  /** Closes an object or array without members or elements: where the path leads to every one of them, none is missing. */
  #closeEmpty(pos: number): number {
    if (this.#way.isInEvery) this.#found = true;
    return this.#closeOpened(pos);
  }

  #closeOpened(pos: number): number {
    this.#way.close();
    this.#endValue();
    return pos + 1;
  }

  /** A value of the way is complete. */
  #endValue(): void {
    this.#due = this.#way.level === 0 ? 'nothing' : 'comma-or-end';
  }

  /** Handles the end of the input: it must be blank, or complete with its array. */
  #end(state: ScanState, end: number): TextFault | undefined {
    if (this.#due === 'value' && this.#way.level === 0) return emptyInput(end);
    if (this.#due !== 'nothing') return { code: 'TRUNCATED', at: end, message: this.#truncated() };
    if (!this.#found) return noEntities(end, `there is no ${this.#way.describe()}`);
    state.window.start = end;
    return undefined;
  }

  #truncated(): string {
    const isShard = this.#due === 'entities' && this.#entities.isElementDue && this.#way.level === 0;
    const remedy = isShard ? '; input sequence (--input sequence) reads a part of a file' : '';
    return `the input ends inside the document${remedy}`;
  }
}
