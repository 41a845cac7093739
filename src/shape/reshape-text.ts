/** Makes entities of records that are JSON text: spans inside the record, or text that is written anew. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { OPEN_BRACE, OPEN_BRACKET } from '../scan/ascii.js';
import { KernelChecker } from '../scan/kernel-checker.js';
import { type Span, TextRefusal } from '../scan/member-tree.js';
import type { TextFault } from '../scan/members.js';
import { RecordFaults } from '../scan/record-faults.js';
import { ValueWalk } from '../scan/value-walk.js';
import { type ByteBatch, END, type Ending, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import type { Run } from '../terms/run.js';
import { EntityCounts } from './entity-counts.js';
import { EntityTree } from './entity-tree.js';
import { EntityWriter } from './entity-writer.js';
import type { Reshaped } from './reshaped.js';
import { makesMembers, type Shape } from './shape.js';

/** Size of a batch that is cut: elements of one record may be many. */
const MOST_ROWS = 4096;
const MOST_BYTES = 4 * 1024 * 1024;

/** Reshapes the batches of text of one run. */
export class TextReshaper {
  readonly #shape: Shape;
  /** Finds the entity in a record, or the array of which each element makes one. */
  readonly #records: EntityTree;
  /** Finds the entity in an element, where elements are entities or hold them. */
  readonly #elements: EntityTree | undefined;
  readonly #writer: EntityWriter;
  #checker: KernelChecker | undefined;
  /** Records whose array has elements, since the last cut. */
  #exploded = 0;

  constructor(shape: Shape) {
    this.#shape = shape;
    this.#records = EntityTree.ofRecords(shape);
    this.#elements = EntityTree.ofElements(shape);
    this.#writer = new EntityWriter(shape);
  }

  /** Returns the kernel for reuse. */
  close(): void {
    this.#checker?.close();
  }

  /** The batches of the entities; records without one count as filtered. Each is consumed before the next is requested. */
  async *reshape(batch: ByteBatch, run: Run): AsyncGenerator<Reshaped, void> {
    const { bytes, rows, count, covers, maxDepth, checked } = batch;
    this.#checker ??= new KernelChecker({ maxDepth });
    this.#records.begin(bytes, maxDepth, checked);
    this.#elements?.begin(bytes, maxDepth, checked);
    const writer = this.#writer;
    writer.begin(batch);
    const counts = new EntityCounts(batch);
    const faults = new RecordFaults(batch);
    for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
      if (turnIsOver()) await nextTurn(run);
      const record = { start: rows[row + START], end: rows[row + END] };
      counts.begin(rows[row + ORDINAL]);
      const fault = this.#faultIn(batch, row, record);
      if (fault) {
        const error = faults.take(fault, row, record.start, record.end);
        if (error) {
          if (batch.fromInput === undefined) run.stop();
          yield this.#cut(batch, counts, rows[row + ORDINAL], { kind: 'fault', error });
          return;
        }
        if (faults.last) counts.rejected(faults.last);
        continue;
      }
      const parts = this.#shape.explode.length === 0 ? [record] : this.#partsOf(batch, record);
      let isExploded = false;
      for (const part of parts) {
        isExploded ||= part !== undefined && part !== record;
        if (part === undefined || !this.#write(batch, row, record, part, counts)) counts.nothing();
        if (writer.count < MOST_ROWS && writer.length < MOST_BYTES) continue;
        // Records are only cut where they may become many entities.
        if (turnIsOver()) await nextTurn(run);
        if (this.#shape.explode.length > 0) yield this.#cut(batch, counts, rows[row + ORDINAL] + 1);
      }
      if (isExploded) this.#exploded++;
    }
    yield this.#cut(batch, counts, covers, batch.ending);
  }

  /** The fault of a record, which is checked as a whole before any of its entities is made. */
  #faultIn(batch: ByteBatch, row: number, record: Span): TextFault | undefined {
    const { bytes, checked } = batch;
    const found =
      (checked ? undefined : this.#checker?.check(bytes, record.start, record.end)) ??
      this.#records.find(record.start, record.end);
    if (found) return found;
    const elements = this.#elements;
    if (this.#shape.explode.length === 0) return this.#writer.faultOf(this.#records, this.#records, record, batch, row);
    try {
      for (const part of this.#partsOf(batch, record)) {
        if (!part) continue;
        const fault = elements
          ? (elements.find(part.start, part.end) ?? this.#writer.faultOf(this.#records, elements, part, batch, row))
          : this.#writer.faultOf(this.#records, this.#records, record, batch, row);
        if (fault) return fault;
      }
    } catch (cause) {
      if (cause instanceof TextRefusal) return cause.fault;
      throw cause;
    }
    return undefined;
  }

  /** The elements of the array, or the record as the only part; undefined where there are none and none is the entity. */
  *#partsOf({ bytes, maxDepth }: ByteBatch, record: Span): Generator<Span | undefined, void> {
    const array = this.#records.array();
    let any = false;
    if (array && bytes[array.start] === OPEN_BRACKET) {
      const walk = new ValueWalk(bytes, maxDepth, (fault) => {
        throw new TextRefusal(fault);
      });
      walk.open(array.start, array.end);
      walk.enter();
      for (let isFirst = true; walk.nextElement(isFirst); isFirst = false) {
        any = true;
        const start = walk.pos;
        walk.skip();
        yield { start, end: walk.pos };
      }
    }
    if (!any) yield this.#elements ? undefined : record;
  }

  /** Writes the entity of a record or of an element; false if it has none. */
  #write(batch: ByteBatch, row: number, record: Span, part: Span, counts: EntityCounts): boolean {
    const { bytes } = batch;
    const records = this.#records;
    const elements = this.#elements;
    if (elements) {
      // The check has found no fault in it.
      elements.find(part.start, part.end);
      const entity = elements.entity(part);
      if (entity && bytes[entity.start] === OPEN_BRACE) {
        this.#writer.write(records, elements, batch, row, entity, counts.entity());
      } else if (makesMembers(this.#shape)) {
        this.#writer.writeMember(records, batch, row, part, counts.entity());
      } else {
        return false;
      }
      return true;
    }
    const entity = records.entity(record);
    if (!entity || bytes[entity.start] !== OPEN_BRACE) return false;
    const array = part === record ? undefined : records.array();
    this.#writer.write(records, records, batch, row, entity, counts.entity(), array && { array, element: part });
    return true;
  }

  #cut(batch: ByteBatch, counts: EntityCounts, end: number, ending?: Ending): Reshaped {
    const { memberNames, deeper, locate } = this.#shape;
    const exploded = this.#exploded;
    this.#exploded = 0;
    const { facts, records, nothing } = counts.cut(end, ending);
    const isLast = end >= batch.covers;
    const written = this.#writer.take(batch);
    return {
      batch: {
        ...batch,
        ...facts,
        ...written.texts,
        ...{ memberNames, deeper, located: locate, checked: true },
        next: isLast ? batch.next : undefined,
      },
      ...{ records, nothing, kept: written.kept, exploded },
    };
  }
}
