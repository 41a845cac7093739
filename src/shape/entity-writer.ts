/** Collects the rows of entities, and writes their texts where they differ from a part of the record. */
import { CLOSE_BRACE, COLON, COMMA, OPEN_BRACE } from '../scan/ascii.js';
import { decodeString, skipWhitespace } from '../scan/bytes.js';
import type { Span } from '../scan/member-tree.js';
import { spanText } from '../scan/span-text.js';
import type { TextFault } from '../scan/text-faults.js';
import {
  type ByteBatch,
  END,
  ID_START,
  MEMBER_COLUMN,
  MEMBER_NAMES,
  ORDINAL,
  ROW_WIDTH,
  START,
} from '../terms/batch.js';
import type { EntityTree } from './entity-tree.js';
import { clashMessage, makesElements, makesMembers, otherKeyMessage, type Shape, withoutKeys } from './shape.js';
import { TextWriter } from './text-writer.js';

/** An array, and the element that takes its place. */
export interface Replaced {
  readonly array: Span;
  readonly element: Span;
}

/** What is read of a batch of records. */
type Records = Pick<ByteBatch, 'bytes' | 'rows' | 'source' | 'knownLine'>;

const NO_RECORDS: Records = { bytes: Buffer.alloc(0), rows: new Int32Array(0), source: '' };

/** The rows and texts of one batch after the other. */
export class EntityWriter {
  /** Entities of the batch to come. */
  count = 0;
  readonly #shape: Shape;
  /** The record that is read, with the members that are kept. */
  readonly #records: EntityTree;
  #batch: Records = NO_RECORDS;
  /** Undefined if entities are parts of the bytes of their records. */
  readonly #texts: TextWriter | undefined;
  readonly #idKey: Buffer;
  readonly #keptKeys: readonly Buffer[];
  readonly #elementKey: Buffer;
  #rows = new Int32Array(0);
  #kept: number[] = [];

  constructor(shape: Shape, records: EntityTree) {
    const { keep, idFromKey, explode, memberNames, recycle } = shape;
    this.#shape = shape;
    this.#records = records;
    const isMade = explode.length > 0 && (!makesElements(shape) || makesMembers(shape));
    this.#texts = keep.length > 0 || idFromKey || isMade ? new TextWriter(recycle) : undefined;
    this.#idKey = Buffer.from(JSON.stringify(memberNames.id));
    this.#keptKeys = keep.map(({ name }) => Buffer.from(JSON.stringify(name)));
    this.#elementKey = Buffer.from(JSON.stringify(explode.at(-1) ?? ''));
  }

  /** Bytes of the texts that were written. */
  get length(): number {
    return this.#texts?.length ?? 0;
  }

  /** Begins with the records of a batch. */
  begin(batch: ByteBatch): void {
    this.#batch = batch;
    this.#rows = new Int32Array(Math.max(1, batch.count) * ROW_WIDTH);
    this.#reset();
  }

  /** The entities since the last call, for which the memory of the one before may be reused. */
  take(): {
    readonly texts: Pick<ByteBatch, 'bytes' | 'rows' | 'count' | 'knownLine'>;
    readonly kept: readonly number[];
  } {
    const { count } = this;
    const { bytes, knownLine } = this.#batch;
    const rows = this.#rows.slice(0, count * ROW_WIDTH);
    const texts = this.#texts ? { bytes: this.#texts.target, knownLine: undefined } : { bytes, knownLine };
    const taken = { texts: { ...texts, rows, count }, kept: this.#kept };
    this.#reset();
    return taken;
  }

  #reset(): void {
    this.count = 0;
    this.#kept = this.#shape.keep.map(() => 0);
    this.#texts?.begin();
  }

