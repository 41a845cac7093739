/** A table in the platform's layout: rows of entities, then rows of their relationships. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import type { Batch } from '../terms/batch.js';
import type { DsvPlan } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import { BYTE_ORDER_MARK, CellCounts, quotedCell } from './dsv-cell.js';
import type { TableColumns } from './dsv-columns.js';
import { DsvRows, type Row, type RowTaker, setCells } from './dsv-rows.js';
import { DsvWriter, LINE_END } from './dsv-writer.js';
import { valuesAt } from './entity-values.js';
import type { LaidOutFile, NoteTaker, Table, TableOptions } from './table.js';
import { Cells } from './table-cells.js';
import { otherState, type TableState } from './table-state.js';
import { type TableFile, type TableWriter, writeRow } from './table-writer.js';

export class EntitiesTable implements Table {
  readonly #counts = new CellCounts();
  readonly #multiFile: boolean;
  readonly #maxEntityBytes: number;
  readonly #rows: DsvRows;
  readonly #cells = new Cells();
  readonly #entities: TableWriter;
  readonly #relationships: TableWriter;
  readonly #taker: RowTaker = {
    entity: (row) => this.#add(row, this.#rows.entities, this.#entities),
    relationship: (row) => this.#add(row, this.#rows.relationships, this.#relationships),
  };

  constructor({ settings, openSpool, maxEntityBytes }: TableOptions) {
    const counts = this.#counts;
    const { relationshipSeparator, multiFile } = settings;
    const writer = (head: string) => new DsvWriter({ settings, counts, spool: openSpool(), inOrder: false, head });
    this.#multiFile = multiFile;
    this.#maxEntityBytes = maxEntityBytes;
    this.#rows = new DsvRows(settings);
    this.#entities = writer(headOf(settings));
    this.#relationships = writer(multiFile ? headOf(settings) : quotedCell(relationshipSeparator, settings) + LINE_END);
  }

  async add(batch: Batch, position: number, run: Run): Promise<void> {
    const entity = await valuesAt(batch, position, this.#maxEntityBytes, run);
    for (const _ of this.#rows.add(entity, batch, this.#taker)) if (turnIsOver()) await nextTurn(run);
  }

  get waiting(): number {
    return this.#entities.waiting + this.#relationships.waiting;
  }

  async settle(): Promise<void> {
    await Promise.all([this.#entities.settle(), this.#relationships.settle()]);
  }

  endFile(): void {
    this.#entities.endFile();
    this.#relationships.endFile();
  }

  *files(): Generator<LaidOutFile, void> {
    const relationships = this.#relationships.files(this.#rows.relationships.list());
    for (const entities of this.#entities.files(this.#rows.entities.list())) {
      const { value: related } = relationships.next();
      const others = related && related.rows > 0 ? related : undefined;
      const inOne = this.#multiFile ? [entities] : [entities, others];
      yield { pieces: inTurn(inOne), hasEntities: true };
      if (this.#multiFile && others) yield { pieces: others.pieces(), hasEntities: false };
    }
  }

  async drain(): Promise<TableState> {
    const writers = await Promise.all([this.#entities.drain(), this.#relationships.drain()]);
    return { kind: 'entities', rows: this.#rows.state, writers };
  }

  restore(state: TableState): void {
    if (state.kind !== 'entities') throw otherState();
    this.#rows.restore(state.rows);
    [this.#entities, this.#relationships].forEach((writer, index) => {
      writer.restore(state.writers[index]);
    });
  }

  note(run: NoteTaker): void {
    this.#counts.note(run);
    this.#rows.note(run);
  }

  async close(): Promise<void> {
    await this.#entities.close();
    await this.#relationships.close();
  }

  #add(row: Row, columns: TableColumns, writer: TableWriter): Iterable<void> {
    setCells(this.#cells, row);
    return writeRow(writer, this.#cells, columns.width);
  }
}

/** The text before the first header of each file. */
export function headOf({ bom, startLine }: Pick<DsvPlan, 'bom' | 'startLine'>): string {
  return (bom ? BYTE_ORDER_MARK : '') + LINE_END.repeat(startLine);
}

async function* inTurn(files: readonly (TableFile | undefined)[]): AsyncGenerator<Buffer, void> {
  for (const file of files) if (file) yield* file.pieces();
}
