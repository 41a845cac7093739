/** Delivers a stream of bytes to its destination, completely or not at all. */
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SluiceError } from '../terms/errors.js';
import { giveBack, keepLent } from '../terms/lent-memory.js';
import type { Delivery, DeliveryContext, Destination } from './destination.js';
import { writeError } from './write-error.js';

/** What a delivery uses beside the context of the destination. */
export interface DeliverOptions<Proof> extends DeliveryContext {
  /** Bytes of the output according to its proof; absent: as many as were written. */
  bytesOf?(proof: Proof): number;
  /** Runs a function that adds the listeners which read the output; absent: the function runs directly. */
  connect?<T>(act: () => T): T;
}

/**
 * Pipes the output to the destination, waits for the proof that it is complete, compares it with the bytes that arrived,
 * then commits.
 * @param proof rejects when the run failed, even if its output ended well (an envelope reports the error in its tail)
 * @throws SluiceError (rejects) after the destination has discarded the result; `UNBALANCED` when the bytes that arrived
 * are not those of the output
 */
export async function deliver<Proof>(
  output: Readable,
  destination: Destination,
  proof: Promise<Proof>,
  { bytesOf, connect = (act) => act(), ...context }: DeliverOptions<Proof> = {},
): Promise<Proof> {
  // An output that failed or was aborted before delivery opens no destination.
  if (output.destroyed) await proof;
  let delivery: Delivery;
  try {
    delivery = await destination.open(context);
  } catch (cause) {
    output.destroy();
    await proof.catch(() => {});
    throw cause;
  }
  const written = new WrittenBytes(output, delivery);
  const forgetAbort = destroyWhenAborted(output, delivery.writable, destination.name, context.signal);
  try {
    let handed = 0;
    const count = (chunk: Uint8Array | string) => {
      written.add(chunk);
      // Text where the caller has set an encoding; bytes that text cannot hold do not arrive unchanged.
      handed += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    };
    await connect(() => pipeline(output.on('data', count), delivery.writable));
    written.forget();
    const proved = await proof;
    const arrived = delivery.bytes?.() ?? handed;
    const made = bytesOf?.(proved) ?? handed;
    if (handed !== made || arrived !== made) throw unbalanced(destination.name, arrived, made);
    await delivery.commit();
    return proved;
  } catch (cause) {
    written.forget();
    await delivery.discard();
    // The failure of the run explains more than those of the streams it destroyed.
    const failure = await proof.then(
      () => cause,
      (error: unknown) => (error instanceof SluiceError && error.code !== 'ABORTED' ? error : cause),
    );
    throw writeError(failure, destination.name);
  } finally {
    forgetAbort();
  }
}

/**
 * Destroys a stream when the signal fires after the output has ended: until then the abort destroys the output, and the
 * pipe both, but a stream that is stuck with the last bytes has nobody else who tells it.
 * @returns removes the listeners
 */
function destroyWhenAborted(output: Readable, stream: Writable, path: string, signal?: AbortSignal): () => void {
  const abort = () => {
    stream.destroy(
      new SluiceError('ABORTED', 'write', `${path}: writing was aborted`, { path, cause: signal?.reason }),
    );
  };
  // An envelope that reports the abort ends after it, and shall arrive.
  const onEnd = () => signal?.addEventListener('abort', abort);
  output.once('end', onEnd);
  return () => {
    output.off('end', onEnd);
    signal?.removeEventListener('abort', abort);
  };
}

/** Listeners that read the output of a delivery: that which counts, and that of the pipe. */
const READERS = 2;

/**
 * Bytes that were written, until the destination has taken them: then their memory is given back. Bytes that anybody else
 * has got as well are theirs.
 */
class WrittenBytes {
  readonly #output: Readable;
  readonly #delivery: Delivery;
  readonly #onDrain = () => this.#release();
  #waiting: Uint8Array[] = [];

  constructor(output: Readable, delivery: Delivery) {
    this.#output = output;
    this.#delivery = delivery;
    delivery.writable.on('drain', this.#onDrain);
  }

  /** Called before the bytes are written. */
  add(chunk: Uint8Array | string): void {
    this.#release();
    if (typeof chunk === 'string') return;
    if (this.#releases && this.#output.listenerCount('data') === READERS) this.#waiting.push(chunk);
    else keepLent(chunk);
  }

  /** Nothing more is written; what waits is not given back. */
  forget(): void {
    this.#delivery.writable.off('drain', this.#onDrain);
    this.#waiting = [];
  }

  get #releases(): boolean {
    const { releasesBytes, writable } = this.#delivery;
    return releasesBytes !== undefined && releasesBytes === writable && !Object.hasOwn(writable, 'write');
  }

  #release(): void {
    if (this.#waiting.length === 0 || this.#delivery.writable.writableLength > 0) return;
    // Whoever has replaced `write` meanwhile has got some of them.
    const settle = this.#releases ? giveBack : keepLent;
    for (const chunk of this.#waiting) settle(chunk);
    this.#waiting = [];
  }
}

function unbalanced(name: string, arrived: number, made: number): SluiceError {
  const message = `${name}: ${arrived} bytes arrived of ${made} that were made; the result is not kept`;
  return new SluiceError('UNBALANCED', 'write', message, { path: name });
}
