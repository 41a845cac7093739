/** Entities as rows of two tables: of the entities, and of their relationships. */
import { elementsOf, isMembers, memberNames, memberOf, NumberText, textOf } from '../scan/decode-value.js';
import type { MemberNames } from '../terms/batch.js';
import { NULL_TEXT, ROW_MEMBERS } from '../terms/entity-words.js';
import { SluiceError } from '../terms/errors.js';
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';
import { type AttributeLevel, TableColumns } from './dsv-columns.js';

/** The text of a cell; that of a number is told apart. */
export type CellValue = string | NumberText;

/** One row: column numbers and cells in turn; the cells of other columns are empty. */
export type Row = readonly (number | CellValue)[];

/** Takes the rows, in order. */
export interface RowTaker {
  entity(row: Row): void;
  relationship(row: Row): void;
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
}

/** The text that imports read as an explicit null. */
const NULL_CELL = '[NULL]';

/** The fixed columns, by number. */
const [ACTION, TYPE, ID, NAME] = [0, 1, 2, 3];
const FRONT = ['Action', 'Type', 'ID', 'Name'];
const [RELATIONSHIP_ID, TO_TYPE, TO_ID, TO_NAME] = [4, 5, 6, 7];
const LAST = ['Relationship Id', 'Related to Type', 'Related to ID', 'Related to Name'];

/** Members beside id, type and name that a table handles; it leaves out properties by definition. */
const WITH_COLUMNS: ReadonlySet<string> = new Set(['action', 'data', 'properties']);

/** Members without a column that are collected. */
const MAX_COLLECTED = 1000;

/**
 * Makes rows of entities, and collects the columns from them.
 *
 * An entity has one row for its data without a context, one for each of its contexts, and one for each row of a nested
 * attribute, with the numbers of the rows around it, from 0. Each row repeats id, type and name of the entity.
 * A relationship has one row, and those of its nested attributes.
 * A cell holds the text of `value`, without unit, source and id.
 */
export class DsvRows {
  readonly entities: TableColumns;
  readonly relationships = new TableColumns(FRONT, LAST, []);
  /** The first thousand members of entities without a column. */
  readonly withoutColumn = new Set<string>();
  readonly #rules: RowRules;

  constructor(rules: RowRules) {
    this.#rules = rules;
    this.entities = new TableColumns(FRONT, [], rules.attributes);
  }

  /**
   * Makes the rows of one entity.
   * @throws SluiceError `TOO_DEEP`, `TOO_MANY_COLUMNS`; TypeError for values that JSON cannot hold
   */
  add(entity: unknown, names: MemberNames, taker: RowTaker): void {
    const text = (member: string) => cellOf(memberOf(entity, member)) ?? '';
    const type = text(names.type);
    const who = [ID, text(names.id), NAME, text(names.name)];
    const data = memberOf(entity, 'data');
    this.#noteMembers(entity, names);
    const take = (row: Row) => taker.entity(row);
    const front = [ACTION, text('action'), TYPE, type, ...who];
    const own = memberOf(data, 'attributes');
    this.#addAttributes(this.entities, this.entities.attributes, front, own, take);
    this.#addRelationships(memberOf(data, 'relationships'), type, who, [], own, taker);
    for (const element of elementsOf(memberOf(data, 'contexts'))) {
      const context = pairsOf(memberOf(element, 'context'));
      const cells = context.flatMap(([key, path]) => [this.entities.context(key), path]);
      const attributes = memberOf(element, 'attributes');
      this.#addAttributes(this.entities, this.entities.attributes, [...front, ...cells], attributes, take);
      this.#addRelationships(memberOf(element, 'relationships'), type, who, context, own, taker);
    }
  }

