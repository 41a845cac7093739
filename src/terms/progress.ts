/** How far a run has come, reported to the caller's function. */
import { callbackFailed } from './callback-failed.js';
import type { SluiceError } from './errors.js';
import { guardedCall } from './guarded-call.js';

/** How far a run has come. */
export interface Progress {
  /** Bytes taken from the sources so far, before decompression. */
  readonly bytesIn: number;
  /** Records accounted for so far. */
  readonly read: number;
  /** Records written so far. */
  readonly written: number;
  /** Milliseconds since the run began. */
  readonly elapsedMs: number;
  /** `bytesIn` per second, on average since the run began. */
  readonly bytesPerSecond: number;
  /** `read` per second, on average since the run began. */
  readonly recordsPerSecond: number;
}

/** Milliseconds between two progress events; a human sees no more. */
const INTERVAL_MS = 200;

/** Calls `onProgress`, at most five times a second. */
export class ProgressReports {
  readonly #onProgress: (progress: Progress) => void;
  readonly #clockStart: number;
  #lastAt: number;
  #fault: SluiceError | undefined;

  /** @param clockStart when the run began, in milliseconds on its clock */
  constructor(onProgress: (progress: Progress) => void, clockStart: number) {
    this.#onProgress = onProgress;
    this.#clockStart = clockStart;
    this.#lastAt = clockStart;
  }

  /** `CALLBACK_FAILED`, once the function has thrown, or its promise has rejected. */
  get fault(): SluiceError | undefined {
    return this.#fault;
  }

  /** Reports, if it is time. @throws SluiceError `CALLBACK_FAILED`, of an asynchronous function at a later call */
  report(now: number, { bytesIn, read, written }: Pick<Progress, 'bytesIn' | 'read' | 'written'>): void {
    if (this.#fault) throw this.#fault;
    if (now - this.#lastAt < INTERVAL_MS) return;
    this.#lastAt = now;
    const elapsedMs = now - this.#clockStart;
    const perSecond = (amount: number) => Math.round((amount * 1000) / elapsedMs);
    const rates = { bytesPerSecond: perSecond(bytesIn), recordsPerSecond: perSecond(read) };
    guardedCall(
      () => this.#onProgress({ bytesIn, read, written, elapsedMs, ...rates }),
      (cause) => {
        this.#fault ??= callbackFailed('onProgress', cause, 'run');
      },
    );
    if (this.#fault) throw this.#fault;
  }
}
