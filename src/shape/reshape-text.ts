/** Makes entities of records that are JSON text: spans inside the record, or text that is written anew. */
import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET } from '../scan/ascii.js';
import { skipWhitespace } from '../scan/bytes.js';
import { KernelChecker, LONG_ENTITY } from '../scan/kernel-checker.js';
import type { Span } from '../scan/member-tree.js';
import { RecordFaults } from '../scan/record-faults.js';
import type { TextFault } from '../scan/text-faults.js';
import { type ByteBatch, END, type Ending, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import type { Run } from '../terms/run.js';
import { ElementCursor } from './element-cursor.js';
import { EntityCounts } from './entity-counts.js';
import { EntityTree } from './entity-tree.js';
import { EntityWriter, type Replaced } from './entity-writer.js';
import type { Reshaped } from './reshaped.js';
import { makesMembers, type Shape } from './shape.js';

/** Size of a batch that is cut: elements of one record may be many. */
const MOST_ROWS = 4096;
const MOST_BYTES = 4 * 1024 * 1024;

/** Size of a record whose entities are all in one batch. */
const MOST_AT_ONCE = 256 * 1024;

/** Elements between two looks at the clock. */
const ELEMENTS_PER_LOOK = 64;

/** Reshapes the batches of text of one run. */
export class TextReshaper {
  readonly #shape: Shape;
  /** Finds the entity in a record, or the array of which each element makes one. */
  readonly #records: EntityTree;
  /** Finds the entity in an element, where elements are entities or hold them. */
  readonly #elements: EntityTree | undefined;
  readonly #writer: EntityWriter;
  /** Elements that are no objects become a member. */
  readonly #makesMembers: boolean;
  #checker: KernelChecker | undefined;
  /** Records whose array has elements, since the last cut. */
  #exploded = 0;

  constructor(shape: Shape) {
    this.#shape = shape;
    this.#records = EntityTree.ofRecords(shape);
    this.#elements = EntityTree.ofElements(shape);
    this.#writer = new EntityWriter(shape, this.#records);
    this.#makesMembers = makesMembers(shape);
  }

  /** Returns the kernel for reuse. */
  close(): void {
    this.#checker?.close();
  }

  /** The batches of the entities; records without one count as filtered. Each is consumed before the next is requested. */
  async *reshape(batch: ByteBatch, run: Run): AsyncGenerator<Reshaped, void> {
    const { bytes, rows, count, covers, maxDepth, checked } = batch;
    const { explode } = this.#shape;
    this.#checker ??= new KernelChecker({ maxDepth });
    this.#records.begin(bytes, maxDepth, checked);
    this.#elements?.begin(bytes, maxDepth, checked);
    this.#writer.begin(batch);
    const counts = new EntityCounts(batch);
    const faults = new RecordFaults(batch);
    const cursor = new ElementCursor(bytes, maxDepth);
    for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
      if (turnIsOver()) await nextTurn(run);
      const record = { start: rows[row + START], end: rows[row + END] };
      const ordinal = rows[row + ORDINAL];
      const isLarge = explode.length > 0 && record.end - record.start > MOST_AT_ONCE;
      // Where a large record is cut must not depend on those before it.
      if (isLarge && this.#writer.count > 0) yield this.#cut(batch, counts, ordinal);
      counts.begin(ordinal);
      if (bytes[record.start] !== OPEN_BRACE) {
        counts.nothing();
        continue;
      }
      const { count: before, length } = this.#writer;
      const isLong = record.end - record.start > LONG_ENTITY;
      let fault = isLong
        ? await stepsInTurns(this.#readInSteps(this.#checker, batch, record), run)
        : ((checked ? undefined : this.#checker.check(bytes, record.start, record.end)) ??
          this.#records.find(record.start, record.end));
      const array = fault || explode.length === 0 ? undefined : this.#array(bytes);
      if (!fault && array) {
        // A large record may become more than a batch, so that its entities cannot be taken back.
        if (isLarge) fault = await this.#faultIn(row, array, cursor, run);
        cursor.open(array);
        for (let count = 0; !fault && cursor.next(); count++) {
          if (isLarge && count % ELEMENTS_PER_LOOK === 0 && turnIsOver()) await nextTurn(run);
          fault = this.#take(batch, row, record, { array, element: cursor }, counts);
          if (!isLarge || !this.#isFull()) continue;
          yield this.#cut(batch, counts, ordinal + 1);
        }
        fault ??= cursor.fault;
        if (!fault) this.#exploded++;
      } else if (!fault && this.#elements) {
        counts.nothing();
      } else if (!fault) {
        fault = this.#take(batch, row, record, undefined, counts);
      }
      if (fault) {
        this.#writer.undo(before, length);
        counts.undo();
        const error = faults.take(fault, row, record.start, record.end);
        if (error) {
          if (batch.fromInput === undefined) run.stop();
          yield this.#cut(batch, counts, ordinal, { kind: 'fault', error });
          return;
        }
        if (faults.last) counts.rejected(faults.last);
      } else if (array && this.#isFull()) {
        yield this.#cut(batch, counts, ordinal + 1);
      }
    }
    yield this.#cut(batch, counts, covers, batch.ending);
  }

  *#readInSteps(
    checker: KernelChecker,
    { bytes, checked }: ByteBatch,
    { start, end }: Span,
  ): Generator<void, TextFault | undefined> {
    const fault = checked ? undefined : yield* checker.checkInSteps(bytes, start, end);
    return fault ?? (yield* this.#records.findInSteps(start, end));
  }

  #isFull(): boolean {
    return this.#writer.count >= MOST_ROWS || this.#writer.length >= MOST_BYTES;
  }

  /** The array of the record that was walked over last; undefined where there are no elements. */
  #array(bytes: Buffer): Span | undefined {
    const array = this.#records.array();
    if (!array || bytes[array.start] !== OPEN_BRACKET) return undefined;
    return bytes[skipWhitespace(bytes, array.start + 1, array.end)] === CLOSE_BRACKET ? undefined : array;
  }

  /** The first fault of the entities that elements make. */
  async #faultIn(row: number, array: Span, cursor: ElementCursor, run: Run): Promise<TextFault | undefined> {
    const elements = this.#elements;
    cursor.open(array);
    for (let count = 0; cursor.next(); count++) {
      // The clock costs more than a small element.
      if (count % ELEMENTS_PER_LOOK === 0 && turnIsOver()) await nextTurn(run);
      const fault = elements?.find(cursor.start, cursor.end);
      if (fault) return fault;
      const clash = elements && this.#writer.faultOf(elements, cursor, row);
      if (clash) return clash;
    }
    return cursor.fault;
  }

  /** Makes the entity of a record, or of an element of its array; returns why it cannot. */
  #take(
    { bytes }: ByteBatch,
    row: number,
    record: Span,
    replaced: Replaced | undefined,
    counts: EntityCounts,
  ): TextFault | undefined {
    const writer = this.#writer;
    const elements = replaced && this.#elements;
    const text = elements ? replaced.element : record;
    const entities = elements ?? this.#records;
    const fault = elements?.find(text.start, text.end) ?? writer.faultOf(entities, text, row);
    if (fault) return fault;
    const entity = entities.entity(text);
    if (entity && bytes[entity.start] === OPEN_BRACE) {
      writer.write(entities, row, entity, counts.entity(), elements ? undefined : replaced);
    } else if (elements && this.#makesMembers) {
      writer.writeMember(row, text, counts.entity());
    } else {
      counts.nothing(entity !== undefined && bytes[entity.start] === OPEN_BRACKET);
    }
    return undefined;
  }

  #cut(batch: ByteBatch, counts: EntityCounts, end: number, ending?: Ending): Reshaped {
    const { memberNames, deeper, locate } = this.#shape;
    const exploded = this.#exploded;
    this.#exploded = 0;
    const { facts, records, nothing, arrays } = counts.cut(end, ending);
    const isLast = end >= batch.covers;
    const written = this.#writer.take();
    return {
      batch: {
        ...batch,
        ...facts,
        ...written.texts,
        memberNames,
        deeper,
        located: locate,
        checked: true,
        next: isLast ? batch.next : undefined,
      },
      records,
      nothing,
      arrays,
      kept: written.kept,
      exploded,
    };
  }
}
