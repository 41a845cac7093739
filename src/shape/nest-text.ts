/** Puts child records into their parents: JSON text. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACKET } from '../scan/ascii.js';
import { KernelChecker } from '../scan/kernel-checker.js';
import { findAt, MemberTree } from '../scan/member-tree.js';
import { RecordFaults } from '../scan/record-faults.js';
import { spanText } from '../scan/span-text.js';
import type { TextFault } from '../scan/text-faults.js';
import {
  type ByteBatch,
  END,
  type Ending,
  MEMBER_COLUMN,
  MEMBER_NAMES,
  ORDINAL,
  ROW_WIDTH,
  START,
} from '../terms/batch.js';
import type { NestPlan } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import type { Sightings } from '../terms/sightings.js';
import { Family, orphan, type Relative } from './family.js';
import { NestCounts } from './nest-counts.js';
import type { Shape } from './shape.js';
import { TextWriter } from './text-writer.js';

/** The slots of the tree, before those of id, type and name on the first level. */
const PARENT = 0;
const ID = 1;
const FIRST_MEMBER = 2;

/** The first letter of null. */
const LETTER_N = 0x6e;

/** Most bytes of an open family that a checkpoint holds. */
const MOST_KEPT = 1024 * 1024;

/** A record, and the spans of its members by their columns, from its start: those of a head. */
interface Item {
  readonly text: Buffer;
  readonly spans: Spans;
}

type Spans = readonly (readonly [column: number, start: number, end: number])[];
const NO_SPANS: Spans = Object.freeze([]);

/** The families of one input. */
export class TextNester {
  readonly #shape: Shape;
  readonly #nest: NestPlan;
  readonly #sightings: Pick<Sightings, 'open' | 'families'>;
  readonly #tree = new MemberTree(FIRST_MEMBER + MEMBER_NAMES.length);
  readonly #writer: TextWriter;
  readonly #checker: KernelChecker;
  readonly #maxDepth: number;
  readonly #maxBytes: number;
  #counts: NestCounts | undefined;
  #rows: number[] = [];
  #family: Family<Item> | undefined;
  /** The texts of the family, in the order in which they came, and their bytes. */
  #texts: Buffer[] = [];
  #bytes = 0;
  #last: ByteBatch | undefined;

