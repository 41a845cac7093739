/** Projects entities with the kernel: copies texts to its memory, and the kept parts from there. */
import { Buffer } from 'node:buffer';
import { borrowKernel, isPlain, type Kernel } from '../scan/kernel.js';
import {
  AS_SCALAR,
  DROP,
  KEEP,
  ROW_BYTES,
  RULE_HIT,
  RULE_PLACE_BYTES,
  RULE_PLACES,
  SLACK,
  TABLE_ELEMENTS,
  TABLE_ELEMENTS_HIT,
  TABLE_OTHERS,
  TABLE_OTHERS_HIT,
  TABLE_PLACES,
  TABLE_STAYS,
} from '../scan/kernel-code.js';
import { type ByteBatch, END, ID_START, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import type { LocatedPaths } from './located-paths.js';
import type { Rule, RuleTable } from './rule-table.js';

/** What is projected, and how. */
export interface ProjectorOptions {
  readonly table: RuleTable;
  /** The column of a row that receives the span of a member of the first level. */
  readonly columns: ReadonlyMap<string, number>;
  readonly maxDepth: number;
  /** Paths whose values are located. */
  readonly located?: LocatedPaths;
}

/** Entities, and bytes of text, of one call: it ends long before others want the event loop. */
const MOST_ROWS = 1024;
const MOST_BYTES = 256 * 1024;

/** Maximum of rules for the kernel: its hash tables become slow with more. */
const MOST_RULES = 512;

/** Projects some entities at a time. */
export class KernelProjector {
  /** Entities that the last call has written, and the bytes of these. */
  entities = 0;
  length = 0;
  readonly #kernel: Kernel;
  #closed = false;
  /** Entities of the next call: few after one that the kernel could not decide, as others may be like it. */
  #most = MOST_ROWS;
  /** Addresses of the rows, the rules and the texts. */
  readonly #rows: number;
  readonly #table: number;
  readonly #texts: number;
  /** Address of the records of spans, and the words of one; 0 if there are none. */
  readonly #spans: number;
  readonly #spanWords: number;
  #hits: readonly Hit[];
  #words: Int32Array = new Int32Array(0);

  private constructor(kernel: Kernel, memory: RuleMemory, { table, columns, maxDepth, located }: ProjectorOptions) {
    this.#kernel = kernel;
    this.#rows = kernel.inputStart;
    this.#table = memory.addTable(table, columns);
    this.#hits = memory.hits;
    this.#spanWords = located?.width ?? 0;
    this.#spans = memory.take(MOST_ROWS * this.#spanWords * 4);
    this.#texts = memory.end;
    kernel.attempt((functions) => functions.beginProject(Math.min(maxDepth, 2 ** 31 - 1), this.#spanWords * 4));
  }

  /**
   * Creates a projector; undefined if the machine has no kernel, if there are too many rules for it, or if rules depend on
   * the number of an element.
   */
  static make(options: ProjectorOptions): KernelProjector | undefined {
    if (!isSupported(options.table)) return undefined;
    const kernel = borrowKernel();
    const start = (kernel?.inputStart ?? 0) + Math.ceil((MOST_ROWS * ROW_BYTES) / 16) * 16;
    return kernel && new KernelProjector(kernel, new RuleMemory(kernel, start, options.located), options);
  }

  /**
   * Writes what the rules keep of entities, from the one at `position` on, into the target, and their spans into the rows.
   * `entities` of them were written.
   * @param spans receives the record of each of the batch's entities
   * @returns whether only the scalar reader can decide the next one
   */
  project(
    { bytes, rows, count }: ByteBatch,
    position: number,
    target: Buffer,
    at: number,
    to: Int32Array,
    spans?: Int32Array,
  ): boolean {
    const kernel = this.#kernel;
    const first = position * ROW_WIDTH;
    let last = first;
    let size = 0;
    // At least one entity, however large it is.
    for (; last < Math.min(count, position + this.#most) * ROW_WIDTH; last += ROW_WIDTH) {
      const length = rows[last + END] - rows[last + START];
      if (last > first && size + length > MOST_BYTES) break;
      size += length;
    }
    const from = rows[first + START];
    const range = rows[last - ROW_WIDTH + END] - from;
    // One copy is faster than one for each, unless most of it is not wanted.
    const together = range >= size && range <= 2 * size;
    const out = Math.ceil((this.#texts + Math.max(range, size) + SLACK) / 16) * 16;
    kernel.growInput(out + size + SLACK - kernel.inputStart);
    if (this.#words.buffer !== kernel.bytes.buffer) this.#words = new Int32Array(kernel.bytes.buffer, this.#rows);
    const words = this.#words;
    const firstSpan = (this.#spans - this.#rows) / 4;
    const wanted = (last - first) / ROW_WIDTH;
    words.fill(-1, firstSpan, firstSpan + wanted * this.#spanWords);
    if (together) bytes.copy(kernel.bytes, this.#texts, from, from + range);
    words.fill(-1, 0, last - first);
    let length = 0;
    for (let row = first; row < last; row += ROW_WIDTH) {
      const [start, end] = [rows[row + START], rows[row + END]];
      const text = together ? start - from : length;
      if (!together) bytes.copy(kernel.bytes, this.#texts + length, start, end);
      length += end - start;
      words[row - first + START] = text;
      words[row - first + END] = text + end - start;
    }
    const [entities, outEnd] = kernel.attempt((functions) => {
      const done = functions.projectEntities(this.#texts, this.#rows, wanted, this.#table, out, this.#spans);
      return [done, functions.projectedEnd()] as const;
    });
    this.entities = entities;
    this.length = kernel.bytes.copy(target, at, out, outEnd);
    for (let row = first; row < first + entities * ROW_WIDTH; row += ROW_WIDTH) {
      to[row + START] = at + words[row - first + START];
      to[row + END] = at + words[row - first + END];
      for (let column = ID_START; column < ORDINAL; column++) {
        const span = words[row - first + column];
        to[row + column] = span < 0 ? -1 : at + span;
      }
      to[row + ORDINAL] = rows[row + ORDINAL];
    }
    if (spans) this.#copySpans(words, firstSpan, entities * this.#spanWords, spans, position * this.#spanWords, at);
    const isUndecided = entities < wanted;
    this.#most = isUndecided ? 1 : Math.min(MOST_ROWS, 2 * this.#most);
    return isUndecided;
  }

  #copySpans(words: Int32Array, from: number, count: number, to: Int32Array, first: number, at: number): void {
    for (let index = 0; index < count; index++) {
      const word = words[from + index];
      to[first + index] = word < 0 ? -1 : index % this.#spanWords === 0 ? word : at + word;
    }
  }

  /** The numbers of the paths whose values came, each once. */
  reached(): readonly number[] {
    const { bytes } = this.#kernel;
    const hits = this.#hits.filter((hit) => bytes.readUInt32LE(hit.at) !== 0);
    if (hits.length > 0) this.#hits = this.#hits.filter((hit) => !hits.includes(hit));
    return hits.flatMap(({ ends }) => ends);
  }

  /** Returns the kernel for reuse. */
  close(): void {
    if (!this.#closed) this.#kernel.release();
    this.#closed = true;
  }
}

/** Whether there are few enough rules, none of which depends on the number of an element. */
function isSupported(table: RuleTable): boolean {
  let count = 0;
  const seen = new Set<RuleTable>();
  const next = [table];
  for (let one = next.pop(); one; one = next.pop()) {
    if (seen.has(one)) continue;
    seen.add(one);
    if (one.isPlaced) return false;
    const rules: Rule[] = [one.others, ...(one.elements ? [one.elements] : [])];
    for (const name of one.names) {
      if (++count + seen.size > MOST_RULES) return false;
      rules.push(one.of(name));
    }
    for (const { keeps } of rules) if (typeof keeps === 'object') next.push(keeps);
  }
  return true;
}

/** Where the kernel writes that values of some paths came. */
interface Hit {
  readonly at: number;
  readonly ends: readonly number[];
}

/** Writes tables of rules, with their names, into a kernel's memory. */
class RuleMemory {
  readonly hits: Hit[] = [];
  end: number;
  readonly #kernel: Kernel;
  readonly #located: LocatedPaths | undefined;
  readonly #tables = new Map<RuleTable, number>();

  constructor(kernel: Kernel, start: number, located: LocatedPaths | undefined) {
    this.#kernel = kernel;
    this.#located = located;
    this.end = start;
  }

  /** Returns the address of the table. */
  addTable(table: RuleTable, columns: ReadonlyMap<string, number> = new Map()): number {
    const known = this.#tables.get(table);
    if (known !== undefined) return known;
    const names = [...new Set([...table.names, ...columns.keys()])].filter(isPlain);
    const places = 2 ** Math.ceil(Math.log2(2 * names.length + 2));
    const at = this.take(RULE_PLACES + places * RULE_PLACE_BYTES);
    // Elements of an array may have the table of the array.
    this.#tables.set(table, at);
    this.#kernel.bytes.fill(0, at, this.end);
    this.#put(at + TABLE_PLACES, places);
    this.#put(at + TABLE_STAYS, table.stays ? 1 : 0);
    this.#put(at + TABLE_OTHERS, this.#addRule(table.others, at + TABLE_OTHERS_HIT));
    const elements = table.elements ? this.#addRule(table.elements, at + TABLE_ELEMENTS_HIT) : AS_SCALAR;
    this.#put(at + TABLE_ELEMENTS, elements);
    const spans = this.#located?.columns.get(table);
    for (const name of names) this.#addName(at, name, table.of(name), columns.get(name), spans?.get(name));
    return at;
  }

  #addName(table: number, name: string, rule: Rule, kept: number | undefined, located: number | undefined): void {
    const column = kept ?? located;
    const inside = kept === undefined ? this.#addRule(rule) : KEEP;
    const length = Buffer.byteLength(name);
    const at = this.take(length);
    this.#kernel.bytes.write(name, at);
    const place = this.#kernel.attempt((functions) =>
      functions.addRule(table, at, length, inside, column === undefined ? -1 : column * 4),
    );
    if (rule.ends.length > 0) this.hits.push({ at: place + RULE_HIT, ends: rule.ends });
  }

  /** Returns the rule as the kernel reads it. */
  #addRule({ keeps, ends }: Rule, hit?: number): number {
    if (hit !== undefined && ends.length > 0) this.hits.push({ at: hit, ends });
    if (keeps === 'all') return KEEP;
    return keeps === 'nothing' ? DROP : this.addTable(keeps);
  }

  #put(at: number, word: number): void {
    this.#kernel.bytes.writeUInt32LE(word, at);
  }

  /** Reserves bytes, and returns their address. */
  take(size: number): number {
    const at = this.end;
    this.end = Math.ceil((at + size) / 16) * 16;
    this.#kernel.growInput(this.end + SLACK - this.#kernel.inputStart);
    return at;
  }
}