  /** Takes back all entities after so many, whose texts end there. */
  undo(count: number, length: number): void {
    this.count = count;
    if (this.#texts) this.#texts.length = length;
  }

  /**
   * Why an entity cannot get the members around it.
   * @param row of its record
   * @throws SluiceError `INVALID` if the record has no key
   */
  faultOf(entities: EntityTree, text: Span, row: number): TextFault | undefined {
    const { keep, idFromKey, memberNames } = this.#shape;
    const { bytes, rows, source } = this.#batch;
    const entity = entities.entity(text);
    if (!entity || bytes[entity.start] !== OPEN_BRACE) return undefined;
    if (idFromKey) {
      const start = rows[row + ID_START];
      if (start < 0) throw withoutKeys(source);
      const key = decodeString(bytes, start, rows[row + ID_START + 1]);
      const own = entities.member('id');
      if (own && spanText(bytes, own.start, own.end) !== key) {
        const message = otherKeyMessage(memberNames.id, key);
        return { code: 'DUPLICATE_KEY', at: entities.idKeyStart(), message };
      }
    }
    for (const [index, kept] of keep.entries()) {
      if (!this.#records.kept(index) || entities.clashStart(index) < 0) continue;
      return { code: 'DUPLICATE_KEY', at: entities.clashStart(index), message: clashMessage(kept) };
    }
    return undefined;
  }

  /** Adds an entity that is an object. @param record the row of its record */
  write(entities: EntityTree, record: number, entity: Span, ordinal: number, replaced?: Replaced): void {
    const row = this.#addRow(ordinal);
    const rows = this.#rows;
    const texts = this.#texts;
    const { bytes } = this.#batch;
    if (!texts) {
      rows[row + START] = entity.start;
      rows[row + END] = entity.end;
      this.#locate(entities, row, (at) => at);
      return;
    }
    rows[row + START] = texts.length;
    const isFirst = this.#writeAdded(texts, record, row, entities.member('id') === undefined);
    const from = entity.start + 1;
    if (!isFirst && bytes[skipWhitespace(bytes, from, entity.end)] !== CLOSE_BRACE) texts.putByte(COMMA);
    const moved = texts.length - from;
    if (replaced) {
      const { array, element } = replaced;
      texts.copy(bytes, from, array.start);
      texts.copy(bytes, element.start, element.end);
      texts.copy(bytes, array.end, entity.end);
      const shorter = array.end - array.start - (element.end - element.start);
      this.#locate(entities, row, (at) => at + moved - (at >= array.end ? shorter : 0));
    } else {
      texts.copy(bytes, from, entity.end);
      this.#locate(entities, row, (at) => at + moved);
    }
    rows[row + END] = texts.length;
  }

  /** Adds an entity that has an element as a member, since it is no object itself. @param record the row of its record */
  writeMember(record: number, element: Span, ordinal: number): void {
    const row = this.#addRow(ordinal);
    const texts = this.#texts;
    if (!texts) return;
    this.#rows[row + START] = texts.length;
    const isFirst = this.#writeAdded(texts, record, row, true);
    if (!isFirst) texts.putByte(COMMA);
    this.#writeMember(texts, this.#shape.explode.at(-1) ?? '', this.#elementKey, element, row);
    texts.putByte(CLOSE_BRACE);
    this.#rows[row + END] = texts.length;
  }

  /** Opens an entity with the id from the key and the kept members; returns whether there are none. */
  #writeAdded(texts: TextWriter, record: number, row: number, isWithoutId: boolean): boolean {
    const { keep, idFromKey, memberNames } = this.#shape;
    const { rows } = this.#batch;
    texts.putByte(OPEN_BRACE);
    let isFirst = true;
    if (idFromKey && isWithoutId) {
      const key = { start: rows[record + ID_START], end: rows[record + ID_START + 1] };
      this.#writeMember(texts, memberNames.id, this.#idKey, key, row);
      isFirst = false;
    }
    for (const [index, { name }] of keep.entries()) {
      const value = this.#records.kept(index);
      if (!value) continue;
      this.#kept[index]++;
      if (!isFirst) texts.putByte(COMMA);
      this.#writeMember(texts, name, this.#keptKeys[index], value, row);
      isFirst = false;
    }
    return isFirst;
  }

  /** Writes a member with a value of the record, and locates that if filters look at it. */
  #writeMember(texts: TextWriter, name: string, key: Buffer, { start, end }: Span, row: number): void {
    texts.put(key);
    texts.putByte(COLON);
    for (const member of MEMBER_NAMES) {
      if (this.#shape.memberNames[member] !== name || !this.#shape.locate.includes(member)) continue;
      this.#rows[row + MEMBER_COLUMN[member]] = texts.length;
      this.#rows[row + MEMBER_COLUMN[member] + 1] = texts.length + (end - start);
    }
    texts.copy(this.#batch.bytes, start, end);
  }

  #addRow(ordinal: number): number {
    const row = this.count * ROW_WIDTH;
    this.count++;
    if (row === this.#rows.length) {
      const larger = new Int32Array(2 * row);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    const rows = this.#rows;
    for (let column = row; column < row + ROW_WIDTH; column++) rows[column] = -1;
    rows[row + ORDINAL] = ordinal;
    return row;
  }

  /** Writes the spans of the members that filters look at. */
  #locate(entities: EntityTree, row: number, moved: (at: number) => number): void {
    for (const member of this.#shape.locate) {
      const span = entities.member(member);
      if (!span) continue;
      this.#rows[row + MEMBER_COLUMN[member]] = moved(span.start);
      this.#rows[row + MEMBER_COLUMN[member] + 1] = moved(span.end);
    }
  }
}
