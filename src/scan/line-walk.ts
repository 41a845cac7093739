/** Walks over entities, one per line. JSON strings have no raw newlines, so a line ends at the next newline. */

import * as ascii from './ascii.js';
import { isWhitespace, skipWhitespace } from './bytes.js';
import type { Kernel } from './kernel.js';
import { holeFault, holeIn, type NulHole } from './nul-hole.js';
import { NULL_LENGTH, takeNull } from './null-record.js';
import { readRest } from './rest.js';
import { invalidJson, oddBeginning, type TextFault, unexpectedOnLine } from './text-faults.js';
import { validateUtf8 } from './utf8.js';
import type { ScanState, Walk, WalkPosition } from './walk.js';

// V8 inlines a module's own constants; it loads imported and exported ones from memory at each use.
const { CLOSE_BRACE, COLON, COMMA, NEWLINE, OPEN_BRACE, OPEN_BRACKET } = ascii;

/** Walks over lines; blank ones are not records. */
export class LineWalk implements Walk {
  readonly form = 'lines';
  readonly path = [];
  readonly singleLine = true;
  /** Bytes of the unfinished line that are known to have no newline. */
  #searched = 0;

  position(): WalkPosition {
    return { form: 'lines', path: [] };
  }

  step(state: ScanState): TextFault | undefined {
    const { window, options } = state;
    const { bytes } = window;
    // One view for all lines of the chunk: creating one costs as much as searching a line.
    let readable = bytes.subarray(0, state.readable);
    for (let isFirst = true; isFirst || !state.pausesBefore(); isFirst = false) {
      // The part of a line in an earlier chunk is not searched again, and its line is not scanned before its end is there.
      if (state.kernel && (this.#searched === 0 || readable.includes(NEWLINE, window.start + this.#searched))) {
        const before = window.start;
        scanLines(state, state.kernel);
        if (window.start > before) this.#searched = 0;
      }
      const start = window.start;
      const newline = readable.indexOf(NEWLINE, start + this.#searched);
      const end = newline < 0 ? state.readable : newline;
      if (end - start > options.maxEntityBytes) return lineTooLarge(state);
      if (newline < 0 && state.bad >= 0) {
        const line = this.#faultyLine(state, start);
        if (line === 'incomplete') return undefined;
        if (line !== 'rejected') return line;
        readable = bytes.subarray(0, state.readable);
        continue;
      }
      if (newline < 0 && !state.last) {
        this.#searched = end - start;
        return undefined;
      }
      this.#searched = 0;
      state.countWork(end - start);
      const fault = this.#readLine(state, start, end, newline < 0);
      const hole = fault && holeIn(bytes, start, end);
      if (fault && options.onError === 'stop') {
        return hole && trimmed(bytes, start, hole.start).start === hole.start ? holeFault(hole) : fault;
      }
      if (hole && this.#passHole(state, start, end, hole)) continue;
      if (fault) rejectLine(state, start, end, fault);
      window.start = newline < 0 ? end : newline + 1;
      state.passLines(newline < 0 ? 0 : 1);
      if (newline < 0) return undefined;
    }
    return undefined;
  }

  /** Adds the row of the line's entity, or returns its fault. */
  #readLine(state: ScanState, lineStart: number, lineEnd: number, cut: boolean): TextFault | undefined {
    const { bytes } = state.window;
    const { rows } = state;
    const { start, end } = trimmed(bytes, lineStart, lineEnd);
    if (start === end) return undefined;
    if (bytes[start] !== OPEN_BRACE) {
      if (end - start === NULL_LENGTH && takeNull(state, start) === end) return undefined;
      return { code: 'NOT_AN_ENTITY', at: start, message: `a line must be one JSON object${oddly(bytes, start, end)}` };
    }
    const fault = this.#readEntity(state, start, end);
    if (fault && fault.at < end) return fault;
    if (fault) return cut ? { ...fault, code: 'TRUNCATED' } : { ...fault, message: unfinished(bytes[end - 1]) };
    state.unended = cut;
    rows.add(start, end, state.covers);
    state.covers++;
    return undefined;
  }

  /**
   * Rejects a hole by itself, where the text before it is a complete entity or none; or with the entity that it has cut off,
   * where another one begins behind it.
   * @returns whether it did
   */
  #passHole(state: ScanState, start: number, end: number, hole: NulHole): boolean {
    const { window } = state;
    const before = trimmed(window.bytes, start, hole.start);
    const fault = before.start < before.end ? this.#readLine(state, before.start, before.end, false) : undefined;
    if (fault && (hole.end === end || window.bytes[hole.end] !== OPEN_BRACE)) return false;
    if (fault) rejectLine(state, before.start, hole.end, fault);
    else rejectLine(state, hole.start, hole.end, holeFault(hole));
    window.start = hole.end;
    return true;
  }

  /** Locates the wanted members; a line that is checked must be one entity from its first byte to its last. */
  #readEntity(state: ScanState, start: number, end: number): TextFault | undefined {
    const { bytes } = state.window;
    const { options, rows, members } = state;
    const fault = members.locate(bytes, start, end, rows.rows, rows.next);
    if (fault || options.trust) return fault;
    const after = readRest(bytes, members.after, end, options.maxDepth, members.wanted);
    if (typeof after !== 'number') return after;
    if (after < end) {
      const at = skipWhitespace(bytes, after, end);
      return invalidJson(at, unexpectedOnLine(bytes, at));
    }
    return bytes[end - 1] === CLOSE_BRACE ? undefined : invalidJson(end - 1, '"}" is due');
  }

