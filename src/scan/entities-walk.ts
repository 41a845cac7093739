/** Walks over the entities of a document: the elements of an array, the members of an object, or one value alone. */
import { ID_START } from '../terms/batch.js';
import type { ElementDue } from '../terms/position.js';
import * as ascii from './ascii.js';
import { addEntity, skipBalanced } from './balanced.js';
import { newSkip, type Skip, stringEnd } from './bytes.js';
import { ONE_MORE_STEP } from './document-way.js';
import type { Kernel } from './kernel.js';
import { takeNull } from './null-record.js';
import { invalidJson, oddBeginning, type TextFault, tooDeep, tooLarge } from './text-faults.js';
import type { ScanState } from './walk.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, QUOTE } = ascii;

/** What is expected next. A `-or-end` state also accepts the closing bracket. */
type EntityDue =
  | ElementDue
  | 'colon'
  | 'value'
  /** The rest of a token. */
  | 'rest-of-key'
  | 'rest-of-entity'
  /** The bracket has closed, or the value alone is complete. */
  | 'end';

/** The states that the kernel knows, by its names. */
const DUE_IN_KERNEL: Readonly<Partial<Record<EntityDue, 'element' | 'comma'>>> = {
  element: 'element',
  'element-or-end': 'element',
  'element-comma-or-end': 'comma',
};

/** Which values are the entities. */
export type Among = 'elements' | 'members' | 'alone';

/** What is due after one of them. */
const AFTER_VALUE: Readonly<Record<Among, EntityDue>> = {
  elements: 'element-comma-or-end',
  members: 'member-comma-or-end',
  alone: 'end',
};

/** The position among the entities. The window starts at the token that is read, or at the key of the member. */
export class EntitiesWalk {
  readonly #isBare: boolean;
  #among: Among = 'elements';
  #due: EntityDue = 'end';
  #nested: Skip = newSkip(0);
  /** The start of the entity that is read, and the end of its key, relative to the start of the window. */
  #entityFrom = 0;
  #keyEnd = 0;

  /** @param isBare the array is the whole input */
  constructor(isBare: boolean) {
    this.#isBare = isBare;
  }

  /** Begins after the opening bracket, or at the value. */
  enter(among: Among): void {
    this.#among = among;
    this.#due = among === 'elements' ? 'element-or-end' : among === 'members' ? 'member-or-end' : 'value';
  }

  /** Begins between two entities. */
  resume(due: ElementDue): void {
    this.#among = due.startsWith('member') ? 'members' : 'elements';
    this.#due = due;
  }

  /** Whether there are no more. */
  get hasEnded(): boolean {
    return this.#due === 'end';
  }

  /** What another walk must expect at the start of the window; undefined if none can begin there. */
  get position(): ElementDue | undefined {
    switch (this.#due) {
      case 'rest-of-key':
      case 'colon':
      case 'value':
      case 'rest-of-entity':
        return this.#among === 'alone' ? undefined : this.#among === 'members' ? 'member' : 'element';
      case 'end':
        return undefined;
      default:
        return this.#due;
    }
  }

  /** Whether an element must come. */
  get isElementDue(): boolean {
    return this.#due === 'element';
  }

  /** Whether white space may come next. */
  get isBetweenTokens(): boolean {
    return this.#due !== 'rest-of-key' && this.#due !== 'rest-of-entity';
  }

  /** Whether the start of the window stays at the key: the entity may take its id from it. */
  get keepsKey(): boolean {
    return this.#among === 'members' && (this.#due === 'colon' || this.#due === 'value');
  }

  /** The start of the token that is read. */
  tokenStart(windowStart: number): number {
    return this.#due === 'rest-of-entity' ? windowStart + this.#entityFrom : windowStart;
  }

