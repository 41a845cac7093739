/** Sorts any number of texts by keys, in a bounded amount of memory: sorted runs in temporary files, which are merged. */
import { nextTurn, stepsInTurns, turnIsOver } from '../loop/turn.js';
import { temporarySpool } from '../temporary-files/temporary-spool.js';
import type { Run } from '../terms/run.js';
import type { Spool } from '../terms/spool.js';
import { EntryTexts } from './entry-texts.js';
import { LARGE_BYTES } from './large-text.js';
import { ListCursor, merge, RunCursor, SortedEntry, writeEntries } from './merge-entries.js';

/** Entries that are sorted at once: few enough for one turn of the event loop. */
const SORTED_AT_ONCE = 512;

/** What an entry takes in memory beside its characters. */
const ENTRY_BYTES = 192;

const MEMORY_BYTES = 32 * 1024 * 1024;

/** Runs that are merged at a time; each has a buffer of its own. */
const FAN_IN = 48;

/** Entries of one piece of the result, and their characters. */
const PIECE_ENTRIES = 256;
const PIECE_CHARACTERS = 1024 * 1024;

/** How much is sorted. */
export interface SorterOptions {
  /** Only so many entries, the first ones, are needed; default all. */
  readonly most?: number;
  /** Memory for entries; default 32 MiB. */
  readonly memoryBytes?: number;
  /** Opens the place of one run; default a temporary file. */
  readonly openSpool?: () => Spool;
}

interface SortedRun {
  readonly spool: Spool;
  /** How often its entries were merged. */
  readonly level: number;
}

/** Takes entries, and returns them in the order of their keys; entries with equal keys keep their order. */
export class EntrySorter {
  readonly #most: number;
  readonly #memoryBytes: number;
  readonly #openSpool: () => Spool;
  /** The texts of all entries in memory. */
  #texts = new EntryTexts();
  /** Entries that were not sorted yet. */
  #open: SortedEntry[] = [];
  /** Sorted entries in memory, the earlier ones first. */
  #lists: (readonly SortedEntry[])[] = [];
  #entries = 0;
  #bytes = 0;
  /** Sorted runs, the earlier ones first. */
  #runs: SortedRun[] = [];
  /** Keys from here on are not among the first `most`. */
  #bound: string | undefined;

  constructor({ most = Number.POSITIVE_INFINITY, memoryBytes = MEMORY_BYTES, openSpool }: SorterOptions = {}) {
    this.#most = most;
    this.#memoryBytes = memoryBytes;
    this.#openSpool = openSpool ?? (() => temporarySpool(0));
  }

  /** Whether an entry with this key, added now, may be among those that are needed. */
  isNeeded(key: string): boolean {
    return this.#most > 0 && (this.#bound === undefined || key < this.#bound);
  }

  /** Adds an entry; the caller awaits `settle` afterwards. @param text characters up to U+00FF, or their bytes */
  add(key: string, text: string | Uint8Array): void {
    this.#append(new SortedEntry(key, this.#texts.add(text)));
  }

  /** The same in turns of the event loop, for a large text. */
  async addLarge(key: string, text: Uint8Array, run?: Run): Promise<void> {
    this.#append(new SortedEntry(key, await stepsInTurns(this.#texts.addInSteps(text), run)));
  }

  #append(entry: SortedEntry): void {
    this.#open.push(entry);
    this.#entries++;
    this.#bytes += entry.key.length + entry.bytes.length + ENTRY_BYTES;
    if (this.#open.length >= SORTED_AT_ONCE) this.#close();
  }

