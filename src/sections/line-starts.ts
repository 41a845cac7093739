/** Finds where lines begin in a file. */
import { NEWLINE } from '../scan/ascii.js';
import type { SectionReading } from './section-reading.js';

/** Bytes of the first read, which is enough for most lines; each further one is twice as long. */
const FIRST_BYTES = 16 * 1024;
const MOST_BYTES = 1024 * 1024;

/** Searches the beginnings of lines with a buffer of its own. */
export class LineStarts {
  readonly #reading: SectionReading;
  #buffer = Buffer.alloc(0);

  constructor(reading: SectionReading) {
    this.#reading = reading;
  }

  /** The offset of the first line that begins in `[from, to)`; undefined if none does, or the file ends before. */
  async find(descriptor: number, from: number, to: number): Promise<number | undefined> {
    let size = FIRST_BYTES;
    // The byte before a line is the newline of the line before it.
    for (let at = from - 1; at < to - 1; size = Math.min(2 * size, MOST_BYTES)) {
      if (this.#buffer.length < size) this.#buffer = Buffer.allocUnsafeSlow(size);
      const room = this.#buffer.subarray(0, Math.min(size, to - 1 - at));
      const length = await this.#reading.read(descriptor, room, at);
      if (length === 0) return undefined;
      const newline = this.#buffer.subarray(0, length).indexOf(NEWLINE);
      if (newline >= 0) return at + newline + 1;
      at += length;
    }
    return undefined;
  }
}
