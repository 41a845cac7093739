/** A Node stream over a generator: read or delivered once, and destroyed when its run is aborted. */
import { Readable } from 'node:stream';
import { turnEnd } from '../loop/turn.js';
import { SluiceError, toSluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import { Outlet } from './outlet.js';

/** A chunk that a stream of stages takes or emits. */
export type Flow = 'batches' | 'bytes';

/** The kind of chunks of such a stream. */
export interface ReadableOptions {
  readonly output: Flow;
  /** Whether an envelope ends the bytes; default: none does. */
  readonly endsInEnvelope?: () => boolean;
}

/** What others read from a reserved stream. */
const NOTHING = Buffer.alloc(0);

/**
 * A Readable over a generator, which is created at the first read. It is a participant of the run. Destroying it before
 * its end aborts the run first, so that a generator which waits for its source wakes up, and then waits until the
 * generator has released everything. An abort of the run destroys the stream, even without a reader.
 */
export class GeneratorReadable extends Readable {
  readonly #open: () => AsyncGenerator<unknown, void>;
  readonly #run: Run;
  readonly #outlet = new Outlet(this);
  readonly #isOfBatches: boolean;
  #items: AsyncGenerator<unknown, void> | undefined;
  #pumping: Promise<void> | undefined;
  #wanted = false;
  #done = false;
  #claimed = false;
  #connecting = false;

  constructor(
    open: () => AsyncGenerator<unknown, void>,
    run: Run,
    { output, endsInEnvelope = () => false }: ReadableOptions,
  ) {
    // Nothing is read ahead: a failing stream discards its buffer, but what preceded the failure must arrive.
    super({ objectMode: output === 'batches', highWaterMark: 0 });
    this.#open = open;
    this.#run = run;
    this.#isOfBatches = output === 'batches';
    this.once('close', run.join());
    this.on('newListener', (event) => {
      if (event !== 'data' && event !== 'readable') return;
      if (this.readableEnded || (this.#claimed && !this.#connecting)) throw alreadyUsed();
    });
    if (output === 'bytes') {
      run.attachOutput({
        // Before the first byte was requested there is no envelope to report a failure in.
        endsInEnvelope: () => this.#items !== undefined && endsInEnvelope(),
        isWanted: () => this.#isWanted(),
      });
    }
    destroyWithRun(this, run);
  }

  /**
   * Reserves the stream for one consumer of all of it.
   * @throws SluiceError `ALREADY_USED` when it was read, is being read, or is reserved
   */
  protected claim(): void {
    const hasReader = this.readableFlowing || this.listenerCount('data') > 0 || this.listenerCount('readable') > 0;
    if (this.#claimed || this.#items || hasReader) throw alreadyUsed();
    this.#claimed = true;
  }

  /** Lets the consumer of a reserved stream add its listeners while `act` runs. */
  protected connect<T>(act: () => T): T {
    this.#connecting = true;
    try {
      return act();
    } finally {
      this.#connecting = false;
    }
  }

  override pipe<T extends NodeJS.WritableStream>(to: T, options?: { readonly end?: boolean }): T {
    return this.#outlet.pipe(to, () => super.pipe(to, options));
  }

  /** The next chunk; of a stream that is reserved nothing, since its consumer alone has the chunks. */
  override read(size?: number): unknown {
    const item: unknown = super.read(size);
    return this.#claimed && item !== null ? NOTHING : item;
  }

  override _read(): void {
    this.#wanted = true;
    this.#pumping ??= this.#pump();
  }

  async #pump(): Promise<void> {
    try {
      this.#items ??= this.#open();
      while (this.#wanted && !this.destroyed) {
        const { value, done } = await this.#items.next();
        if (done) {
          this.#done = true;
          this.push(null);
          break;
        }
        // `push` may call `_read` before it returns; the value that sets must not be overwritten.
        this.#wanted = false;
        if (this.destroyed) continue;
        // While the next stage is busy, a batch would be buffered.
        // The consumer of a reserved stream gives bytes back itself.
        const more = this.#claimed ? this.push(value) : this.#outlet.push(value);
        if (more && !(this.#isOfBatches && this.#outlet.isBusy)) this.#wanted = true;
      }
    } catch (cause) {
      this.#done = true;
      this.destroy(toSluiceError(cause, 'INTERNAL', 'run'));
    } finally {
      this.#pumping = undefined;
      this.#run.outputFull();
    }
  }

  /** Whether the reader waits for more, at the latest when what was pushed in this turn has arrived. */
  async #isWanted(): Promise<boolean> {
    if (!this.#pumping) await turnEnd();
    return this.#pumping !== undefined || this.readableEnded;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (error) this.#run.fail(toSluiceError(error, 'ABORTED', 'run'));
    if (!this.#done) this.#run.abort(error ?? undefined);
    callAfter(this.#release(), error, callback);
  }

  async #release(): Promise<void> {
    // A pump that failed destroys the stream itself; waiting for it would be a deadlock.
    if (!this.#done) await this.#pumping;
    await this.#items?.return();
  }
}

/** Destroys a stream with the reason when its run is given up, or at once if it was. */
export function destroyWithRun(stream: Readable, run: Run): void {
  const forget = run.onGivenUp(() => {
    if (stream.destroyed) return;
    // The receipt reports the abort; an error event without a listener must not end the process.
    if (stream.listenerCount('error') === 0) stream.once('error', () => {});
    stream.destroy(run.abortError());
  });
  stream.once('close', forget);
}

/** Calls back once the work is done, with its failure unless there was an earlier one. */
export function callAfter(work: Promise<void>, earlier: Error | null, callback: (error?: Error | null) => void): void {
  work.then(
    () => callback(earlier),
    (cause: unknown) => callback(earlier ?? toSluiceError(cause, 'INTERNAL', 'run')),
  );
}

function alreadyUsed(): SluiceError {
  const message =
    'the stream was read or delivered before, or is being read; it has its content once: create another stream';
  return new SluiceError('ALREADY_USED', 'write', message);
}
