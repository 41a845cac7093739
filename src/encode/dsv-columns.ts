/** The columns of a table, collected from its rows: numbered in the order of their first occurrence, listed by kind. */
import { SluiceError } from '../terms/errors.js';
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
  /** The number of the row of a nested attribute. */
  sequence?: number;
  readonly children: AttributeLevel;
}

/** All columns of one table. It keeps only names, so memory does not grow with the rows. */
export class TableColumns {
  readonly attributes: AttributeLevel = new Map();
  readonly #front: readonly string[];
  readonly #last: readonly string[];
  readonly #contexts = new Map<string, number>();
  readonly #sources = new Map<string, number>();
  #count: number;

  /**
   * @param front the first columns, numbered from 0
   * @param last the columns after the contexts, numbered from there
   * @param requested attributes that always have a column, before all others
   */
  constructor(front: readonly string[], last: readonly string[], requested: readonly string[]) {
    this.#front = front;
    this.#last = last;
    this.#count = front.length + last.length;
    for (const name of requested) this.attribute(this.attributes, name);
  }

  /** The number of columns so far. */
  get width(): number {
    return this.#count;
  }

  /** The column of a context type. */
  context(type: string): number {
    return this.#numberIn(this.#contexts, type);
  }

  /** The column of an attribute of the entity that a relationship is from, by its header. */
  source(header: string): number {
    return this.#numberIn(this.#sources, header);
  }

  /** The columns of an attribute of a level; each is created on first use. */
  attribute(level: AttributeLevel, name: string): AttributeColumns {
    const known = level.get(name);
    if (known) return known;
    const columns = { locales: new Map(), children: new Map() };
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
   * The columns in the order of the table: fixed ones, context types, those of the entity that a relationship is from, and
   * the attributes, each with all its columns side by side.
   */
  list(): readonly Column[] {
    const columns: Column[] = this.#front.map((header, number) => ({ number, header }));
    for (const [header, number] of this.#contexts) columns.push({ number, header });
    this.#last.forEach((header, index) => {
      columns.push({ number: this.#front.length + index, header });
    });
    for (const [header, number] of this.#sources) columns.push({ number, header });
    for (const [name, attribute] of this.attributes) {
      const before = columns.length;
      addColumns(columns, name, attribute);
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

function addColumns(columns: Column[], header: string, { plain, locales, sequence, children }: AttributeColumns): void {
  if (plain !== undefined) columns.push({ number: plain, header });
  for (const [locale, number] of locales) columns.push({ number, header: `${header}//${locale}` });
  if (sequence !== undefined) columns.push({ number: sequence, header: `${header}.SeqId` });
  for (const [name, child] of children) addColumns(columns, `${header}.${name}`, child);
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
