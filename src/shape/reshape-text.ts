/** Makes entities of records that are JSON text: spans inside the record, or text with the members that are kept. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { CLOSE_BRACE, COLON, COMMA, OPEN_BRACE } from '../scan/ascii.js';
import { decodeString, skipWhitespace } from '../scan/bytes.js';
import { KernelChecker } from '../scan/kernel-checker.js';
import { MemberTree } from '../scan/member-tree.js';
import type { TextFault } from '../scan/members.js';
import { RecordFaults } from '../scan/record-faults.js';
import { spanText } from '../scan/span-text.js';
import {
  type Batch,
  type ByteBatch,
  END,
  ID_START,
  MEMBER_COLUMN,
  MEMBER_NAMES,
  ORDINAL,
  ROW_WIDTH,
  START,
} from '../terms/batch.js';
import type { Run } from '../terms/run.js';
import type { Reshaped } from './reshaped.js';
import { clashMessage, otherKeyMessage, type Shape, withoutKeys } from './shape.js';
import { TextWriter } from './text-writer.js';

/** The slots of the tree: the entity, its id, type and name, and then the kept values and the members they may clash with. */
const ENTITY = 0;
const FIRST_KEPT = 1 + MEMBER_NAMES.length;

/** Reshapes the batches of text of one run. */
export class TextReshaper {
  readonly #shape: Shape;
  readonly #tree: MemberTree;
  readonly #writer: TextWriter | undefined;
  readonly #keys: readonly Buffer[];
  readonly #idKey: Buffer;
  #checker: KernelChecker | undefined;
  /** For each kept member, the entities of the current batch that have it. */
  #kept: number[] = [];

  constructor(shape: Shape) {
    const { unwrap, keep, idFromKey, memberNames, deeper, locate, recycle } = shape;
    this.#shape = shape;
    this.#tree = new MemberTree(FIRST_KEPT + 2 * keep.length);
    if (unwrap.length > 0) this.#tree.add(unwrap, ENTITY, true);
    for (const [index, member] of MEMBER_NAMES.entries()) {
      const isUnique = member !== 'name' || locate.includes(member);
      const slot = locate.includes(member) || (idFromKey && member === 'id') ? 1 + index : undefined;
      if (!isUnique && slot === undefined) continue;
      this.#tree.add([...unwrap, memberNames[member]], slot, isUnique);
      const inside = locate.includes(member) ? deeper[member] : undefined;
      if (inside) this.#tree.add([...unwrap, memberNames[member], ...inside], undefined, true);
    }
    for (const [index, { name, path }] of keep.entries()) {
      this.#tree.add(path, FIRST_KEPT + index, true);
      this.#tree.add([...unwrap, name], FIRST_KEPT + keep.length + index, false);
    }
    this.#keys = keep.map(({ name }) => Buffer.from(JSON.stringify(name)));
    this.#idKey = Buffer.from(JSON.stringify(memberNames.id));
    this.#writer = keep.length > 0 || idFromKey ? new TextWriter(recycle) : undefined;
  }

  /** Returns the kernel for reuse. */
  close(): void {
    this.#checker?.close();
  }