  #noteMembers(entity: unknown, { id, type, name }: MemberNames): void {
    for (const member of memberNames(entity)) {
      if (member === id || member === type || member === name || WITH_COLUMNS.has(member)) continue;
      if (this.withoutColumn.size < MAX_COLLECTED) this.withoutColumn.add(member);
    }
  }

  #addRelationships(
    relationships: unknown,
    type: string,
    who: Row,
    context: readonly (readonly [string, string])[],
    own: unknown,
    taker: RowTaker,
  ): void {
    const table = this.relationships;
    const source = memberNames(relationships).length === 0 ? [] : this.#sourceCells(own);
    for (const name of memberNames(relationships)) {
      for (const one of elementsOf(memberOf(relationships, name))) {
        if (!isMembers(one)) continue;
        const text = (value: unknown, member: string) => cellOf(memberOf(value, member)) ?? '';
        const to = memberOf(one, 'relTo');
        const front = [
          ...[ACTION, text(one, 'action'), TYPE, `${type}@@${name}`, ...who],
          ...context.flatMap(([key, path]) => [table.context(key), path]),
          ...[RELATIONSHIP_ID, text(one, 'id'), TO_TYPE, text(to, 'type')],
          ...[TO_ID, text(to, 'id'), TO_NAME, text(to, 'name')],
          ...source,
        ];
        this.#addAttributes(table, table.attributes, front, memberOf(one, 'attributes'), (row) =>
          taker.relationship(row),
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

  /** Adds one row with the plain values of a level, then the rows of its nested attributes. */
  #addAttributes(
    table: TableColumns,
    level: AttributeLevel,
    front: Row,
    attributes: unknown,
    take: (row: Row) => void,
    depth = 0,
  ): void {
    if (depth > DEFAULT_MAX_DEPTH) {
      throw new SluiceError(
        'TOO_DEEP',
        'serialize',
        `attributes are nested more than ${DEFAULT_MAX_DEPTH} levels deep`,
      );
    }
    const row = [...front];
    const nested: [name: string, rows: readonly unknown[]][] = [];
    for (const name of memberNames(attributes)) {
      if (depth > 0 && ROW_MEMBERS.has(name)) continue;
      const attribute = memberOf(attributes, name);
      const rows = elementsOf(memberOf(attribute, 'group'));
      this.#addValues(table, level, name, valuesOf(attribute, rows), row);
      if (rows.some(isNested)) nested.push([name, rows]);
    }
    take(row);
    for (const [name, rows] of nested) {
      const columns = table.attribute(level, name);
      const sequence = table.sequence(columns);
      rows.forEach((inner, index) => {
        if (!isNested(inner)) return;
        const inside = [...front, sequence, String(index)];
        this.#addAttributes(table, columns.children, inside, inner, take, depth + 1);
      });
    }
  }

  /** Adds the cells of one attribute, one per locale. */
  #addValues(
    table: TableColumns,
    level: AttributeLevel,
    name: string,
    values: readonly unknown[],
    row: (number | CellValue)[],
  ): void {
    const texts = new Map<string, CellValue[]>();
    for (const value of values) {
      const bare = isMembers(value) ? memberOf(value, 'value') : value;
      const cell = cellOf(bare);
      if (cell === undefined) continue;
      const text = isNumber(bare) ? new NumberText(cell) : cell;
      const own = memberOf(value, 'locale');
      const locale = typeof own === 'string' ? own : this.#rules.locale;
      const before = texts.get(locale);
      if (before) before.push(text);
      else texts.set(locale, [text]);
    }
    for (const [locale, together] of texts) {
      const columns = table.attribute(level, name);
      const isMain = locale === this.#rules.locale;
      const column = isMain ? table.plain(columns) : table.locale(columns, locale);
      const [only] = together;
      const all = together.map((one) => (one instanceof NumberText ? one.text : one));
      row.push(column, together.length === 1 ? only : all.join(this.#rules.collectionSeparator));
    }
  }
}

/** The value objects of an attribute; anything but an object is its own value. */
function valuesOf(attribute: unknown, rows: readonly unknown[]): readonly unknown[] {
  if (!isMembers(attribute)) return [attribute];
  const values = elementsOf(memberOf(attribute, 'values'));
  // A row that is an explicit null represents the complete attribute.
  const bare = rows.filter((row) => !isMembers(row) || memberOf(row, 'value') !== undefined);
  return bare.length === 0 ? values : [...values, ...bare];
}

/** Whether a row of a nested attribute has columns of its own, and is not a bare value. */
function isNested(row: unknown): boolean {
  if (!isMembers(row)) return false;
  return memberOf(row, 'value') === undefined || memberNames(row).some((name) => !ROW_MEMBERS.has(name));
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || value instanceof NumberText;
}

function pairsOf(context: unknown): readonly (readonly [string, string])[] {
  return memberNames(context).map((key) => [key, cellOf(memberOf(context, key)) ?? '']);
}

/** The text of a value: of strings, numbers and booleans their text, of anything else its JSON. */
function cellOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = textOf(value);
  if (text !== undefined) return text === NULL_TEXT ? NULL_CELL : text;
  return typeof value === 'number' ? undefined : jsonOf(value);
}

/** The JSON text of a value in which numbers have kept their digits. */
export function jsonOf(value: unknown): string {
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return `[${elementsOf(value).map((element) => jsonOf(element ?? null))}]`;
  if (!isMembers(value)) return JSON.stringify(value);
  const members = memberNames(value).flatMap((name) => {
    const member = memberOf(value, name);
    return member === undefined ? [] : [`${JSON.stringify(name)}:${jsonOf(member)}`];
  });
  return `{${members.join(',')}}`;
}
