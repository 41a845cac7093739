/** Collects the entities of a section: their text with the bytes of a format between them, and their places in it. */
import { FRAMINGS, type Framing } from '../encode/framing.js';
import { type ByteBatch, END, type MemberName, ORDINAL, ROW_WIDTH, START } from '../terms/batch.js';
import type { JsonFormat } from '../terms/profile.js';
import type { Scanned } from './messages.js';

const NO_FRAMING: Framing = { head: '', separator: '', terminator: '', tail: '' };

/** Grows beyond the memory that it was given, where that is too small. */
export class SectionText {
  count = 0;
  readonly #before: Buffer;
  readonly #after: Buffer;
  /** The memory of the task, until it is too small. */
  #memory: Buffer = Buffer.alloc(0);
  #isGiven = true;
  #length = 0;
  /** Members that all batches have located. */
  #located: readonly MemberName[] | undefined;
  #rows = new Int32Array(1024 * ROW_WIDTH);

  constructor(framing: JsonFormat | undefined) {
    const { separator, terminator } = framing === undefined ? NO_FRAMING : FRAMINGS[framing];
    this.#before = Buffer.from(separator);
    this.#after = Buffer.from(terminator);
  }

  /** Begins a section, whose text goes to this memory. */
  begin(memory: ArrayBuffer): void {
    this.#memory = Buffer.from(memory);
    this.#isGiven = true;
    this.#length = 0;
    this.#located = undefined;
    this.count = 0;
  }

  /** Adds the entities of a batch, before which the section has so many records. */
  append({ bytes, rows, count, located }: ByteBatch, records: number): void {
    if (count > 0) this.#located = this.#located?.filter((member) => located.includes(member)) ?? located;
    this.#makeRoom(rows, count);
    const [memory, before, after] = [this.#memory, this.#before, this.#after];
    let length = this.#length;
    let to = this.count * ROW_WIDTH;
    for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
      const start = rows[row + START];
      for (let index = 0; index < before.length; index++) memory[length++] = before[index];
      const moved = length - start;
      length += bytes.copy(memory, length, start, rows[row + END]);
      for (let index = 0; index < after.length; index++) memory[length++] = after[index];
      for (let column = START; column < ORDINAL; column++) {
        const at = rows[row + column];
        this.#rows[to++] = at < 0 ? at : at + moved;
      }
      this.#rows[to++] = rows[row + ORDINAL] + records;
    }
    this.#length = length;
    this.count += count;
  }

  /** The result; what is not in the memory of the task may be transferred. */
  take(): Pick<Scanned, 'count' | 'rows' | 'text' | 'located'> {
    const rows = this.#rows.slice(0, this.count * ROW_WIDTH);
    const text = this.#isGiven ? this.#length : Uint8Array.from(this.#memory.subarray(0, this.#length));
    return { count: this.count, rows, text, located: this.#located ?? [] };
  }

  #makeRoom(rows: Int32Array, count: number): void {
    let size = this.#length + count * (this.#before.length + this.#after.length);
    for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) size += rows[row + END] - rows[row + START];
    if (size > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(2 * size);
      this.#memory.copy(larger, 0, 0, this.#length);
      this.#memory = larger;
      this.#isGiven = false;
    }
    const words = (this.count + count) * ROW_WIDTH;
    if (words <= this.#rows.length) return;
    const more = new Int32Array(2 * words);
    more.set(this.#rows.subarray(0, this.count * ROW_WIDTH));
    this.#rows = more;
  }
}
