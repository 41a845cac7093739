/** Compresses in blocks of one size, several in parallel; any number of threads gives the same bytes. */
import { crc32 } from 'node:zlib';
import type { Deflater } from '../terms/deflater.js';
import { SluiceError, toSluiceError } from '../terms/errors.js';
import type { StageOutput } from '../terms/stage.js';
import { type DeflateEngine, deflateEngine } from './deflate-engine.js';
import type { DeflateResult } from './deflate-threads.js';
import { zstdFrame } from './zstd-frame.js';

/**
 * Uncompressed bytes of a block. Blocks are cut at fixed offsets, because the output depends on the cuts and equal
 * exports must have equal bytes.
 */
export const BLOCK_BYTES = 1024 * 1024;

/** The window of deflate in bytes: the part of the previous block that a block may refer to. */
const WINDOW_BYTES = 32 * 1024;

/** Bytes of the memory for the first block of an output, which grows as it fills: most exports are small. */
const FIRST_BYTES = 16 * 1024;
const GROWTH = 4;

const EMPTY = Buffer.alloc(0);

/**
 * The state of the output after a block. A deflater that starts from it, with the same method, level, deflater and version of
 * Node, and gets the input from `uncompressed` on, returns exactly the bytes after the first `compressed` ones. After the last
 * block it has only the totals: its window is empty, and no deflater can start from it.
 */
export interface DeflateState {
  /** Input bytes; a multiple of `BLOCK_BYTES` after every block except the last. */
  readonly uncompressed: number;
  /** Output bytes. */
  readonly compressed: number;
  /** CRC-32 of the input. */
  readonly crc32: number;
  /** The last 32 KiB of the input, to which the next block may refer; empty for frames, which refer to nothing before. */
  readonly window: Buffer;
}

/** The state of an output between two blocks. */
export interface DeflateCheckpoint {
  /** After the last block. */
  readonly state: DeflateState;
  /** The input since then: less than a block. */
  readonly pending: Buffer;
  /** Compressed bytes of each frame before; present for frames. */
  readonly frames?: readonly number[];
}

/** The state at the beginning. */
const BEGINNING: DeflateState = Object.freeze({ uncompressed: 0, compressed: 0, crc32: 0, window: EMPTY });

/** One block of output. */
export interface DeflatedBlock {
  readonly bytes: Buffer;
  /** The state of the output after these bytes. */
  readonly state: DeflateState;
  /** The output ends here. */
  readonly last: boolean;
}

/** How to deflate. */
export interface DeflateOptions {
  /** `store` cuts and counts in the same way, and leaves the bytes unchanged; `zstd` makes a frame of each block. */
  readonly method: 'deflate' | 'store' | 'zstd';
  /** Deflate level, 0 to 9, or that of Zstandard, 1 to 22; ignored by `store`. */
  readonly level: number;
  /** Default: zlib. */
  readonly deflater?: Deflater;
  /** Blocks deflated in parallel, at least 1. */
  readonly threads: number;
  /** The state of an earlier deflater; default: the beginning. */
  readonly from?: DeflateState;
}

/**
 * Deflates bytes in any chunks. Every block except the last ends at a byte (a sync flush), so the joined blocks are one
 * deflate stream. It holds at most `threads` blocks in flight and the one that is being filled. Its methods throw or
 * reject with a SluiceError: `INTERNAL` once the deflater has failed, `ABORTED` after `close`.
 */
export class BlockDeflater {
  readonly #options: DeflateOptions;
  readonly #engine: DeflateEngine;
  /** Blocks that were sent and not returned yet, the oldest first. */
  readonly #flights: Flight[] = [];
  /** Memory of blocks that are done. */
  readonly #spares: Buffer[] = [];
  /** The block that is being filled, and its length so far. */
  #block: Buffer | undefined;
  #filled = 0;
  /** The state after the last block that was sent. */
  #sent: Sent;
  /** Bytes returned of the current output. */
  #compressed: number;
  #failure: SluiceError | undefined;
  #isClosed = false;

