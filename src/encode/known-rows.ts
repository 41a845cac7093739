/** Writes rows of entities that are laid out like earlier ones with the kernel, many at a time. */
import { Buffer } from 'node:buffer';
import { borrowKernel, type Kernel } from '../scan/kernel.js';
import {
  LAYOUT_BYTES,
  LAYOUT_COLUMN,
  LAYOUT_LITERAL,
  LAYOUT_LITERAL_BYTES,
  LAYOUT_PART_BYTES,
  LAYOUT_PARTS,
  LAYOUT_VALUES,
  SLACK,
} from '../scan/kernel-code.js';
import { type ByteBatch, END, ROW_WIDTH, START } from '../terms/batch.js';
import type { PlainCells } from './table-writer.js';
import type { ValueSpans } from './value-spans.js';

/** Entities, and bytes of them, that are in the kernel's memory together. */
const MOST_ENTITIES = 4096;
const MOST_BYTES = 256 * 1024;

/** Layouts that are known at the same time: an input has a few kinds of entities. */
const MOST_LAYOUTS = 4;

/** A layout is worth so many rows: entities that are all different are not learned again and again. */
const COST = 64;
const MOST_CREDIT = 64 * COST;

/** Entities in the kernel's memory: those of a batch from `first` to before `end`. */
interface Loaded {
  readonly rows: Int32Array;
  readonly first: number;
  readonly end: number;
  /** Bytes of their texts, which rows without their delimiters never exceed. */
  readonly size: number;
  /** Address of the output. */
  readonly out: number;
}

/** Tables that have a kernel at the same time, each with its memory; a result may have hundreds of tables. */
const MOST_TABLES = 4;
let tables = 0;

/** Rows in the kernel's memory. */
export interface WrittenRows {
  readonly count: number;
  readonly bytes: Buffer;
}

/** The layouts of one table. */
export class KnownRows {
  readonly #kernel: Kernel;
  /** Addresses of the layouts, the spans of entities, and their texts; the output follows. */
  readonly #layouts: number;
  readonly #spans: number;
  readonly #texts: number;
  #count = 0;
  #next = 0;
  #credit = 8 * COST;
  #loaded: Loaded | undefined;
  #isClosed = false;

  private constructor(kernel: Kernel, { delimiter, quote, notFirst }: PlainCells) {
    this.#kernel = kernel;
    const flags = Math.ceil(kernel.inputStart / 16) * 16;
    this.#layouts = flags + notFirst.length;
    this.#spans = this.#layouts + MOST_LAYOUTS * LAYOUT_BYTES;
    this.#texts = this.#spans + MOST_ENTITIES * 8;
    kernel.growInput(this.#texts + SLACK - kernel.inputStart);
    kernel.bytes.set(notFirst, flags);
    kernel.attempt((functions) => functions.beginTable(delimiter, quote, flags, this.#layouts));
  }

  /** Without a layout at first; undefined if the machine has no kernel, or if enough tables have one. */
  static make(cells: PlainCells): KnownRows | undefined {
    const kernel = tables < MOST_TABLES ? borrowKernel() : undefined;
    if (kernel) tables++;
    return kernel && new KnownRows(kernel, cells);
  }

  /**
   * Writes rows of so many cells for entities of the batch from the one at `position` on, at most `most`.
   * @returns those before the first one that has no known layout, or a cell that is not plain; valid until the next call
   */
  write(batch: ByteBatch, position: number, most: number, width: number): WrittenRows {
    if (this.#count === 0) return NONE;
    const kernel = this.#kernel;
    const { first, end, size, out } = this.#load(batch, position);
    const count = Math.min(most, end - position);
    kernel.growInput(out + size + count * width + SLACK - kernel.inputStart);
    const [written, outEnd] = kernel.attempt((functions) => {
      const rows = functions.writeRows(this.#texts, this.#spans + (position - first) * 8, count, width, out);
      return [rows, functions.rowsEnd()] as const;
    });
    this.#credit = Math.min(MOST_CREDIT, this.#credit + written);
    return { count: written, bytes: kernel.bytes.subarray(out, outEnd) };
  }

  /** Whether the entity where the last call stopped should be learned: it has no known layout, and others were of use. */
  get learns(): boolean {
    if (this.#credit < COST) return false;
    return this.#count === 0 || this.#kernel.attempt((functions) => functions.isNearLayout()) === 0;
  }

  /** Learns the layout of an entity. */
  learn(bytes: Buffer, start: number, end: number, values: ValueSpans): void {
    const { memory, size } = layoutOf(bytes, start, end, values, this.#layouts + this.#next * LAYOUT_BYTES);
    if (size > LAYOUT_BYTES) return;
    this.#credit -= COST;
    this.#kernel.bytes.set(memory, this.#layouts + this.#next * LAYOUT_BYTES);
    this.#count = Math.max(this.#count, this.#next + 1);
    this.#next = (this.#next + 1) % MOST_LAYOUTS;
    this.#kernel.attempt((functions) => functions.setLayouts(this.#count));
  }

  /** Returns the kernel for reuse. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#kernel.release();
    tables--;
  }

  /** Copies entities from the one at `position` on, unless they are there. */
  #load({ bytes, rows, count }: ByteBatch, position: number): Loaded {
    const known = this.#loaded;
    if (known?.rows === rows && position >= known.first && position < known.end) return known;
    const kernel = this.#kernel;
    const from = rows[position * ROW_WIDTH + START];
    let end = position;
    let to = from;
    for (; end < count && end - position < MOST_ENTITIES; end++) {
      const row = end * ROW_WIDTH;
      if (rows[row + START] < to || (end > position && rows[row + END] - from > MOST_BYTES)) break;
      to = rows[row + END];
    }
    const out = Math.ceil((this.#texts + to - from + SLACK) / 16) * 16;
    kernel.growInput(out + SLACK - kernel.inputStart);
    bytes.copy(kernel.bytes, this.#texts, from, to);
    const spans = new Int32Array(kernel.bytes.buffer, this.#spans, 2 * (end - position));
    for (let index = 0; index < end - position; index++) {
      const row = (position + index) * ROW_WIDTH;
      spans[2 * index] = rows[row + START] - from;
      spans[2 * index + 1] = rows[row + END] - from;
    }
    this.#loaded = { rows, first: position, end, size: to - from, out };
    return this.#loaded;
  }
}

/** The layout of an entity as the kernel reads it from this address. */
function layoutOf(
  bytes: Buffer,
  start: number,
  end: number,
  { spans, count }: ValueSpans,
  at: number,
): { readonly memory: Uint8Array; readonly size: number } {
  const literals = LAYOUT_PARTS + (count + 1) * LAYOUT_PART_BYTES;
  // The kernel compares in vectors.
  const memory = Buffer.alloc(literals + (end - start) + SLACK);
  memory.writeUInt32LE(count, LAYOUT_VALUES);
  let to = literals;
  let from = start;
  for (let index = 0; index <= count; index++) {
    const [valueStart, valueEnd, column] = index < count ? spans.subarray(3 * index) : [end, end, 0];
    const part = LAYOUT_PARTS + index * LAYOUT_PART_BYTES;
    memory.writeUInt32LE(at + to, part + LAYOUT_LITERAL);
    memory.writeUInt32LE(valueStart - from, part + LAYOUT_LITERAL_BYTES);
    memory.writeUInt32LE(column, part + LAYOUT_COLUMN);
    to += bytes.copy(memory, to, from, valueStart);
    from = valueEnd;
  }
  return { memory: memory.subarray(0, to), size: to + SLACK };
}

const NONE: WrittenRows = { count: 0, bytes: Buffer.alloc(0) };
