/** A table in the layout of fields: a column for each path, in the order of first appearance. */
import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { type Batch, type ByteBatch, END, ROW_WIDTH, START } from '../terms/batch.js';
import type { DsvPlan } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import { LARGE_BYTES, orderedValuesAt, tooLarge } from './entity-values.js';
import { FieldText } from './field-text.js';
import { FieldValues } from './field-values.js';
import { KnownRows } from './known-rows.js';
import { largeValues } from './large-values.js';
import { PathColumns } from './path-columns.js';
import type { LaidOutFile, NoteTaker, Table, TableOptions } from './table.js';
import { Cells } from './table-cells.js';
import { otherState, type TableState } from './table-state.js';
import { type TableWriter, writeRow } from './table-writer.js';
import { ValueSpans } from './value-spans.js';

/** Bytes of rows of one entity that may wait in memory. */
const MAX_WAITING = 512 * 1024;

export class FieldsTable implements Table {
  readonly columns: PathColumns;
  readonly #arrays: Pick<DsvPlan, 'arrays' | 'collectionSeparator'>;
  readonly #maxEntityBytes: number;
  readonly #cells = new Cells();
  readonly #text: FieldText;
  readonly #values: FieldValues;
  readonly #writer: TableWriter;
  /** Rows of entities that are laid out like earlier ones; absent where the writer has no plain cells. */
  readonly #known: KnownRows | undefined;
  readonly #places = new ValueSpans();

  /** @param writer writes rows whose columns come in the order of their numbers, unless paths are listed */
  constructor({ settings, maxEntityBytes }: TableOptions, writer: TableWriter) {
    const { columns } = settings;
    this.#arrays = settings;
    this.columns = new PathColumns(columns);
    this.#maxEntityBytes = maxEntityBytes;
    this.#text = new FieldText(this.columns, this.#cells, settings);
    this.#values = new FieldValues(this.columns, settings);
    this.#writer = writer;
    const { plainCells } = writer;
    this.#known = plainCells && !this.#explodes ? KnownRows.make(plainCells) : undefined;
  }

  addMany(batch: Batch, position: number, most: number): number {
    if (batch.kind === 'objects' || !this.#known) return 0;
    const { width } = this.columns;
    const { bytes, count } = this.#known.write(batch, position, most, width);
    if (count > 0) this.#writer.rows?.(bytes, count, width);
    return count;
  }

  add(batch: Batch, position: number, run: Run): void | Promise<void> {
    if (batch.kind === 'objects' || this.#explodes) return this.#addValues(batch, position, run);
    const row = position * ROW_WIDTH;
    const start = batch.rows[row + START];
    const end = batch.rows[row + END];
    if (end - start > LARGE_BYTES) return this.#addLarge(batch, position, start, end, run);
    const { width } = this.columns;
    const places = this.#known?.learns ? this.#places : undefined;
    if (this.#text.read(batch.bytes, start, end, places)) {
      this.#writer.row(this.#cells, this.columns.width);
      if (places?.isPlain) this.#known?.learn(batch.bytes, start, end, places);
      return;
    }
    // Of equal keys the last one counts, so that what the others hold has no column.
    this.columns.keep(width);
    return this.#addValues(batch, position, run);
  }

  get #explodes(): boolean {
    return this.#arrays.arrays === 'explode';
  }

  get waiting(): number {
    return this.#writer.waiting;
  }

  settle(): Promise<void> {
    return this.#writer.settle();
  }

  endFile(): void {
    this.#writer.endFile();
  }

  *files(): Generator<LaidOutFile, void> {
    for (const file of this.#writer.files(this.columns.list())) yield { pieces: file.pieces(), hasEntities: true };
  }

  async drain(): Promise<TableState> {
    return { kind: 'fields', writer: await this.#writer.drain(), columns: this.columns.state };
  }

  restore(state: TableState): void {
    if (state.kind !== 'fields') throw otherState();
    this.columns.restore(state.columns);
    this.#writer.restore(state.writer);
  }

  note(run: NoteTaker): void {
    this.#writer.note(run);
  }

  close(): Promise<void> {
    this.#known?.close();
    return this.#writer.close();
  }

  async #addLarge(batch: ByteBatch, position: number, start: number, end: number, run: Run): Promise<void> {
    if (end - start > this.#maxEntityBytes) throw tooLarge(String(end - start), this.#maxEntityBytes);
    const large = await stepsInTurns(largeValues(batch.bytes, start, end, this.#arrays), run);
    const { width } = this.columns;
    if (this.#text.read(batch.bytes, start, end, undefined, large)) return this.#inTurns(this.#write(), run);
    this.columns.keep(width);
    await this.#addValues(batch, position, run);
  }

  async #addValues(batch: Batch, position: number, run: Run): Promise<void> {
    const entity = await orderedValuesAt(batch, position, this.#maxEntityBytes, run);
    await this.#inTurns(
      this.#values.rows(entity, this.#cells, () => this.#write()),
      run,
    );
  }

  /** Writes the row that is set, in steps if it has a long cell. */
  #write(): Iterable<void> {
    return writeRow(this.#writer, this.#cells, this.columns.width);
  }

  async #inTurns(steps: Iterable<void>, run: Run): Promise<void> {
    for (const _ of steps) {
      if (turnIsOver()) await nextTurn(run);
      if (this.waiting > MAX_WAITING) await this.settle();
    }
  }
}
