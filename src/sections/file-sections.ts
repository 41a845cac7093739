/** The sections of one file in order, scanned by threads some sections ahead, and by this one while it would wait. */
import type { Section, Sections } from '../sources/sections.js';
import type { OpenFile } from '../sources/source.js';
import type { JsonFormat } from '../terms/profile.js';
import type { Scanned, SectionResult, SectionTask, TaskResult } from './messages.js';

/** Where the sections are, and who scans them. */
export interface FileSectionsOptions {
  readonly file: OpenFile;
  /** Where a line begins. */
  readonly from: number;
  readonly sectionBytes: number;
  readonly framing: JsonFormat | undefined;
  /** Most memories: of sections that are scanned, wait to be taken, or are with the caller. */
  readonly memories: number;
  readonly signal: AbortSignal;
  /** Gives a task to a thread; false while none takes it. */
  give(task: SectionTask): boolean;
  /** Scans a section in this thread. */
  scanHere(task: SectionTask): Promise<SectionResult>;
  /** Says whether the process must stay alive for an answer. */
  await(isAwaited: boolean): void;
}

/** Memory of a section beyond its bytes: for the end of its last line, and a head. */
const SPARE_BYTES = 64 * 1024;

/** The sections of a file. */
export class FileSections implements Sections {
  readonly #options: FileSectionsOptions;
  /** The results of the sections from `#next` to `#given`, by their number; undefined until they are scanned. */
  readonly #results = new Map<number, TaskResult | undefined>();
  readonly #free: ArrayBuffer[] = [];
  /** The memory of the section that was returned last. */
  #lent: ArrayBuffer | undefined;
  /** Memories that exist. */
  #memories = 0;
  #next = 0;
  #given = 0;
  /** Tasks of which a thread still may read the file. */
  #open = 0;
  /** The section that this thread scans. */
  #here: Promise<void> | undefined;
  #isLost = false;
  #isClosed = false;
  #wake: () => void = () => {};
  readonly #onAbort = () => this.#wake();

  constructor(options: FileSectionsOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', this.#onAbort);
  }

  /** Bytes that a file must have left for at least one section. The last ones are left to the caller, who knows the end. */
  static leastBytes(sectionBytes: number): number {
    return 2 * sectionBytes;
  }

  async next(): Promise<Section | undefined> {
    this.#release();
    for (;;) {
      const done = await this.#done(this.#next);
      if (!done) return undefined;
      const { result, memory } = done;
      if (result.kind === 'nothing') {
        this.#drop();
      } else if (result.kind === 'scanned') {
        return this.#lend(result, memory);
      } else {
        const { start, end } = result;
        this.#drop();
        const found = end ?? (await this.#startOfNext());
        return found === undefined ? undefined : { start, end: found };
      }
    }
  }

  /** Takes the result of a task. */
  take(number: number, result: TaskResult): void {
    this.#open--;
    this.#keep(number, result);
  }

  #keep(number: number, result: TaskResult): void {
    if (this.#results.has(number)) this.#results.set(number, result);
    this.#wake();
  }

  /** A thread has ended: the rest is left to the caller. */
  lose(): void {
    this.#isLost = true;
    this.#wake();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    await this.#here;
    while (this.#open > 0 && !this.#isLost) await this.#answer();
  }

  /** A section with its result; undefined if there is none, or none will come. */
  async #done(number: number): Promise<TaskResult | undefined> {
    for (;;) {
      this.#giveMore();
      const done = this.#results.get(number);
      if (done || !this.#results.has(number)) return done;
      if (this.#isLost || this.#options.signal.aborted) return undefined;
      this.#scanHere();
      await this.#answer();
    }
  }

  /** Scans the next section that no thread has: what this thread waits for is in work. */
  #scanHere(): void {
    if (this.#here) return;
    const task = this.#nextTask();
    if (!task) return;
    this.#advance();
    this.#here = this.#options
      .scanHere(task)
      .then(
        (result) => this.#keep(task.number, { result, memory: task.memory }),
        () => this.lose(),
      )
      .finally(() => {
        this.#here = undefined;
      });
  }

  /** Where the next section with a line begins; those without one are dropped. */
  async #startOfNext(): Promise<number | undefined> {
    for (;;) {
      const done = await this.#done(this.#next);
      if (!done) return undefined;
      if (done.result.kind !== 'nothing') return done.result.start;
      this.#drop();
    }
  }

  /** Gives tasks while there is memory, and a thread takes them. */
  #giveMore(): void {
    for (let task = this.#nextTask(); task; task = this.#nextTask()) {
      if (!this.#options.give(task)) {
        this.#free.push(task.memory);
        return;
      }
      this.#advance();
      this.#open++;
    }
  }

  /** The section that comes next, with memory for it; undefined if there is none. */
  #nextTask(): SectionTask | undefined {
    const { file, from, sectionBytes, memories } = this.#options;
    if (this.#isClosed || this.#isLost) return undefined;
    const start = from + this.#given * sectionBytes;
    if (start + FileSections.leastBytes(sectionBytes) > file.size) return undefined;
    const memory = this.#free.pop() ?? (this.#memories < memories ? this.#create() : undefined);
    if (!memory) return undefined;
    const place = { from: start, to: start + sectionBytes, isLineStart: this.#given === 0 };
    return { kind: 'scan', number: this.#given, descriptor: file.descriptor, ...place, memory };
  }

  #advance(): void {
    this.#results.set(this.#given++, undefined);
  }

  #create(): ArrayBuffer {
    this.#memories++;
    return new ArrayBuffer(this.#options.sectionBytes + SPARE_BYTES);
  }

  /** Waits for any answer, or the end of waiting. */
  async #answer(): Promise<void> {
    this.#options.await(true);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#options.await(false);
  }

  #lend({ start, end, text, ...rest }: Scanned, memory: ArrayBuffer): Section {
    const { framing } = this.#options;
    this.#results.delete(this.#next++);
    this.#lent = memory;
    const bytes = typeof text === 'number' ? Buffer.from(memory, 0, text) : Buffer.from(text.buffer);
    return { start, end, scanned: { ...rest, text: bytes, framing } };
  }

  /** Ends the next section; its memory is free. */
  #drop(): void {
    const done = this.#results.get(this.#next);
    if (done) this.#free.push(done.memory);
    this.#results.delete(this.#next++);
  }

  #release(): void {
    if (this.#lent) this.#free.push(this.#lent);
    this.#lent = undefined;
  }
}
