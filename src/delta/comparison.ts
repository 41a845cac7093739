/** Compares the entities of an export with the index of an earlier one, and makes the index of this one. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { EntrySorter } from '../select/sorted-entries.js';
import type { DeltaCounts } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { prefixesOfSame } from './entity-key.js';
import type { IndexPlan } from './index-format.js';
import type { IndexLine, IndexReader } from './index-reader.js';
import { type IndexSink, IndexWriter } from './index-writer.js';

/** What an export is compared with, and what it leaves. */
export interface DeltaPorts {
  /** The index of the earlier export; absent: there is none, so that all entities are new. */
  readonly index?: IndexReader | undefined;
  /** Why there is no index, for a note. */
  readonly missing?: string | undefined;
  /** Takes the index of this export; absent: none is made. */
  readonly sink?: IndexSink | undefined;
  readonly plan: IndexPlan;
}

/** The digest of an entity of the earlier index that is deleted, unless a later one follows. */
const REMOVED = '';

/** Bytes of keys and digests that are sorted in memory. */
const SORTED_BYTES = 16 * 1024 * 1024;

/** Keys of one piece of deleted entities. */
const PIECE_KEYS = 256;

/** The comparison of one export. Entities of an equal key replace one another, so that the last of them counts. */
export class Comparison {
  readonly #ports: DeltaPorts;
  /** Keys and digests of what was written, and of what was deleted while entities came. */
  readonly #sorter = new EntrySorter({ memoryBytes: SORTED_BYTES });
  #written = 0;
  #unchanged = 0;
  #new = 0;
  #deleted = 0;
  #held = 0;
  #repeated = 0;

  constructor(ports: DeltaPorts) {
    this.#ports = ports;
  }

