/** Reads an index: entities are looked up in it, and at the end all of its lines are read once more. */
import { createHash, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { readInto, readIntoNow } from '../temporary-files/file-bytes.js';
import { SortedBlocks } from '../temporary-files/sorted-blocks.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import type { Run } from '../terms/run.js';
import {
  checkHeader,
  DIGEST_LENGTH,
  type IndexPlan,
  MOST_FRAME_BYTES,
  notAnIndex,
  readFooter,
  SHORTEST_LINE,
  TAB,
} from './index-format.js';

/** Bytes per read of the whole file. */
const CHUNK_BYTES = 256 * 1024;

/** Bytes of lines that are looked up together; the first key of each block is in memory. */
const BLOCK_BYTES = 4 * 1024;

/** Blocks that are kept, since entities mostly come in about the same order again. */
const MOST_BLOCKS = 256;

const NEWLINE = 0x0a;

/** An entity of an index. */
export interface IndexLine {
  /** Id and type. */
  readonly key: string;
  readonly digest: string;
  /** Its number, unique in the index, for `mark`. */
  readonly slot: number;
}

/** An index that is whole. Memory holds a key for each block, and a bit for each of its shortest possible lines. */
export class IndexReader {
  readonly #handle: FileHandle;
  readonly #name: string;
  /** Where lines begin and end. */
  readonly #start: number;
  readonly #end: number;
  readonly #sha256: string;
  readonly #blocks = new SortedBlocks(MOST_BLOCKS, (number) => this.#readBlock(number));
  /** Where each block begins. */
  readonly #offsets: number[] = [];
  readonly #marks: Uint8Array;

  private constructor(handle: FileHandle, name: string, start: number, end: number, sha256: string) {
    this.#handle = handle;
    this.#name = name;
    this.#start = start;
    this.#end = end;
    this.#sha256 = sha256;
    this.#marks = new Uint8Array(Math.ceil((end - start) / SHORTEST_LINE / 8) + 1);
  }

  /**
   * Reads the whole file once, to see that it is intact; closing it is left to the caller.
   * @param name of the file, for errors
   * @throws SluiceError (rejects) `VERIFY_FAILED` for what is no intact index, `PLAN_CHANGED` for one of other settings,
   *   `READ_FAILED`
   */
  static async open(handle: FileHandle, name: string, plan: IndexPlan): Promise<IndexReader> {
    const { size } = await reading(name, handle.stat());
    const head = await readAt(handle, name, 0, Math.min(size, MOST_FRAME_BYTES));
    const start = head.indexOf(NEWLINE) + 1;
    if (start === 0) throw notAnIndex(name, size === 0 ? 'it is empty' : 'it does not begin like one');
    checkHeader(head.toString('utf8', 0, start), plan, name);
    const tailAt = Math.max(start - 1, size - MOST_FRAME_BYTES);
    const tail = await readAt(handle, name, tailAt, size - tailAt);
    const before = tail.length < 2 ? -1 : tail.lastIndexOf(NEWLINE, tail.length - 2);
    if (before < 0 || tail[tail.length - 1] !== NEWLINE)
      throw notAnIndex(name, 'its last line is missing, so that it was cut');
    const { entries, sha256 } = readFooter(tail.toString('utf8', before + 1), name);
    const reader = new IndexReader(handle, name, start, tailAt + before + 1, sha256);
    const lines = await reader.#examine();
    if (lines !== entries) throw notAnIndex(name, `it has ${lines} entries of ${entries}`);
    return reader;
  }

  /** The entity of this key. @throws SluiceError `READ_FAILED` */
  find(key: string): IndexLine | undefined {
    const number = this.#blocks.numberOf(key);
    const block = number < 0 ? undefined : this.#blocks.at(number);
    const at = block ? block.indexOf(`\n${key}${TAB}`, 0, 'latin1') : -1;
    return block && at >= 0 ? this.#lineAt(block, this.#offsets[number] - 1, at + 1) : undefined;
  }

  /** The unmarked entities whose keys begin with a prefix. */
  *beginningWith(prefix: string): Generator<IndexLine, void> {
    for (let number = Math.max(0, this.#blocks.numberOf(prefix)); number < this.#blocks.count; number++) {
      const block = this.#blocks.at(number);
      for (
        let at = block.indexOf(`\n${prefix}`, 0, 'latin1');
        at >= 0;
        at = block.indexOf(`\n${prefix}`, at + 1, 'latin1')
      ) {
        const line = this.#lineAt(block, this.#offsets[number] - 1, at + 1);
        if (!this.isMarked(line.slot)) yield line;
      }
      if (!this.#blocks.firstOf(number + 1)?.startsWith(prefix)) return;
    }
  }

  /** Notes that an entity was seen. */
  mark(slot: number): void {
    this.#marks[slot >> 3] |= 1 << (slot & 7);
  }

  isMarked(slot: number): boolean {
    return (this.#marks[slot >> 3] & (1 << (slot & 7))) !== 0;
  }

  /**
   * All entities in order, in pieces.
   * @throws SluiceError (rejects) `SOURCE_CHANGED` where the file is not what it was when it was opened
   */
  async *lines(run?: Run): AsyncGenerator<readonly IndexLine[], void> {
    let last = '';
    const hash = createHash('sha256');
    for await (const { bytes, offset, whole } of this.#chunks(hash)) {
      const piece: IndexLine[] = [];
      for (let at = 0; at < whole; ) {
        if (turnIsOver()) await nextTurn(run);
        const line = this.#lineAt(bytes, offset, at);
        if (line.key <= last) throw this.#changed();
        last = line.key;
        piece.push(line);
        at = bytes.indexOf(NEWLINE, at) + 1;
      }
      yield piece;
    }
    if (hash.digest('hex') !== this.#sha256) throw this.#changed();
  }

  /** Finds the blocks, and compares the digest. @returns the number of lines */
  async #examine(): Promise<number> {
    let lines = 0;
    let next = this.#start;
    const hash = createHash('sha256');
    for await (const { bytes, offset, whole } of this.#chunks(hash)) {
      for (let at = 0; at < whole; lines++) {
        if (offset + at >= next) {
          this.#blocks.add(this.#lineAt(bytes, offset, at).key);
          this.#offsets.push(offset + at);
          next = offset + at + BLOCK_BYTES;
        }
        at = bytes.indexOf(NEWLINE, at) + 1;
      }
      if (turnIsOver()) await nextTurn();
    }
    if (hash.digest('hex') !== this.#sha256) throw notAnIndex(this.#name, 'its content does not match its checksum');
    return lines;
  }

  /**
   * All lines, in chunks that begin with a line; a chunk is complete up to `whole`.
   * @param hash takes everything before the footer
   */
  async *#chunks(
    hash: Hash,
  ): AsyncGenerator<{ readonly bytes: Buffer; readonly offset: number; readonly whole: number }, void> {
    hash.update(await readAt(this.#handle, this.#name, 0, this.#start));
    let rest: Buffer = Buffer.alloc(0);
    for (let at = this.#start; at < this.#end; ) {
      const read = await readAt(this.#handle, this.#name, at, Math.min(CHUNK_BYTES, this.#end - at));
      hash.update(read);
      const bytes = rest.length === 0 ? read : Buffer.concat([rest, read]);
      const offset = at - rest.length;
      at += read.length;
      const whole = bytes.lastIndexOf(NEWLINE) + 1;
      if (whole > 0) yield { bytes, offset, whole };
      rest = bytes.subarray(whole);
    }
    // Something else has been written into the file.
    if (rest.length > 0) throw notAnIndex(this.#name, 'its last entry is cut');
  }

  /** The line that begins at a position of some bytes of the file. @param offset of the bytes */
  #lineAt(bytes: Buffer, offset: number, at: number): IndexLine {
    const end = bytes.indexOf(NEWLINE, at);
    const keyEnd = end - DIGEST_LENGTH - TAB.length;
    if (end < 0 || keyEnd <= at) throw notAnIndex(this.#name, 'an entry is too short');
    return {
      key: bytes.toString('latin1', at, keyEnd),
      digest: bytes.toString('latin1', keyEnd + TAB.length, end),
      slot: Math.floor((offset + at - this.#start) / SHORTEST_LINE),
    };
  }

  /** The lines of a block, and the newline before them. They are looked up in one turn, so they are read in that turn. */
  #readBlock(number: number): Buffer {
    const start = this.#offsets[number] - 1;
    const bytes = Buffer.allocUnsafe((this.#offsets[number + 1] ?? this.#end) - start);
    let length: number;
    try {
      length = readIntoNow(this.#handle.fd, bytes, start);
    } catch (cause) {
      throw readFailed(this.#name, cause);
    }
    if (length < bytes.length) throw this.#changed();
    return bytes;
  }

  #changed(): SluiceError {
    const message = `${this.#name} was changed while it was read; the result is not kept`;
    return new SluiceError('SOURCE_CHANGED', 'read', message, { path: this.#name });
  }
}

/** Reads exactly these bytes. @throws SluiceError (rejects) `READ_FAILED`, `VERIFY_FAILED` where the file ends */
async function readAt(handle: FileHandle, name: string, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  if ((await reading(name, readInto(handle, bytes, at))) < length)
    throw notAnIndex(name, 'it was cut while it was read');
  return bytes;
}

async function reading<T>(name: string, work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw readFailed(name, cause);
  });
}

function readFailed(name: string, cause: unknown): SluiceError {
  return new SluiceError('READ_FAILED', 'read', `${name}: ${messageOf(cause)}`, { path: name, cause });
}
