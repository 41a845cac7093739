/** The small handle that the stages of one export share: its id, its end, its ledger, its receipt. */
import { SluiceError } from './errors.js';
import { type Logger, SILENT } from './logger.js';
import { Ledger, type Note, type Receipt, type Reject, type StoppedBy } from './receipt.js';

/** How far a run has come. */
export interface Progress {
  /** Bytes taken from the sources so far, before decompression. */
  readonly bytesIn: number;
  /** Records accounted for so far. */
  readonly read: number;
  readonly written: number;
  readonly elapsedMs: number;
  readonly bytesPerSecond: number;
  readonly recordsPerSecond: number;
}

/** What a run is made of; `createRun` fills in the id and the clock. */
export interface RunOptions {
  /** The work automation id; it also names the files inside the output. */
  readonly id: string;
  /** A monotonic clock in milliseconds. */
  readonly now: () => number;
  /** When the run began, in milliseconds since 1970; of a run that goes on, when the first one did. */
  readonly startedAt: number;
  /** Ends the run with `ABORTED` when it fires. */
  readonly signal?: AbortSignal;
  /** A pino-compatible logger; silent when absent. */
  readonly logger?: Logger;
  /** Told how far the run has come, at most five times a second. */
  readonly onProgress?: (progress: Progress) => void;
  /** Given each record refused under `onError: 'skip'`; the run waits for it. */
  readonly onReject?: (reject: Reject) => void | Promise<void>;
}

/** Milliseconds between two progress events; a human sees no more. */
const PROGRESS_INTERVAL_MS = 200;

/** Rejected records that are logged as warnings; of a feed that is broken throughout nobody reads more. */
const REJECTS_WARNED = 20;

/** What the encoder tells of a batch it has turned into bytes. */
export interface Settlement {
  readonly covers: number;
  readonly filtered: number;
  readonly rejects: readonly Reject[];
  readonly written: number;
  readonly stoppedBy?: StoppedBy;
}

/** One export from its first byte to its receipt. */
export class Run {
  readonly id: string;
  readonly logger: Logger;
  readonly ledger = new Ledger();
  /** Fires when the caller or the consumer ends the run. */
  readonly signal: AbortSignal;
  /** The proof at the end, or the error; never an unhandled rejection. */
  readonly receipt: Promise<Receipt>;
  /** An envelope ends this run: after a failure it closes the blob and tells the error in its tail. */
  endsInEnvelope = false;
  /** Asked at an abort of such a run, and at each `outputFull` after it: whether the reader waits for output now. */
  outputWanted: () => boolean | Promise<boolean> = () => false;
  /** Ask for SHA-256 digests of the files and of the output. */
  digest = false;

  readonly #options: RunOptions;
  readonly #abort = new AbortController();
  readonly #onGivenUp = new Set<() => void>();
  #isGivenUp = false;
  readonly #clockStart: number;
  readonly #resolve: (receipt: Receipt) => void;
  readonly #reject: (error: SluiceError) => void;
  #participants = 0;
  #rejectsLogged = 0;
  #stopping = false;
  #isRead = false;
  #closed = false;
  #failure: SluiceError | undefined;
  #abortError: SluiceError | undefined;
  #lastProgressAt: number;

