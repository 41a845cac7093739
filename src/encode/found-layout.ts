/** A table whose layout its entities decide. */
import { elementsOf, isMembers, memberNames, memberOf } from '../scan/decode-value.js';
import type { Batch, MemberNames } from '../terms/batch.js';
import type { DsvLayout } from '../terms/profile.js';
import type { Run } from '../terms/run.js';
import { valuesAt } from './entity-values.js';
import type { FieldsTable } from './fields-table.js';
import type { LaidOutFile, NoteTaker, Table } from './table.js';
import { otherState, type TableState } from './table-state.js';

/** Entities that may pass before the layout is decided. */
const UNDECIDED = 1000;

/**
 * The first entity that shows its layout decides; after a thousand that do not, the layout is `fields`. Until then both
 * tables are made.
 */
export class FoundLayoutTable implements Table {
  readonly #maxEntityBytes: number;
  readonly #fields: FieldsTable;
  readonly #entities: Table;
  #chosen: Table | undefined;
  #passed = 0;

  /** @param maxEntityBytes maximum bytes of the text of an entity that decides */
  constructor(fields: FieldsTable, entities: Table, maxEntityBytes: number) {
    this.#maxEntityBytes = maxEntityBytes;
    this.#fields = fields;
    this.#entities = entities;
  }

  add(batch: Batch, position: number, run: Run): void | Promise<void> {
    return this.#chosen ? this.#chosen.add(batch, position, run) : this.#addUndecided(batch, position, run);
  }

  addMany(batch: Batch, position: number, most: number): number {
    return this.#chosen?.addMany?.(batch, position, most) ?? 0;
  }

  get waiting(): number {
    return this.#chosen ? this.#chosen.waiting : this.#entities.waiting + this.#fields.waiting;
  }

  async settle(): Promise<void> {
    for (const table of this.#tables) await table.settle();
  }

  endFile(): void {
    for (const table of this.#tables) table.endFile();
  }

  files(): Iterable<LaidOutFile> {
    // Without entities the header says what a table of the platform would have.
    this.#chosen ??= this.#passed === 0 ? this.#entities : this.#fields;
    return this.#chosen.files();
  }

  async drain(): Promise<TableState> {
    const chosen = this.#chosen && (this.#chosen === this.#entities ? 'entities' : 'fields');
    const tables = await Promise.all(this.#tables.map((table) => table.drain()));
    return { kind: 'found', passed: this.#passed, chosen, tables };
  }

  restore(state: TableState): void {
    if (state.kind !== 'found') throw otherState();
    const { passed, chosen, tables } = state;
    this.#passed = passed;
    // The other one is closed with this table.
    if (chosen !== undefined) this.#chosen = chosen === 'entities' ? this.#entities : this.#fields;
    this.#tables.forEach((table, index) => {
      table.restore(tables[index]);
    });
  }

  note(run: NoteTaker): void {
    this.#chosen?.note(run);
    if (this.#chosen !== this.#fields) return;
    const { columns } = this.#fields;
    const parts = ['attributes', 'relationships'].filter((name) => columns.find(['data', name]));
    if (parts.length === 0) return;
    const names = parts.map((name) => `data.${name}`).join(' and ');
    const text =
      `the table has a column for each path, because of its first entities, but others have ${names}: ` +
      'layout "entities" writes them as the platform does, layout "fields" leaves out this note';
    run.note({ code: 'LAYOUT_FOUND', text });
  }

  async close(): Promise<void> {
    await this.#entities.close();
    await this.#fields.close();
  }

  get #tables(): readonly Table[] {
    return this.#chosen ? [this.#chosen] : [this.#entities, this.#fields];
  }

  async #addUndecided(batch: Batch, position: number, run: Run): Promise<void> {
    const entity = await valuesAt(batch, position, this.#maxEntityBytes, run);
    const layout = layoutOf(entity, batch.memberNames) ?? (++this.#passed < UNDECIDED ? undefined : 'fields');
    if (layout !== undefined) {
      this.#chosen = layout === 'entities' ? this.#entities : this.#fields;
      await (layout === 'entities' ? this.#fields : this.#entities).close();
    }
    for (const table of this.#tables) await table.add(batch, position, run);
  }
}

/** Members of entities of the platform without data. */
const COMMON: ReadonlySet<string> = new Set(['action', 'properties']);
const DATA = ['attributes', 'relationships', 'contexts'];

/**
 * The layout that fits an entity: `entities` where `data` holds an attribute with `values` or `group`, a relationship with
 * `relTo`, or a context; undefined for one that has nothing but members of the platform, and no data.
 */
function layoutOf(entity: unknown, { id, type, name }: MemberNames): DsvLayout | undefined {
  const data = memberOf(entity, 'data');
  if (isOfPlatform(data)) return 'entities';
  const isPlain = memberNames(entity).every(
    (member) =>
      COMMON.has(member) ||
      member === id ||
      member === type ||
      member === name ||
      (member === 'data' && isMembers(data) && memberNames(data).every((part) => isEmptyPart(data, part))),
  );
  return isPlain ? undefined : 'fields';
}

function isOfPlatform(data: unknown): boolean {
  const attributes = memberOf(data, 'attributes');
  const relationships = memberOf(data, 'relationships');
  const has = (value: unknown, ...names: readonly string[]) =>
    names.some((name) => memberOf(value, name) !== undefined);
  return (
    memberNames(attributes).some((name) => has(memberOf(attributes, name), 'values', 'group')) ||
    memberNames(relationships).some((name) =>
      elementsOf(memberOf(relationships, name)).some((one) => has(one, 'relTo')),
    ) ||
    elementsOf(memberOf(data, 'contexts')).some((one) => has(one, 'context'))
  );
}

function isEmptyPart(data: unknown, part: string): boolean {
  if (!DATA.includes(part)) return false;
  const value = memberOf(data, part);
  return memberNames(value).length + elementsOf(value).length === 0;
}
