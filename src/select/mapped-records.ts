/** The batches that the entities of one batch become, with counts that balance after each of them. */
import { type Batch, type Ending, entityCount, type ObjectBatch, ordinalAt } from '../terms/batch.js';

/**
 * Collects what the entities of a batch become, and cuts it into batches, also within what one entity becomes. The
 * record that an earlier batch has counted has the ordinal -1 in the next: whatever it becomes there was added.
 */
export class MappedRecords {
  readonly #source: Batch;
  readonly #enough: Batch['enough'];
  /** The entities of the batch to come, the ordinal of each in the source, and of those added. */
  #objects: object[] = [];
  #ordinals: number[] = [];
  #added: number[] = [];
  /** Entities that became none, since the batch before. */
  #dropped = 0;
  /** The entity in progress, and whether it has become something. */
  #position = 0;
  #isEmpty = true;
  /** What earlier batches have counted: entities, records, added records and rejects of the source. */
  #from = 0;
  #covered = 0;
  #addedBefore = 0;
  #rejected = 0;

  /** @param enough of the batches, for later stages */
  constructor(source: Batch, enough: Batch['enough']) {
    this.#source = source;
    this.#enough = enough;
  }

  /** The number of entities in the batch to come. */
  get length(): number {
    return this.#objects.length;
  }

  /** The entity at this position of the source is next. */
  begin(position: number): void {
    this.#position = position;
    this.#isEmpty = true;
  }

  /** The entity in progress becomes this. */
  add(object: object): void {
    const ordinal = ordinalAt(this.#source, this.#position);
    this.#objects.push(object);
    this.#ordinals.push(ordinal);
    if (!this.#isEmpty) this.#added.push(ordinal);
    this.#isEmpty = false;
  }

  /** The entity in progress becomes nothing more. */
  end(): void {
    if (this.#isEmpty) this.#dropped++;
  }

  /** The batch up to the entity at this position, which may become more. */
  batch(position: number): ObjectBatch {
    return this.#cut(position + 1, ordinalAt(this.#source, position) + 1, undefined);
  }

  /** The last batch, with all records of the source. */
  lastBatch(): ObjectBatch {
    const { covers, ending, unread } = this.#source;
    return { ...this.#cut(entityCount(this.#source), covers, ending), unread };
  }

  /** The last batch, up to a fault of the entity at this position. */
  batchBefore(position: number, ending: Ending): ObjectBatch {
    const ordinal = ordinalAt(this.#source, position);
    const isBegun = position === this.#position && !this.#isEmpty;
    const to = isBegun ? position + 1 : position;
    const isPartial = to > 0 && ordinalAt(this.#source, to - 1) === ordinal;
    return this.#cut(to, isPartial ? ordinal + 1 : ordinal, ending);
  }

  /**
   * The batch of the entities before the position `to` and of the records before the ordinal `end`. Entities of the last
   * of these records from `to` on count in the next batch.
   */
  #cut(to: number, end: number, ending: Ending | undefined): ObjectBatch {
    const { source, memberNames, deeper, firstIndex, rejects, added = [], nested, fromInput, following } = this.#source;
    const first = this.#covered;
    const covered = Math.max(first, end);
    let later = to;
    while (later < entityCount(this.#source) && ordinalAt(this.#source, later) < covered) later++;
    const addedTo = Math.max(this.#addedBefore, countBelow(added, covered) - (later - to));
    const before = added.slice(this.#addedBefore, addedTo);
    const rejected = rejects.slice(this.#rejected).filter((one) => one.recordIndex - firstIndex < covered);
    const all = [...before, ...this.#added].sort((a, b) => a - b).map((ordinal) => ordinal - first);
    const covers = covered - first;
    const batch: ObjectBatch = {
      kind: 'objects',
      source,
      memberNames,
      deeper,
      covers,
      rejects: rejected,
      ending,
      firstIndex: firstIndex + first,
      objects: this.#objects,
      ordinals: first === 0 ? this.#ordinals : this.#ordinals.map((ordinal) => ordinal - first),
      added: all.length === 0 ? undefined : all,
      nested: nested?.filter((one) => one >= first && one < covered).map((one) => one - first),
      filtered: covers + before.length - rejected.length - (to - this.#from) + this.#dropped,
      enough: this.#enough,
      fromInput,
      following: following === undefined ? undefined : following + this.#source.covers - covered,
    };
    [this.#objects, this.#ordinals, this.#added, this.#dropped] = [[], [], [], 0];
    [this.#from, this.#covered, this.#addedBefore] = [to, covered, addedTo];
    this.#rejected += rejected.length;
    return batch;
  }
}

/** How many of the ascending numbers are below a bound. */
function countBelow(numbers: readonly number[], bound: number): number {
  const above = numbers.findIndex((one) => one >= bound);
  return above < 0 ? numbers.length : above;
}
