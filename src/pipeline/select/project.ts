/** Keeps the parts of an entity that were asked for: source text for bytes, own values for objects. */

import { CLOSE_BRACE, COLON, COMMA, OPEN_BRACE } from '../../scan/ascii.js';
import { decodeString } from '../../scan/bytes.js';
import { KernelProjector, type Rule, type Rules } from '../../scan/kernel-projector.js';
import { MemberCursor } from '../../scan/members.js';
import {
  type Batch,
  type ByteBatch,
  END,
  ID_START,
  NAME_START,
  type ObjectBatch,
  ORDINAL,
  ROW_WIDTH,
  START,
  TYPE_START,
} from '../../terms/batch.js';
import { SluiceError } from '../../terms/errors.js';
import type { FieldList } from '../../terms/fields.js';
import { jsonObject } from '../../terms/json-value.js';
import type { Projection } from '../../terms/plan.js';
import { NOTHING, type Stage } from '../../terms/stage.js';

/**
 * Makes the stage. Id, name, type and action stay; properties, and attributes and relationships of `data`, stay as
 * listed; everything else goes. A container that was emptied goes too; one that came empty and was asked for stays.
 * Batches must have been checked, or trusted.
 */
export function projectStage(projection: Projection): Stage<Batch, Batch> {
  const rules = compileRules(projection);
  let kernel: KernelProjector | undefined;
  let started = false;
  return {
    name: 'project',
    step: 'select',
    push(batch) {
      if (batch.kind === 'objects') return [projectObjects(batch, rules)];
      if (!started) kernel = KernelProjector.make(rules, locatedColumns(batch), batch.maxDepth);
      started = true;
      return [projectBytes(batch, rules, kernel)];
    },
    flush: () => NOTHING,
    close: () => kernel?.close(),
  };
}

/** Members that every projection keeps beside id, name and type: `action` marks deleted records. */
const ALWAYS_KEPT = ['action'];

function compileRules({ attributes, relationships, properties }: Projection): Rules {
  const rules = new Map<string, Rule>(ALWAYS_KEPT.map((name) => [name, 'keep']));
  const data = new Map<string, Rule>();
  addRule(rules, 'properties', properties);
  addRule(data, 'attributes', attributes);
  addRule(data, 'relationships', relationships);
  if (data.size > 0) rules.set('data', data);
  return rules;
}

function addRule(rules: Map<string, Rule>, name: string, list: FieldList | undefined): void {
  if (list === 'all') rules.set(name, 'keep');
  else if (list && list.length > 0) rules.set(name, new Map(list.map((field) => [field, 'keep'])));
}

/** Column that takes the span of a member which filters may still ask for behind a projection. */
function locatedColumns(batch: ByteBatch): ReadonlyMap<string, number> {
  const { id, type, name } = batch.memberNames;
  return new Map([
    [name, NAME_START],
    [type, TYPE_START],
    [id, ID_START],
  ]);
}

function projectBytes(batch: ByteBatch, rules: Rules, kernel: KernelProjector | undefined): ByteBatch {
  const { rows, count } = batch;
  let size = 0;
  for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) size += rows[row + END] - rows[row + START];
  // Members only go, and punctuation only shrinks, so the texts never outgrow their sources.
  const writer = new ProjectionWriter(batch, Buffer.allocUnsafe(size));
  const projected = new Int32Array(rows.length).fill(-1);
  for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
    const start = writer.length;
    if (!kernel || !writer.takeEntity(kernel, rows[row + START], rows[row + END], projected, row)) {
      writer.writeEntity(rows[row + START], rows[row + END], rules, projected, row);
    }
    projected[row + START] = start;
    projected[row + END] = writer.length;
    projected[row + ORDINAL] = rows[row + ORDINAL];
  }
  return { ...batch, bytes: writer.target, rows: projected, located: ['id', 'type', 'name'] };
}

/** Writes the kept parts of entities one behind the other. */
class ProjectionWriter {
  readonly target: Buffer;
  length = 0;
  readonly #source: ByteBatch;
  readonly #columns: ReadonlyMap<string, number>;
  /** One cursor for each level of rules: entity, data, lists. */
  readonly #cursors = [new MemberCursor(), new MemberCursor(), new MemberCursor()];

  constructor(source: ByteBatch, target: Buffer) {
    this.#source = source;
    this.#columns = locatedColumns(source);
    this.target = target;
  }