  get counts(): DeltaCounts {
    const counts = {
      new: this.#new,
      changed: this.#written - this.#new,
      unchanged: this.#unchanged,
      deleted: this.#deleted,
    };
    return {
      ...counts,
      ...(this.#held === 0 ? {} : { held: this.#held }),
      ...(this.#repeated === 0 ? {} : { repeated: this.#repeated }),
    };
  }

  /** What the earlier index has of an entity. */
  find(key: string): IndexLine | undefined {
    return this.#ports.index?.find(key);
  }

  /** Whether an entity is written: it is new, changed, or one of several with its key, the last of which must be written last. */
  isDue(key: string, digest: string, line: IndexLine | undefined): boolean {
    const { index } = this.#ports;
    const isRepeated = line !== undefined && index?.isMarked(line.slot) === true;
    if (isRepeated) this.#repeated++;
    if (line) index?.mark(line.slot);
    if (line?.digest === digest && !isRepeated) {
      this.#unchanged++;
      return false;
    }
    this.#written++;
    this.#sorter.add(key, digest);
    return true;
  }

  /**
   * Deletes what the index has under the id of a new entity and other types, or under what a reader may take for that id,
   * and was not seen yet. If it comes later, it is written once more.
   * @returns the keys
   */
  replacedBy(key: string): readonly string[] {
    const { index } = this.#ports;
    if (!index) return [];
    const lines = prefixesOfSame(key).flatMap((prefix) => [...index.beginningWith(prefix)]);
    for (const line of lines) {
      index.mark(line.slot);
      this.#deleted++;
      this.#sorter.add(line.key, REMOVED);
    }
    return lines.map((line) => line.key);
  }

  /** Moves what was written out of memory, where it is much; the caller awaits the promise, if there is one. */
  settle(run: Run): Promise<void> | undefined {
    return this.#sorter.settle(run);
  }

  /**
   * All entities have come: makes the index, and returns the keys of those that have not, in pieces.
   * @param holds whether deletions wait for a later export, and these entities stay in the index
   */
  async *deletions(holds: boolean, run: Run): AsyncGenerator<readonly string[], void> {
    const { sink, plan } = this.#ports;
    const writer = sink && new IndexWriter(sink, plan);
    let keys: string[] = [];
    for await (const { line, change } of this.#merged(run)) {
      if (turnIsOver()) await nextTurn(run);
      if (change && (!line || change.wasRemoved) && change.digest !== REMOVED) this.#new++;
      if (change && !line) this.#repeated += change.entities - 1;
      const isGone = line !== undefined && !change && this.#ports.index?.isMarked(line.slot) === false;
      if (isGone && holds) this.#held++;
      if (isGone && !holds) {
        this.#deleted++;
        keys.push(line.key);
      }
      const digest = isGone && !holds ? REMOVED : (change?.digest ?? line?.digest ?? REMOVED);
      const writing = digest === REMOVED ? undefined : writer?.add(change?.key ?? line?.key ?? '', digest);
      if (writing) await writing;
      if (keys.length < PIECE_KEYS) continue;
      yield keys;
      keys = [];
    }
    await writer?.end();
    if (keys.length > 0) yield keys;
  }

  async close(): Promise<void> {
    await this.#sorter.close();
  }

  /** The entities of the earlier index and of this export, by their keys. */
  async *#merged(
    run: Run,
  ): AsyncGenerator<{ readonly line?: IndexLine | undefined; readonly change?: Change | undefined }, void> {
    const lines = new Pieces(this.#ports.index?.lines(run) ?? nothing());
    const changes = new Pieces(changesOf(this.#sorter, run));
    try {
      for (;;) {
        const line = lines.current ?? (await lines.refill());
        const change = changes.current ?? (await changes.refill());
        if (!line && !change) return;
        const first = !change || (line && line.key < change.key) ? line : undefined;
        if (first) {
          yield { line };
          lines.take();
          continue;
        }
        const isOfBoth = line?.key === change?.key;
        yield { line: isOfBoth ? line : undefined, change };
        changes.take();
        if (isOfBoth) lines.take();
      }
    } finally {
      await lines.close();
      await changes.close();
    }
  }
}

/** What became of a key. */
interface Change {
  readonly key: string;
  /** Of the last entity. */
  readonly digest: string;
  readonly entities: number;
  /** Whether it was deleted before. */
  readonly wasRemoved: boolean;
}

/** The sorted entries, with equal keys merged into one. */
async function* changesOf(sorter: EntrySorter, run: Run): AsyncGenerator<readonly Change[], void> {
  let open: Change | undefined;
  for await (const piece of sorter.sorted(run)) {
    const made: Change[] = [];
    for (const { key, text: digest } of piece) {
      const before = open?.key === key ? open : undefined;
      if (open && !before) made.push(open);
      const isRemoval = digest === REMOVED;
      open = {
        key,
        digest,
        entities: (before?.entities ?? 0) + (isRemoval ? 0 : 1),
        wasRemoved: isRemoval || (before?.wasRemoved ?? false),
      };
    }
    if (made.length > 0) yield made;
  }
  if (open) yield [open];
}

async function* nothing(): AsyncGenerator<never, void> {}

/** Walks along items that come in pieces. */
class Pieces<T> {
  readonly #pieces: AsyncGenerator<readonly T[], void>;
  #piece: readonly T[] = [];
  #at = 0;

  constructor(pieces: AsyncGenerator<readonly T[], void>) {
    this.#pieces = pieces;
  }

  /** The item it is at; undefined at the end of a piece. */
  get current(): T | undefined {
    return this.#piece[this.#at];
  }

  take(): void {
    this.#at++;
  }

  /** The first item of the next piece; undefined after the last one. */
  async refill(): Promise<T | undefined> {
    for (;;) {
      const { done, value } = await this.#pieces.next();
      this.#piece = done || !value ? [] : value;
      this.#at = 0;
      if (done || this.#piece.length > 0) return this.current;
    }
  }

  async close(): Promise<void> {
    await this.#pieces.return();
  }
}
