/** Starts threads that scan sections. */
import { Worker } from 'node:worker_threads';
import type { SectionAnswer, SectionCall, SectionOrder, SectionTask } from './messages.js';
import { workerFile } from './worker-file.js';

/** What a thread reports. */
export interface ThreadListener {
  answered(answer: SectionAnswer): void;
  /** It has ended without having been told to. */
  lost(): void;
}

/** A thread that scans sections. It does not keep the process alive, except where an answer is awaited. */
export interface SectionThread {
  /** The memory of a task goes to the thread. */
  call(call: SectionTask): void;
  /** Whether the process waits for its answers. */
  await(isAwaited: boolean): void;
  end(): Promise<void>;
}

/** Starts a thread; undefined where that is impossible. */
export type StartThread = (order: SectionOrder, listener: ThreadListener) => SectionThread | undefined;

/** Megabytes of the young generation: a thread makes few objects, and V8 would let it grow to the size of the other threads'. */
const YOUNG_MB = 4;

/** Threads that this process has started, and that have not ended. */
let alive = 0;

/**
 * Starts threads of Node, while the process has fewer than so many: exports at the same time share them. A process that may
 * not start threads, or lacks the program, has none.
 */
export function workersUpTo(most: number): StartThread {
  return (order, listener) => (alive < most ? startWorker(order, listener) : undefined);
}

function startWorker(order: SectionOrder, { answered, lost }: ThreadListener): SectionThread | undefined {
  let isEnding = false;
  let worker: Worker;
  try {
    worker = new Worker(workerFile(), {
      name: 'sluice',
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
  } catch {
    return undefined;
  }
  alive++;
  worker.unref();
  worker.on('message', answered);
  // The program is missing in a bundle, or memory is short.
  worker.on('error', () => {});
  worker.on('exit', () => {
    alive--;
    if (!isEnding) lost();
  });
  worker.postMessage({ kind: 'order', ...order } satisfies SectionCall);
  return {
    call: (task) => worker.postMessage(task, [task.memory]),
    await: (isAwaited) => (isAwaited ? worker.ref() : worker.unref()),
    async end() {
      isEnding = true;
      await worker.terminate();
    },
  };
}
