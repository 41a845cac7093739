/** The scanner that walks over lines or a document, with the kernel where possible. */
import { END, ID_START, type KnownLine, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import type { ErrorCode, SluiceError } from '../terms/errors.js';
import type { ScanPosition, SequenceDue } from '../terms/position.js';
import { skipWhitespace } from './bytes.js';
import { decideForm, formAsStated, mayBeResponse } from './detect-form.js';
import { DocumentWalk } from './document-walk.js';
import { describeArrays, findArrays } from './find-arrays.js';
import { describeKeyed, findKeyed } from './find-keyed.js';
import { DETECTION_LIMIT, type DetectedForm } from './form.js';
import type { Kernel } from './kernel.js';
import { LineWalk } from './line-walk.js';
import { refuseResponse } from './no-document.js';
import type { Piece, Scanner, ScanOptions } from './scanner.js';
import { SequenceWalk } from './sequence-walk.js';
import { emptyInput, type TextFault } from './text-faults.js';
import { validateUtf8 } from './utf8.js';
import { ScanState, type Walk } from './walk.js';
import type { Window } from './window.js';

/** The walk, or why there is none; undefined while more bytes are needed. */
type Detected = Walk | Pick<TextFault, 'code' | 'message'> | undefined;

/** Keeps the position of the scan; the walk knows how a form of input is read. */
export class WalkingScanner implements Scanner {
  readonly #state: ScanState;
  #kernel: Kernel | undefined;
  #walk: Walk | undefined;
  #atStart = true;
  /** Bytes that are needed before the form is detected again; doubled, so that tiny chunks do not cost more. */
  #detectFrom = 0;
  /** The detection that has begun; the window does not move before it has ended. */
  #detecting: Generator<void, Detected> | undefined;

  /** @param kernel scans what it can; the window must be in its memory, and `close` returns it for reuse */
  constructor(options: ScanOptions, window: Window, kernel?: Kernel) {
    this.#state = new ScanState(options, window, kernel);
    this.#kernel = kernel;
    const { from } = options;
    if (from) {
      this.#walk = resumedWalk(from);
      this.#atStart = false;
      return;
    }
    // Without bytes only the caller's options can decide.
    const stated = formAsStated(options);
    if (stated) this.#walk = walkFor(stated);
  }

  reserve(size: number): Buffer {
    return this.#moving((window) => window.reserve(size));
  }

  accept(length: number): void {
    this.#moving((window) => window.accept(length));
  }

  /** Lets the window move its bytes, and adjusts the known positions. */
  #moving<T>(move: (window: Window) => T): T {
    const state = this.#state;
    this.#detecting = undefined;
    const before = state.window.offset;
    const result = move(state.window);
    const moved = state.window.offset - before;
    state.readable -= moved;
    state.countedTo -= moved;
    if (state.bad >= 0) state.bad -= moved;
    return result;
  }

  moveTo(position: ScanPosition): void {
    const state = this.#state;
    const { window } = state;
    window.start = window.end;
    window.offset = position.byteOffset - window.start;
    state.readable = window.start;
    state.countedTo = window.start;
    state.bad = -1;
    state.firstIndex = position.recordIndex;
    state.line = state.options.unnumbered ? undefined : position.line;
    state.unended = false;
    this.#walk = resumedWalk(position);
    this.#detecting = undefined;
    this.#atStart = false;
  }

  close(): void {
    if (!this.#state.options.isHeld?.()) this.#kernel?.release();
    this.#kernel = undefined;
  }

  scan(last: boolean): Piece {
    const state = this.#state;
    state.begin(last);
    const { knownLine } = state;
    if (this.#atStart) this.#skipByteOrderMark();
    let fault: SluiceError | undefined;
    if (!this.#atStart) {
      this.#validate();
      fault = this.#step();
    }
    return this.#takePiece(fault, knownLine);
  }

  /** RFC 8259 allows a reader to ignore a byte order mark; deciding needs the first three bytes. */
  #skipByteOrderMark(): void {
    const { window, last } = this.#state;
    if (window.end - window.start < 3 && !last) return;
    const [first, second, third] = window.bytes.subarray(window.start, window.end);
    if (first === 0xef && second === 0xbb && third === 0xbf) window.start += 3;
    this.#state.readable = window.start;
    this.#atStart = false;
  }

  #validate(): void {
    const state = this.#state;
    const { window, last } = state;
    if (state.options.trust) {
      state.readable = window.end;
    } else if (state.bad < 0) {
      const { valid, bad } = validateUtf8(window.bytes, state.readable, window.end, last);
      state.readable = valid;
      state.bad = bad;
    }
  }

  /** Scans as far as the available bytes allow; returns the fault that ends the input. */
  #step(): SluiceError | undefined {
    const state = this.#state;
    if (!this.#walk) {
      this.#detecting ??= this.#detect();
      const { done, value: walk } = this.#detecting.next();
      if (!done) {
        state.pause();
        return undefined;
      }
      this.#detecting = undefined;
      if (walk && 'code' in walk) return state.error({ ...walk, at: state.window.start });
      this.#walk = walk;
    }
    if (this.#walk && !this.#walk.singleLine && state.options.onError === 'skip') {
      return this.#refuse(
        'INVALID',
        'only faulty lines can be skipped; after a fault in a document nothing is certain',
      );
    }
    // White space before the first entity.
    state.countLines();
    const fault = this.#walk?.step(state);
    return fault ? state.error(fault) : undefined;
  }

  /** Chooses the walk by the first bytes, in steps. */
  *#detect(): Generator<void, Detected> {
    const { window, options, readable, last, bad } = this.#state;
    const start = skipWhitespace(window.bytes, window.start, readable);
    window.start = start;
    const complete = last || bad >= 0;
    const length = Math.min(readable - start, DETECTION_LIMIT);
    if (length < this.#detectFrom && length < DETECTION_LIMIT && !complete) return undefined;
    this.#detectFrom = 2 * length;
    if (options.neverBlank && last && start === window.end) return emptyInput(start);
    const decided = yield* decideForm(window.bytes, start, readable, complete, options);
    if (decided === undefined) return undefined;
    if (mayBeResponse(decided)) {
      const refusal = yield* refuseResponse(window.bytes, start, readable, complete, options);
      if (refusal) return refusal === 'more' ? undefined : refusal;
    }
    if (decided !== 'undecided') {
      this.#state.remark = decided.remark;
      return walkFor(decided);
    }
    return { code: 'UNDECIDED_FORM', message: yield* undecided(window, readable) };
  }

  #refuse(code: ErrorCode, message: string): SluiceError {
    return this.#state.error({ code, at: this.#state.window.start, message });
  }

  #position(): ScanPosition | undefined {
    const { window, firstIndex, covers, line } = this.#state;
    const position = this.#walk?.position();
    if (!position) return undefined;
    return { byteOffset: window.offset + window.start, recordIndex: firstIndex + covers, line, ...position };
  }

  /** @param knownLine the line at the start of the step */
  #takePiece(fault: SluiceError | undefined, knownLine: KnownLine | undefined): Piece {
    const state = this.#state;
    state.countLines();
    const { window, firstIndex, covers, rejects } = state;
    const count = state.rows.count;
    const unchecked = state.options.verify ? state.takeUnchecked() : undefined;
    const rows = state.rows.take();
    const next = fault ? undefined : this.#position();
    const first = knownLine?.at ?? (count > 0 ? firstByte(rows, state.options) : window.start);
    const after = count > 0 ? rows[(count - 1) * ROW_WIDTH + END] : first;
    const { bytes, shift } = covers > 0 ? window.lend(first, after) : { bytes: window.bytes, shift: 0 };
    if (shift > 0) shiftRows(rows, shift);
    const piece: Piece = {
      bytes,
      byteOffset: window.offset + shift,
      knownLine: knownLine && { ...knownLine, at: knownLine.at - shift },
      rows,
      count,
      firstIndex,
      covers,
      filtered: covers - count - rejects.length,
      absent: state.absent,
      otherKind: state.otherKind,
      unchecked: unchecked?.length === count ? undefined : unchecked?.map((row) => rows[row * ROW_WIDTH + ORDINAL]),
      excerpts: state.excerpts?.take(count),
      rejects,
      others: state.others,
      remark: state.remark,
      fault,
      form: this.#walk?.form,
      path: this.#walk?.path,
      singleLine: this.#walk?.singleLine ?? true,
      next,
      unended: state.unended,
      isPaused: state.isPaused,
    };
    state.firstIndex += covers;
    state.covers = 0;
    state.absent = 0;
    state.otherKind = 0;
    state.rejects = [];
    state.others = [];
    state.remark = undefined;
    return piece;
  }
}

