/** A workbook in the platform's layout: a sheet of entities, one of their relationships, and those that describe them. */
import { nextTurn, turnIsOver } from '../../loop/turn.js';
import type { Batch } from '../../terms/batch.js';
import type { Run } from '../../terms/run.js';
import { type ColumnParts, type TableColumns, uniqueHeaders } from '../dsv-columns.js';
import { DsvRows, type Row, type RowTaker, setCells } from '../dsv-rows.js';
import { valuesAt } from '../entity-values.js';
import type { LaidOutFile, NoteTaker, Table } from '../table.js';
import { Cells } from '../table-cells.js';
import { otherState, type TableState } from '../table-state.js';
import { type Column, NO_STEPS } from '../table-writer.js';
import { helpSheet, modelSheet } from './describing-sheets.js';
import { LongTexts } from './long-texts.js';
import { SheetRows } from './sheet-rows.js';
import { lettersOf } from './sheet-xml.js';
import { longTextSheets, noteSplit, type SheetTable, tableSheets, type WorkbookOptions } from './sheets.js';
import { ATTRIBUTE_STYLE, COLLECTION_STYLE, GROUP_STYLE, SYSTEM_STYLE } from './styles.js';
import { type Sheet, workbookParts } from './workbook.js';

/** Bytes of parts of long texts that may wait in memory. */
const MAX_WAITING = 512 * 1024;

/** Names of the sheets, which imports know. */
const [ENTITIES, RELATIONSHIPS] = ['Entities', 'Relationships'];

/** The name of entities without one. */
const NAMELESS = '_EMPTY';

/** Rows of the header: titles of groups, and names of columns. */
const HEADER_ROWS = 2;

/** Columns before those of contexts: action and type. */
const BEFORE_CONTEXTS = 2;

/** The column for the type of the related entity, which belongs to what is told of it. */
const RELATED_TYPE = 'Related to Type';

/** Columns under one title. */
interface Group {
  readonly title: string;
  readonly columns: readonly Column[];
}

