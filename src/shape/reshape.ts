/** The step between reading and filtering: makes entities of records, and tells where nothing came of them. */
import { MemberTree } from '../scan/member-tree.js';
import { RecordFaults } from '../scan/record-faults.js';
import type { TextFault } from '../scan/text-faults.js';
import {
  type Batch,
  type ByteBatch,
  END,
  entityCount,
  MEMBER_COLUMN,
  ordinalAt,
  ROW_WIDTH,
  START,
} from '../terms/batch.js';
import { EVERY, formatPath, type Path } from '../terms/path.js';
import type { NestPlan } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import { quoted } from '../terms/shown-text.js';
import type { ShapeSightings, Sightings } from '../terms/sightings.js';
import { ObjectNester } from './nest-objects.js';
import { TextNester } from './nest-text.js';
import { reshapeObjects } from './reshape-objects.js';
import { TextReshaper } from './reshape-text.js';
import type { Reshaped } from './reshaped.js';
import { makesElements, movesEntities, type ReadingPlan, type Shape, shapeOf } from './shape.js';

/** The initial state: no record was reshaped. */
function noShapes({ keep }: Shape): ShapeSightings {
  return { records: 0, nothing: 0, exploded: 0, kept: keep.map(() => 0) };
}

/** Reshapes the batches of one run. */
export class Reshaper {
  readonly #shape: Shape;
  readonly #moves: boolean;
  /** The way to the records, where it is stated. */
  readonly #path: Path | undefined;
  readonly #text: TextReshaper;
  readonly #all: Pick<Sightings, 'shape' | 'open' | 'families'>;
  readonly #sightings: ShapeSightings;

  /** @returns undefined if records are entities, and id, type and name are members of their first level */
  static make(plan: ReadingPlan, sightings: Pick<Sightings, 'shape' | 'open' | 'families'> = {}): Reshaper | undefined {
    if (!movesEntities(plan) && !plan.deeper) return undefined;
    const shape = shapeOf(plan);
    sightings.shape ??= noShapes(shape);
    return new Reshaper(shape, plan, sightings, sightings.shape);
  }

  private constructor(
    shape: Shape,
    plan: ReadingPlan,
    all: Pick<Sightings, 'shape' | 'open' | 'families'>,
    sightings: ShapeSightings,
  ) {
    this.#all = all;
    this.#shape = shape;
    this.#moves = movesEntities(plan);
    this.#path = plan.path;
    this.#text = new TextReshaper(shape);
    this.#sightings = sightings;
  }

