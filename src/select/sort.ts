/** Sorts the entities of a run, and takes a part of them. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import {
  type Batch,
  type ByteBatch,
  DEFAULT_MEMBER_NAMES,
  END,
  type Ending,
  entityCount,
  ORDINAL,
  ROW_WIDTH,
  START,
  settledTexts,
} from '../terms/batch.js';
import { type ContextScope, SELF_ONLY } from '../terms/context.js';
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';
import type { SortPlan } from '../terms/sort.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { entityText } from './entity-text.js';
import { LARGE_BYTES } from './large-text.js';
import type { SortedEntry } from './merge-entries.js';
import { SortKeys } from './sort-keys.js';
import { EntrySorter, type SorterOptions } from './sorted-entries.js';

/** Options of sorting. */
export interface SortOptions extends Omit<SorterOptions, 'most'> {
  /** The data whose attributes count; default that without a context. */
  readonly scope?: ContextScope;
  /** Entities to leave out at the beginning; default none. */
  readonly skip?: number;
  /** Most entities that pass; default all. */
  readonly limit?: number;
}

/**
 * Makes the stage. Entities pass when the input has ended; the texts of entities do not change, and those that come as
 * objects pass as their JSON. Batches must have been checked, or trusted.
 */
export function sortStage(
  plan: SortPlan,
  { scope = SELF_ONLY, skip = 0, limit, ...options }: SortOptions = {},
): Stage<Batch, Batch> {
  const keys = new SortKeys(plan, scope);
  const sorter = new EntrySorter({ ...options, most: limit === undefined ? undefined : skip + limit });
  const held = new HeldRecords();
  let output: AsyncGenerator<Batch, void> | undefined;

  async function next(): Promise<readonly Batch[]> {
    const result = await output?.next();
    return !result || result.done ? NOTHING : [result.value];
  }

  return {
    name: 'sort',
    step: 'select',
    async push(batch, run) {
      const made = await keys.of(batch, run);
      for (let position = 0; position < entityCount(batch); position++) {
        if (turnIsOver()) await nextTurn(run);
        if (!sorter.isNeeded(made[position])) continue;
        const text = bytesAt(batch, position);
        if (text.length > LARGE_BYTES) await sorter.addLarge(made[position], text, run);
        else sorter.add(made[position], text);
        const settling = sorter.settle(run);
        if (settling) await settling;
      }
      return [held.take(batch)];
    },
    more: next,
    flush(run) {
      // What comes before a fault is not the beginning of what was asked for.
      if (held.hasFailed) return NOTHING;
      keys.report(run);
      output = held.batches(sorter.sorted(run), skip);
      return next();
    },
    async close() {
      keys.close();
      await output?.return();
      await sorter.close();
    },
  };
}

/** The text of an entity. */
function bytesAt(batch: Batch, position: number): Uint8Array {
  if (batch.kind !== 'bytes') return Buffer.from(entityText(batch, position));
  const row = position * ROW_WIDTH;
  return batch.bytes.subarray(batch.rows[row + START], batch.rows[row + END]);
}

/** Accounts for the entities that wait: which of the records and of those added were not passed on yet. */
class HeldRecords {
  /** An input like all of them. */
  #like: Batch | undefined;
  #isOfOneSource = true;
  #entities = 0;
  #covers = 0;
  #ending: Ending | undefined;
  #singleLine = true;
  #passed = 0;
  hasFailed = false;

  /** The batch without its entities, which are held. */
  take(batch: Batch): Batch {
    const { covers, added = [], filtered, rejects, ending } = batch;
    const settled = filtered + rejects.length;
    const settledCovers = Math.min(covers, settled);
    this.#entities += entityCount(batch);
    this.#covers += covers - settledCovers;
    this.#isOfOneSource &&= this.#like === undefined || this.#like.source === batch.source;
    this.#like ??= { ...without(batch), rejects: [] };
    if (batch.kind === 'bytes') this.#singleLine &&= batch.singleLine;
    if (ending?.kind === 'stop') this.#ending = ending;
    else if (ending && batch.fromInput === undefined) this.hasFailed = true;
    return {
      ...without(batch),
      // A fault after them has as many records before it as ever.
      firstIndex: batch.firstIndex + covers - settledCovers,
      covers: settledCovers,
      added: added.length === 0 ? undefined : added.slice(0, settled - settledCovers),
      ending: ending?.kind === 'stop' ? undefined : ending,
    };
  }

  /** The sorted entities without the first ones, in batches that account for all that were held. */
  async *batches(pieces: AsyncGenerator<readonly SortedEntry[], void>, skip: number): AsyncGenerator<Batch, void> {
    let left = skip;
    let waiting: readonly SortedEntry[] | undefined;
    for await (const piece of pieces) {
      const kept = piece.slice(left);
      left -= piece.length - kept.length;
      if (kept.length === 0) continue;
      if (waiting) yield this.#batch(waiting, false);
      waiting = kept;
    }
    if (waiting || this.#entities > 0 || this.#ending) yield this.#batch(waiting ?? [], true);
  }

  #batch(entries: readonly SortedEntry[], isLast: boolean): Batch {
    const total = isLast ? this.#entities : entries.length;
    const covers = isLast ? this.#covers : Math.min(total, this.#covers);
    this.#entities -= total;
    this.#covers -= covers;
    const firstIndex = this.#passed;
    this.#passed += covers;
    const more = total - covers;
    return {
      ...ofEntries(entries, this.#like, this.#singleLine),
      source: this.#isOfOneSource && this.#like ? this.#like.source : 'the sorted entities',
      firstIndex,
      covers,
      following: this.#covers,
      added: more > 0 ? Array.from({ length: more }, () => 0) : undefined,
      filtered: total - entries.length,
      ending: isLast ? this.#ending : undefined,
    };
  }
}

/** The batch without its entities. */
function without(batch: Batch): Batch {
  if (batch.kind === 'objects') return { ...batch, objects: [], ordinals: [] };
  return {
    ...batch,
    bytes: Buffer.alloc(0),
    rows: new Int32Array(0),
    count: 0,
    knownLine: undefined,
    leftOut: undefined,
    excerpts: undefined,
    unchecked: undefined,
    seen: undefined,
  };
}

function ofEntries(entries: readonly SortedEntry[], like: Batch | undefined, singleLine: boolean): ByteBatch {
  const size = entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
  const bytes = entries.length === 1 ? entries[0].bytes : Buffer.allocUnsafe(size);
  const rows = new Int32Array(entries.length * ROW_WIDTH).fill(-1);
  let at = 0;
  for (const [position, { bytes: text }] of entries.entries()) {
    const row = position * ROW_WIDTH;
    rows[row + START] = at;
    at += text === bytes ? size : text.copy(bytes, at);
    rows[row + END] = at;
    rows[row + ORDINAL] = position;
  }
  const { memberNames = DEFAULT_MEMBER_NAMES, deeper } = like ?? {};
  const maxDepth = like?.kind === 'bytes' ? like.maxDepth : DEFAULT_MAX_DEPTH;
  return settledTexts({ source: '', memberNames, deeper, bytes, rows, singleLine, maxDepth });
}
