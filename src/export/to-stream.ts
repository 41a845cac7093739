/** Stages to Node streams: the only place that wires them. */
import { Duplex, Transform, type TransformCallback } from 'node:stream';
import type { Chunk } from '../sources/bytes.js';
import { ChunkQueue } from '../sources/chunk-queue.js';
import type { Batch } from '../terms/batch.js';
import { SluiceError, toSluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import type { Stage } from '../terms/stage.js';
import { ChainDriver } from './chain-driver.js';
import { newRun } from './create-run.js';
import { callAfter, destroyWithRun, type Flow, GeneratorReadable } from './generator-readable.js';
import { RunBatch } from './run-batch.js';

/** Stages in a row, each fed with what the one before answers. */
export interface Chain<In, Out> {
  readonly stages: readonly Stage<unknown, unknown>[];
  /** Never there; keeps the types of both ends. */
  readonly ends?: (input: In) => Out;
}

/** The chain of one stage. */
export function chain<In, Out>(stage: Stage<In, Out>): Chain<In, Out> {
  return { stages: [stage] };
}

/** The chain with one more stage at its end. */
export function append<In, Middle, Out>(front: Chain<In, Middle>, stage: Stage<Middle, Out>): Chain<In, Out> {
  return { stages: [...front.stages, stage] };
}

/** Bytes that a stream of the composable form may hold before it asks its reader to take some. */
const BYTES_AHEAD = 1024 * 1024;

/** Batches that a stream may hold; each already stands for up to two megabytes of input. */
const BATCHES_AHEAD = 1;

/** How a chain becomes one stream of the composable form. */
export interface TransformOptions {
  readonly input: Flow;
  readonly output: Flow;
  /** The run that the stream takes part in. */
  readonly run?: Run;
}

/**
 * Makes a Transform of a chain. A failure destroys the stream with the error; but where the run ends in an envelope
 * and bytes are out already, a stream that turns batches into bytes ends without its tail, so that the envelope
 * behind it can close its blob and tell the error.
 */
export function toTransform<In, Out>({ stages }: Chain<In, Out>, { input, output, run }: TransformOptions): Transform {
  const driver = new ChainDriver(stages);
  let leave = run?.join();
  /** The run of the calls: the one given or the one of the first batch; until it is known, one of the stream's own. */
  let owner = run ?? newRun();
  let isKnown = run !== undefined;
  let bytesOut = 0;
  /** The reader has enough for now; set back when it wants more. */
  let full = false;
  let ended = false;
  let wake = () => {};

  const stream = new (input === 'batches' ? Transform : ByteTransform)({
    writableObjectMode: input === 'batches',
    readableObjectMode: output === 'batches',
    writableHighWaterMark: input === 'batches' ? BATCHES_AHEAD : BYTES_AHEAD,
    readableHighWaterMark: output === 'batches' ? BATCHES_AHEAD : BYTES_AHEAD,
    transform(item: unknown, _encoding, callback) {
      if (input === 'bytes') {
        finish(emit(driver.push([item], owner)), callback);
        return;
      }
      const fault = item instanceof RunBatch ? enter(item.run) : notEntities(stages);
      if (fault || !(item instanceof RunBatch)) callback(fault);
      else finish(emit(driver.push([item.batch], owner)), callback);
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
  stream.once('close', () => leave?.());
  if (run) {
    destroyWithRun(stream, run);
    if (stages.some(({ name }) => name === 'envelope')) run.attachOutput({ endsInEnvelope: () => true, isWanted });
  }
  return stream;

  /** Whether the reader has room for no more, or does not take the last bytes. */
  function isStalled(): boolean {
    return full || (ended && !stream.readableEnded);
  }

  /** Whether the reader wants more, be it only when what was handed over in this turn has arrived. */
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

  async function emit(answers: AsyncIterable<readonly unknown[]>): Promise<void> {
    for await (const items of answers) {
      // Of an answer in pieces the next one waits until there is room; Node itself waits between two inputs.
      if (full) await room();
      if (stream.destroyed) return;
      for (const item of items) {
        if (item instanceof Uint8Array) bytesOut += item.length;
        // Pushing may ask for more before it answers; what that says must not be written over.
        full = true;
        if (stream.push(output === 'batches' ? new RunBatch(owner, item as Batch) : item)) full = false;
      }
      if (full) run?.outputFull();
    }
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

/** A Transform of bytes that is told in our words what is none: Node throws into whoever writes. */
class ByteTransform extends Transform {
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
  const message = 'the stream takes bytes; entities become bytes by encodeJson or encodeDsv, which go in front of it';
  return new SluiceError('INVALID', 'wrap', message);
}

function notEntities(stages: readonly Stage<unknown, unknown>[]): SluiceError {
  const { name } = stages.find((stage) => stage.name !== 'check') ?? stages[0];
  const message = `${name} takes entities as readEntities and scanEntities read them, not bytes or objects of your own`;
  return new SluiceError('INVALID', 'select', message);
}

function otherRun(): SluiceError {
  const message = 'the stream was given another run than the one that reads: give the same run to readEntities';
  return new SluiceError('INVALID', 'run', message, { path: 'run' });
}

/**
 * Makes a stream that is written chunks, and read what the generator makes of them. It takes part in the run. When the
 * generator ends early, what is still written is discarded.
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
