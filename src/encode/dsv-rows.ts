/** Entities as rows of two tables: of the entities, and of their relationships. */
import { elementsOf, isMembers, memberNames, memberOf, NumberText } from '../scan/decode-value.js';
import { type Batch, MEMBER_NAMES, type MemberName } from '../terms/batch.js';
import { ROW_MEMBERS } from '../terms/entity-words.js';
import { SluiceError } from '../terms/errors.js';
import type { FieldList } from '../terms/fields.js';
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';
import { quoted } from '../terms/shown-text.js';
import { allValuesOf, type CellValue, cellOf, isNested, isNumber, pairsOf, valuesOf } from './attribute-values.js';
import { type AttributeLevel, TableColumns } from './dsv-columns.js';
import { jsonInSteps } from './json-in-steps.js';
import { type LocaleTexts, localeTexts, localeTextsInSteps } from './locale-texts.js';
import type { NoteTaker } from './table.js';
import { type Cells, NUMBER, TEXT } from './table-cells.js';
import type { RowColumnsState } from './table-state.js';

/** One row: column numbers and cells in turn; the cells of other columns are empty. */
export type Row = readonly (number | CellValue)[];

/** Takes the rows, in order; a long row is written in steps. */
export interface RowTaker {
  entity(row: Row): Iterable<void>;
  relationship(row: Row): Iterable<void>;
}

/** How values become cells. */
export interface RowRules {
  /** Values of this locale, and without a locale, are in the main column of the attribute. */
  readonly locale: string;
  readonly collectionSeparator: string;
  /** Attributes that always have columns. */
  readonly attributes: readonly string[];
  /** Attributes of an entity that the rows of its relationships repeat, and the beginning of their headers. */
  readonly sourceAttributes: readonly string[];
  readonly sourcePrefix: string;
  /** Properties that have columns: all, or those listed; absent: none. */
  readonly properties?: FieldList;
  /** Whether the further rows of an entity have its id and name alone; otherwise they repeat action and type, too. */
  readonly onlyIds?: boolean;
  /** Whether actions are in capitals, as the drop-down lists of workbooks have them. */
  readonly capitalActions?: boolean;
  /** The name of entities without one; absent: an empty cell. */
  readonly nameless?: string;
}

/** The fixed columns, by number. */
const [ACTION, TYPE, ID, NAME] = [0, 1, 2, 3];
const FRONT = ['Action', 'Type', 'ID', 'Name'];
const [RELATIONSHIP_ID, TO_TYPE, TO_ID, TO_NAME] = [4, 5, 6, 7];
const LAST = ['Relationship Id', 'Related to Type', 'Related to ID', 'Related to Name'];

/** Members beside id, type and name that a table handles; properties have columns on request. */
const WITH_COLUMNS: ReadonlySet<string> = new Set(['action', 'data', 'properties']);

/** Members shown in a note. */
const MAX_SHOWN = 10;

/** Members without a column that are collected. */
const MAX_COLLECTED = 1000;

/** Where an entity has its id, type and name. */
type EntityNames = Pick<Batch, 'memberNames' | 'deeper'>;

/**
 * Makes rows of entities, and collects the columns from them.
 *
 * An entity has one row for its data without a context, one for each of its contexts, and one for each row of a nested
 * attribute, with the numbers of the rows around it, from 0. Each row repeats id, type and name of the entity.
 * A relationship has one row, and those of its nested attributes.
 * A cell holds the text of `value`, without source and id; units have columns of their own.
 */
export class DsvRows {
  readonly entities: TableColumns;
  readonly relationships = new TableColumns(FRONT, LAST, []);
  /** The first thousand members of entities without a column. */
  readonly withoutColumn = new Set<string>();
  readonly #rules: RowRules;

  constructor(rules: RowRules) {
    this.#rules = rules;
    const properties = rules.properties === 'all' ? [] : rules.properties;
    this.entities = new TableColumns(FRONT, [], rules.attributes, properties);
  }

