/** Projects entities with the kernel: copies a text to its memory, and the kept parts from there. */
import { Buffer } from 'node:buffer';
import { borrowKernel, isPlain, type Kernel } from '../scan/kernel.js';
import { KEEP, RULE_PLACE_BYTES, RULE_PLACES, SLACK } from '../scan/kernel-code.js';
import { ROW_WIDTH } from '../terms/batch.js';
import { countRules, type Rule, type Rules } from './name-rules.js';

/** What is projected, and how. */
export interface ProjectorOptions {
  readonly rules: Rules;
  /** The column of a row that receives the span of a member of the first level. */
  readonly columns: ReadonlyMap<string, number>;
  readonly maxDepth: number;
  /** A member with rules for its own members stays, even if none of these does, or if it is not an object. */
  readonly keepContainers: boolean;
}

/** Bytes reserved for a row: rounded up to the vectors that the kernel writes. */
const ROW_ROOM = 64;

/** Maximum of rules for the kernel: its hash tables become slow with more. */
const MOST_RULES = 512;

/** Projects entities one by one. */
export class KernelProjector {
  readonly #kernel: Kernel;
  #closed = false;
  /** Addresses of the row of `spans`, the rules and the text. */
  readonly #row: number;
  readonly #table: number;
  readonly #text: number;
  /** Spans of the members with a column, relative to the start of the kept text; -1 for absent members. */
  spans: Int32Array = new Int32Array(0);

  private constructor(kernel: Kernel, { rules, columns, maxDepth, keepContainers }: ProjectorOptions) {
    this.#kernel = kernel;
    this.#row = kernel.inputStart;
    const memory = new RuleMemory(kernel, kernel.inputStart + ROW_ROOM);
    this.#table = memory.addTable(rules, columns);
    this.#text = memory.end;
    kernel.attempt((functions) => functions.beginProject(Math.min(maxDepth, 2 ** 31 - 1), keepContainers));
  }

  /** Creates a projector; undefined if the machine has no kernel, or if there are too many rules for it. */
  static make(options: ProjectorOptions): KernelProjector | undefined {
    if (countRules(options.rules) > MOST_RULES) return undefined;
    const kernel = borrowKernel();
    return kernel && new KernelProjector(kernel, options);
  }

  /**
   * Writes what the rules keep of the entity at `[start, end)` into the target.
   * @returns the bytes written, or -1 if only the scalar reader can decide
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
    const outEnd = kernel.attempt((functions) =>
      functions.projectEntity(this.#text, this.#text + size, this.#table, out, this.#row),
    );
    if (outEnd === 0) return -1;
    return kernel.bytes.copy(target, at, out, outEnd);
  }

  /** Returns the kernel for reuse. */
  close(): void {
    if (!this.#closed) this.#kernel.release();
    this.#closed = true;
  }
}

/** Writes tables of rules, with their names, into a kernel's memory. */
class RuleMemory {
  readonly #kernel: Kernel;
  end: number;

  constructor(kernel: Kernel, start: number) {
    this.#kernel = kernel;
    this.end = start;
  }

  /** Returns the address of the table. */
  addTable(rules: Rules, columns: ReadonlyMap<string, number>): number {
    const names = [...new Set([...rules.keys(), ...columns.keys()])].filter(isPlain);
    const places = 2 ** Math.ceil(Math.log2(2 * names.length + 2));
    const table = this.#take(RULE_PLACES + places * RULE_PLACE_BYTES);
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
