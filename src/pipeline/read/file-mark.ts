/** A place in a file, known again by what was read before it, wherever the file lies then and whoever has copied it. */
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { SluiceError } from '../../terms/errors.js';
import type { InputForm } from '../../terms/position.js';

/** Bytes at the beginning, and before the place, that must be what they were: enough for some records. */
const HEAD_BYTES = 4 * 1024;
const TAIL_BYTES = 16 * 1024;

/**
 * What is remembered of a place: of all that was read only the ends, since a digest of everything would cost as much as
 * reading it does. Neither time nor inode is: a copy, a touch, another mount change them and not a byte.
 */
interface FileMark {
  /** Bytes of the file. */
  readonly size: number;
  /** SHA-256 of the first bytes, and of the last ones before the place. */
  readonly head: string;
  readonly tail: string;
}

/** Marks places of an open file. */
export class FileMarks {
  readonly #handle: FileHandle;
  readonly #name: string;
  readonly #size: number;

  constructor(handle: FileHandle, name: string, size: number) {
    this.#handle = handle;
    this.#name = name;
    this.#size = size;
  }

  /** The mark of a place that was just read; so its bytes are in the memory of the system. */
  at(byteOffset: number): FileMark {
    const from = Math.max(0, byteOffset - TAIL_BYTES);
    return {
      size: this.#size,
      head: this.#digest(0, Math.min(HEAD_BYTES, byteOffset)),
      tail: this.#digest(from, byteOffset),
    };
  }

  /**
   * Holds the file against a mark. It may have grown, where its entities are lines: what came behind is read then.
   * @throws SluiceError `SOURCE_CHANGED`
   */
  check(byteOffset: number, mark: unknown, form: InputForm): void {
    const { size, ...read } = this.at(byteOffset);
    const { size: sizeBefore, ...readBefore } = acceptMark(mark);
    if (!isDeepStrictEqual(read, readBefore)) throw this.#changed('what was read of it is not what it was');
    if (size < sizeBefore) throw this.#changed(`it had ${sizeBefore} bytes, and has ${size}`);
    if (size > sizeBefore && form !== 'lines') {
      throw this.#changed(`it has grown from ${sizeBefore} to ${size} bytes, which only lines may`);
    }
  }

  #digest(from: number, to: number): string {
    const bytes = Buffer.allocUnsafe(to - from);
    let length = 0;
    while (length < bytes.length) {
      const more = readSync(this.#handle.fd, bytes, length, bytes.length - length, from + length);
      if (more === 0) break;
      length += more;
    }
    return createHash('sha256').update(bytes.subarray(0, length)).digest('hex');
  }

  #changed(how: string): SluiceError {
    const message = `${this.#name} has changed since the export began: ${how}`;
    return new SluiceError('SOURCE_CHANGED', 'read', message, { source: this.#name });
  }
}

/** What an earlier reader has marked; anything else is no place of this file. */
function acceptMark(mark: unknown): FileMark {
  const { size, head, tail }: { size?: unknown; head?: unknown; tail?: unknown } =
    typeof mark === 'object' && mark !== null ? mark : {};
  return { size: typeof size === 'number' ? size : 0, head: String(head), tail: String(tail) };
}
