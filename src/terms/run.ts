/** One run of an export, from its first byte to its receipt: how it stops, fails, is aborted and closes. */
import { callbackFailed } from './callback-failed.js';
import { deferred } from './deferred.js';
import { SluiceError, toSluiceError } from './errors.js';
import { Ledger, type Settlement } from './ledger.js';
import { failingLogger, type Logger, SILENT, steadyLogger } from './logger.js';
import { type Progress, ProgressReports } from './progress.js';
import type { FaultyFile, Note, Receipt, Reject } from './receipt.js';
import type { RunHandle } from './run-handle.js';

/** What is fixed when a run is made; `createRun` supplies the id and the clock. */
export interface RunOptions {
  /** The work automation id; it also names the files inside the output. */
  readonly id: string;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** When the run began, in milliseconds since 1970; of a resumed run, when the first one began. */
  readonly startedAt: number;
  /** Ends the run with `ABORTED` when it fires. */
  readonly signal?: AbortSignal;
  /** A pino-compatible logger; silent when absent. */
  readonly logger?: Logger;
  /** Called with the progress of the run, at most five times a second. */
  readonly onProgress?: (progress: Progress) => void;
  /** Called with each record rejected under `onError: 'skip'`; the run waits for it. */
  readonly onReject?: (reject: Reject) => void | Promise<void>;
}

/** The last stream of a run: an abort asks it whether its reader still waits for output. */
export interface RunOutput {
  /** Whether an envelope ends the output: after a failure it closes the blob and reports the error in its tail. */
  endsInEnvelope(): boolean;
  /** Whether the reader waits for output now. */
  isWanted(): boolean | Promise<boolean>;
}

/** Rejected records, and files set aside, that are logged as warnings; the rest of a broken feed is logged for debugging. */
const REJECTS_WARNED = 20;

/**
 * One run. The driver of its stages passes it to every call of a stage, which is the only way a stage gets it. What is
 * fixed are its id, signal and logger; the numbers are in its ledger.
 */
export class Run implements RunHandle {
  readonly id: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly receipt: Promise<Receipt>;
  readonly ledger = new Ledger();

