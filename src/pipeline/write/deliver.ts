/** Delivering a stream of bytes: whole to its destination, or not at all. */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SluiceError } from '../../terms/errors.js';
import type { DeliveryContext, Destination } from './destination.js';
import { writeError } from './write-error.js';

/**
 * Pipes the output to the destination, waits for the proof that it is whole, then commits it.
 * @param proof rejects when the run failed, even where its output ended well (an envelope tells its error in its tail)
 * @throws SluiceError (rejects) after the destination was told to discard what it has
 */
export async function deliver<Proof>(
  output: Readable,
  destination: Destination,
  proof: Promise<Proof>,
  context: DeliveryContext = {},
): Promise<Proof> {
  let delivery: Awaited<ReturnType<Destination['open']>>;
  try {
    delivery = await destination.open(context);
  } catch (cause) {
    output.destroy();
    await proof.catch(() => {});
    throw cause;
  }
  try {
    await pipeline(output, delivery.writable);
    const proved = await proof;
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