  /** Handles the line of a byte that is not UTF-8: a fault, or a rejected line once its end has arrived. */
  #faultyLine(state: ScanState, start: number): TextFault | 'incomplete' | 'rejected' {
    const { window, options, bad } = state;
    const fault: TextFault = { code: 'INVALID_UTF8', at: bad, message: 'not UTF-8' };
    if (options.onError === 'stop') return fault;
    const newline = findNewline(window.bytes, bad, window.end);
    const end = newline < 0 ? window.end : newline;
    if (end - start > options.maxEntityBytes) return lineTooLarge(state);
    if (newline < 0 && !state.last) return 'incomplete';
    rejectLine(state, start, end, fault);
    window.start = newline < 0 ? end : newline + 1;
    state.passLines(newline < 0 ? 0 : 1);
    this.#searched = 0;
    const next = validateUtf8(window.bytes, window.start, window.end, state.last);
    state.bad = next.bad;
    state.readable = next.valid;
    return 'rejected';
  }
}

/** Lets the kernel scan lines up to the first one that it cannot decide. */
function scanLines(state: ScanState, kernel: Kernel): void {
  const { window, readable, options } = state;
  for (let more = true; more; ) {
    const { pos, full } = kernel.scanLines(window.start, readable, state.covers, options);
    state.takeScanned(kernel);
    window.start = pos;
    state.passLines(kernel.lines);
    more = full && !state.pauses();
  }
}

/** `Buffer.indexOf` searches to the end of the buffer, which may have old bytes after the window. */
function findNewline(bytes: Buffer, from: number, end: number): number {
  if (from >= end) return -1;
  const found = bytes.subarray(from, end).indexOf(NEWLINE);
  return found < 0 ? -1 : from + found;
}

/** Rejects the record of a line, without the white space around it. */
function rejectLine(state: ScanState, lineStart: number, lineEnd: number, fault: TextFault): void {
  const { window, options } = state;
  const { start, end } = trimmed(window.bytes, lineStart, lineEnd);
  const { bytes, shift } = window.lend(start, end);
  state.reject({
    source: options.source,
    recordIndex: state.firstIndex + state.covers,
    byteOffset: window.offset + start,
    line: state.line,
    error: state.error(fault),
    raw: bytes.subarray(start - shift, end - shift),
  });
}

function trimmed(bytes: Uint8Array, lineStart: number, lineEnd: number): { start: number; end: number } {
  const start = skipWhitespace(bytes, lineStart, lineEnd);
  let end = lineEnd;
  while (end > start && isWhitespace(bytes[end - 1])) end--;
  return { start, end };
}

/** The fault of a line that ends inside its entity, after this byte. */
function unfinished(last: number): string {
  const message = 'the line ends inside its entity';
  if (last !== OPEN_BRACE && last !== OPEN_BRACKET && last !== COMMA && last !== COLON) return message;
  return `${message}, as in pretty-printed text: input sequence (--input sequence) reads objects that span lines`;
}

/** A hint at why a line is no object. */
function oddly(bytes: Buffer, start: number, end: number): string {
  if (bytes.toString('latin1', start, Math.min(end, start + NULL_LENGTH + 1)) !== 'null')
    return oddBeginning(bytes, start);
  return '; null is passed over where the entity is inside its record (option unwrap)';
}

/** A line over the limit cannot be rejected, because it is not completely in memory. */
function lineTooLarge(state: ScanState): TextFault {
  const { maxEntityBytes } = state.options;
  const { bytes, start } = state.window;
  return {
    code: 'ENTITY_TOO_LARGE',
    at: state.window.start,
    message: `a line of more than ${maxEntityBytes} bytes (option maxEntityBytes)${oddBeginning(bytes, start)}`,
  };
}
