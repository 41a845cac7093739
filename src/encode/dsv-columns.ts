/** The columns of a table, collected from its rows: numbered in the order of their first occurrence, listed by kind. */
import { SluiceError } from '../terms/errors.js';
import type { AttributeState, TableColumnsState } from './table-state.js';
import type { Column } from './table-writer.js';

/** Columns of the widest spreadsheets; beyond them `TOO_MANY_COLUMNS`. */
export const MAX_COLUMNS = 16_384;

/** Columns of the attributes of one level, by name. */
export type AttributeLevel = Map<string, AttributeColumns>;

/** The columns of one attribute. */
export interface AttributeColumns {
  /** Values of the main locale, and without a locale. */
  plain?: number;
  readonly locales: Map<string, number>;
  /** Units of the values of a column, by its number. */
  readonly units: Map<number, number>;
  /** The number of the row of a nested attribute. */
  sequence?: number;
  readonly children: AttributeLevel;
}

/** The columns of a table by what they hold, each part in its order. */
export interface ColumnParts {
  readonly front: readonly Column[];
  readonly contexts: readonly Column[];
  readonly last: readonly Column[];
  readonly properties: readonly Column[];
  /** Attributes of the entity that a relationship is from. */
  readonly sources: readonly Column[];
  /** Attributes of related entities. */
  readonly related: readonly Column[];
  readonly attributes: readonly Column[];
}

/** All columns of one table. It keeps only names, so memory does not grow with the rows. */
export class TableColumns {
  readonly attributes: AttributeLevel = new Map();
  /** Attributes of related entities. */
  readonly related: AttributeLevel = new Map();
  /** Columns in which a cell has several values. */
  readonly collections = new Set<number>();
  readonly #front: readonly string[];
  readonly #last: readonly string[];
  readonly #contexts = new Map<string, number>();
  readonly #sources = new Map<string, number>();
  readonly #properties = new Map<string, number>();
  #count: number;

  /**
   * @param front the first columns, numbered from 0
   * @param last the columns after the contexts, numbered from there
   * @param requested attributes that always have a column, before all others
   * @param properties that always have a column, before all others
   */
  constructor(
    front: readonly string[],
    last: readonly string[],
    requested: readonly string[],
    properties: readonly string[] = [],
  ) {
    this.#front = front;
    this.#last = last;
    this.#count = front.length + last.length;
    for (const name of properties) this.property(name);
    for (const name of requested) this.attribute(this.attributes, name);
  }

  /** The number of columns so far. */
  get width(): number {
    return this.#count;
  }

  /** The column of an attribute of the entity that a relationship is from, by its header. */
  source(header: string): number {
    return this.#numberIn(this.#sources, header);
  }

  /** The column of a property. */
  property(name: string): number {
    return this.#numberIn(this.#properties, name);
  }

  /** The column of the units of values in a column of an attribute. */
  unit({ units }: AttributeColumns, column: number): number {
    const known = units.get(column);
    if (known !== undefined) return known;
    const number = this.#next();
    units.set(column, number);
    return number;
  }

  /** The column of a context type. */
  context(type: string): number {
    return this.#numberIn(this.#contexts, type);
  }

  /** The columns of an attribute of a level; each is created on first use. */
  attribute(level: AttributeLevel, name: string): AttributeColumns {
    const known = level.get(name);
    if (known) return known;
    const columns = { locales: new Map(), units: new Map(), children: new Map() };
    level.set(name, columns);
    return columns;
  }

  plain(attribute: AttributeColumns): number {
    attribute.plain ??= this.#next();
    return attribute.plain;
  }

  locale({ locales }: AttributeColumns, locale: string): number {
    return this.#numberIn(locales, locale);
  }

  sequence(attribute: AttributeColumns): number {
    attribute.sequence ??= this.#next();
    return attribute.sequence;
  }

  /**
   * The columns in the order of a table of text: fixed ones, context types, properties, those of the entity that a
   * relationship is from and of the related one, and the attributes, each with all its columns side by side.
   */
  list(): readonly Column[] {
    const { front, contexts, last, properties, sources, related, attributes } = this.parts();
    const ofRelated = related.map(({ number, header }) => ({ number, header: `${RELATED}${header}` }));
    return [...front, ...contexts, ...last, ...properties, ...sources, ...ofRelated, ...attributes];
  }

