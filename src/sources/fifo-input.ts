/** FIFOs, named ones or those of a shell's `<(…)`: the event loop waits for their writer, not a thread of the pool. */
import { constants, open } from 'node:fs';
import { promisify } from 'node:util';
import { pipeInput } from './pipe-input.js';
import type { ByteInput } from './source.js';

/**
 * Opens a FIFO at once, with a writer or without: the first read waits for one, until the signal fires. A blocking open
 * could not be cancelled, and four of them would block all work on files.
 */
export async function openFifo(path: string, signal: AbortSignal): Promise<ByteInput> {
  const fd = await promisify(open)(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  return pipeInput(fd, path, signal);
}