  /** Drops entries that are not needed, and moves entries out of memory where there are too many. */
  settle(run?: Run): Promise<void> | undefined {
    // Twice as many, so that each entry is compared a few times only.
    if (this.#entries > 2 * Math.max(this.#most, SORTED_AT_ONCE)) return this.#prune(run);
    return this.#bytes > this.#memoryBytes ? this.#spill(run) : undefined;
  }

  /** The entries in order, in pieces; nothing can be added any more. */
  async *sorted(run?: Run): AsyncGenerator<readonly SortedEntry[], void> {
    this.#close();
    const cursors = [
      ...this.#runs.map(({ spool }) => new RunCursor(spool)),
      ...this.#lists.map((list) => new ListCursor(list)),
    ];
    let piece: SortedEntry[] = [];
    let characters = 0;
    for await (const entries of merge(cursors, this.#most, run)) {
      for (const entry of entries) {
        // A large entry begins a piece: of one entry, the bytes need not be copied.
        if (entry.bytes.length > LARGE_BYTES && piece.length > 0) {
          yield piece;
          piece = [];
          characters = 0;
        }
        piece.push(entry);
        characters += entry.bytes.length;
        if (piece.length < PIECE_ENTRIES && characters < PIECE_CHARACTERS) continue;
        yield piece;
        piece = [];
        characters = 0;
      }
    }
    if (piece.length > 0) yield piece;
  }

  async close(): Promise<void> {
    this.#open = [];
    this.#lists = [];
    this.#texts = new EntryTexts();
    const runs = this.#runs;
    this.#runs = [];
    await Promise.all(runs.map(({ spool }) => spool.close()));
  }

  /** Sorts the open entries. Sorting is stable, as the language says. */
  #close(): void {
    if (this.#open.length === 0) return;
    this.#lists.push(this.#open.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0)));
    this.#open = [];
  }

  async #prune(run: Run | undefined): Promise<void> {
    this.#close();
    const kept: SortedEntry[] = [];
    // Those that are dropped free their memory.
    const texts = new EntryTexts();
    for await (const entries of merge(this.#takeLists(), this.#most, run)) {
      for (const { key, bytes } of entries) {
        const isLarge = bytes.length > LARGE_BYTES;
        const copy = isLarge ? await stepsInTurns(texts.addInSteps(bytes), run) : texts.add(bytes);
        kept.push(new SortedEntry(key, copy));
      }
    }
    this.#texts = texts;
    this.#bytes = kept.reduce((sum, { key, bytes }) => sum + key.length + bytes.length + ENTRY_BYTES, 0);
    this.#entries = kept.length;
    this.#lists = [kept];
    if (kept.length === this.#most) this.#bound = kept[kept.length - 1]?.key;
    if (this.#bytes > this.#memoryBytes) await this.#spill(run);
  }

  #takeLists(): readonly ListCursor[] {
    const cursors = this.#lists.map((list) => new ListCursor(list));
    this.#lists = [];
    return cursors;
  }

  async #spill(run: Run | undefined): Promise<void> {
    this.#close();
    await this.#write(this.#takeLists(), 0, run);
    this.#texts.clear();
    this.#entries = 0;
    this.#bytes = 0;
    for (let level = 0; this.#runs.filter((one) => one.level === level).length >= FAN_IN; level++) {
      const together = this.#runs.filter((one) => one.level === level);
      // Later runs have lower levels, so those of the lowest level are the last ones.
      this.#runs = this.#runs.filter((one) => one.level !== level);
      try {
        await this.#write(
          together.map(({ spool }) => new RunCursor(spool)),
          level + 1,
          run,
        );
      } finally {
        await Promise.all(together.map(({ spool }) => spool.close()));
      }
    }
  }

  /** Merges entries into one run. */
  async #write(cursors: readonly (ListCursor | RunCursor)[], level: number, run: Run | undefined): Promise<void> {
    const spool = this.#openSpool();
    this.#runs.push({ spool, level });
    let count = 0;
    let last: string | undefined;
    for await (const entries of merge(cursors, this.#most, run)) {
      await writeEntries(spool, entries);
      count += entries.length;
      last = entries[entries.length - 1]?.key;
      if (turnIsOver()) await nextTurn(run);
    }
    if (count === this.#most && last !== undefined && this.isNeeded(last)) this.#bound = last;
  }
}
