/** The default number of blocks that are deflated in parallel. */
import { availableParallelism } from 'node:os';

/** Read once: it is a call of the system. */
const CORES = availableParallelism();

/** Threads of libuv's pool, unless the environment sets another number. */
const POOL_THREADS = 4;

/**
 * One more than the cores, so that none is idle until the main thread supplies the next block (level 6 on two cores: up to
 * a sixth faster than with two); but one less than the threads of libuv's pool: reading and writing files use the same
 * pool and must not wait for blocks.
 * @param cores the cores that the process may use
 * @param poolSize the environment variable that sets the size of the pool
 */
export function defaultThreads(
  cores: number = CORES,
  poolSize: string | undefined = process.env.UV_THREADPOOL_SIZE,
): number {
  const size = poolSize === undefined ? POOL_THREADS : Number.parseInt(poolSize, 10);
  // libuv reads anything but a number as one thread.
  return Math.max(1, Math.min(cores + 1, (Number.isNaN(size) ? 1 : size) - 1));
}