export class EntitiesWorkbook implements Table {
  readonly #options: WorkbookOptions;
  readonly #maxEntityBytes: number;
  readonly #rows: DsvRows;
  readonly #cells = new Cells();
  readonly #long: LongTexts;
  readonly #entities: SheetRows;
  readonly #relationships: SheetRows;
  readonly #taker: RowTaker = {
    entity: (row) => this.#add(row, this.#rows.entities, this.#entities),
    relationship: (row) => this.#add(row, this.#rows.relationships, this.#relationships),
  };

  /** @param maxEntityBytes maximum bytes of an entity's text that fit into memory as values */
  constructor(options: WorkbookOptions, maxEntityBytes: number) {
    const { openSpool, settings, maxRows } = options;
    this.#options = options;
    this.#maxEntityBytes = maxEntityBytes;
    this.#rows = new DsvRows({ ...settings, onlyIds: true, capitalActions: true, nameless: NAMELESS });
    this.#long = new LongTexts(openSpool(), maxRows);
    const sheet = (name: string, table: number) =>
      new SheetRows({
        name,
        spool: openSpool(),
        headerRows: HEADER_ROWS,
        plain: false,
        maxRows,
        takeLong: (text, place) => this.#long.add(text, table, place),
      });
    this.#entities = sheet(ENTITIES, 0);
    this.#relationships = sheet(RELATIONSHIPS, 1);
  }

  async add(batch: Batch, position: number, run: Run): Promise<void> {
    const entity = await valuesAt(batch, position, this.#maxEntityBytes, run);
    for (const _ of this.#rows.add(entity, batch, this.#taker)) if (turnIsOver()) await nextTurn(run);
    for (const _ of this.#long.steps()) {
      if (turnIsOver()) await nextTurn(run);
      if (this.waiting > MAX_WAITING) await this.settle();
    }
  }

  get waiting(): number {
    return this.#each.reduce((sum, rows) => sum + rows.waiting, 0);
  }

  async settle(): Promise<void> {
    await Promise.all(this.#each.map((rows) => rows.settle()));
  }

  endFile(): void {
    for (const rows of this.#each) rows.endFile();
  }

  *files(): Generator<LaidOutFile, void> {
    const { settings } = this.#options;
    const entities = this.#table(this.#entities, this.#rows.entities, entityGroups);
    const relationships = this.#table(this.#relationships, this.#rows.relationships, relationshipGroups);
    const related = this.#relationships.files();
    const long = this.#long.rows.files();
    for (const parts of this.#entities.files()) {
      const entitySheets = tableSheets(entities, parts, settings, true);
      const relationshipParts = (related.next().value ?? []).filter(({ rows }) => rows > 0);
      const sheets: readonly Sheet[] = [
        helpSheet(settings.collectionSeparator),
        ...entitySheets,
        ...tableSheets(relationships, relationshipParts, settings, false),
        modelSheet(entitySheets, this.#collections()),
        ...longTextSheets(this.#long.rows, long.next().value ?? [], [entities, relationships], settings),
      ];
      yield { pieces: this.#options.pack(workbookParts(sheets, 1)), hasEntities: true };
    }
  }

  async drain(): Promise<TableState> {
    const sheets = await Promise.all([this.#entities.drain(), this.#relationships.drain()]);
    return { kind: 'workbook', rows: this.#rows.state, sheets, long: await this.#long.drain() };
  }

  restore(state: TableState): void {
    if (state.kind !== 'workbook') throw otherState();
    this.#rows.restore(state.rows);
    [this.#entities, this.#relationships].forEach((rows, index) => {
      rows.restore(state.sheets[index]);
    });
    this.#long.restore(state.long);
  }

  note(notes: NoteTaker): void {
    this.#rows.note(notes);
    for (const rows of [this.#entities, this.#relationships]) noteSplit(rows, notes);
    this.#long.note(notes);
  }

  async close(): Promise<void> {
    for (const rows of this.#each) await rows.close();
  }

  get #each(): readonly SheetRows[] {
    return [this.#entities, this.#relationships, this.#long.rows];
  }

  #add(row: Row, columns: TableColumns, rows: SheetRows): Iterable<void> {
    setCells(this.#cells, row);
    rows.row(this.#cells, columns.width);
    return NO_STEPS;
  }

  #table(rows: SheetRows, table: TableColumns, groupsOf: (parts: ColumnParts) => readonly Group[]): SheetTable {
    const groups = groupsOf(table.parts(this.#options.settings.locale)).filter(({ columns }) => columns.length > 0);
    const columns = groups.flatMap((group) => group.columns);
    const headers = uniqueHeaders(columns.map(({ header }) => header));
    const systems = groups[0].columns.length;
    const styles = columns.map(({ number }, place) => {
      if (place < systems) return SYSTEM_STYLE;
      return table.collections.has(number) ? COLLECTION_STYLE : ATTRIBUTE_STYLE;
    });
    const titles = groups.flatMap(({ title, columns: inGroup }) =>
      inGroup.map((_, index) => (index === 0 ? { text: title, style: GROUP_STYLE } : { text: '', style: GROUP_STYLE })),
    );
    return {
      rows,
      columns,
      filters: false,
      header: [titles, headers.map((text, place) => ({ text, style: styles[place] }))],
      frozen: { columns: systems, rows: HEADER_ROWS },
      merged: mergedTitles(groups),
    };
  }

  /** The headers of columns in which a cell has several values. */
  #collections(): readonly string[] {
    const { entities } = this.#rows;
    const { attributes } = entities.parts(this.#options.settings.locale);
    return attributes.filter(({ number }) => entities.collections.has(number)).map(({ header }) => header);
  }
}

function entityGroups({ front, contexts, properties, attributes }: ColumnParts): readonly Group[] {
  const system = [...front.slice(0, BEFORE_CONTEXTS), ...contexts, ...front.slice(BEFORE_CONTEXTS)];
  return [
    { title: 'System Attributes', columns: system },
    { title: 'System Properties', columns: properties },
    { title: 'Attributes', columns: attributes },
  ];
}

function relationshipGroups({ front, contexts, last, sources, related, attributes }: ColumnParts): readonly Group[] {
  const before = [...front.slice(0, BEFORE_CONTEXTS), ...contexts, ...front.slice(BEFORE_CONTEXTS)];
  const system = last.filter(({ header }) => header !== RELATED_TYPE);
  const type = last.filter(({ header }) => header === RELATED_TYPE);
  return [
    { title: 'System Attributes', columns: [...before, ...system] },
    { title: 'Matching Attribute(s)', columns: sources },
    { title: 'RelTo Attribute(s)', columns: [...type, ...related] },
    { title: 'Relationship Attributes', columns: attributes },
  ];
}

function mergedTitles(groups: readonly Group[]): readonly string[] {
  let from = 0;
  return groups.flatMap(({ columns }) => {
    const first = from;
    from += columns.length;
    return columns.length > 1 ? [`${lettersOf(first)}1:${lettersOf(from - 1)}1`] : [];
  });
}