  readonly #options: RunOptions;
  readonly #abort = new AbortController();
  readonly #onGivenUp = new Set<() => void>();
  readonly #clockStart: number;
  readonly #progress: ProgressReports | undefined;
  readonly #resolve: (receipt: Receipt) => void;
  readonly #reject: (error: SluiceError) => void;
  #output: RunOutput | undefined;
  #isGivenUp = false;
  #participants = 0;
  #rejectsLogged = 0;
  #stopping = false;
  #isRead = false;
  #closed = false;
  #failure: SluiceError | undefined;
  #abortError: SluiceError | undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.id = options.id;
    this.logger = options.logger ? failingLogger(options.logger) : SILENT;
    this.#clockStart = options.now();
    this.#progress = options.onProgress && new ProgressReports(options.onProgress, this.#clockStart);
    this.signal = options.signal ? AbortSignal.any([options.signal, this.#abort.signal]) : this.#abort.signal;
    const { promise, resolve, reject } = deferred<Receipt>();
    this.receipt = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    promise.catch(() => {});
  }

  /** Milliseconds on the run's clock. */
  now(): number {
    return this.#options.now();
  }

  /** Whether the source should be read no further. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Whether the receipt has settled; later counts are not in it. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The first failure, if the run has failed. */
  get failure(): SluiceError | undefined {
    return this.#failure;
  }

  /** Whether an envelope ends the output. */
  get endsInEnvelope(): boolean {
    return this.#output?.endsInEnvelope() ?? false;
  }

  /** Registers the last stream of the run. */
  attachOutput(output: RunOutput): void {
    this.#output = output;
  }

  /** Tells the source to end: enough was read, or a fault makes the rest useless. */
  stop(): void {
    this.#stopping = true;
  }

  /** Ends the run at once, because its output has no reader any more. */
  abort(reason: unknown = new Error('the output has no reader any more')): void {
    this.stop();
    this.#abort.abort(reason);
  }

  /**
   * Registers a callback for the abort of the run, called at once when it is aborted already. A run that ends in an
   * envelope calls it only when its output has no waiting reader, because the tail reports the abort to one who waits.
   * @returns removes the callback
   */
  onGivenUp(callback: () => void): () => void {
    if (this.#isGivenUp || (this.signal.aborted && this.#onGivenUp.size === 0)) {
      callback();
      return () => {};
    }
    if (this.#onGivenUp.size === 0) this.signal.addEventListener('abort', this.#giveUp);
    this.#onGivenUp.add(callback);
    return () => {
      this.#onGivenUp.delete(callback);
      if (this.#onGivenUp.size === 0) this.signal.removeEventListener('abort', this.#giveUp);
    };
  }

  /** The reader takes no more output for now: an aborted run that waited for it to read the tail checks again. */
  outputFull(): void {
    if (this.signal.aborted && this.#onGivenUp.size > 0) void this.#giveUp();
  }

  readonly #giveUp = async (): Promise<void> => {
    if (this.endsInEnvelope && (await this.#output?.isWanted())) return;
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    for (const callback of [...this.#onGivenUp]) callback();
  };

  /** Settles as the promise does, or rejects when the run is aborted; the promise is not awaited further then. */
  async orAbort<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {});
    if (this.signal.aborted) throw this.abortError();
    let stop: () => void = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(this.abortError());
      this.signal.addEventListener('abort', stop);
    });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      this.signal.removeEventListener('abort', stop);
    }
  }

  /** The error of an aborted run: the same object for every caller. */
  abortError(): SluiceError {
    this.#abortError ??= new SluiceError('ABORTED', 'run', 'the export was aborted', { cause: this.signal.reason });
    return this.#abortError;
  }

  /** Records the first failure; the receipt rejects with it when the run closes. */
  fail(error: SluiceError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.stop();
  }

  /** Enters a batch in the ledger; waits for `onReject` where the batch has rejected records. */
  settle(batch: Settlement): void | Promise<void> {
    this.ledger.settle(batch);
    this.#progress?.report(this.now(), this.ledger);
    if (batch.rejects.length > 0) return this.#handleRejects(batch.rejects);
  }

  /**
   * Adds a note to the receipt: something a user should know that is not a failure. It is logged when the run has
   * closed well; of a run that fails it might not be true.
   */
  note(note: Note): void {
    this.ledger.addNote(note);
    // After the end, the failure of a logger cannot be reported.
    if (this.#closed) this.#logNote(note, steadyLogger(this.logger));
  }

  /** Adds a note that every attempt may find again, once. */
  noteOnce(note: Note): void {
    if (!this.ledger.notes.some(({ code, text }) => code === note.code && text === note.text)) this.note(note);
  }

  /** Sets a file aside, with its fault and the records before it; the number of its input is absent if it was not opened. */
  setAside(input: number | undefined, { source, error, records }: FaultyFile): void {
    const { code, message } = error;
    const level = (this.ledger.setAside?.files ?? 0) < REJECTS_WARNED ? 'warn' : 'debug';
    this.ledger.addAside({ source, code, message, records }, input);
    this.logger[level]({ run: this.id, source, code, records }, `file set aside: ${message}`);
  }

  #logNote({ code, text, counts }: Note, logger = this.logger): void {
    logger.warn({ run: this.id, code, ...counts }, text);
  }

  /**
   * Adds a participant; the receipt waits until each has left.
   * @returns leaves the run; later calls change nothing
   * @throws SluiceError `ALREADY_USED` once the receipt has settled
   */
  join(): () => void {
    if (this.#closed) throw alreadyUsed('the run has ended and its receipt has settled; create another run');
    this.#participants++;
    let joined = true;
    return () => {
      if (!joined) return;
      joined = false;
      this.#participants--;
      if (this.#participants === 0) this.close();
    };
  }

  /**
   * Reserves the run for one reader.
   * @throws SluiceError `ALREADY_USED` when the run has a reader: its counts would be those of both
   */
  beginReading(): void {
    if (this.#isRead) throw alreadyUsed('the run has a stream that reads; each pipeline needs its own run');
    this.#isRead = true;
  }

  /** Settles the receipt, once everything is closed. Later calls change nothing. */
  close(): void {
    this.#closed = true;
    if (this.#progress?.fault) this.fail(this.#progress.fault);
    if (!this.#failure && this.signal.aborted) this.fail(this.abortError());
    if (!this.#failure && !this.#isRead && this.ledger.bytesOut > 0) this.fail(unread());
    if (this.#failure) {
      this.#reject(this.#failure);
      return;
    }
    try {
      const { startedAt } = this.#options;
      const durationMs = this.now() - this.#clockStart;
      const receipt = this.ledger.balance({ id: this.id, startedAt, durationMs });
      for (const note of receipt.notes) this.#logNote(note);
      this.logger.info({ run: this.id, receipt }, 'export done');
      this.#resolve(receipt);
    } catch (error) {
      this.fail(toSluiceError(error, 'INTERNAL', 'run'));
      this.close();
    }
  }

  async #handleRejects(rejects: readonly Reject[]): Promise<void> {
    for (const reject of rejects) {
      const { source, recordIndex, byteOffset, error } = reject;
      const facts = { run: this.id, source, recordIndex, byteOffset, code: error.code };
      const level = this.#rejectsLogged++ < REJECTS_WARNED ? 'warn' : 'debug';
      this.logger[level](facts, `record rejected: ${error.message}`);
      try {
        const handling = this.#options.onReject?.(reject);
        if (handling) await this.orAbort(handling);
      } catch (cause) {
        throw callbackFailed('onReject', cause, 'run', { source, recordIndex });
      }
    }
  }
}

function unread(): SluiceError {
  const message =
    'the run was given to no stream that reads, so it has counted no records: pass it to readEntities too';
  return new SluiceError('INVALID', 'run', message, { path: 'run' });
}

function alreadyUsed(message: string): SluiceError {
  return new SluiceError('ALREADY_USED', 'run', message, { path: 'run' });
}
