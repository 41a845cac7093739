/** Projects batches of bytes by rules: source text, one entity after the other. */

import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { type ByteBatch, END, ID_START, NAME_START, ROW_WIDTH, START, TYPE_START } from '../terms/batch.js';
import { Lender } from '../terms/lent-memory.js';
import type { Run } from '../terms/run.js';
import { KernelProjector } from './kernel-projector.js';
import type { LocatedPaths } from './located-paths.js';
import type { RuleTable } from './rule-table.js';
import { RuleTableWriter } from './write-by-table.js';

/** How texts are projected. */
export interface ProjectOptions {
  /** Id, type and name stay whatever the rules are, and are located; default true. */
  readonly keepLocated?: boolean;
  /** The batch is consumed before the next one is projected, so that its memory may be reused; default false. */
  readonly recycle?: boolean;
  /** Receives the numbers of paths that lead to a value, each at least once. */
  readonly reach?: (paths: readonly number[]) => void;
  /** Paths whose values are located in the projected texts. */
  readonly located?: LocatedPaths;
}

/** Bytes of an entity that the kernel, which cannot be interrupted, projects in a few milliseconds. */
const KERNEL_BYTES = 4 * 1024 * 1024;

const NO_COLUMNS: ReadonlyMap<string, number> = new Map();

/** Projects the byte batches of one run, with the kernel if there is one. */
export class BytesProjector {
  readonly #rules: RuleTable;
  readonly #options: ProjectOptions;
  #kernel: KernelProjector | undefined;
  #started = false;
  #memory: Buffer = Buffer.alloc(0);
  readonly #lender = new Lender();

  /**
   * A record for each entity of the last batch, if paths are located: a word that is -1 if each path leads to one value
   * or none, and the spans of the members, or -1.
   */
  spans: Int32Array = new Int32Array(0);

  /** @param rules for entities */
  constructor(rules: RuleTable, options: ProjectOptions = {}) {
    this.#rules = rules;
    this.#options = options;
  }

  /**
   * The batch of the projected texts, in separate memory.
   * @throws SluiceError for faulty text, which only unchecked batches have, and `TOO_DEEP` for more arrays in one another
   *   than a walk enters
   */
  async project(batch: ByteBatch, run: Run): Promise<ByteBatch> {
    const { rows, count } = batch;
    const { keepLocated = true, reach, located } = this.#options;
    const columns = keepLocated ? locatedColumns(batch) : NO_COLUMNS;
    if (!this.#started) {
      this.#kernel = KernelProjector.make({ table: this.#rules, columns, maxDepth: batch.maxDepth, located });
    }
    this.#started = true;
    const kernel = this.#kernel;
    const target = this.#room(sizeOf(batch));
    const projected = new Int32Array(rows.length).fill(-1);
    // What the kernel does not write about an entity is unknown.
    if (located) this.spans = new Int32Array(count * located.width);
    let length = 0;
    let writer: RuleTableWriter | undefined;
    for (let position = 0; position < count; ) {
      if (turnIsOver()) await nextTurn(run);
      const row = position * ROW_WIDTH;
      const isLarge = rows[row + END] - rows[row + START] > KERNEL_BYTES;
      if (kernel && !isLarge) {
        const isUndecided = kernel.project(batch, position, target, length, projected, located && this.spans);
        length += kernel.length;
        position += kernel.entities;
        if (!isUndecided) continue;
      }
      writer ??= new RuleTableWriter(batch, target, { columns, reach });
      length = isLarge
        ? await stepsInTurns(writer.writeEntityInSteps(this.#rules, position, length, projected), run)
        : writer.writeEntity(this.#rules, position, length, projected);
      position++;
    }
    if (kernel && reach) reach(kernel.reached());
    const members = keepLocated ? (['id', 'type', 'name'] as const) : [];
    return { ...batch, bytes: target, knownLine: undefined, rows: projected, located: members };
  }

  /** Returns the kernel for reuse. */
  close(): void {
    this.#kernel?.close();
  }

  #room(size: number): Buffer {
    if (!this.#options.recycle) return this.#lender.lend(size);
    if (this.#memory.length < size) this.#memory = Buffer.allocUnsafeSlow(size);
    return this.#memory;
  }
}

/** Projection only removes members and white space, so texts never grow. */
export function sizeOf({ rows, count }: ByteBatch): number {
  let size = 0;
  for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) size += rows[row + END] - rows[row + START];
  return size;
}

/** Columns for the spans of members that filters may need after a projection. */
export function locatedColumns(batch: ByteBatch): ReadonlyMap<string, number> {
  const { id, type, name } = batch.memberNames;
  return new Map([
    [name, NAME_START],
    [type, TYPE_START],
    [id, ID_START],
  ]);
}