  /** Leaves the entity to the kernel; false where that cannot tell. */
  takeEntity(kernel: KernelProjector, start: number, end: number, rows: Int32Array, row: number): boolean {
    const length = kernel.project(this.#source.bytes, start, end, this.target, this.length);
    if (length < 0) return false;
    for (let column = ID_START; column < ORDINAL; column++) {
      const at = kernel.spans[column];
      if (at >= 0) rows[row + column] = this.length + at;
    }
    this.length += length;
    return true;
  }

  writeEntity(start: number, end: number, rules: Rules, rows: Int32Array, row: number): void {
    const { bytes, maxDepth } = this.#source;
    const cursor = this.#cursors[0];
    cursor.open(bytes, start, end, maxDepth);
    this.target[this.length++] = OPEN_BRACE;
    let first = true;
    while (cursor.next()) {
      const key = decodeString(bytes, cursor.keyStart, cursor.keyEnd);
      const column = this.#columns.get(key);
      const rule = column === undefined ? rules.get(key) : 'keep';
      if (rule === undefined || !this.#writeMember(cursor, first, rule, 1)) continue;
      first = false;
      if (column === undefined || rows[row + column] >= 0) continue;
      rows[row + column] = this.length - (cursor.valueEnd - cursor.valueStart);
      rows[row + column + 1] = this.length;
    }
    this.#refuseFault(cursor);
    this.target[this.length++] = CLOSE_BRACE;
  }

  /** Writes the current member as its rule says; false when nothing of it stays. */
  #writeMember(cursor: MemberCursor, first: boolean, rule: Rule, level: number): boolean {
    const { bytes } = this.#source;
    const undo = this.length;
    if (!first) this.target[this.length++] = COMMA;
    this.#copy(cursor.keyStart, cursor.keyEnd);
    this.target[this.length++] = COLON;
    if (rule === 'keep') {
      this.#copy(cursor.valueStart, cursor.valueEnd);
      return true;
    }
    const stays = bytes[cursor.valueStart] === OPEN_BRACE && this.#writeObject(cursor, rule, level);
    if (!stays) this.length = undo;
    return stays;
  }

  /** Writes the members of the current value that have a rule; false when there were some and none stays. */
  #writeObject({ valueStart, valueEnd }: MemberCursor, rules: Rules, level: number): boolean {
    const { bytes, maxDepth } = this.#source;
    const cursor = this.#cursors[level];
    cursor.open(bytes, valueStart, valueEnd, maxDepth);
    const start = this.length;
    this.target[this.length++] = OPEN_BRACE;
    let came = false;
    let first = true;
    while (cursor.next()) {
      came = true;
      const rule = rules.get(decodeString(bytes, cursor.keyStart, cursor.keyEnd));
      if (rule !== undefined && this.#writeMember(cursor, first, rule, level + 1)) first = false;
    }
    this.#refuseFault(cursor);
    if (came) {
      this.target[this.length++] = CLOSE_BRACE;
      return !first;
    }
    this.length = start;
    this.#copy(valueStart, valueEnd);
    return true;
  }

  #copy(start: number, end: number): void {
    this.length += this.#source.bytes.copy(this.target, this.length, start, end);
  }

  /** Only text that nobody checked can be faulty here. */
  #refuseFault({ fault }: MemberCursor): void {
    if (!fault) return;
    const { source, byteOffset } = this.#source;
    const at = byteOffset + fault.at;
    throw new SluiceError(fault.code, 'select', `${source}: ${fault.message} (byte ${at})`, { source, byteOffset: at });
  }
}

function projectObjects(batch: ObjectBatch, rules: Rules): ObjectBatch {
  const { id, type, name } = batch.memberNames;
  const all = new Map<string, Rule>([...rules, [id, 'keep'], [type, 'keep'], [name, 'keep']]);
  return { ...batch, objects: batch.objects.map((entity) => projectObject(entity, all) ?? {}) };
}

/** The members of an object that have a rule; undefined when it had some and none stays. */
function projectObject(value: object, rules: Rules): object | undefined {
  const members = Object.entries(value);
  const kept: [string, unknown][] = [];
  for (const [key, member] of members) {
    const rule = rules.get(key);
    if (rule === undefined) continue;
    const container = rule === 'keep' ? undefined : jsonObject(member, key);
    const projected = rule === 'keep' ? member : container && projectObject(container, rule);
    if (projected !== undefined) kept.push([key, projected]);
  }
  return kept.length > 0 || members.length === 0 ? Object.fromEntries(kept) : undefined;
}
