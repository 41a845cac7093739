/** FIFOs, named or of a shell's `<(…)`: the event loop waits for their writer, and no thread of the pool does. */
import { constants, open } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import { chunkInput } from './bytes.js';
import type { ByteInput } from './source.js';

/**
 * Opens a FIFO at once, whether it has a writer or not: the first read waits for one, until the signal fires. What
 * blocked in the opening could not be taken back, and four of them would stop all work on files.
 */
export async function openFifo(path: string, signal: AbortSignal): Promise<ByteInput> {
  const fd = await promisify(open)(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  return chunkInput(new Socket({ fd, readable: true, writable: false }), path, signal);
}
