/** The scanner in plain TypeScript: the readable version, and the one for every machine. */
import { SluiceError } from '../terms/errors.js';
import { skipWhitespace } from './bytes.js';
import { DETECTION_LIMIT, type DetectedForm, detectForm } from './detect-form.js';
import { DocumentWalk } from './document-walk.js';
import { LineWalk } from './line-walk.js';
import type { Piece, Scanner, ScanOptions } from './scanner.js';
import { validateUtf8 } from './utf8.js';
import { ScanState, type Walk } from './walk.js';

/** Makes a scanner that needs nothing but JavaScript. */
export function scalarScanner(options: ScanOptions): Scanner {
  return new ScalarScanner(options);
}

class ScalarScanner implements Scanner {
  readonly #state: ScanState;
  #walk: Walk | undefined;
  #atStart = true;
  /** Bytes that must be here before the form is looked for again; doubled, so that tiny chunks cost no more. */
  #detectFrom = 0;

  constructor(options: ScanOptions) {
    this.#state = new ScanState(options);
    const { form, path } = options;
    if (form === 'lines') this.#walk = new LineWalk();
    else if (form === 'array' || path) this.#walk = new DocumentWalk(path ?? []);
  }

  reserve(size: number): Buffer {
    const state = this.#state;
    const before = state.window.offset;
    const room = state.window.reserve(size);
    const moved = state.window.offset - before;
    state.readable -= moved;
    if (state.bad >= 0) state.bad -= moved;
    return room;
  }

  advance(length: number, last: boolean): Piece {
    const state = this.#state;
    const { window } = state;
    window.end += length;
    state.last = last;
    if (this.#atStart) this.#skipByteOrderMark();
    let fault: SluiceError | undefined;
    if (!this.#atStart) {
      this.#validate();
      this.#walk ??= this.#detect();
      const found = this.#walk?.step(state);
      if (found) fault = state.error(found);
    }
    return this.#takePiece(fault);
  }

  /** RFC 8259 allows a reader to ignore a byte order mark; the first three bytes must be here to tell. */
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

  /** Chooses the walk by the first bytes, or puts it off. */
  #detect(): Walk | undefined {
    const { window, options, readable, last, bad } = this.#state;
    const { form, memberNames } = options;
    const start = skipWhitespace(window.bytes, window.start, readable);
    window.start = start;
    const complete = last || bad >= 0;
    const length = Math.min(readable - start, DETECTION_LIMIT);
    if (length === 0) return complete ? new LineWalk() : undefined;
    if (length < this.#detectFrom && length < DETECTION_LIMIT && !complete) return undefined;
    this.#detectFrom = 2 * length;
    const detected = detectForm(window.bytes, start, start + length, form === 'document' ? undefined : memberNames);
    if (detected)
      return form === 'document' && detected.form !== 'document' ? new DocumentWalk(KNOWN_PATH) : walkFor(detected);
    if (length === DETECTION_LIMIT) throw this.#undecided();
    return complete ? walkFor({ form: form ?? 'lines', path: KNOWN_PATH }) : undefined;
  }

  #undecided(): SluiceError {
    const { options, window } = this.#state;
    return new SluiceError(
      'UNDECIDED_FORM',
      'scan',
      `${options.source}: the first megabyte does not tell a document from lines; say it with the option input ` +
        '(lines, array or document) or with path, the way to the entities',
      { source: options.source, recordIndex: 0, byteOffset: window.offset + window.start },
    );
  }

  #takePiece(fault: SluiceError | undefined): Piece {
    const state = this.#state;
    const { window, rows, firstIndex, covers, rejects } = state;
    const count = rows.count;
    const piece: Piece = {
      bytes: window.bytes,
      byteOffset: window.offset,
      rows: rows.take(),
      count,
      firstIndex,
      covers,
      rejects,
      ...(fault ? { fault } : {}),
      singleLine: this.#walk?.singleLine ?? true,
    };
    if (covers > 0) window.lend();
    state.firstIndex += covers;
    state.covers = 0;
    state.rejects = [];
    return piece;
  }
}

const KNOWN_PATH: readonly string[] = ['entities'];

function walkFor({ form, path }: DetectedForm): Walk {
  return form === 'lines' ? new LineWalk() : new DocumentWalk(form === 'array' ? [] : path);
}
