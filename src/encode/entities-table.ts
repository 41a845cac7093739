/** A table in the platform's layout: rows of entities, then rows of their relationships. */
import { NumberText } from '../scan/decode-value.js';
import type { Batch } from '../terms/batch.js';
import type { DsvPlan } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import { quoted } from '../terms/shown-text.js';
import type { Spool } from '../terms/spool.js';
import { CellCounts } from './dsv-cell.js';
import type { TableColumns } from './dsv-columns.js';
import { DsvRows, type Row, type RowTaker } from './dsv-rows.js';
import { BYTE_ORDER_MARK, DsvWriter, LINE_END, quotedCell } from './dsv-writer.js';
import { valuesAt } from './entity-values.js';
import type { LaidOutFile, NoteTaker, Table } from './table.js';
import { Cells, NUMBER, TEXT } from './table-cells.js';
import type { TableFile, TableWriter } from './table-writer.js';

/** What a table is made of. */
export interface TableOptions {
  readonly settings: DsvPlan;
  /** Opens the spool in which rows wait until all columns are known. */
  readonly openSpool: () => Spool;
  /** Maximum bytes of an entity's text (characters, for an object) that fit into memory as values. */
  readonly maxEntityBytes: number;
}

/** Members shown in a note. */
const MAX_SHOWN = 10;

const NO_BYTES = new Uint8Array(0);

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
    this.#rows.add(await valuesAt(batch, position, this.#maxEntityBytes, run), batch.memberNames, this.#taker);
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

  /** Members that the table leaves out although the request did not ask for that. */
  note(run: NoteTaker): void {
    this.#counts.note(run);
    const names = [...this.#rows.withoutColumn];
    if (names.length === 0) return;
    const shown = `${names.slice(0, MAX_SHOWN).map(quoted).join(', ')}${names.length > MAX_SHOWN ? ', …' : ''}`;
    const members = names.length === 1 ? `the member ${shown} has` : `${names.length} members of the entities have`;
    const which = names.length === 1 ? '' : `: ${shown}`;
    const text =
      `${members} no column in the table${which}; tables of entities hold id, name, type, action, data.attributes and ` +
      'data.relationships, those of layout "fields" hold every member';
    run.note({ code: 'MEMBERS_WITHOUT_COLUMN', text, counts: { members: names.length } });
  }

  async close(): Promise<void> {
    await this.#entities.close();
    await this.#relationships.close();
  }

  #add(row: Row, columns: TableColumns, writer: TableWriter): void {
    const cells = this.#cells;
    cells.clear(NO_BYTES);
    for (let index = 0; index < row.length; index += 2) {
      const value = row[index + 1];
      if (value === '') continue;
      const isNumber = value instanceof NumberText;
      cells.text(Number(row[index]), isNumber ? NUMBER : TEXT, isNumber ? value.text : String(value));
    }
    writer.row(cells, columns.width);
  }
}

/** The text before the first header of each file. */
export function headOf({ bom, startLine }: Pick<DsvPlan, 'bom' | 'startLine'>): string {
  return (bom ? BYTE_ORDER_MARK : '') + LINE_END.repeat(startLine);
}

async function* inTurn(files: readonly (TableFile | undefined)[]): AsyncGenerator<Buffer, void> {
  for (const file of files) if (file) yield* file.pieces();
}
