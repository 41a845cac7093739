/** Keeps parts of entities with the kernel: brings the text to its memory, and takes what is left from there. */
import { Buffer } from 'node:buffer';
import { ROW_WIDTH } from '../terms/batch.js';
import { borrowKernel, isPlain, type Kernel } from './kernel.js';

/** What happens to a member: it stays, or those of its own members stay for which there is a rule. */
export type Rule = 'keep' | Rules;
/** Rules by member name; members without one go. */
export type Rules = ReadonlyMap<string, Rule>;

/** What is projected, and how. */
export interface ProjectorOptions {
  readonly rules: Rules;
  /** The column of a row that takes the span of a member of the first level. */
  readonly columns: ReadonlyMap<string, number>;
  readonly maxDepth: number;
  /** A member with rules for its own members stays, even if none of these does, or if it is no object. */
  readonly keepContainers: boolean;
}

/** As in `src/scan/kernel/project.ts`. */
const PLACES = 4;
const PLACE_BYTES = 16;
const KEEP = 1;
/** Bytes of a row in the kernel's memory, rounded up to what is written at a time. */
const ROW_BYTES = 64;
/** Bytes that the kernel may touch behind a text. */
const SLACK = 256;

/** Rules that a kernel takes: it tells names apart by a few of their characters, and then looks at one after the other. */
const MOST_RULES = 512;

function countRules(rules: Rules): number {
  let count = rules.size;
  for (const rule of rules.values()) if (rule !== 'keep') count += countRules(rule);
  return count;
}

/** Projects entities one by one. */
export class KernelProjector {
  readonly #kernel: Kernel;
  #closed = false;
  /** Where the row of `spans`, the rules and the text lie. */
  readonly #row: number;
  readonly #table: number;
  readonly #text: number;
  /** Spans of the members with a column, counted from the start of the text that was kept; -1 where there is none. */
  spans: Int32Array = new Int32Array(0);

  private constructor(kernel: Kernel, { rules, columns, maxDepth, keepContainers }: ProjectorOptions) {
    this.#kernel = kernel;
    this.#row = kernel.inputStart;
    const memory = new RuleMemory(kernel, kernel.inputStart + ROW_BYTES);
    this.#table = memory.addTable(rules, columns);
    this.#text = memory.end;
    kernel.attempt((functions) => functions.beginProject(Math.min(maxDepth, 2 ** 31 - 1), keepContainers));
  }

  /** Makes a projector; undefined where the machine has no kernel, or where there are too many rules for one. */
  static make(options: ProjectorOptions): KernelProjector | undefined {
    if (countRules(options.rules) > MOST_RULES) return undefined;
    const kernel = borrowKernel();
    return kernel && new KernelProjector(kernel, options);
  }

  /**
   * Writes what the rules keep of the entity at `[start, end)` into the target.
   * @returns the bytes written, or -1 where only the scalar reader can tell
   */
  project(bytes: Buffer, start: number, end: number, target: Buffer, at: number): number {
    const kernel = this.#kernel;
    const size = end - start;
    const out = this.#text + size + SLACK;
    kernel.growInput(out + size + SLACK - kernel.inputStart);
    bytes.copy(kernel.bytes, this.#text, start, end);
    if (this.spans.buffer !== kernel.bytes.buffer) {
      this.spans = new Int32Array(kernel.bytes.buffer, this.#row, ROW_WIDTH);
    }
    this.spans.fill(-1);
    const behind = kernel.attempt((functions) =>
      functions.projectEntity(this.#text, this.#text + size, this.#table, out, this.#row),
    );
    if (behind === 0) return -1;
    return kernel.bytes.copy(target, at, out, behind);
  }

  /** Gives the memory back. */
  close(): void {
    if (!this.#closed) this.#kernel.giveBack();
    this.#closed = true;
  }
}

/** Lays tables of rules and the names in them into a kernel's memory. */
class RuleMemory {
  readonly #kernel: Kernel;
  end: number;

  constructor(kernel: Kernel, start: number) {
    this.#kernel = kernel;
    this.end = start;
  }

  /** Answers the address of the table. */
  addTable(rules: Rules, columns: ReadonlyMap<string, number>): number {
    const names = [...new Set([...rules.keys(), ...columns.keys()])].filter(isPlain);
    const places = 2 ** Math.ceil(Math.log2(2 * names.length + 2));
    const table = this.#take(PLACES + places * PLACE_BYTES);
    this.#kernel.bytes.fill(0, table, this.end);
    this.#kernel.bytes.writeUInt32LE(places, table);
    for (const name of names) this.#addRule(table, name, rules.get(name) ?? 'keep', columns.get(name));
    return table;
  }

  #addRule(table: number, name: string, rule: Rule, column: number | undefined): void {
    const inside = column !== undefined || rule === 'keep' ? KEEP : this.addTable(rule, new Map());
    const length = Buffer.byteLength(name);
    const at = this.#take(length);
    this.#kernel.bytes.write(name, at);
    this.#kernel.attempt((functions) =>
      functions.addRule(table, at, length, inside, column === undefined ? -1 : column * 4),
    );
  }

  #take(size: number): number {
    const at = this.end;
    this.end = Math.ceil((at + size) / 16) * 16;
    this.#kernel.growInput(this.end + SLACK - this.#kernel.inputStart);
    return at;
  }
}
