/** How many threads work at the same time by default: on libuv's pool, and beside the one that runs an export. */
import { availableParallelism } from 'node:os';

/** The cores that the process may use. Read once: it is a call of the system. */
export const CORES = availableParallelism();

/** Threads of libuv's pool, unless the environment sets another number. */
const POOL_THREADS = 4;

/** Threads that scan a file by default: each takes memory, and all wait for the one that writes. */
const MOST_SCANNING = 8;

/**
 * Cores from which several threads scan by default. With two, reading and compiling have the second one already: another
 * scanner gains a tenth at 1 GB and nothing below 400 MB, for a quarter more work and 35 MiB.
 */
const FEWEST_CORES = 4;

/** Threads that scan a large file. */
export function defaultScanThreads(cores: number = CORES): number {
  return cores < FEWEST_CORES ? 1 : Math.min(cores, MOST_SCANNING);
}

/**
 * Bytes that a file must have left for threads to be started. A start takes the time of a core in which 200 MB are
 * scanned, a third of it for what Node needs: on two cores, files of 300 MB take a tenth longer with two threads, those of
 * 400 MB as long, and those of 800 MB a tenth less. A core that has nothing else to do starts the thread meanwhile.
 */
const LEAST_SCANNED = 256 * 1024 * 1024;
const LEAST_SCANNED_ON_FEW_CORES = 512 * 1024 * 1024;

/** Bytes of a file from which on it is scanned by more than one thread. */
export function leastScannedByThreads(cores: number = CORES): number {
  return cores < FEWEST_CORES ? LEAST_SCANNED_ON_FEW_CORES : LEAST_SCANNED;
}

/**
 * Blocks that are compressed, or decompressed, in parallel. One more than the cores, so that none is idle until the main
 * thread supplies the next block (level 6 on two cores: up to a sixth faster than with two); but one less than the threads
 * of libuv's pool: reading and writing files use the same pool and must not wait for blocks.
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
