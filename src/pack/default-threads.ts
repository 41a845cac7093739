/** How many blocks are deflated at the same time when nobody says. */
import { availableParallelism } from 'node:os';

/** Threads of libuv's pool, unless the environment says another number. */
const POOL_THREADS = 4;

/**
 * One more than there are cores, so that none is idle until the main thread hands out the next block (level 6 on two
 * cores: up to a sixth faster than with two); but one less than libuv's pool has threads: files are read and written on
 * the same pool, and must not wait behind blocks.
 * @param cores what the process may use
 * @param poolSize the variable that sets the size of the pool
 */
export function defaultThreads(
  cores: number = availableParallelism(),
  poolSize: string | undefined = process.env.UV_THREADPOOL_SIZE,
): number {
  const size = poolSize === undefined ? POOL_THREADS : Number.parseInt(poolSize, 10);
  // What is no number, libuv takes for one thread.
  return Math.max(1, Math.min(cores + 1, (Number.isNaN(size) ? 1 : size) - 1));
}