/** The first byte of the first row: the key of a member is before its value. */
function firstByte(rows: Int32Array, { idFromKey }: ScanOptions): number {
  return !idFromKey || rows[ID_START] < 0 ? rows[START] : Math.min(rows[START], rows[ID_START]);
}

/** Moves all spans to the front; those of absent members stay. */
function shiftRows(rows: Int32Array, shift: number): void {
  for (let row = 0; row < rows.length; row += ROW_WIDTH) {
    for (let column = START; column < ORDINAL; column++) {
      if (rows[row + column] >= 0) rows[row + column] -= shift;
    }
  }
}

function* undecided({ bytes, start }: Window, end: number): Generator<void, string> {
  const way = 'set the option input (lines, sequence, array or document) or path';
  const keyed = describeKeyed(yield* findKeyed(bytes, start, end));
  const seen = keyed ?? describeArrays(yield* findArrays(bytes, start, end));
  const found = seen === undefined ? '' : `; it has ${seen}`;
  return `the first megabyte does not show whether the input is a document or records; ${way}${found}`;
}

function walkFor({ form, path, isEntity }: DetectedForm): Walk {
  if (form === 'lines') return new LineWalk();
  return form === 'sequence' ? new SequenceWalk() : new DocumentWalk(path, { isEntity });
}

/** The walk that goes on at a position. */
function resumedWalk({ form, path, due, opened }: ScanPosition): Walk {
  if (form === 'lines') return new LineWalk();
  if (form === 'sequence') return new SequenceWalk(isSequenceDue(due) ? due : undefined);
  return new DocumentWalk(path, { due: isSequenceDue(due) ? undefined : due, opened });
}

function isSequenceDue(due: ScanPosition['due']): due is SequenceDue {
  return due !== undefined && !/^(element|member)/.test(due);
}
