/** Walks over entities that follow one another with white space, commas or nothing between them. */
import type { SequenceDue } from '../terms/position.js';
import * as ascii from './ascii.js';
import { addEntity, skipBalanced } from './balanced.js';
import { newSkip, type Skip, skipWhitespace } from './bytes.js';
import type { Kernel } from './kernel.js';
import { takeNull } from './null-record.js';
import { AFTER_CLOSING, AFTER_COMMA, AFTER_ENTITY, AFTER_OPENING, isPart, unexpectedIn } from './sequence-due.js';
import { oddBeginning, type TextFault, tooDeep, tooLarge } from './text-faults.js';
import type { ScanState, Walk, WalkPosition } from './walk.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const { CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, RECORD_SEPARATOR } = ascii;

/**
 * Walks over values with any white space between them or none, a record separator before each (RFC 7464), or a comma
 * after each. They may be in brackets, as an array whose elements lack commas, several arrays, or a part of one: a bracket
 * may be missing at either end.
 */
export class SequenceWalk implements Walk {
  readonly form = 'sequence';
  readonly path = [];
  readonly singleLine = false;
  #due: SequenceDue;
  #inEntity = false;
  /** Where scanning continues, relative to the start of the window; an escape may reach one byte further. */
  #ahead = 0;
  #nested: Skip = newSkip(0);

  constructor(due: SequenceDue = 'start') {
    this.#due = due;
  }

  position(): WalkPosition {
    return { form: 'sequence', path: [], due: this.#due };
  }

  step(state: ScanState): TextFault | undefined {
    const { window, options } = state;
    const { bytes } = window;
    const end = state.readable;
    let pos = window.start + this.#ahead;
    for (;;) {
      if (!this.#inEntity) {
        if (state.kernel) pos = this.#scanValues(state, state.kernel, pos, end);
        pos = skipWhitespace(bytes, pos, end);
        while (pos < end && bytes[pos] === RECORD_SEPARATOR) pos = skipWhitespace(bytes, pos + 1, end);
        window.start = pos;
        if (pos >= end) break;
        if (state.isPaused || state.pausesBefore()) {
          this.#ahead = 0;
          return undefined;
        }
        const next = this.#take(state, bytes[pos], pos);
        if (typeof next !== 'number') return next;
        if (next < 0) break;
        pos = next;
      }
      if (!this.#inEntity) continue;
      const next = skipBalanced(state, pos, end, this.#nested);
      if (Math.min(next, end) - window.start > options.maxEntityBytes)
        return tooLarge(window.start, options.maxEntityBytes);
      if (this.#nested.tooDeep) return tooDeep(next - 1, options.maxDepth);
      pos = next;
      if (this.#nested.depth > 0 || this.#nested.inString) break;
      const fault = addEntity(state, window.start, pos);
      if (fault) return fault;
      this.#inEntity = false;
      this.#due = AFTER_ENTITY[this.#due] ?? this.#due;
    }
    this.#ahead = pos - window.start;
    if (this.#inEntity && end - window.start > options.maxEntityBytes)
      return tooLarge(window.start, options.maxEntityBytes);
    if (state.bad >= 0) return { code: 'INVALID_UTF8', at: state.bad, message: 'not UTF-8' };
    if (!state.last) return undefined;
    if (this.#inEntity) return { code: 'TRUNCATED', at: end, message: 'the input ends inside an entity' };
    if (isPart(this.#due)) state.remark = { kind: 'part' };
    return undefined;
  }

  /** Lets the kernel scan values up to the first one that it cannot decide; returns where to continue. */
  #scanValues(state: ScanState, kernel: Kernel, from: number, end: number): number {
    let pos = from;
    for (let more = true; more; ) {
      const after = AFTER_ENTITY[this.#due];
      if (after === undefined) return pos;
      const due = this.#due === after ? 'comma' : 'element';
      const scanned = kernel.scanElements(pos, end, state.covers, { due, loose: true }, state.options);
      state.takeScanned(kernel);
      if (scanned.pos > pos) this.#due = kernel.due === 'comma' ? after : (AFTER_COMMA[after] ?? after);
      pos = scanned.pos;
      more = scanned.full && !state.pauses();
    }
    return pos;
  }

  /** Reads the token at `pos`; returns where to continue, the complement if bytes are missing, or the fault. */
  #take(state: ScanState, byte: number, pos: number): number | TextFault {
    const due = this.#due;
    const afterNull = AFTER_ENTITY[due] === undefined ? undefined : takeNull(state, pos);
    if (afterNull !== undefined) {
      if (afterNull > 0) this.#due = AFTER_ENTITY[due] ?? due;
      return afterNull;
    }
    const next = nextAt(byte, due);
    if (next === undefined) {
      const { code, message } = unexpectedIn(due, String.fromCharCode(byte));
      return { code, at: pos, message: `${message}${oddBeginning(state.window.bytes, pos)}` };
    }
    if (byte === OPEN_BRACE) {
      this.#inEntity = true;
      this.#nested = newSkip(state.options.maxDepth);
      return pos;
    }
    this.#due = next;
    return pos + 1;
  }
}

/** What is due after the token that begins with this byte; undefined if it may not come. */
function nextAt(byte: number, due: SequenceDue): SequenceDue | undefined {
  switch (byte) {
    case OPEN_BRACE:
      return AFTER_ENTITY[due];
    case COMMA:
      return AFTER_COMMA[due];
    case OPEN_BRACKET:
      return AFTER_OPENING[due];
    case CLOSE_BRACKET:
      return AFTER_CLOSING[due];
    default:
      return undefined;
  }
}
