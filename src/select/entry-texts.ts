/** Memory for the texts of many entries, used again when all of them are done with. */

// As strings, texts of megabytes would make the heap of V8 grow to several times what is sorted at a time.

import { COPIED_BYTES } from './large-text.js';

/** Bytes of a block; longer texts have one of their own. */
const BLOCK_BYTES = 1024 * 1024;

/** Bytes of the first block: most results that are sorted are small. */
const FIRST_BYTES = 64 * 1024;

const NO_TEXT = Buffer.alloc(0);

export class EntryTexts {
  readonly #blocks: Buffer[] = [];
  /** The block that is being filled, and where. */
  #number = 0;
  #at = 0;

  /** Copies a text. @returns its bytes, until `clear` @param text characters up to U+00FF, or their bytes */
  add(text: string | Uint8Array): Buffer {
    const bytes = this.#take(text.length);
    if (typeof text === 'string') bytes.write(text, 'latin1');
    else bytes.set(text);
    return bytes;
  }

  /** The same in steps, for a large text. */
  *addInSteps(text: Uint8Array, size = COPIED_BYTES): Generator<void, Buffer> {
    const bytes = this.#take(text.length);
    for (let from = 0; from < text.length; from += size) {
      bytes.set(text.subarray(from, from + size), from);
      yield;
    }
    return bytes;
  }

  #take(length: number): Buffer {
    if (length === 0) return NO_TEXT;
    const block = this.#blockFor(length);
    const at = this.#at;
    this.#at += length;
    return block.subarray(at, at + length);
  }

  /** No text is needed any more. */
  clear(): void {
    this.#number = 0;
    this.#at = 0;
  }

  #blockFor(length: number): Buffer {
    for (;;) {
      const block = this.#blocks[this.#number];
      if (block && this.#at + length <= block.length) return block;
      const usual = this.#blocks.length === 0 ? FIRST_BYTES : BLOCK_BYTES;
      if (!block) this.#blocks.push(Buffer.allocUnsafeSlow(Math.max(usual, length)));
      else this.#number++;
      this.#at = 0;
    }
  }
}