  /** Lets the kernel scan elements up to the first one that it cannot decide; returns where to continue. */
  scanElements(state: ScanState, kernel: Kernel, from: number, end: number): number {
    const { options } = state;
    let pos = from;
    // Elements have no keys, which the kernel does not say.
    if (options.idFromKey) return pos;
    for (let more = true; more; ) {
      const due = DUE_IN_KERNEL[this.#due];
      if (due === undefined) return pos;
      const scanned = kernel.scanElements(pos, end, state.covers, { due }, options);
      state.takeScanned(kernel);
      if (scanned.pos > pos) this.#due = kernel.due === 'comma' ? 'element-comma-or-end' : 'element';
      pos = scanned.pos;
      more = scanned.full && !state.pauses();
    }
    return pos;
  }

  /** Reads the token at `pos`; returns where to continue, the complement if bytes are missing, or the fault. */
  take(state: ScanState, pos: number, end: number): number | TextFault {
    const byte = state.window.bytes[pos];
    switch (this.#due) {
      case 'element-or-end':
        return byte === CLOSE_BRACKET ? this.#go('end', pos + 1) : this.#takeEntity(state, byte, pos);
      case 'element':
      case 'value':
        return this.#takeEntity(state, byte, pos);
      case 'element-comma-or-end':
        if (byte === CLOSE_BRACKET) return this.#go('end', pos + 1);
        return byte === COMMA ? this.#go('element', pos + 1) : invalidJson(pos, missingComma(byte));
      case 'member-or-end':
        return byte === CLOSE_BRACE ? this.#go('end', pos + 1) : this.#takeKey(state, byte, pos);
      case 'member':
        return this.#takeKey(state, byte, pos);
      case 'colon':
        return byte === COLON ? this.#go('value', pos + 1) : invalidJson(pos, '":" is due');
      case 'member-comma-or-end':
        if (byte === CLOSE_BRACE) return this.#go('end', pos + 1);
        return byte === COMMA ? this.#go('member', pos + 1) : invalidJson(pos, '"," or "}" is due');
      case 'rest-of-key':
      case 'rest-of-entity':
        return this.#takeNested(state, pos, end);
      case 'end':
        return pos;
    }
  }

  #go(due: EntityDue, pos: number): number {
    this.#due = due;
    return pos;
  }

  #takeKey({ options }: ScanState, byte: number, pos: number): number | TextFault {
    if (byte !== QUOTE) return invalidJson(pos, 'expected a member name');
    this.#nested = newSkip(options.maxDepth);
    return this.#go('rest-of-key', pos);
  }

  #takeEntity(state: ScanState, byte: number, pos: number): number | TextFault {
    const { options, window } = state;
    const after = takeNull(state, pos);
    if (after !== undefined) return after < 0 ? after : this.#go(AFTER_VALUE[this.#among], after);
    if (byte === OPEN_BRACE) {
      this.#entityFrom = pos - window.start;
      this.#nested = newSkip(options.maxDepth);
      return this.#go('rest-of-entity', pos);
    }
    if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE || byte === COMMA)
      return invalidJson(pos, this.#missingEntity(byte));
    const isArray = byte === ascii.OPEN_BRACKET && options.path !== undefined;
    const remedy = isArray ? ONE_MORE_STEP : oddBeginning(window.bytes, pos);
    return { code: 'NOT_AN_ENTITY', at: pos, message: `an entity must be a JSON object${remedy}` };
  }

  #missingEntity(byte: number): string {
    if (!this.#isBare || byte !== CLOSE_BRACKET) return 'expected an entity';
    return 'expected an entity after the comma; input sequence (--input sequence) reads an array that ends with one';
  }

  /** Continues a key or an entity until it is complete. */
  #takeNested(state: ScanState, pos: number, end: number): number | TextFault {
    const { window, options } = state;
    const skip = this.#nested;
    const next = skipBalanced(state, pos, end, skip);
    const start = this.tokenStart(window.start);
    if (Math.min(next, end) - start > options.maxEntityBytes) return tooLarge(start, options.maxEntityBytes);
    if (skip.tooDeep) return tooDeep(next - 1, options.maxDepth);
    if (skip.depth > 0 || skip.inString) return ~next;
    return this.#due === 'rest-of-key' ? this.#endKey(state, next) : this.#endEntity(state, start, next);
  }

  #endKey({ window: { bytes, start } }: ScanState, end: number): number | TextFault {
    const read = stringEnd(bytes, start, end);
    if (read < 0) return invalidJson(~read, 'the member name is not a valid string');
    this.#keyEnd = end - start;
    return this.#go('colon', end);
  }

  #endEntity(state: ScanState, start: number, end: number): number | TextFault {
    const { rows, options, window } = state;
    const row = rows.next;
    const fault = addEntity(state, start, end);
    if (fault) return fault;
    const hasKey = this.#among === 'members';
    const keyStart = hasKey ? window.start : -1;
    if (options.idFromKey) rows.setSpan(row, ID_START, keyStart, hasKey ? keyStart + this.#keyEnd : -1);
    return this.#go(AFTER_VALUE[this.#among], end);
  }
}

/** The fault of two elements without a comma. */
function missingComma(byte: number): string {
  const hint = byte === OPEN_BRACE ? '; input sequence (--input sequence) reads objects without it' : '';
  return `"," or "]" is due${hint}`;
}
