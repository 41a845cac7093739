/** Delivering a stream of bytes: whole to its destination, or not at all. */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SluiceError } from '../terms/errors.js';
import type { Delivery, DeliveryContext, Destination } from './destination.js';
import { writeError } from './write-error.js';

/** What else is known of an output. */
export interface DeliverOptions<Proof> extends DeliveryContext {
  /** Bytes of the output, by its proof; absent: as many as were written. */
  bytesOf?(proof: Proof): number;
  /** Runs the function, which adds the listeners of the one who reads the output; absent: anybody may add them. */
  connect?<T>(act: () => T): T;
}

/**
 * Pipes the output to the destination, waits for the proof that it is whole, holds the bytes that arrived against it,
 * then commits it.
 * @param proof rejects when the run failed, even where its output ended well (an envelope tells its error in its tail)
 * @throws SluiceError (rejects) after the destination was told to discard what it has; `UNBALANCED` where not the bytes
 * of the output have arrived
 */
export async function deliver<Proof>(
  output: Readable,
  destination: Destination,
  proof: Promise<Proof>,
  { bytesOf, connect = (act) => act(), ...context }: DeliverOptions<Proof> = {},
): Promise<Proof> {
  // What has failed, or was aborted, before anybody asked for it has nothing to open a destination for.
  if (output.destroyed) await proof;
  let delivery: Delivery;
  try {
    delivery = await destination.open(context);
  } catch (cause) {
    output.destroy();
    await proof.catch(() => {});
    throw cause;
  }
  try {
    let handed = 0;
    const count = (chunk: Uint8Array | string) => {
      // Text where somebody has set an encoding; what no text can hold does not arrive as it was.
      handed += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.length;
    };
    await connect(() => pipeline(output.on('data', count), delivery.writable));
    const proved = await proof;
    const arrived = delivery.bytes?.() ?? handed;
    const made = bytesOf?.(proved) ?? handed;
    if (handed !== made || arrived !== made) throw unbalanced(destination.name, arrived, made);
    await delivery.commit();
    return proved;
  } catch (cause) {
    await delivery.discard();
    // A run that failed says why better than the streams that went down with it.
    const failure = await proof.then(
      () => cause,
      (error: unknown) => (error instanceof SluiceError && error.code !== 'ABORTED' ? error : cause),
    );
    throw writeError(failure, destination.name);
  }
}

function unbalanced(name: string, arrived: number, made: number): SluiceError {
  const message = `${name}: ${arrived} bytes arrived of ${made} that were made; the result is not kept`;
  return new SluiceError('UNBALANCED', 'write', message, { path: name });
}
