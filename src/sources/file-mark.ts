/** A position in a file, recognised later by the bytes read before it, even in a copy or after a move. */
import { createHash } from 'node:crypto';
import { SluiceError } from '../terms/errors.js';
import type { InputForm } from '../terms/position.js';
import type { Note } from '../terms/receipt.js';
import type { OpenFile } from './open-file.js';

/** Bytes compared at the beginning and before the position: enough for some records. */
const HEAD_BYTES = 4 * 1024;
const TAIL_BYTES = 16 * 1024;

/**
 * Blocks between these two that are compared as well, spread evenly. Up to half a megabyte they cover everything; a
 * digest of all bytes of longer files would cost twice as much as scanning them.
 */
const SAMPLES = 128;
const SAMPLE_BYTES = 4 * 1024;

/** What a mark of a position stores. */
interface FileMark {
  /** Bytes of the file. */
  readonly size: number;
  /** SHA-256 of the beginning, the samples and the end of what was read. */
  readonly digest: string;
  /** Inode and times: if these are equal, the file was not written to. A copy has others. */
  readonly untouched: string;
}

/** Marks positions of an open file. */
export class FileMarks {
  readonly #file: OpenFile;
  readonly #name: string;

  constructor(file: OpenFile, name: string) {
    this.#file = file;
    this.#name = name;
  }

  /** The mark of a position that was just read, whose bytes are mostly still cached. */
  async at(byteOffset: number): Promise<FileMark> {
    const { size, ino, mtimeNs, ctimeNs } = this.#file.stat();
    return {
      size: Number(size),
      digest: await this.#digest(byteOffset),
      untouched: `${ino} ${mtimeNs} ${ctimeNs}`,
    };
  }

  /**
   * Compares the file with a mark. It may have grown if its entities are lines: the new lines are read then.
   * @returns a note if the file was touched: an edit of some bytes between two samples that keeps the size goes unnoticed
   * @throws SluiceError `SOURCE_CHANGED`
   */
  async check(byteOffset: number, mark: unknown, form: InputForm): Promise<readonly Note[]> {
    const now = await this.at(byteOffset);
    const before = acceptMark(mark);
    if (now.digest !== before.digest) throw this.#changed('the part that was read is different');
    if (now.size < before.size) throw this.#changed(`it had ${before.size} bytes and now has ${now.size}`);
    if (now.size > before.size && form !== 'lines') {
      throw this.#changed(`it has grown from ${before.size} to ${now.size} bytes, which is allowed for lines only`);
    }
    return now.untouched === before.untouched ? [] : [touched(this.#name)];
  }

  async #digest(byteOffset: number): Promise<string> {
    const hash = createHash('sha256');
    for (const [from, to] of blocksBefore(byteOffset)) hash.update(await this.#read(from, to));
    return hash.digest('hex');
  }

  async #read(from: number, to: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(to - from);
    let length = 0;
    while (length < bytes.length) {
      const bytesRead = await this.#file.read(bytes, length, bytes.length - length, from + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  }

  #changed(how: string): SluiceError {
    const message = `${this.#name} has changed since the export began: ${how}`;
    return new SluiceError('SOURCE_CHANGED', 'read', message, { source: this.#name });
  }
}

/** The blocks that are compared: the beginning, the samples, the end; short files completely. */
function* blocksBefore(byteOffset: number): Generator<readonly [from: number, to: number], void> {
  const tail = Math.max(0, byteOffset - TAIL_BYTES);
  const head = Math.min(HEAD_BYTES, tail);
  yield [0, head];
  const step = Math.max(SAMPLE_BYTES, (tail - head) / SAMPLES);
  for (let from = head; from < tail; from += step) {
    yield [Math.floor(from), Math.min(tail, Math.floor(from) + SAMPLE_BYTES)];
  }
  yield [tail, byteOffset];
}

function touched(name: string): Note {
  const text = `${name} was touched, copied or written to while its job waited; ${SAMPLES} samples and both ends of the part that was read are unchanged`;
  return { code: 'SOURCE_TOUCHED', text };
}

/** Accepts the mark of an earlier reader; other values are not positions of this file. */
function acceptMark(mark: unknown): FileMark {
  const { size, digest, untouched }: { size?: unknown; digest?: unknown; untouched?: unknown } =
    typeof mark === 'object' && mark !== null ? mark : {};
  return { size: typeof size === 'number' ? size : 0, digest: String(digest), untouched: String(untouched) };
}
