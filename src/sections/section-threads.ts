/** The threads of one export that scan sections, its own among them, and when they are used. */
import { leastScannedByThreads } from '../loop/default-threads.js';
import type { ScannedSection, SectionSource, Sections } from '../sources/sections.js';
import type { OpenFile } from '../sources/source.js';
import { FileSections } from './file-sections.js';
import type { SectionAnswer, SectionOrder, SectionTask } from './messages.js';
import { SectionScan } from './scan-section.js';
import { READ_IN_TURNS } from './section-reading.js';
import type { SectionThread, StartThread } from './start-thread.js';

/**
 * Bytes of a section: enough that its way through this thread costs little (with half as much, 1 GB takes a twelfth longer),
 * and few, as each thread has memory for the text of two.
 */
const SECTION_BYTES = 4 * 1024 * 1024;

/** Bytes of a file that are scanned first where the export may end early. */
const FIRST_BYTES = 16 * 1024 * 1024;

/** Sizes; tests have others. */
export interface SectionSizes {
  readonly sectionBytes: number;
  readonly leastBytes: number;
  readonly firstBytes: number;
}

const SECTION_SIZES: SectionSizes = {
  sectionBytes: SECTION_BYTES,
  leastBytes: leastScannedByThreads(),
  firstBytes: FIRST_BYTES,
};

/** What threads do for an export. */
export interface SectionThreadsOptions {
  readonly order: SectionOrder;
  /** Threads that scan; one fewer are started. */
  readonly threads: number;
  readonly start: StartThread;
  readonly mayTake: (section: ScannedSection) => boolean;
  readonly signal: AbortSignal;
  readonly sizes?: SectionSizes;
}

/** Tasks that a thread has at a time, so that it need not wait for the next one. */
const TASKS_AHEAD = 2;

/** Starts threads when they pay, and gives them tasks. */
export class SectionThreads implements SectionSource {
  readonly #options: SectionThreadsOptions;
  readonly #sizes: SectionSizes;
  /** Undefined: not started yet. */
  #threads: Thread[] | undefined;
  /** Whether a thread has failed: this one then scans alone. */
  #isLost = false;
  /** What this thread scans sections with. */
  #here: SectionScan | undefined;
  #current: FileSections | undefined;

  constructor(options: SectionThreadsOptions) {
    this.#options = options;
    this.#sizes = options.sizes ?? SECTION_SIZES;
  }

  mayTake(section: ScannedSection): boolean {
    return this.#options.mayTake(section);
  }

  begin(file: OpenFile, from: number): Sections | undefined {
    const { order, signal } = this.#options;
    const { sectionBytes, leastBytes, firstBytes } = this.#sizes;
    if (this.#isLost || signal.aborted) return undefined;
    const left = file.size - from;
    if (!this.#threads) {
      const { limit, ids } = order.plan.select;
      const mayEndEarly = limit !== undefined || ids !== undefined;
      if (left >= leastBytes && (!mayEndEarly || from >= firstBytes)) this.#start();
    }
    // Where less is left, the threads would scan nothing.
    if (left < FileSections.leastBytes(sectionBytes)) return undefined;
    if (!this.#threads?.some(({ isReady }) => isReady)) return undefined;
    this.#current = new FileSections({
      ...{ file, from, sectionBytes, signal },
      framing: order.framing,
      give: (task) => this.#give(task),
      scanHere: (task) => {
        this.#here ??= new SectionScan(order, READ_IN_TURNS);
        return this.#here.scan(task);
      },
      // One more is scanned here, and one is with the caller.
      memories: this.#threads.length * TASKS_AHEAD + 2,
      await: (isAwaited) => {
        for (const { thread } of this.#threads ?? []) thread.await(isAwaited);
      },
    });
    if (this.#isLost) this.#current.lose();
    return this.#current;
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    const threads = this.#threads ?? [];
    this.#threads = undefined;
    this.#isLost = true;
    await Promise.all([this.#here?.close(), ...threads.map(({ thread }) => thread.end())]);
  }

  #start(): void {
    const { threads, start, order } = this.#options;
    this.#threads = [];
    for (let count = 1; count < threads; count++) {
      const answered = (answer: SectionAnswer) => this.#answered(own, answer);
      const thread = start(order, { answered, lost: () => this.#lose() });
      if (!thread) break;
      const own: Thread = { thread, isReady: false, tasks: 0 };
      this.#threads.push(own);
    }
    if (this.#threads.length === 0) this.#isLost = true;
  }

  /** Gives a task to the thread with the fewest; returns whether one takes it. */
  #give(task: SectionTask): boolean {
    let least: Thread | undefined;
    for (const thread of this.#threads ?? []) {
      if (thread.isReady && thread.tasks < (least?.tasks ?? TASKS_AHEAD)) least = thread;
    }
    if (!least) return false;
    least.tasks++;
    least.thread.call(task);
    return true;
  }

  #answered(own: Thread, answer: SectionAnswer): void {
    if (answer.kind === 'ready') {
      own.isReady = true;
    } else {
      own.tasks--;
      this.#current?.take(answer.number, answer);
    }
  }

  #lose(): void {
    this.#isLost = true;
    this.#current?.lose();
  }
}

interface Thread {
  readonly thread: SectionThread;
  isReady: boolean;
  /** Tasks without a result. */
  tasks: number;
}
