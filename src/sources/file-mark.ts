/** A place in a file, known again by what was read before it, wherever the file lies then and whoever has copied it. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { SluiceError } from '../terms/errors.js';
import type { InputForm } from '../terms/position.js';
import type { Note } from '../terms/receipt.js';

/** Bytes at the beginning, and before the place, that must be what they were: enough for some records. */
const HEAD_BYTES = 4 * 1024;
const TAIL_BYTES = 16 * 1024;

/**
 * Blocks between the two that are compared as well, spread evenly over all that was read. Up to half a megabyte they
 * are everything; a digest of everything in longer files would cost twice what scanning them does.
 */
const SAMPLES = 128;
const SAMPLE_BYTES = 4 * 1024;

/** What is remembered of a place. */
interface FileMark {
  /** Bytes of the file. */
  readonly size: number;
  /** SHA-256 of the beginning, the samples and the end of what was read. */
  readonly digest: string;
  /** Inode and times: where they are what they were, nobody has written to the file. A copy has others. */
  readonly untouched: string;
}

/** Marks places of an open file. */
export class FileMarks {
  readonly #handle: FileHandle;
  readonly #name: string;

  constructor(handle: FileHandle, name: string) {
    this.#handle = handle;
    this.#name = name;
  }

  /** The mark of a place that was just read; so its bytes are mostly in the memory of the system. */
  async at(byteOffset: number): Promise<FileMark> {
    const { size, ino, mtimeNs, ctimeNs } = await this.#handle.stat({ bigint: true });
    return {
      size: Number(size),
      digest: await this.#digest(byteOffset),
      untouched: `${ino} ${mtimeNs} ${ctimeNs}`,
    };
  }

  /**
   * Holds the file against a mark. It may have grown, where its entities are lines: what came behind is read then.
   * @returns a note where the file was touched: an edit of some bytes between two samples that keeps the size is not seen
   * @throws SluiceError `SOURCE_CHANGED`
   */
  async check(byteOffset: number, mark: unknown, form: InputForm): Promise<readonly Note[]> {
    const now = await this.at(byteOffset);
    const before = acceptMark(mark);
    if (now.digest !== before.digest) throw this.#changed('what was read of it is not what it was');
    if (now.size < before.size) throw this.#changed(`it had ${before.size} bytes, and has ${now.size}`);
    if (now.size > before.size && form !== 'lines') {
      throw this.#changed(`it has grown from ${before.size} to ${now.size} bytes, which only lines may`);
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
      const { bytesRead } = await this.#handle.read(bytes, length, bytes.length - length, from + length);
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

/** The stretches that are compared: the beginning, the samples, the end; all of what is short. */
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
  const text = `${name} was touched, copied or written to while its job waited; of what was read before, ${SAMPLES} samples and both ends were compared, and are what they were`;
  return { code: 'SOURCE_TOUCHED', text };
}

/** What an earlier reader has marked; anything else is no place of this file. */
function acceptMark(mark: unknown): FileMark {
  const { size, digest, untouched }: { size?: unknown; digest?: unknown; untouched?: unknown } =
    typeof mark === 'object' && mark !== null ? mark : {};
  return { size: typeof size === 'number' ? size : 0, digest: String(digest), untouched: String(untouched) };
}