  /** The batch of the entities; records without one count as filtered. */
  async reshape(batch: ByteBatch, run: Run): Promise<Reshaped> {
    const { bytes, maxDepth } = batch;
    const { memberNames, deeper, locate } = this.#shape;
    this.#checker ??= new KernelChecker({ maxDepth });
    this.#tree.begin(bytes, maxDepth, batch.checked);
    this.#writer?.begin();
    const rows = new Int32Array(batch.count * ROW_WIDTH).fill(-1);
    const faults = new RecordFaults(batch);
    const nothing: number[] = [];
    let count = 0;
    this.#kept = this.#shape.keep.map(() => 0);
    const made = (): ByteBatch => ({
      ...batch,
      ...(this.#writer ? { bytes: this.#writer.target, knownLine: undefined } : {}),
      rows: rows.slice(0, count * ROW_WIDTH),
      count,
      filtered: batch.filtered + nothing.length,
      ...{ memberNames, deeper, located: locate, checked: true },
    });
    const reshaped = (result: Batch): Reshaped => {
      return { batch: result, records: count + nothing.length, nothing, kept: this.#kept };
    };
    for (let row = 0; row < batch.count * ROW_WIDTH; row += ROW_WIDTH) {
      if (turnIsOver()) await nextTurn(run);
      const found = this.#take(batch, row, rows, count * ROW_WIDTH);
      if (found === true) {
        count++;
      } else if (found === false) {
        nothing.push(batch.rows[row + ORDINAL]);
      } else {
        const error = faults.take(found, row, batch.rows[row + START], batch.rows[row + END]);
        if (error) return reshaped(faults.ended(made(), row, error, run));
      }
    }
    return reshaped(faults.rejected(made()));
  }

  /** Writes the row of one record's entity; false if it has none, or its fault. */
  #take(batch: ByteBatch, from: number, rows: Int32Array, to: number): boolean | TextFault {
    const { bytes } = batch;
    const tree = this.#tree;
    const start = batch.rows[from + START];
    const end = batch.rows[from + END];
    const fault = (batch.checked ? undefined : this.#checker?.check(bytes, start, end)) ?? tree.find(start, end);
    if (fault) return fault;
    const isRecord = this.#shape.unwrap.length === 0;
    const first = isRecord ? start : tree.start(ENTITY);
    const after = isRecord ? end : tree.end(ENTITY);
    if (first < 0 || bytes[first] !== OPEN_BRACE) return false;
    rows[to + ORDINAL] = batch.rows[from + ORDINAL];
    if (this.#writer) return this.#write(this.#writer, batch, from, [first, after], rows, to) ?? true;
    rows[to + START] = first;
    rows[to + END] = after;
    this.#locate(rows, to, 0);
    return true;
  }

  /** Writes the spans of the wanted members, moved by so many bytes. */
  #locate(rows: Int32Array, row: number, shift: number): void {
    for (const [index, member] of MEMBER_NAMES.entries()) {
      const start = this.#tree.start(1 + index);
      if (start < 0 || !this.#shape.locate.includes(member)) continue;
      const column = row + MEMBER_COLUMN[member];
      rows[column] = start + shift;
      rows[column + 1] = this.#tree.end(1 + index) + shift;
    }
  }

  /** Writes the entity with the members that it gets; returns why it cannot. */
  #write(
    writer: TextWriter,
    { bytes, rows: records, source }: ByteBatch,
    record: number,
    [first, after]: readonly [number, number],
    rows: Int32Array,
    row: number,
  ): TextFault | undefined {
    const tree = this.#tree;
    const { keep, idFromKey, memberNames } = this.#shape;
    const start = writer.length;
    writer.putByte(OPEN_BRACE);
    let isFirst = true;
    const add = (name: string, key: Buffer, from: number, to: number) => {
      if (!isFirst) writer.putByte(COMMA);
      isFirst = false;
      writer.put(key);
      writer.putByte(COLON);
      this.#locateAt(name, writer.length, to - from, rows, row);
      writer.copy(bytes, from, to);
    };
    if (idFromKey) {
      const keyStart = records[record + ID_START];
      if (keyStart < 0) throw withoutKeys(source);
      const keyEnd = records[record + ID_START + 1];
      const own = tree.start(1);
      const key = decodeString(bytes, keyStart, keyEnd);
      if (own < 0) {
        add(memberNames.id, this.#idKey, keyStart, keyEnd);
      } else if (spanText(bytes, own, tree.end(1)) !== key) {
        writer.length = start;
        return { code: 'DUPLICATE_KEY', at: tree.keyStart(1), message: otherKeyMessage(memberNames.id, key) };
      }
    }
    for (const [index, { name }] of keep.entries()) {
      const slot = FIRST_KEPT + index;
      if (tree.start(slot) < 0) continue;
      const own = slot + keep.length;
      if (tree.start(own) >= 0) {
        writer.length = start;
        return { code: 'DUPLICATE_KEY', at: tree.keyStart(own), message: clashMessage(keep[index]) };
      }
      this.#kept[index]++;
      add(name, this.#keys[index], tree.start(slot), tree.end(slot));
    }
    const content = skipWhitespace(bytes, first + 1, after);
    if (!isFirst && bytes[content] !== CLOSE_BRACE) writer.putByte(COMMA);
    this.#locate(rows, row, writer.length - (first + 1));
    writer.copy(bytes, first + 1, after);
    rows[row + START] = start;
    rows[row + END] = writer.length;
    return undefined;
  }

  /** Notes that a member which was added is the id, the type or the name. */
  #locateAt(name: string, start: number, length: number, rows: Int32Array, row: number): void {
    for (const member of MEMBER_NAMES) {
      if (this.#shape.memberNames[member] !== name || !this.#shape.locate.includes(member)) continue;
      rows[row + MEMBER_COLUMN[member]] = start;
      rows[row + MEMBER_COLUMN[member] + 1] = start + length;
    }
  }
}
