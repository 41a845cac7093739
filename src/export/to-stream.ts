/** Chains of stages as Node streams. */
import { Duplex, Transform, type TransformCallback } from 'node:stream';
import { turnEnd } from '../loop/turn.js';
import type { Chunk } from '../sources/bytes.js';
import { ChunkQueue } from '../sources/chunk-queue.js';
import { SluiceError, toSluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import type { Stage } from '../terms/stage.js';
import type { Chain } from './chain.js';
import { ChainDriver } from './chain-driver.js';
import { newRun } from './create-run.js';
import { callAfter, destroyWithRun, type Flow, GeneratorReadable } from './generator-readable.js';
import { Loan, markStage, Outlet, wrapped } from './outlet.js';
import { RunBatch } from './run-batch.js';

/** Bytes that a composable stream may buffer. */
const BYTES_AHEAD = 1024 * 1024;

/** Batches that a composable stream may buffer; each represents up to two megabytes of input. */
const BATCHES_AHEAD = 1;

/** How a chain becomes one composable stream. */
export interface TransformOptions {
  readonly input: Flow;
  readonly output: Flow;
  /** The run that the stream takes part in. */
  readonly run?: Run;
}

/**
 * Makes a Transform of a chain. A failure destroys the stream with the error. But when the run ends in an envelope and
 * bytes are out already, a stream from batches to bytes ends without its tail, so that the envelope after it can close its
 * blob and report the error.
 */
export function toTransform<In, Out>({ stages }: Chain<In, Out>, options: TransformOptions): Transform {
  return options.input === 'batches' ? new ChainTransform(stages, options) : new ByteTransform(stages, options);
}

type Stages = readonly Stage<unknown, unknown>[];

/** A Transform of a chain, whose output is lent to the next one. */
class ChainTransform extends Transform {
  readonly #stages: Stages;
  readonly #driver: ChainDriver;
  readonly #input: Flow;
  readonly #output: Flow;
  readonly #run: Run | undefined;
  readonly #outlet = new Outlet(this);
  /** Whether a stage returns its output in pieces. */
  readonly #isCut: boolean;
  #leave: (() => void) | undefined;
  /** The run of the calls: the given one or that of the first batch; until it is known, a separate one. */
  #owner: Run;
  #isKnown: boolean;
  #bytesOut = 0;
  /** The reader wants no more for now. */
  #full = false;
  #ended = false;
  #wake = () => {};

  constructor(stages: Stages, { input, output, run }: TransformOptions) {
    super({
      writableObjectMode: input === 'batches',
      readableObjectMode: output === 'batches',
      writableHighWaterMark: input === 'batches' ? BATCHES_AHEAD : BYTES_AHEAD,
      readableHighWaterMark: output === 'batches' ? BATCHES_AHEAD : BYTES_AHEAD,
    });
    this.#stages = stages;
    this.#driver = new ChainDriver(stages);
    this.#input = input;
    this.#output = output;
    this.#run = run;
    this.#isCut = stages.some(({ more }) => more !== undefined);
    this.#leave = run?.join();
    this.#owner = run ?? newRun();
    this.#isKnown = run !== undefined;
    markStage(this);
    this.on('resume', () => this.#wake());
    this.once('close', () => this.#leave?.());
    if (!run) return;
    destroyWithRun(this, run);
    if (stages.some(({ name }) => name === 'envelope')) {
      run.attachOutput({ endsInEnvelope: () => true, isWanted: () => this.#isWanted() });
    }
  }

  override pipe<T extends NodeJS.WritableStream>(to: T, options?: { readonly end?: boolean }): T {
    return this.#outlet.pipe(to, () => super.pipe(to, options));
  }

  override _transform(item: unknown, _encoding: BufferEncoding, callback: TransformCallback): void {
    if (this.#input === 'bytes') {
      this.#finish(this.#emit(this.#driver.push([item], this.#owner), new Loan(item, this.#isCut)), callback);
      return;
    }
    const fault = item instanceof RunBatch ? this.#enter(item.run) : notEntities(this.#stages);
    if (fault || !(item instanceof RunBatch)) callback(fault);
    else this.#finish(this.#emit(this.#driver.push([item.batch], this.#owner), new Loan(item, this.#isCut)), callback);
  }

  override _flush(callback: TransformCallback): void {
    this.#finish(this.#emit(this.#driver.flush(this.#owner)), (error) => {
      this.#ended = true;
      callback(error);
      this.#run?.outputFull();
    });
  }

  override _read(size: number): void {
    this.#wanted();
    super._read(size);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#wanted();
    if (error) this.#owner.fail(toSluiceError(error, 'ABORTED', 'run'));
    else if (!this.readableEnded) this.#owner.abort();
    callAfter(this.#driver.close(), error, callback);
  }

  /** Whether the reader has no room, or has not taken the last bytes. */
  get #isStalled(): boolean {
    return this.#full || (this.#ended && !this.readableEnded);
  }

  /** Whether the reader wants more, at the latest when what was pushed in this turn has arrived. */
  async #isWanted(): Promise<boolean> {
    if (this.#isStalled) await turnEnd();
    return !this.#isStalled;
  }

  /** Joins the run of the first batch, unless one was given; returns the fault of a batch that belongs to another. */
  #enter(run: Run): SluiceError | undefined {
    if (this.#run && run !== this.#run) return otherRun();
    if (this.#isKnown) return undefined;
    this.#isKnown = true;
    this.#owner = run;
    // The receipt waits for every stream that the run's batches pass, also those that were given no run.
    if (!run.closed) this.#leave = run.join();
    destroyWithRun(this, run);
    return undefined;
  }

  /** Emits what the stages make of an input, which is on loan until then. */
  async #emit(pieces: AsyncIterable<readonly unknown[]>, loan?: Loan): Promise<void> {
    try {
      for await (const items of pieces) {
        // The next piece waits until there is room; between two inputs, Node itself waits.
        if (this.#full) await this.#room();
        if (this.destroyed) return;
        loan?.passOn(items);
        for (const item of items) {
          // What is buffered is not lent.
          while (this.#outlet.isBusy && !this.destroyed) await this.#room();
          if (this.destroyed) return;
          this.#push(item, loan);
        }
        if (this.#full) this.#run?.outputFull();
      }
      loan?.end();
    } finally {
      loan?.release();
    }
  }

  #push(item: unknown, loan: Loan | undefined): void {
    if (item instanceof Uint8Array) this.#bytesOut += item.length;
    // `push` may request more before it returns; the value that sets must not be overwritten.
    this.#full = true;
    if (this.#outlet.push(loan ? loan.wrap(item, this.#owner) : wrapped(item, this.#owner))) this.#full = false;
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wanted(): void {
    this.#full = false;
    this.#wake();
  }

  #finish(work: Promise<void>, callback: TransformCallback): void {
    work.then(
      () => callback(),
      (cause: unknown) => {
        const error = toSluiceError(cause, 'INTERNAL', 'run');
        this.#owner.fail(error);
        const isOfBytes = this.#input === 'batches' && this.#output === 'bytes';
        const endsQuietly = isOfBytes && this.#bytesOut > 0 && this.#owner.endsInEnvelope;
        callback(endsQuietly ? null : error);
      },
    );
  }
}

/** A Transform of bytes that fails with a typed error for other values; Node would throw into the writer. */
class ByteTransform extends ChainTransform {
  override write(chunk: unknown, encoding?: BufferEncoding | WriteCallback, callback?: WriteCallback): boolean {
    if (typeof chunk !== 'string' && !ArrayBuffer.isView(chunk)) {
      const error = notBytes();
      this.destroy(error);
      const done = typeof encoding === 'function' ? encoding : callback;
      if (done) queueMicrotask(() => done(error));
      return false;
    }
    if (typeof encoding === 'function') return super.write(chunk, encoding);
    return encoding === undefined ? super.write(chunk, callback) : super.write(chunk, encoding, callback);
  }
}

type WriteCallback = (error: Error | null | undefined) => void;

function notBytes(): SluiceError {
  const message = 'the stream takes bytes; put encodeJson or encodeDsv before it to turn entities into bytes';
  return new SluiceError('INVALID', 'wrap', message);
}

function notEntities(stages: Stages): SluiceError {
  const { name } = stages.find((stage) => stage.name !== 'check' && stage.name !== 'set-aside') ?? stages[0];
  const message = `${name} takes entities from readEntities or scanEntities, not bytes or other objects`;
  return new SluiceError('INVALID', 'select', message);
}

function otherRun(): SluiceError {
  const message = 'the stream has another run than the stream that reads; pass the same run to readEntities';
  return new SluiceError('INVALID', 'run', message, { path: 'run' });
}

/**
 * Makes a stream that takes chunks and emits what the generator makes of them. It is a participant of the run. When the
 * generator ends early, further chunks are discarded.
 */
export function toDuplex(
  generate: (chunks: AsyncIterable<Chunk>) => AsyncGenerator<unknown, void>,
  run: Run,
  output: Flow,
): Duplex {
  const writable = new ChunkQueue();
  async function* generated(): AsyncGenerator<unknown, void> {
    yield* generate(writable.chunks());
    writable.discard();
  }
  const duplex = Duplex.from({ writable, readable: new GeneratorReadable(generated, run, { output }) });
  destroyWithRun(duplex, run);
  return duplex;
}
