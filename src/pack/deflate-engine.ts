/** Where blocks are deflated: by zlib on libuv's pool; by sluice in this thread, and in threads of its own. */
import { promisify } from 'node:util';
import { constants, deflateRaw } from 'node:zlib';
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type Deflater, SLUICE_LEVELS } from '../terms/deflater.js';
import { type DeflateResult, DeflateThreads, haveDeflateThreads } from './deflate-threads.js';
import { canRunDeflater, type DeflateTask, deflateHere } from './deflater-module.js';

/** Deflates blocks. */
export interface DeflateEngine {
  /** @param memory of which `bytes` of the task are the beginning; returned when the block is done */
  deflate(task: DeflateTask, memory: Buffer): DeflateResult | Promise<DeflateResult>;
  /** Ends the use of threads, when no block is left. */
  close(): void;
}

/** Whether sluice's deflater has this level and the machine can run it. */
export function canDeflate(level: number): boolean {
  return SLUICE_LEVELS.includes(level) && canRunDeflater();
}

/** The deflater of a level unless another one is wanted. */
export function defaultDeflater(level: number): Deflater {
  return canDeflate(level) ? 'sluice' : 'zlib';
}

/** @param threads blocks at the same time; with 1, sluice's deflater starts no thread */
export function deflateEngine(deflater: Deflater, threads: number): DeflateEngine {
  return deflater === 'zlib' ? ON_POOL : new SluiceEngine(threads);
}

/** Extra room for incompressible blocks, so that the output always fits: one trip to the pool per block. */
const SPARE_BYTES = 16 * 1024;

const ON_POOL: DeflateEngine = {
  async deflate({ bytes, window, level, last }, memory) {
    const output = await promisify(deflateRaw)(bytes, {
      level,
      dictionary: window,
      chunkSize: bytes.length + SPARE_BYTES,
      finishFlush: last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    });
    return { output, memory };
  },
  close() {},
};

/**
 * Bytes that are deflated in this thread before others start: that takes about as long as their start, so small outputs
 * do not pay for threads and large ones lose nothing.
 */
const HERE_BYTES = 16 * 1024 * 1024;

/** Smaller blocks are done sooner than they come to a thread. */
const LEAST_FOR_THREADS = 64 * 1024;

/** Deflates here at first, and in threads once they have started. */
class SluiceEngine implements DeflateEngine {
  readonly #count: number;
  #here = 0;
  #threads: DeflateThreads | undefined;

  constructor(threads: number) {
    this.#count = threads - 1;
  }

  deflate(task: DeflateTask, memory: Buffer): DeflateResult | Promise<DeflateResult> {
    // Those that an earlier output has left cost nothing.
    if (this.#count > 0 && haveDeflateThreads()) this.#threads ??= new DeflateThreads(this.#count);
    const inThread = this.#inThread(task);
    if (inThread) return inThread;
    this.#here += task.bytes.length;
    if (this.#count > 0 && this.#here >= HERE_BYTES) this.#threads ??= new DeflateThreads(this.#count);
    const here = () => ({ output: deflateHere(task), memory });
    // Answers of threads come between turns: without one, a thread has nothing to do while two blocks are deflated here.
    if (this.#threads) return nextTurn().then(() => this.#inThread(task) ?? here());
    return turnIsOver() ? nextTurn().then(here) : here();
  }

  /** The block, deflated by a thread that has room for it; undefined if there is none. */
  #inThread(task: DeflateTask): Promise<DeflateResult> | undefined {
    return this.#threads?.ready && task.bytes.length >= LEAST_FOR_THREADS ? this.#threads.deflate(task) : undefined;
  }

  close(): void {
    this.#threads?.release();
    this.#threads = undefined;
  }
}
