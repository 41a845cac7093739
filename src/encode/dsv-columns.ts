/** The columns of a table, found as its rows come: numbered in the order they were first seen, listed by what they are. */
import { SluiceError } from '../terms/errors.js';

/** Columns that the widest spreadsheets have; beyond them `TOO_MANY_COLUMNS`. */
const MOST_COLUMNS = 16_384;

/** Columns of the attributes of one level, by name. */
export type AttributeLevel = Map<string, AttributeColumns>;

/** What one attribute has columns for. */
export interface AttributeColumns {
  /** Values of the usual locale, and of none. */
  plain?: number;
  readonly locales: Map<string, number>;
  /** Which row of a nested attribute it is. */
  sequence?: number;
  readonly children: AttributeLevel;
}

/** A column and what stands above it. */
export interface Column {
  readonly number: number;
  readonly header: string;
}

/** All columns of one table. Only names are kept: memory does not grow with the rows. */
export class TableColumns {
  readonly attributes: AttributeLevel = new Map();
  readonly #front: readonly string[];
  readonly #behind: readonly string[];
  readonly #contexts = new Map<string, number>();
  #count: number;

  /**
   * @param front the first columns, numbered from 0
   * @param behind those that stand behind the contexts, numbered on from there
   * @param asked attributes that have a column in any case, before all others
   */
  constructor(front: readonly string[], behind: readonly string[], asked: readonly string[]) {
    this.#front = front;
    this.#behind = behind;
    this.#count = front.length + behind.length;
    for (const name of asked) this.attribute(this.attributes, name);
  }

  /** The column of a context type. */
  context(type: string): number {
    return this.#numberIn(this.#contexts, type);
  }

  /** The columns of an attribute of a level; none of them is there until it is asked for. */
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
   * The columns as they stand in the table: what is fixed, context types, and the attributes, each with all that
   * belongs to it side by side.
   */
  list(): readonly Column[] {
    const columns: Column[] = this.#front.map((header, number) => ({ number, header }));
    for (const [header, number] of this.#contexts) columns.push({ number, header });
    this.#behind.forEach((header, index) => {
      columns.push({ number: this.#front.length + index, header });
    });
    for (const [name, attribute] of this.attributes) {
      const before = columns.length;
      addColumns(columns, name, attribute);
      // Asked for, and in no row.
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
    if (this.#count >= MOST_COLUMNS) {
      const message = `more than ${MOST_COLUMNS} columns would be needed; list the attributes that are wanted`;
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

/** What stands above a column without a name. */
const NAMELESS = '(no name)';

/** The headers, none of them empty and none there twice: those that would be get a name, and a number. */
export function tellApart(headers: readonly string[]): readonly string[] {
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
