/** The excerpts that the kernel makes, in its memory: a record for each row, and the texts. */
import { excerptWidth } from '../terms/excerpts.js';
import type { MadeExcerpts } from './excerpts.js';
import { REPORT_EXCERPT_BYTES } from './kernel-code.js';
import type { KernelFunctions } from './kernel-module.js';

/** Bytes of the excerpts of one call; a longer one is not made. */
const ROOM = 512 * 1024;

/** The places of excerpts of some members. */
export class KernelExcerpts {
  /** The address after all of them. */
  readonly end: number;
  readonly #names: readonly string[];
  readonly #records: number;
  readonly #width: number;
  readonly #texts: number;

  /** @param at address of the records, of which there are at most so many */
  constructor(names: readonly string[], at: number, mostRecords: number) {
    this.#names = names;
    this.#records = at;
    this.#width = excerptWidth(names);
    this.#texts = at + mostRecords * this.#width * 4;
    this.end = this.#texts + ROOM;
  }

  /** Tells the kernel; writes the names of the members to `at`. */
  begin(kernel: KernelFunctions, memory: Buffer, at: number): void {
    let to = at;
    for (const name of this.#names) {
      const length = memory.write(name, to);
      kernel.addExcerpted(to, length);
      to += length;
    }
    kernel.beginExcerpts(this.#names.length, this.#records, this.#texts, ROOM);
  }

  /** What the last call has made of its first rows. */
  made(memory: Buffer, words: Int32Array, count: number): MadeExcerpts {
    const first = this.#records / 4;
    const records = words.subarray(first, first + count * this.#width);
    return { records, texts: memory.subarray(this.#texts, this.#texts + words[REPORT_EXCERPT_BYTES / 4]) };
  }
}
