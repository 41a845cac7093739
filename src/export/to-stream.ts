/** Chains of stages as Node streams. */
import { Duplex, Transform, type TransformCallback } from 'node:stream';
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
export function toTransform<In, Out>({ stages }: Chain<In, Out>, { input, output, run }: TransformOptions): Transform {
  const driver = new ChainDriver(stages);
  let leave = run?.join();
  /** The run of the calls: the given one or that of the first batch; until it is known, a separate one. */
  let owner = run ?? newRun();
  let isKnown = run !== undefined;
  let bytesOut = 0;
  /** The reader wants no more for now. */
  let full = false;
  let ended = false;
  let wake = () => {};

  const isCut = stages.some(({ more }) => more !== undefined);
  const stream = new (input === 'batches' ? StageTransform : ByteTransform)({
    writableObjectMode: input === 'batches',
    readableObjectMode: output === 'batches',
    writableHighWaterMark: input === 'batches' ? BATCHES_AHEAD : BYTES_AHEAD,
    readableHighWaterMark: output === 'batches' ? BATCHES_AHEAD : BYTES_AHEAD,
    transform(item: unknown, _encoding, callback) {
      if (input === 'bytes') {
        finish(emit(driver.push([item], owner), new Loan(item, isCut)), callback);
        return;
      }
      const fault = item instanceof RunBatch ? enter(item.run) : notEntities(stages);
      if (fault || !(item instanceof RunBatch)) callback(fault);
      else finish(emit(driver.push([item.batch], owner), new Loan(item, isCut)), callback);
    },
    flush(callback) {
      finish(emit(driver.flush(owner)), (error) => {
        ended = true;
        callback(error);
        run?.outputFull();
      });
    },
    read(size) {
      wanted();
      Transform.prototype._read.call(stream, size);
    },
    destroy(error, callback) {
      wanted();
      if (error) owner.fail(toSluiceError(error, 'ABORTED', 'run'));
      else if (!stream.readableEnded) owner.abort();
      callAfter(driver.close(), error, callback);
    },
  });
  markStage(stream);
  stream.on('resume', () => wake());
  stream.once('close', () => leave?.());
  if (run) {
    destroyWithRun(stream, run);
    if (stages.some(({ name }) => name === 'envelope')) run.attachOutput({ endsInEnvelope: () => true, isWanted });
  }
  return stream;

  /** Whether the reader has no room, or has not taken the last bytes. */
  function isStalled(): boolean {
    return full || (ended && !stream.readableEnded);
  }

  /** Whether the reader wants more, at the latest when what was pushed in this turn has arrived. */
  async function isWanted(): Promise<boolean> {
    if (isStalled()) await new Promise(setImmediate);
    return !isStalled();
  }

  /** Joins the run of the first batch, unless one was given; returns the fault of a batch that belongs to another. */
  function enter(its: Run): SluiceError | undefined {
    if (run && its !== run) return otherRun();
    if (!isKnown) {
      isKnown = true;
      owner = its;
      // The receipt waits for every stream that the run's batches pass, also those that were given no run.
      if (!its.closed) leave = its.join();
      destroyWithRun(stream, owner);
    }
    return undefined;
  }

  async function emit(pieces: AsyncIterable<readonly unknown[]>, loan?: Loan): Promise<void> {
    try {
      await pushAll(pieces, loan);
    } finally {
      loan?.release();
    }
  }

  async function pushAll(pieces: AsyncIterable<readonly unknown[]>, loan: Loan | undefined): Promise<void> {
    for await (const items of pieces) {
      // The next piece waits until there is room; between two inputs, Node itself waits.
      if (full) await room();
      if (stream.destroyed) return;
      loan?.passOn(items);
      for (const item of items) {
        // What is buffered is not lent.
        while (stream.outlet.isBusy && !stream.destroyed) await room();
        if (stream.destroyed) return;
        if (item instanceof Uint8Array) bytesOut += item.length;
        // `push` may request more before it returns; the value that sets must not be overwritten.
        full = true;
        if (stream.outlet.push(loan ? loan.wrap(item, owner) : wrapped(item, owner))) full = false;
      }
      if (full) run?.outputFull();
    }
    loan?.end();
  }

  function room(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  function wanted(): void {
    full = false;
    wake();
  }

  function finish(work: Promise<void>, callback: TransformCallback): void {
    work.then(
      () => callback(),
      (cause: unknown) => {
        const error = toSluiceError(cause, 'INTERNAL', 'run');
        owner.fail(error);
        const endsQuietly = input === 'batches' && output === 'bytes' && bytesOut > 0 && owner.endsInEnvelope;
        callback(endsQuietly ? null : error);
      },
    );
  }
}

/** A Transform whose output is lent to the next one. */
class StageTransform extends Transform {
  readonly outlet = new Outlet(this);

  override pipe<T extends NodeJS.WritableStream>(to: T, options?: { readonly end?: boolean }): T {
    return this.outlet.pipe(to, () => super.pipe(to, options));
  }
}

/** A Transform of bytes that fails with a typed error for other values; Node would throw into the writer. */
class ByteTransform extends StageTransform {
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

function notEntities(stages: readonly Stage<unknown, unknown>[]): SluiceError {
  const { name } = stages.find((stage) => stage.name !== 'check') ?? stages[0];
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