  /** @throws SluiceError `INVALID` for a state that is not after a complete block */
  constructor(options: DeflateOptions) {
    const { from = BEGINNING, method } = options;
    const window = method === 'zstd' ? 0 : Math.min(from.uncompressed, WINDOW_BYTES);
    if (from.uncompressed % BLOCK_BYTES !== 0 || from.window.length !== window) {
      throw new SluiceError('INVALID', 'wrap', 'deflating can only continue after a complete block');
    }
    this.#options = options;
    this.#engine = deflateEngine(options.deflater ?? 'zlib', options.threads);
    this.#sent = from;
    this.#compressed = from.compressed;
  }

  /**
   * Takes bytes, and keeps copies of them. The blocks of a large chunk are returned together, so cut it where memory
   * counts.
   * @returns the finished blocks; a promise of them when a block had to wait for another
   */
  push(bytes: Uint8Array): StageOutput<DeflatedBlock> {
    const done = this.#takeDone();
    const rest = this.#takeIn(bytes);
    return rest ? this.#pushOn(rest, done) : done;
  }

  /**
   * The input is complete.
   * @param open whether the stream is left open, so that blocks of another one may follow
   * @returns the rest; always with a last block, which may only end the stream
   */
  async flush(open = false): Promise<readonly DeflatedBlock[]> {
    const done = [...(await this.end(open))];
    while (this.#flights.length > 0) await this.#land(done);
    return done;
  }

  /** The input is complete, and another one begins, with a separate output. @returns the finished blocks */
  async end(open = false): Promise<readonly DeflatedBlock[]> {
    const done = this.#takeDone();
    while (this.#isFull()) await this.#land(done);
    this.#send(true, open);
    return [...done, ...this.#takeDone()];
  }

  /** Waits for all blocks in flight. @returns the finished blocks; `checkpoint` is the state after them */
  async drain(): Promise<readonly DeflatedBlock[]> {
    const done = this.#takeDone();
    if (this.#filled === BLOCK_BYTES) {
      while (this.#isFull()) await this.#land(done);
      this.#send(false);
    }
    while (this.#flights.length > 0) await this.#land(done);
    return done;
  }

  /** The state of the output; to be read after `drain`. */
  get checkpoint(): DeflateCheckpoint {
    const pending = this.#block ? Buffer.from(this.#block.subarray(0, this.#filled)) : EMPTY;
    return { state: { ...this.#sent, compressed: this.#compressed }, pending };
  }

  /** Waits for the blocks in flight, which cannot be cancelled, and discards everything. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#flights.map(({ landed }) => landed));
    this.#engine.close();
    this.#flights.length = 0;
    this.#spares.length = 0;
    this.#block = undefined;
  }

  async #pushOn(bytes: Uint8Array, done: DeflatedBlock[]): Promise<readonly DeflatedBlock[]> {
    for (let rest: Uint8Array | undefined = bytes; rest; rest = this.#takeIn(rest)) await this.#land(done);
    return done;
  }

  /** Copies and sends blocks until one has to wait. @returns the bytes that are left to copy then */
  #takeIn(bytes: Uint8Array): Uint8Array | undefined {
    let rest = bytes;
    for (;;) {
      if (this.#filled === BLOCK_BYTES) {
        if (this.#isFull()) return rest;
        this.#send(false);
      }
      if (rest.length === 0) return undefined;
      const length = Math.min(rest.length, BLOCK_BYTES - this.#filled);
      this.#makeRoom(length).set(rest.subarray(0, length), this.#filled);
      this.#filled += length;
      rest = rest.subarray(length);
    }
  }

  /** The block that is being filled, with room for so many more bytes. */
  #makeRoom(length: number): Buffer {
    const before = this.#block;
    const needed = this.#filled + length;
    if (before && needed <= before.length) return before;
    const spare = this.#spares.pop();
    // After the first block it is known that the output is large.
    let size = this.#sent.uncompressed > 0 ? BLOCK_BYTES : FIRST_BYTES;
    while (size < needed) size *= GROWTH;
    const block = spare && spare.length >= needed ? spare : Buffer.allocUnsafeSlow(Math.min(size, BLOCK_BYTES));
    if (before) block.set(before.subarray(0, this.#filled));
    this.#block = block;
    return block;
  }

  #isFull(): boolean {
    return this.#flights.length >= this.#options.threads;
  }

  /** Sends the block that is being filled. */
  #send(last: boolean, open = !last): void {
    const block = this.#block ?? EMPTY;
    const bytes = block.subarray(0, this.#filled);
    this.#block = undefined;
    this.#filled = 0;
    const { method } = this.#options;
    const { uncompressed, crc32: before, window } = this.#sent;
    // After other frames, one without content would add nothing.
    const isDone = method === 'store' || (method === 'zstd' && bytes.length === 0 && uncompressed > 0);
    const sent = {
      uncompressed: uncompressed + bytes.length,
      // Node's crc32 returns 0 for no bytes, whatever precedes them. Frames have checksums of their own.
      crc32: bytes.length === 0 || method === 'zstd' ? before : crc32(bytes, before),
      window: last || method === 'zstd' ? EMPTY : Buffer.from(bytes.subarray(-WINDOW_BYTES)),
    };
    this.#sent = last ? BEGINNING : sent;
    this.#flights.push(
      isDone
        ? { sent, last, landed: Promise.resolve(), outcome: this.#stored(block, bytes) }
        : this.#fly(block, bytes, window, { sent, last, open }),
    );
  }

  /** A full block is returned unchanged; a shorter one as a copy, so that small files do not hold a block each. */
  #stored(block: Buffer, bytes: Buffer): Buffer {
    if (bytes.length === BLOCK_BYTES || block.length === 0) return bytes;
    const copy = Buffer.from(bytes);
    this.#spares.push(block);
    return copy;
  }

  #fly(
    block: Buffer,
    bytes: Buffer,
    window: Buffer,
    { sent, last, open }: Pick<Flight, 'sent' | 'last'> & { readonly open: boolean },
  ): Flight {
    const flight: Flight = { sent, last, landed: Promise.resolve() };
    const land = ({ output, memory }: DeflateResult) => {
      flight.outcome = output;
      if (memory.length > 0) this.#spares.push(memory);
    };
    const fail = (cause: unknown) => {
      flight.outcome = toSluiceError(cause, 'INTERNAL', 'wrap');
    };
    try {
      const { method, level } = this.#options;
      const deflated =
        method === 'zstd'
          ? zstdFrame(bytes, level).then((output) => ({ output, memory: block }))
          : this.#engine.deflate({ bytes, window, level, last: !open }, block);
      if (deflated instanceof Promise) flight.landed = deflated.then(land, fail);
      else land(deflated);
    } catch (cause) {
      fail(cause);
    }
    return flight;
  }

  /** Waits for the oldest block, and takes the finished ones. */
  async #land(done: DeflatedBlock[]): Promise<void> {
    await this.#flights[0].landed;
    done.push(...this.#takeDone());
  }

  /** The finished blocks, up to the first that is not. */
  #takeDone(): DeflatedBlock[] {
    const done: DeflatedBlock[] = [];
    // Made only here: every export closes its deflater, and the stack of an error takes time.
    if (this.#isClosed) this.#failure ??= new SluiceError('ABORTED', 'wrap', 'deflating was closed before its end');
    if (this.#failure) throw this.#failure;
    for (let oldest = this.#flights[0]; oldest?.outcome; oldest = this.#flights[0]) {
      const { outcome: bytes, sent, last } = oldest;
      if (bytes instanceof SluiceError) {
        this.#failure = bytes;
        throw bytes;
      }
      this.#flights.shift();
      this.#compressed += bytes.length;
      done.push({ bytes, last, state: { ...sent, compressed: this.#compressed } });
      if (last) this.#compressed = 0;
    }
    return done;
  }
}

/** The state of the input after a block. */
type Sent = Omit<DeflateState, 'compressed'>;

/** A block that was sent. */
interface Flight {
  readonly sent: Sent;
  readonly last: boolean;
  /** Resolves with the outcome set; never rejects. */
  landed: Promise<void>;
  outcome?: Buffer | SluiceError;
}
