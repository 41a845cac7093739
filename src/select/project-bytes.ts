/** Projects batches of bytes by the names of members: source text, one entity after the other. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import { CLOSE_BRACE, COLON, COMMA, OPEN_BRACE } from '../scan/ascii.js';
import { decodeString } from '../scan/bytes.js';
import { batchError } from '../scan/lines.js';
import { MemberCursor } from '../scan/members.js';
import { type ByteBatch, END, ID_START, NAME_START, ORDINAL, ROW_WIDTH, START, TYPE_START } from '../terms/batch.js';
import type { Run } from '../terms/run.js';
import { KernelProjector } from './kernel-projector.js';
import type { Rule, Rules } from './name-rules.js';

/** How texts are projected. */
export interface ProjectOptions {
  /** Id, type and name stay whatever the rules are, and are located; default true. */
  readonly keepLocated?: boolean;
  /** A member with rules for its own members stays, even if none of these does, or if it is not an object; default false. */
  readonly keepContainers?: boolean;
  /** The batch is consumed before the next one is projected, so that its memory may be reused; default false. */
  readonly recycle?: boolean;
}

const NO_COLUMNS: ReadonlyMap<string, number> = new Map();

/** Projects the byte batches of one run, with the kernel if there is one. */
export class BytesProjector {
  readonly #rules: Rules;
  readonly #options: ProjectOptions;
  #kernel: KernelProjector | undefined;
  #started = false;
  #memory: Buffer = Buffer.alloc(0);

  /** @param rules at most three levels; members without a rule are left out */
  constructor(rules: Rules, options: ProjectOptions = {}) {
    this.#rules = rules;
    this.#options = options;
  }

  /**
   * The batch of the projected texts, in memory of its own.
   * @throws SluiceError for faulty text, which only unchecked batches have
   */
  async project(batch: ByteBatch, run: Run): Promise<ByteBatch> {
    const { rows, count } = batch;
    const { keepLocated = true, keepContainers = false } = this.#options;
    const rules = this.#rules;
    const columns = keepLocated ? locatedColumns(batch) : NO_COLUMNS;
    if (!this.#started) {
      this.#kernel = KernelProjector.make({ rules, columns, maxDepth: batch.maxDepth, keepContainers });
    }
    this.#started = true;
    const writer = new ProjectionWriter(batch, this.#room(sizeOf(batch)), columns, this.#options);
    const projected = new Int32Array(rows.length).fill(-1);
    for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
      if (turnIsOver()) await nextTurn(run);
      const start = writer.length;
      if (!this.#kernel || !writer.takeEntity(this.#kernel, rows[row + START], rows[row + END], projected, row)) {
        writer.writeEntity(rows[row + START], rows[row + END], rules, projected, row);
      }
      projected[row + START] = start;
      projected[row + END] = writer.length;
      projected[row + ORDINAL] = rows[row + ORDINAL];
    }
    return {
      ...batch,
      bytes: writer.target,
      knownLine: undefined,
      rows: projected,
      located: keepLocated ? ['id', 'type', 'name'] : [],
    };
  }

  /** Returns the kernel for reuse. */
  close(): void {
    this.#kernel?.close();
  }

  #room(size: number): Buffer {
    if (!this.#options.recycle) return Buffer.allocUnsafe(size);
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

/** Writes the kept parts of entities one after the other. */
class ProjectionWriter {
  readonly target: Buffer;
  length = 0;
  readonly #source: ByteBatch;
  readonly #columns: ReadonlyMap<string, number>;
  readonly #keepContainers: boolean;
  /** One cursor for each level of rules: entity, data, lists. */
  readonly #cursors = [new MemberCursor(), new MemberCursor(), new MemberCursor()];

  constructor(
    source: ByteBatch,
    target: Buffer,
    columns: ReadonlyMap<string, number>,
    { keepContainers = false }: ProjectOptions,
  ) {
    this.#source = source;
    this.#columns = columns;
    this.#keepContainers = keepContainers;
    this.target = target;
  }

  /** Lets the kernel project an entity; false if the kernel cannot decide. */
  takeEntity(kernel: KernelProjector, start: number, end: number, rows: Int32Array, row: number): boolean {
    const length = kernel.project(this.#source.bytes, start, end, this.target, this.length);
    if (length < 0) return false;
    for (let column = ID_START; column < ORDINAL; column++) {
      const at = kernel.spans[column];
      if (at >= 0) rows[row + column] = this.length + at;
    }
    this.length += length;
    return true;
  }

  writeEntity(start: number, end: number, rules: Rules, rows: Int32Array, row: number): void {
    const { bytes, maxDepth } = this.#source;
    const cursor = this.#cursors[0];
    cursor.open(bytes, start, end, maxDepth);
    this.target[this.length++] = OPEN_BRACE;
    let first = true;
    while (cursor.next()) {
      const key = decodeString(bytes, cursor.keyStart, cursor.keyEnd);
      const column = this.#columns.get(key);
      const rule = column === undefined ? rules.get(key) : 'keep';
      if (rule === undefined || !this.#writeMember(cursor, first, rule, 1)) continue;
      first = false;
      if (column === undefined || rows[row + column] >= 0) continue;
      rows[row + column] = this.length - (cursor.valueEnd - cursor.valueStart);
      rows[row + column + 1] = this.length;
    }
    this.#refuseFault(cursor);
    this.target[this.length++] = CLOSE_BRACE;
  }

  /** Writes the current member by its rule; false if nothing of it stays. */
  #writeMember(cursor: MemberCursor, first: boolean, rule: Rule, level: number): boolean {
    const { bytes } = this.#source;
    const undo = this.length;
    if (!first) this.target[this.length++] = COMMA;
    this.#copy(cursor.keyStart, cursor.keyEnd);
    this.target[this.length++] = COLON;
    if (rule === 'keep') {
      this.#copy(cursor.valueStart, cursor.valueEnd);
      return true;
    }
    const isObject = bytes[cursor.valueStart] === OPEN_BRACE;
    if (!isObject && this.#keepContainers) this.#copy(cursor.valueStart, cursor.valueEnd);
    const stays = isObject ? this.#writeObject(cursor, rule, level) : this.#keepContainers;
    if (!stays) this.length = undo;
    return stays;
  }

  /** Writes the members of the current value that have a rule; false if there were members and none stays. */
  #writeObject({ valueStart, valueEnd }: MemberCursor, rules: Rules, level: number): boolean {
    const { bytes, maxDepth } = this.#source;
    const cursor = this.#cursors[level];
    cursor.open(bytes, valueStart, valueEnd, maxDepth);
    const start = this.length;
    this.target[this.length++] = OPEN_BRACE;
    let came = false;
    let first = true;
    while (cursor.next()) {
      came = true;
      const rule = rules.get(decodeString(bytes, cursor.keyStart, cursor.keyEnd));
      if (rule !== undefined && this.#writeMember(cursor, first, rule, level + 1)) first = false;
    }
    this.#refuseFault(cursor);
    if (came) {
      this.target[this.length++] = CLOSE_BRACE;
      return !first || this.#keepContainers;
    }
    this.length = start;
    this.#copy(valueStart, valueEnd);
    return true;
  }

  #copy(start: number, end: number): void {
    this.length += this.#source.bytes.copy(this.target, this.length, start, end);
  }

  /** Throws the fault of a text, which only unchecked batches have. */
  #refuseFault({ fault }: MemberCursor): void {
    if (!fault) return;
    throw batchError(this.#source, fault, 'select');
  }
}
