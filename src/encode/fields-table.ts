/** A table in the layout of fields: a column for each path, in the order of first appearance. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type Batch, END, ROW_WIDTH, START } from '../terms/batch.js';
import type { Run } from '../terms/run.js';
import { LARGE_BYTES, orderedValuesAt } from './entity-values.js';
import { FieldText } from './field-text.js';
import { FieldValues } from './field-values.js';
import { KnownRows } from './known-rows.js';
import { PathColumns } from './path-columns.js';
import type { LaidOutFile, NoteTaker, Table, TableOptions } from './table.js';
import { Cells } from './table-cells.js';
import type { TableWriter } from './table-writer.js';
import { ValueSpans } from './value-spans.js';

/** Bytes of rows of one entity that may wait in memory. */
const MAX_WAITING = 512 * 1024;

export class FieldsTable implements Table {
  readonly columns: PathColumns;
  readonly #explode: boolean;
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
    const { columns, arrays } = settings;
    this.columns = new PathColumns(columns);
    this.#explode = arrays === 'explode';
    this.#maxEntityBytes = maxEntityBytes;
    this.#text = new FieldText(this.columns, this.#cells, settings);
    this.#values = new FieldValues(this.columns, settings);
    this.#writer = writer;
    const { plainCells } = writer;
    this.#known = plainCells && !this.#explode ? KnownRows.make(plainCells) : undefined;
  }

  addMany(batch: Batch, position: number, most: number): number {
    if (batch.kind === 'objects' || !this.#known) return 0;
    const { width } = this.columns;
    const { bytes, count } = this.#known.write(batch, position, most, width);
    if (count > 0) this.#writer.rows?.(bytes, count, width);
    return count;
  }

  add(batch: Batch, position: number, run: Run): void | Promise<void> {
    if (batch.kind === 'bytes' && !this.#explode) {
      const row = position * ROW_WIDTH;
      const start = batch.rows[row + START];
      const end = batch.rows[row + END];
      const { width } = this.columns;
      if (end - start <= LARGE_BYTES) {
        const places = this.#known?.learns ? this.#places : undefined;
        if (this.#text.read(batch.bytes, start, end, places)) {
          this.#writer.row(this.#cells, this.columns.width);
          if (places?.isPlain) this.#known?.learn(batch.bytes, start, end, places);
          return;
        }
        // Of equal keys the last one counts, so that what the others hold has no column.
        this.columns.keep(width);
      }
    }
    return this.#addValues(batch, position, run);
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

  note(run: NoteTaker): void {
    this.#writer.note(run);
  }

  close(): Promise<void> {
    this.#known?.close();
    return this.#writer.close();
  }

  async #addValues(batch: Batch, position: number, run: Run): Promise<void> {
    const entity = await orderedValuesAt(batch, position, this.#maxEntityBytes, run);
    const take = () => this.#writer.row(this.#cells, this.columns.width);
    for (const _ of this.#values.rows(entity, this.#cells, take)) {
      if (turnIsOver()) await nextTurn(run);
      if (this.waiting > MAX_WAITING) await this.settle();
    }
  }
}