  /** @param sightings have the family that was open at a checkpoint, and get that at the next one */
  constructor(shape: Shape, nest: NestPlan, sightings: Pick<Sightings, 'open' | 'families'>) {
    const { memberNames, deeper, locate, maxDepth, maxEntityBytes, recycle } = shape;
    this.#shape = shape;
    this.#nest = nest;
    this.#sightings = sightings;
    this.#maxDepth = maxDepth;
    this.#maxBytes = maxEntityBytes;
    this.#writer = new TextWriter(recycle);
    this.#checker = new KernelChecker({ maxDepth });
    this.#tree.add(nest.parent, PARENT, true);
    this.#tree.add([memberNames.id, ...(deeper.id ?? [])], ID, true);
    for (const [index, member] of MEMBER_NAMES.entries()) {
      const isLocated = locate.includes(member);
      if (!isLocated && member === 'name') continue;
      this.#tree.add([memberNames[member]], isLocated ? FIRST_MEMBER + index : undefined, true);
      const further = isLocated ? deeper[member] : undefined;
      if (further) this.#tree.add([memberNames[member], ...further], undefined, true);
    }
    if (sightings.families !== undefined) this.#counts = new NestCounts(sightings.families);
    for (const text of sightings.open ?? []) {
      const bytes = Buffer.from(text);
      this.#tree.begin(bytes, maxDepth, true);
      if (!this.#tree.find(0, bytes.length)) this.#take(bytes, 0, bytes.length);
    }
  }

  /** Returns the kernel for reuse. */
  close(): void {
    this.#checker.close();
  }

  /** The batch of the families that are complete; the last one stays open. */
  async nest(batch: ByteBatch, run: Run): Promise<ByteBatch> {
    const { bytes, rows, count, firstIndex, checked } = batch;
    this.#last = batch;
    this.#counts ??= new NestCounts(firstIndex);
    const counts = this.#counts;
    this.#writer.begin();
    const faults = new RecordFaults(batch);
    let passed = 0;
    const passRejects = (ordinal: number) => {
      while (passed < batch.rejects.length && batch.rejects[passed].recordIndex - firstIndex < ordinal) {
        counts.rejected(batch.rejects[passed++]);
      }
    };
    for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
      if (turnIsOver()) await nextTurn(run);
      const start = rows[row + START];
      const end = rows[row + END];
      passRejects(rows[row + ORDINAL]);
      this.#tree.begin(bytes, this.#maxDepth, checked);
      const found = (checked ? undefined : this.#checker.check(bytes, start, end)) ?? this.#tree.find(start, end);
      if (!found && this.#isHead(bytes)) await this.#complete(counts, run);
      const fault = found ?? this.#take(bytes, start, end);
      const error = fault && faults.take(fault, row, start, end);
      if (error) {
        if (batch.fromInput === undefined) run.stop();
        this.#leave();
        return this.#cut(batch, counts, { kind: 'fault', error });
      }
      if (fault && faults.last) counts.rejected(faults.last);
    }
    passRejects(batch.covers);
    if (batch.ending) this.#leave();
    return this.#cut(batch, counts, batch.ending);
  }

  /** The last family, once no records follow; undefined if there is none. */
  async end(source: string, run: Run): Promise<ByteBatch | undefined> {
    const family = this.#family;
    if (!family) return undefined;
    this.#writer.begin();
    this.#counts ??= new NestCounts(0);
    await this.#complete(this.#counts, run);
    const { memberNames, onError } = this.#shape;
    const { fromInput, singleLine = true } = this.#last ?? {};
    return {
      kind: 'bytes',
      source,
      memberNames,
      byteOffset: 0,
      singleLine,
      unended: false,
      fromInput,
      maxDepth: this.#maxDepth,
      onError,
      ...this.#counts.cut(undefined),
      ...this.#made(),
    };
  }

  /** What follows does not belong to the open family. */
  #leave(): void {
    this.#family = undefined;
    this.#texts = [];
  }

  #cut(batch: ByteBatch, counts: NestCounts, ending: Ending | undefined): ByteBatch {
    const isKept = this.#family === undefined || this.#bytes <= MOST_KEPT;
    const next = isKept && !ending ? batch.next : undefined;
    if (next) {
      this.#sightings.open = this.#family && this.#texts.map((text) => text.toString());
      this.#sightings.families = counts.index;
    }
    return { ...batch, ...counts.cut(ending), ...this.#made(), next };
  }

  /** The entities of the batch to come. */
  #made(): Pick<ByteBatch, 'bytes' | 'rows' | 'count' | 'knownLine' | 'deeper' | 'located' | 'checked'> {
    const rows = Int32Array.from(this.#rows);
    this.#rows = [];
    const { deeper, locate: located } = this.#shape;
    const { target: bytes } = this.#writer;
    return { bytes, rows, count: rows.length / ROW_WIDTH, knownLine: undefined, deeper, located, checked: true };
  }

  /** Writes the open family. */
  async #complete(counts: NestCounts, run: Run): Promise<void> {
    const family = this.#family;
    if (!family) return;
    this.#leave();
    const { head, children } = family;
    const row = new Array<number>(ROW_WIDTH).fill(-1);
    const start = this.#writer.length;
    for (const [column, from, to] of head.item.spans) {
      row[column] = start + from;
      row[column + 1] = start + to;
    }
    for (const _ of this.#write(head)) if (turnIsOver()) await nextTurn(run);
    row[START] = start;
    row[END] = this.#writer.length;
    row[ORDINAL] = counts.family(children);
    this.#rows.push(...row);
  }

  /** Writes a record with its children, in steps of one record. */
  *#write({ item, lists }: Relative<Item>): Generator<void, void> {
    const writer = this.#writer;
    yield;
    if (!lists) {
      writer.put(item.text);
      return;
    }
    // A record with children has an id, and so a member before them.
    writer.copy(item.text, 0, item.text.length - 1);
    for (const [name, children] of lists) {
      writer.putByte(COMMA);
      writer.put(Buffer.from(JSON.stringify(name)));
      writer.putByte(COLON);
      writer.putByte(OPEN_BRACKET);
      for (const [index, child] of children.entries()) {
        if (index > 0) writer.putByte(COMMA);
        yield* this.#write(child);
      }
      writer.putByte(CLOSE_BRACKET);
    }
    writer.putByte(CLOSE_BRACE);
  }

  /** Whether the record that was walked over last names no parent. */
  #isHead(bytes: Buffer): boolean {
    const start = this.#tree.start(PARENT);
    return start < 0 || bytes[start] === LETTER_N;
  }

  /** Adds a record to the family, or begins another one; returns why it cannot. */
  #take(bytes: Buffer, start: number, end: number): TextFault | undefined {
    const tree = this.#tree;
    const size = end - start;
    const idStart = tree.start(ID);
    const id = idStart < 0 ? undefined : spanText(bytes, idStart, tree.end(ID));
    const parentStart = tree.start(PARENT);
    const isHead = this.#isHead(bytes);
    const text = Buffer.from(bytes.subarray(start, end));
    const item = { text, spans: isHead ? this.#spans(start) : NO_SPANS };
    if (isHead) {
      this.#family = new Family(item, id);
      this.#texts = [item.text];
      this.#bytes = size;
      return undefined;
    }
    const refuse = (message: string): TextFault => ({ code: 'NOT_AN_ENTITY', at: parentStart, message });
    const parent = spanText(bytes, parentStart, tree.end(PARENT));
    if (parent === undefined) return refuse('the id of its parent is neither text nor a number');
    if (!this.#family) return refuse(orphan(parent));
    if (this.#bytes + size > this.#maxBytes) {
      const message = `a record and its children have more than ${this.#maxBytes} bytes`;
      return { code: 'ENTITY_TOO_LARGE', at: start, message };
    }
    const message = this.#family.add(item, { id, parent }, this.#nest, hasMember);
    if (message !== undefined) return refuse(message);
    this.#texts.push(item.text);
    this.#bytes += size;
    return undefined;
  }

  /** The spans of the record that begins at `start`, and was walked over last. */
  #spans(start: number): Spans {
    const tree = this.#tree;
    return MEMBER_NAMES.flatMap((member, index) => {
      const at = tree.start(FIRST_MEMBER + index);
      return at < 0 ? [] : [[MEMBER_COLUMN[member], at - start, tree.end(FIRST_MEMBER + index) - start] as const];
    });
  }
}

function hasMember({ text }: Item, name: string): boolean {
  return findAt(text, 0, text.length, [name]) !== undefined;
}
