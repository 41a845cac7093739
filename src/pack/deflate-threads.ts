/** Threads that deflate: all deflaters of the process share them, and they end when none is left. */
import { Buffer } from 'node:buffer';
import { Worker } from 'node:worker_threads';
import { CORES } from '../loop/default-threads.js';
import { DEFLATER_MEMORY, type DeflateTask, deflaterModule } from './deflater-module.js';

/** Threads beyond this number would wait for the main thread, which scans for them. */
const MOST_DEFLATE_THREADS = 8;

/** The main thread has a core too, and deflates what others have no time for: each thread takes some 15 MiB. */
const MOST_THREADS = Math.min(Math.max(1, CORES - 1), MOST_DEFLATE_THREADS);

/** The most that a block may refer to before it. */
const WINDOW_BYTES = 32 * 1024;

/** Blocks that a thread has: one that it deflates, and the next. */
const MOST_BLOCKS = 2;

/**
 * How long threads wait for another deflater, in milliseconds. Without a start, which takes 50, exports that follow one
 * another deflate by all threads from the first block on.
 */
const IDLE_MS = 5000;

/**
 * The program of a thread. As text, it needs no file, which bundles would have to carry along. The block comes and goes
 * without a copy; it is copied once, into the memory of the deflater. The memory of the window goes back too: a thread makes
 * so few objects that it collects none for hundreds of megabytes.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { module, places } = workerData;
const memory = new WebAssembly.Memory({ initial: places.pages });
const { deflate } = new WebAssembly.Instance(module, { env: { memory } }).exports;
const bytes = new Uint8Array(memory.buffer);
parentPort.on('message', ({ id, block, length, window, before, level, last }) => {
  bytes.set(new Uint8Array(window, 0, before), places.block - before);
  bytes.set(new Uint8Array(block, 0, length), places.block);
  const size = deflate(before, length, level, last ? 1 : 0);
  const output = bytes.slice(places.output, places.output + size).buffer;
  parentPort.postMessage({ id, output, block, window }, [output, block, window]);
});
parentPort.postMessage('ready');
`;

/** A deflated block, and the memory of the block. */
export interface DeflateResult {
  readonly output: Buffer;
  readonly memory: Buffer;
}

interface Waiting {
  readonly resolve: (deflated: DeflateResult) => void;
  readonly reject: (cause: unknown) => void;
}

/** A thread and the blocks it has. */
interface Thread {
  readonly worker: Worker;
  ready: boolean;
  readonly waiting: Map<number, Waiting>;
  /** Memory for windows. */
  readonly windows: ArrayBuffer[];
}

const threads = new Set<Thread>();
/** The number of threads that each user wants. */
const wanted = new Map<DeflateThreads, number>();
let blocks = 0;
let ending: NodeJS.Timeout | undefined;

/** Whether threads are there that can deflate at once. */
export function haveDeflateThreads(): boolean {
  for (const { ready } of threads) if (ready) return true;
  return false;
}

/** The use of the threads by one deflater. */
export class DeflateThreads {
  /** @param count threads that should be there; those that others have started count */
  constructor(count: number) {
    wanted.set(this, count);
    clearTimeout(ending);
    const most = Math.min(count, MOST_THREADS);
    while (threads.size < most && start()) {}
  }

  /** Whether a thread has started and has room; otherwise blocks are better deflated here. */
  get ready(): boolean {
    for (const { ready, waiting } of threads) if (ready && waiting.size < MOST_BLOCKS) return true;
    return false;
  }

  /**
   * Deflates a block on the thread that has fewest; to be called when one is ready. Takes the memory of the block, all
   * of which must belong to `bytes`, until the promise is fulfilled.
   */
  deflate({ bytes, window, level, last }: DeflateTask): Promise<DeflateResult> {
    const [first, ...others] = [...threads].filter(({ ready }) => ready);
    const thread = others.reduce((least, one) => (one.waiting.size < least.waiting.size ? one : least), first);
    const id = blocks++;
    const done = new Promise<DeflateResult>((resolve, reject) => thread.waiting.set(id, { resolve, reject }));
    thread.worker.ref();
    const copy = thread.windows.pop() ?? new ArrayBuffer(WINDOW_BYTES);
    new Uint8Array(copy).set(window);
    const block = bytes.buffer;
    const task = { id, block, length: bytes.length, window: copy, before: window.length, level, last };
    thread.worker.postMessage(task, block instanceof ArrayBuffer ? [block, copy] : [copy]);
    return done;
  }

  /** Ends the use; the threads end five seconds after the last one. */
  release(): void {
    wanted.delete(this);
    if (wanted.size > 0) return;
    clearTimeout(ending);
    ending = setTimeout(endAll, IDLE_MS);
    ending.unref();
  }
}

function endAll(): void {
  for (const { worker } of threads) void worker.terminate();
  threads.clear();
}

/** Starts a thread. @returns whether the process may have threads */
function start(): boolean {
  const data = { module: deflaterModule(), places: DEFLATER_MEMORY };
  let worker: Worker;
  try {
    worker = new Worker(PROGRAM, {
      eval: true,
      workerData: data,
      name: 'sluice deflate',
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
    });
  } catch {
    return false;
  }
  const thread: Thread = { worker, ready: false, waiting: new Map(), windows: [] };
  threads.add(thread);
  worker.on('message', (message: unknown) => take(thread, message));
  worker.on('error', (cause) => lose(thread, cause));
  worker.on('exit', () => lose(thread, new Error('a thread that deflates has ended')));
  // Threads without blocks do not keep the process.
  worker.unref();
  return true;
}

function take(thread: Thread, message: unknown): void {
  if (!isAnswer(message)) {
    thread.ready = true;
    return;
  }
  const { id, output, block, window } = message;
  thread.windows.push(window);
  thread.waiting.get(id)?.resolve({ output: Buffer.from(output), memory: Buffer.from(block) });
  thread.waiting.delete(id);
  if (thread.waiting.size === 0) thread.worker.unref();
}

function lose(thread: Thread, cause: unknown): void {
  threads.delete(thread);
  for (const { reject } of thread.waiting.values()) reject(cause);
  thread.waiting.clear();
}

/** A deflated block, its memory, and that of the window. */
interface Answer {
  readonly id: number;
  readonly output: ArrayBuffer;
  readonly block: ArrayBuffer;
  readonly window: ArrayBuffer;
}

function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && 'output' in message;
}
