/** Blocks of sorted entries in a file: which of them may hold a key, and the ones that were read last. */

/** Holds the first key of each block, and some blocks. */
export class SortedBlocks<Block> {
  readonly #most: number;
  readonly #read: (number: number) => Block;
  readonly #firsts: string[] = [];
  readonly #kept = new Map<number, Block>();

  /**
   * @param most blocks that are kept
   * @param read reads the block of a number
   */
  constructor(most: number, read: (number: number) => Block) {
    this.#most = most;
    this.#read = read;
  }

  /** Number of blocks. */
  get count(): number {
    return this.#firsts.length;
  }

  /** Adds the next block, which begins with this key. */
  add(first: string): void {
    this.#firsts.push(first);
  }

  /** The key that a block begins with; undefined after the last one. */
  firstOf(number: number): string | undefined {
    return this.#firsts[number];
  }

  /** The block in which a key may be; -1 before the first. */
  numberOf(key: string): number {
    let from = 0;
    let to = this.#firsts.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#firsts[middle] <= key) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  /** The block of this number. */
  at(number: number): Block {
    const known = this.#kept.get(number);
    if (known !== undefined) return known;
    const block = this.#read(number);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= this.#most && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(number, block);
    return block;
  }

  /** Lets all blocks go. */
  clear(): void {
    this.#kept.clear();
  }
}