  /**
   * Makes the rows of one entity; yields between steps.
   * @throws SluiceError `TOO_DEEP`, `TOO_MANY_COLUMNS`; TypeError for values that JSON cannot hold
   */
  *add(entity: unknown, names: EntityNames, taker: RowTaker): Generator<void, void> {
    const { onlyIds = false, nameless = '' } = this.#rules;
    const text = (member: MemberName) => cellOf(identityOf(entity, member, names)) ?? '';
    const type = text('type');
    const name = text('name');
    const who = [ID, text('id'), NAME, name === '' ? nameless : name];
    const data = memberOf(entity, 'data');
    this.#noteMembers(entity, names);
    const take = (row: Row) => taker.entity(row);
    const full = [ACTION, this.#action(entity), TYPE, type, ...who];
    const further = onlyIds ? who : full;
    const first = [...full, ...(yield* this.#properties(memberOf(entity, 'properties')))];
    const own = memberOf(data, 'attributes');
    yield* this.#addAttributes(this.entities, this.entities.attributes, [first, further], own, take);
    yield* this.#addRelationships(memberOf(data, 'relationships'), type, who, [], own, taker);
    for (const element of elementsOf(memberOf(data, 'contexts'))) {
      const context = pairsOf(memberOf(element, 'context'));
      const front = [...further, ...context.flatMap(([key, path]) => [this.entities.context(key), path])];
      const attributes = memberOf(element, 'attributes');
      yield* this.#addAttributes(this.entities, this.entities.attributes, [front, front], attributes, take);
      yield* this.#addRelationships(memberOf(element, 'relationships'), type, who, context, own, taker);
    }
  }

  get state(): RowColumnsState {
    const { entities, relationships, withoutColumn } = this;
    return { entities: entities.state, relationships: relationships.state, withoutColumn: [...withoutColumn] };
  }

  /** Restores what earlier rows of the same rules have left. */
  restore({ entities, relationships, withoutColumn }: RowColumnsState): void {
    this.entities.restore(entities);
    this.relationships.restore(relationships);
    for (const member of withoutColumn) this.withoutColumn.add(member);
  }

  /** Adds a note about members that have no column although the request did not leave them out. */
  note(notes: NoteTaker): void {
    const names = [...this.withoutColumn];
    if (names.length === 0) return;
    const shown = `${names.slice(0, MAX_SHOWN).map(quoted).join(', ')}${names.length > MAX_SHOWN ? ', …' : ''}`;
    const members = names.length === 1 ? `the member ${shown} has` : `${names.length} members of the entities have`;
    const which = names.length === 1 ? '' : `: ${shown}`;
    const text =
      `${members} no column in the table${which}; tables of entities hold id, name, type, action, data.attributes and ` +
      'data.relationships, those of layout "fields" hold every member';
    notes.note({ code: 'MEMBERS_WITHOUT_COLUMN', text, counts: { members: names.length } });
  }

  #action(value: unknown): string {
    const action = cellOf(memberOf(value, 'action')) ?? '';
    return this.#rules.capitalActions ? action.toUpperCase() : action;
  }

  /** The cells of the properties that have columns. */
  *#properties(properties: unknown): Generator<void, Row> {
    const { properties: listed = [] } = this.#rules;
    const row: (number | CellValue)[] = [];
    for (const name of listed === 'all' ? memberNames(properties) : listed) {
      const value = memberOf(properties, name);
      const cell = Array.isArray(value) ? yield* jsonInSteps(value) : cellOf(value);
      if (cell !== undefined) row.push(this.entities.property(name), isNumber(value) ? new NumberText(cell) : cell);
    }
    return row;
  }

  #noteMembers(entity: unknown, { memberNames: named, deeper = {} }: EntityNames): void {
    for (const member of memberNames(entity)) {
      if (WITH_COLUMNS.has(member) || this.withoutColumn.has(member)) continue;
      const use = MEMBER_NAMES.find((one) => named[one] === member);
      // Beside an id that is deeper, the member may hold more.
      const isWhole = use && (!deeper[use] || memberNames(memberOf(entity, member)).length <= 1);
      if (!isWhole && this.withoutColumn.size < MAX_COLLECTED) this.withoutColumn.add(member);
    }
  }

