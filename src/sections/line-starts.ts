/** Finds where lines begin in a file. */
import { readSync } from 'node:fs';
import { NEWLINE } from '../scan/ascii.js';

/** Bytes of the first read, which is enough for most lines; each further one is twice as long. */
const FIRST_BYTES = 16 * 1024;
const MOST_BYTES = 1024 * 1024;

/** Searches the beginnings of lines with a buffer of its own. */
export class LineStarts {
  #buffer = Buffer.alloc(0);

  /** The offset of the first line that begins in `[from, to)`; undefined if none does, or the file ends before. */
  find(descriptor: number, from: number, to: number): number | undefined {
    let size = FIRST_BYTES;
    // The byte before a line is the newline of the line before it.
    for (let at = from - 1; at < to - 1; size = Math.min(2 * size, MOST_BYTES)) {
      if (this.#buffer.length < size) this.#buffer = Buffer.allocUnsafeSlow(size);
      const length = readSync(descriptor, this.#buffer, 0, Math.min(size, to - 1 - at), at);
      if (length === 0) return undefined;
      const newline = this.#buffer.subarray(0, length).indexOf(NEWLINE);
      if (newline >= 0) return at + newline + 1;
      at += length;
    }
    return undefined;
  }
}