  constructor(options: RunOptions) {
    this.#options = options;
    this.id = options.id;
    this.logger = options.logger ?? SILENT;
    this.#clockStart = options.now();
    this.#lastProgressAt = this.#clockStart;
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

  /** Whether the receipt has settled: nothing that comes now is in it. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The first failure, if the run has failed. */
  get failure(): SluiceError | undefined {
    return this.#failure;
  }

  /** Asks the source to end: what was read already is enough, or a fault makes the rest useless. */
  stop(): void {
    this.#stopping = true;
  }

  /** Ends the run at once, because nobody wants its output any more. */
  abort(reason: unknown = new Error('nobody reads the output any more')): void {
    this.stop();
    this.#abort.abort(reason);
  }

  /**
   * Calls back as soon as the run is aborted, be that now; of a run that ends in an envelope only where nobody waits for
   * its output, since who does is told of the abort in its tail.
   * @returns takes the callback back
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

  /** The reader takes no output for now: an aborted run that relied on it to read the tail asks again. */
  outputFull(): void {
    if (this.signal.aborted && this.#onGivenUp.size > 0) void this.#giveUp();
  }

  readonly #giveUp = async (): Promise<void> => {
    if (this.endsInEnvelope && (await this.outputWanted())) return;
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    for (const callback of [...this.#onGivenUp]) callback();
  };

  /** Settles as the promise does, or rejects with the abort of the run; the promise is left to itself then. */
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

  /** The error of an aborted run: one object, whoever tells it. */
  abortError(): SluiceError {
    this.#abortError ??= new SluiceError('ABORTED', 'run', 'the export was aborted', { cause: this.signal.reason });
    return this.#abortError;
  }

  /** Remembers the first failure; the receipt rejects with it when the run closes. */
  fail(error: SluiceError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.stop();
  }

  /** Enters a batch in the ledger; waits for the handler of rejects where there are any. */
  settle(batch: Settlement): void | Promise<void> {
    const { ledger } = this;
    ledger.read += batch.covers;
    ledger.filtered += batch.filtered;
    ledger.written += batch.written;
    ledger.rejected += batch.rejects.length;
    if (batch.stoppedBy) ledger.stoppedBy = batch.stoppedBy;
    this.#tellProgress();
    if (batch.rejects.length > 0) return this.#handRejects(batch.rejects);
  }

  /**
   * Notes something a user should know that is no failure: for the receipt, and for the log when the run has closed well.
   * Of a run that fails it might not be true.
   */
  note(note: Note): void {
    this.ledger.notes.push(note);
    if (this.#closed) this.#logNote(note);
  }

  /** Notes something that may be found again by each attempt. */
  noteOnce(note: Note): void {
    if (!this.ledger.notes.some(({ code, text }) => code === note.code && text === note.text)) this.note(note);
  }

  #logNote({ code, text, counts }: Note): void {
    this.logger.warn({ run: this.id, code, ...counts }, text);
  }

  /**
   * A stage takes part in the run; the receipt waits until each has called the function this answers.
   * @throws SluiceError `ALREADY_USED` once the receipt has settled
   */
  join(): () => void {
    if (this.#closed) throw alreadyUsed('the run has ended, and its receipt is told; make another one for this stream');
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
   * What reads takes the run for itself.
   * @throws SluiceError `ALREADY_USED` where something reads for this run already: its counts would be those of both
   */
  beginReading(): void {
    if (this.#isRead)
      throw alreadyUsed('the run has a stream that reads already; each pipeline needs a run of its own');
    this.#isRead = true;
  }

  /** Settles the receipt; called once everything is closed. Later calls change nothing. */
  close(): void {
    this.#closed = true;
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
      this.fail(error instanceof SluiceError ? error : new SluiceError('INTERNAL', 'run', String(error)));
      this.close();
    }
  }

  async #handRejects(rejects: readonly Reject[]): Promise<void> {
    for (const reject of rejects) {
      const { source, recordIndex, byteOffset, error } = reject;
      const facts = { run: this.id, source, recordIndex, byteOffset, code: error.code };
      const level = this.#rejectsLogged++ < REJECTS_WARNED ? 'warn' : 'debug';
      this.logger[level](facts, `record rejected: ${error.message}`);
      const handling = this.#options.onReject?.(reject);
      if (handling) await this.orAbort(handling);
    }
  }

  #tellProgress(): void {
    const { onProgress } = this.#options;
    if (!onProgress) return;
    const now = this.now();
    if (now - this.#lastProgressAt < PROGRESS_INTERVAL_MS) return;
    this.#lastProgressAt = now;
    const elapsedMs = now - this.#clockStart;
    const { bytesIn, read, written } = this.ledger;
    const perSecond = (amount: number) => Math.round((amount * 1000) / elapsedMs);
    onProgress({
      bytesIn,
      read,
      written,
      elapsedMs,
      bytesPerSecond: perSecond(bytesIn),
      recordsPerSecond: perSecond(read),
    });
  }
}

function unread(): SluiceError {
  const message = 'no stream that reads was given this run, so that it counted no records: give it to readEntities too';
  return new SluiceError('INVALID', 'run', message, { path: 'run' });
}

function alreadyUsed(message: string): SluiceError {
  return new SluiceError('ALREADY_USED', 'run', message, { path: 'run' });
}

/** A promise with its two ends; `Promise.withResolvers` arrives in Node 22. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  return { promise, resolve, reject };
}