  *#addRelationships(
    relationships: unknown,
    type: string,
    who: Row,
    context: readonly (readonly [string, string])[],
    own: unknown,
    taker: RowTaker,
  ): Generator<void, void> {
    const { locale } = this.#rules;
    const table = this.relationships;
    const source = memberNames(relationships).length === 0 ? [] : this.#sourceCells(own);
    for (const name of memberNames(relationships)) {
      for (const one of elementsOf(memberOf(relationships, name))) {
        if (!isMembers(one)) continue;
        const text = (value: unknown, member: string) => cellOf(memberOf(value, member)) ?? '';
        const to = memberOf(one, 'relTo');
        const front = [
          ...[ACTION, this.#action(one), TYPE, `${type}@@${name}`, ...who],
          ...context.flatMap(([key, path]) => [table.context(key), path]),
          ...[RELATIONSHIP_ID, text(one, 'id'), TO_TYPE, text(to, 'type')],
          ...[TO_ID, text(to, 'id'), TO_NAME, text(to, 'name')],
          ...source,
        ];
        const related: (number | CellValue)[] = [];
        const attributes = memberOf(memberOf(to, 'data'), 'attributes');
        for (const attribute of memberNames(attributes)) {
          const values = allValuesOf(memberOf(attributes, attribute));
          const texts = localeTexts(values, locale) ?? (yield* localeTextsInSteps(values, locale));
          this.#addTexts(table, table.related, attribute, texts, related);
        }
        yield* this.#addAttributes(
          table,
          table.attributes,
          [[...front, ...related], front],
          memberOf(one, 'attributes'),
          (row) => taker.relationship(row),
        );
      }
    }
  }

  /** The cells of the entity that a relationship is from: its values of the main locale. */
  #sourceCells(attributes: unknown): Row {
    const { sourceAttributes, sourcePrefix, locale, collectionSeparator } = this.#rules;
    return sourceAttributes.flatMap((name) => {
      const texts = valuesOf(memberOf(attributes, name), []).flatMap((value) => {
        const isMain = (memberOf(value, 'locale') ?? locale) === locale;
        return (isMain ? cellOf(isMembers(value) ? memberOf(value, 'value') : value) : undefined) ?? [];
      });
      if (texts.length === 0) return [];
      return [this.relationships.source(`${sourcePrefix}${name}`), texts.join(collectionSeparator)];
    });
  }

  /**
   * Adds one row with the plain values of a level, then the rows of its nested attributes.
   * @param front the cells of the first row before its values, and those of the others
   */
  *#addAttributes(
    table: TableColumns,
    level: AttributeLevel,
    [front, further]: readonly [first: Row, others: Row],
    attributes: unknown,
    take: (row: Row) => Iterable<void>,
    depth = 0,
  ): Generator<void, void> {
    if (depth > DEFAULT_MAX_DEPTH) {
      throw new SluiceError(
        'TOO_DEEP',
        'serialize',
        `attributes are nested more than ${DEFAULT_MAX_DEPTH} levels deep`,
      );
    }
    const { locale } = this.#rules;
    const row = [...front];
    const nested: [name: string, rows: readonly unknown[]][] = [];
    for (const name of memberNames(attributes)) {
      if (depth > 0 && ROW_MEMBERS.has(name)) continue;
      const attribute = memberOf(attributes, name);
      const rows = elementsOf(memberOf(attribute, 'group'));
      const values = valuesOf(attribute, rows);
      const texts = localeTexts(values, locale) ?? (yield* localeTextsInSteps(values, locale));
      this.#addTexts(table, level, name, texts, row);
      if (rows.some(isNested)) nested.push([name, rows]);
    }
    yield* take(row);
    for (const [name, rows] of nested) {
      const columns = table.attribute(level, name);
      const sequence = table.sequence(columns);
      for (let index = 0; index < rows.length; index++) {
        const inner = rows[index];
        if (!isNested(inner)) continue;
        const inside = [...further, sequence, String(index)];
        yield* this.#addAttributes(table, columns.children, [inside, inside], inner, take, depth + 1);
      }
    }
  }

  /** Adds the cells of one attribute, one per locale. */
  #addTexts(
    table: TableColumns,
    level: AttributeLevel,
    name: string,
    texts: LocaleTexts,
    row: (number | CellValue)[],
  ): void {
    const { collectionSeparator } = this.#rules;
    for (const [locale, { cells, units }] of texts) {
      const columns = table.attribute(level, name);
      const isMain = locale === this.#rules.locale;
      const column = isMain ? table.plain(columns) : table.locale(columns, locale);
      const all = cells.map((one) => (one instanceof NumberText ? one.text : one));
      row.push(column, cells.length === 1 ? cells[0] : all.join(collectionSeparator));
      if (cells.length > 1) table.collections.add(column);
      if (units.every((unit) => unit === '')) continue;
      // Values of one unit have it once.
      const isOne = units.every((unit) => unit === units[0]);
      row.push(table.unit(columns, column), isOne ? units[0] : units.join(collectionSeparator));
    }
  }
}

/** Sets cells to those of a row. */
export function setCells(cells: Cells, row: Row): void {
  cells.clear(NO_BYTES);
  for (let index = 0; index < row.length; index += 2) {
    const value = row[index + 1];
    if (value === '') continue;
    const isNumber = value instanceof NumberText;
    cells.text(Number(row[index]), isNumber ? NUMBER : TEXT, isNumber ? value.text : String(value));
  }
}

const NO_BYTES = new Uint8Array(0);

/** The id, type or name of an entity; deeper ones are inside objects and arrays. */
function identityOf(entity: unknown, member: MemberName, { memberNames: names, deeper = {} }: EntityNames): unknown {
  const step = (value: unknown, name: string) =>
    Array.isArray(value) ? elementsOf(value)[Number(name)] : memberOf(value, name);
  return (deeper[member] ?? []).reduce(step, memberOf(entity, names[member]));
}
