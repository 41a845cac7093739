/** The ids of related entities: in memory, and beyond a limit in a temporary file, where they are looked up in order. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { BlockFile } from '../temporary-files/block-file.js';
import { SortedBlocks } from '../temporary-files/sorted-blocks.js';
import type { Run } from '../terms/run.js';
import { EntrySorter } from './sorted-entries.js';

/** Bytes of ids in memory. */
const MEMORY_BYTES = 32 * 1024 * 1024;

/** What an id takes in memory beside its characters. */
const ID_BYTES = 64;

/** Bytes of ids that are read at a time; the first id of each block is in memory. */
const BLOCK_BYTES = 16 * 1024;

/** Blocks that are kept, since related entities often follow one another. */
const MOST_BLOCKS = 64;

/** Separates ids in a block; in the text of an id it is escaped. */
const SEPARATOR = '\n';

/** Ids that are first added, then looked up. */
export class TargetIds {
  readonly #memoryBytes: number;
  #inMemory = new Set<string>();
  #bytes = 0;
  #sorter: EntrySorter | undefined;
  readonly #file = new BlockFile('select');
  /** Criteria are evaluated in one turn, so a block is read in that turn; it is small. */
  readonly #blocks = new SortedBlocks(
    MOST_BLOCKS,
    (number): ReadonlySet<string> => new Set(this.#file.read(number).toString('latin1').split(SEPARATOR)),
  );

  /** @param memoryBytes bytes of ids in memory */
  constructor(memoryBytes = MEMORY_BYTES) {
    this.#memoryBytes = memoryBytes;
  }

  /** Adds an id; the caller awaits the promise, if there is one. */
  add(id: string, run?: Run): Promise<void> | undefined {
    if (this.#sorter) {
      this.#sorter.add(keyOf(id), '');
      return this.#sorter.settle(run);
    }
    if (this.#inMemory.has(id)) return undefined;
    this.#inMemory.add(id);
    this.#bytes += 2 * id.length + ID_BYTES;
    return this.#bytes > this.#memoryBytes ? this.#spill(run) : undefined;
  }

  /** All ids were added. */
  async seal(run?: Run): Promise<void> {
    if (!this.#sorter) return;
    let block: string[] = [];
    let size = 0;
    let last: string | undefined;
    for await (const piece of this.#sorter.sorted(run)) {
      if (turnIsOver()) await nextTurn(run);
      for (const { key } of piece) {
        if (key === last) continue;
        last = key;
        block.push(key);
        size += key.length + 1;
        if (size < BLOCK_BYTES) continue;
        await this.#write(block);
        block = [];
        size = 0;
      }
    }
    if (block.length > 0) await this.#write(block);
    await this.#sorter.close();
  }

  has(id: string): boolean {
    if (!this.#sorter) return this.#inMemory.has(id);
    const key = keyOf(id);
    const number = this.#blocks.numberOf(key);
    return number >= 0 && this.#blocks.at(number).has(key);
  }

  async close(): Promise<void> {
    this.#inMemory = new Set();
    this.#blocks.clear();
    await this.#sorter?.close();
    await this.#file.close();
  }

  async #spill(run: Run | undefined): Promise<void> {
    this.#sorter = new EntrySorter({ memoryBytes: this.#memoryBytes });
    for (const id of this.#inMemory) {
      if (turnIsOver()) await nextTurn(run);
      this.#sorter.add(keyOf(id), '');
      await this.#sorter.settle(run);
    }
    this.#inMemory = new Set();
  }

  async #write(ids: readonly string[]): Promise<void> {
    this.#blocks.add(ids[0]);
    await this.#file.add(Buffer.from(ids.join(SEPARATOR), 'latin1'));
  }
}

/** An id as a character for each of its bytes, without a separator. */
function keyOf(id: string): string {
  const bytes = Buffer.from(id).toString('latin1');
  return /[\n\\]/.test(bytes) ? bytes.replaceAll('\\', '\\\\').replaceAll(SEPARATOR, '\\n') : bytes;
}