  /**
   * The entities of the batches of one input, each batch consumed before the next is requested. Records without an entity
   * count as filtered; a fault ends a batch, or is a reject.
   * @throws SluiceError (rejects) `INVALID` if an id is to come from a key and there is none; what the batches throw
   */
  async *reshape(batches: AsyncGenerator<Batch, void>, source: string, run: Run): AsyncGenerator<Batch, void> {
    const { deeper, nest } = this.#shape;
    if (nest) {
      yield* this.#families(batches, nest, source, run);
      return;
    }
    for await (const batch of batches) {
      const before = run.now();
      if (!this.#moves) {
        const located = { ...batch, deeper };
        const checked = located.kind === 'bytes' ? checkDeeper(located, this.#shape, run) : located;
        run.ledger.addBusy('reshape', run.now() - before);
        yield checked;
        continue;
      }
      yield* this.#entities(batch, run);
    }
  }

  /** Records with their children in them. A checkpoint may have the first of them. */
  async *#families(
    batches: AsyncGenerator<Batch, void>,
    nest: NestPlan,
    source: string,
    run: Run,
  ): AsyncGenerator<Batch, void> {
    const text = new TextNester(this.#shape, nest, this.#all);
    const objects = new ObjectNester(this.#shape, nest);
    try {
      for await (const batch of batches) {
        const before = run.now();
        const nested = await (batch.kind === 'bytes' ? text.nest(batch, run) : objects.nest(batch, run));
        run.ledger.addBusy('reshape', run.now() - before);
        this.#countFamilies(nested);
        yield nested;
        if (batch.ending) return;
      }
      const last = (await text.end(source, run)) ?? objects.end();
      if (!last) return;
      this.#countFamilies(last);
      yield last;
    } finally {
      this.#all.open = undefined;
      this.#all.families = undefined;
      text.close();
    }
  }

  async *#entities(batch: Batch, run: Run): AsyncGenerator<Batch, void> {
    let before = run.now();
    const all = batch.kind === 'bytes' ? this.#text.reshape(batch, run) : reshapeObjects(batch, this.#shape, run);
    for await (const reshaped of all) {
      const sightings = { ...this.#sightings };
      this.#count(reshaped);
      run.ledger.addBusy('reshape', run.now() - before);
      yield { ...reshaped.batch, enough: (recordIndex) => this.#endAt(recordIndex, reshaped, sightings) };
      before = run.now();
    }
    run.ledger.addBusy('reshape', run.now() - before);
  }

  /** Returns the kernel for reuse. */
  close(): void {
    this.#text.close();
  }

  /** Notes where nothing came of records. */
  report(run: Run): void {
    const { records, nothing, hasArray, kept, exploded } = this.#sightings;
    const { unwrap, explode, keep, nest } = this.#shape;
    if (nothing > 0) {
      const isEach = makesElements(this.#shape);
      const way = isEach ? [...explode, EVERY, ...unwrap.slice(explode.length)] : unwrap;
      // The way may be the end of the option `path`.
      const at = `object at ${quoted(formatPath(way))}, where the entity is${isEach ? ' (option explode)' : ''}`;
      // Of exploded records each element counts, and a record without one.
      const all = `${records} records${explode.length > 0 ? ' and elements' : ''}`;
      const some = `${nothing} of the ${all} ${nothing === 1 ? 'has' : 'have'} no ${at}`;
      const what = nothing === records ? `none of the ${all} has an ${at}` : some;
      const text = what + (hasArray ? this.#arrayRemedy() : '');
      run.note({ code: 'NOTHING_AT_PATH', text, counts: { records, nothing } });
    } else if (explode.length > 0 && exploded === 0 && records > 0 && !run.stopping) {
      const text = `none of the ${records} records has an array with elements at ${quoted(formatPath(explode))} (option explode)`;
      run.note({ code: 'NOTHING_AT_PATH', text, counts: { records, nothing: records } });
    }
    if (nest && exploded === 0 && records > 0 && !run.stopping) {
      const text = `none of the ${records} records names a parent at ${quoted(formatPath(nest.parent))} (option nest)`;
      run.note({ code: 'NOTHING_AT_PATH', text, counts: { records, nothing: records } });
    }
    if (run.stopping || nothing === records) return;
    for (const [index, { path }] of keep.entries()) {
      if (kept[index] > 0) continue;
      const text = `none of the ${records - nothing} entities has a member at ${quoted(formatPath(path))} in its record (option keep)`;
      run.note({ code: 'NOTHING_AT_PATH', text, counts: { records: records - nothing, nothing: records - nothing } });
    }
  }

  /** How the elements of arrays become entities, where one was expected. */
  #arrayRemedy(): string {
    const { unwrap, explode } = this.#shape;
    const names = quoted(formatPath(unwrap));
    const path = this.#path;
    if (explode.length > 0) return '; there is an array';
    if (!path) return `; there is an array: its elements are entities with explode ${names} too (--explode)`;
    const steps = [...path, ...(path.at(-1) === EVERY ? [] : [EVERY]), ...unwrap, EVERY];
    return `; there is an array: its elements are entities with path ${quoted(formatPath(steps))} (--path)`;
  }

  #count({ records, nothing, arrays, kept, exploded }: Reshaped): void {
    if (arrays.length > 0) this.#sightings.hasArray = true;
    this.#sightings.exploded += exploded;
    this.#sightings.records += records;
    this.#sightings.nothing += nothing.length;
    for (const [index, count] of kept.entries()) this.#sightings.kept[index] += count;
  }

  #countFamilies({ covers, nested = [], rejects }: Batch): void {
    this.#sightings.records += covers;
    this.#sightings.exploded += nested.length + rejects.length;
  }

  /**
   * Takes back what was counted of the records after this one: nobody wants them, and how many were reshaped depends on the
   * chunks.
   * @param before what was counted before the batch
   */
  #endAt(recordIndex: number, { batch, nothing, arrays }: Reshaped, before: Omit<ShapeSightings, 'kept'>): void {
    const last = recordIndex - batch.firstIndex;
    const isRead = (ordinal: number) => ordinal <= last;
    let records = nothing.filter(isRead).length;
    this.#sightings.nothing = before.nothing + records;
    for (let position = 0; position < entityCount(batch); position++) if (isRead(ordinalAt(batch, position))) records++;
    this.#sightings.records = before.records + records;
    this.#sightings.hasArray = before.hasArray || arrays.some(isRead);
  }
}

/** Refuses a second member of a name on the way to an id, type or name: readers differ in which of the two counts. */
function checkDeeper(batch: ByteBatch, { deeper, locate }: Shape, run: Run): Batch {
  if (batch.checked) return batch;
  const { bytes, rows, count, maxDepth } = batch;
  const members = locate.flatMap((member) => {
    const names = deeper[member];
    if (!names) return [];
    const tree = new MemberTree(0);
    tree.add(names, undefined, true);
    tree.begin(bytes, maxDepth, false);
    return [{ column: MEMBER_COLUMN[member], tree }];
  });
  if (members.length === 0) return batch;
  const faults = new RecordFaults(batch);
  for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
    let fault: TextFault | undefined;
    for (const { column, tree } of members) {
      if (rows[row + column] >= 0) fault ??= tree.find(rows[row + column], rows[row + column + 1]);
    }
    const error = fault && faults.take(fault, row, rows[row + START], rows[row + END]);
    // What the fault cuts off was never counted.
    if (error) return { ...faults.ended(batch, row, error, run), unread: undefined };
  }
  return faults.rejected(batch);
}