  /**
   * The columns by what they hold.
   * @param locale the locale of values in the main column, which is in its header where others are in use; absent: never
   */
  parts(locale?: string): ColumnParts {
    const named = ([header, number]: readonly [string, number]): Column => ({ number, header });
    return {
      front: this.#front.map((header, number) => ({ number, header })),
      contexts: [...this.#contexts].map(named),
      last: this.#last.map((header, index) => ({ number: this.#front.length + index, header })),
      properties: [...this.#properties].map(([name, number]) => ({ number, header: propertyHeader(name) })),
      sources: [...this.#sources].map(named),
      related: this.#level(this.related, locale),
      attributes: this.#level(this.attributes, locale),
    };
  }

  get state(): TableColumnsState {
    return {
      count: this.#count,
      attributes: statesOf(this.attributes),
      related: statesOf(this.related),
      collections: [...this.collections],
      contexts: [...this.#contexts],
      sources: [...this.#sources],
      properties: [...this.#properties],
    };
  }

  /** Restores the columns of an earlier table of the same options. */
  restore(state: TableColumnsState): void {
    this.#count = state.count;
    restoreLevel(this.attributes, state.attributes);
    restoreLevel(this.related, state.related);
    for (const column of state.collections) this.collections.add(column);
    for (const [name, number] of state.contexts) this.#contexts.set(name, number);
    for (const [name, number] of state.sources) this.#sources.set(name, number);
    for (const [name, number] of state.properties) this.#properties.set(name, number);
  }

  #level(level: AttributeLevel, locale: string | undefined): readonly Column[] {
    const columns: Column[] = [];
    for (const [name, attribute] of level) {
      const before = columns.length;
      addColumns(columns, name, attribute, locale);
      // Requested, and in no row.
      if (columns.length === before) columns.push({ number: this.plain(attribute), header: name });
    }
    return columns;
  }

  #numberIn(columns: Map<string, number>, name: string): number {
    const known = columns.get(name);
    if (known !== undefined) return known;
    const number = this.#next();
    columns.set(name, number);
    return number;
  }

  #next(): number {
    if (this.#count >= MAX_COLUMNS) {
      const message = `the table would need more than ${MAX_COLUMNS} columns; list the attributes to write`;
      throw new SluiceError('TOO_MANY_COLUMNS', 'serialize', message);
    }
    return this.#count++;
  }
}

function statesOf(level: AttributeLevel): readonly AttributeState[] {
  return [...level].map(([name, { plain, sequence, locales, units, children }]) => ({
    name,
    plain,
    sequence,
    locales: [...locales],
    units: [...units],
    children: statesOf(children),
  }));
}

/** Restores a level, in which attributes that were requested may be known already. */
function restoreLevel(level: AttributeLevel, states: readonly AttributeState[]): void {
  for (const { name, plain, sequence, locales, units, children } of states) {
    const below: AttributeLevel = new Map();
    restoreLevel(below, children);
    const columns: AttributeColumns = { locales: new Map(locales), units: new Map(units), children: below };
    if (plain !== undefined) columns.plain = plain;
    if (sequence !== undefined) columns.sequence = sequence;
    level.set(name, columns);
  }
}

function addColumns(
  columns: Column[],
  header: string,
  { plain, locales, units, sequence, children }: AttributeColumns,
  locale: string | undefined,
): void {
  const add = (number: number, text: string) => {
    columns.push({ number, header: text });
    const unit = units.get(number);
    if (unit !== undefined) columns.push({ number: unit, header: `${text}.UOM` });
  };
  const main = locale === undefined || locales.size === 0 ? header : `${header}//${locale}`;
  if (plain !== undefined) add(plain, main);
  for (const [other, number] of locales) add(number, `${header}//${other}`);
  if (sequence !== undefined) columns.push({ number: sequence, header: `${header}.SeqId` });
  for (const [name, child] of children) addColumns(columns, `${header}.${name}`, child, locale);
}

/** Begins the header of an attribute of a related entity, where no title of a group says so. */
const RELATED = 'Related to ';

/** How the platform calls some properties. */
const PROPERTY_NAMES: Readonly<Record<string, string>> = {
  createdBy: 'Created User',
  createdDate: 'Created Date',
  modifiedBy: 'Modified User',
  modifiedDate: 'Modified Date',
};

function propertyHeader(name: string): string {
  return `Property-${Object.hasOwn(PROPERTY_NAMES, name) ? PROPERTY_NAMES[name] : name}`;
}

/** The header of a column without a name. */
const NAMELESS = '(no name)';

/** The headers, none empty and none twice: an empty one gets a name, a repeated one a number. */
export function uniqueHeaders(headers: readonly string[]): readonly string[] {
  const used = new Set(headers);
  const taken = new Set<string>();
  return headers.map((name) => {
    const wanted = name === '' ? NAMELESS : name;
    let header = wanted;
    for (let count = 2; taken.has(header) || (header !== name && used.has(header)); count++) {
      header = `${wanted} (${count})`;
    }
    taken.add(header);
    return header;
  });
}
