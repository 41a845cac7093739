/** Deflating in blocks of one size, several at a time on libuv's pool: in order, the same bytes for any number of them. */
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import { SluiceError, toSluiceError } from '../terms/errors.js';
import type { Answer } from '../terms/stage.js';

/**
 * Uncompressed bytes of a block. Cut at fixed offsets, since what zlib makes of its input depends on where it is cut,
 * and equal exports must have equal bytes.
 */
export const BLOCK_BYTES = 1024 * 1024;

/** How far back deflate can refer, in bytes: what a block must know of the one before it. */
const WINDOW_BYTES = 32 * 1024;

/** Room beside the block for what cannot be compressed. The output then fits at once: one block, one trip to the pool. */
const SPARE_BYTES = BLOCK_BYTES / 64;

const EMPTY = Buffer.alloc(0);

/**
 * Where the output stands behind a block. A deflater that is started from it, with the same method, level and version
 * of Node, and is given the input from `uncompressed` on, answers exactly the bytes that follow the first `compressed`
 * ones. Behind the last block it only tells the totals: its window is empty, and it is refused as a start.
 */
export interface DeflateState {
  /** Bytes taken in; behind every block but the last a multiple of `BLOCK_BYTES`. */
  readonly uncompressed: number;
  /** Bytes answered. */
  readonly compressed: number;
  /** CRC-32 of the bytes taken in. */
  readonly crc32: number;
  /** The last 32 KiB taken in, which the next block may refer to. */
  readonly window: Buffer;
}

/** Where an output stands between two blocks. */
export interface DeflateStanding {
  /** Behind the last block. */
  readonly state: DeflateState;
  /** What was taken in since: less than a block. */
  readonly pending: Buffer;
}

/** Where every output begins. */
const BEGINNING: DeflateState = Object.freeze({ uncompressed: 0, compressed: 0, crc32: 0, window: EMPTY });

/** One block as it goes out. */
export interface DeflatedBlock {
  readonly bytes: Buffer;
  /** Where the output stands once these bytes are written. */
  readonly state: DeflateState;
  /** The output ends here. */
  readonly last: boolean;
}

/** How to deflate. */
export interface DeflateOptions {
  /** `store` cuts and counts alike, and leaves the bytes as they are. */
  readonly method: 'deflate' | 'store';
  /** Deflate level, 0 to 9; of no meaning to `store`. */
  readonly level: number;
  /** Blocks deflated at the same time, at least 1. */
  readonly threads: number;
  /** Where an earlier deflater had come to; default: the beginning. */
  readonly from?: DeflateState;
}

/**
 * Deflates bytes that come in any chunks. Every block but the last ends at a byte (a sync flush), so that the blocks
 * joined are one deflate stream. It holds at most `threads` blocks that were sent, and the one that is being filled.
 * What takes or answers bytes throws, or rejects, with a SluiceError: `INTERNAL` once zlib has failed, `ABORTED` after
 * `close`.
 */
export class BlockDeflater {
  readonly #options: DeflateOptions;
  /** Blocks that were sent and not answered yet, the oldest first. */
  readonly #flights: Flight[] = [];
  /** Buffers that zlib has done with. */
  readonly #spares: Buffer[] = [];
  /** The block that is being filled, and how far it is. */
  #block: Buffer | undefined;
  #filled = 0;
  /** Behind the last block that was sent. */
  #sent: Sent;
  /** Bytes answered of the output that is being answered. */
  #compressed: number;
  #failure: SluiceError | undefined;

  /** @throws SluiceError `INVALID` for a state that no block can follow */
  constructor(options: DeflateOptions) {
    const { from = BEGINNING } = options;
    if (from.uncompressed % BLOCK_BYTES !== 0 || from.window.length !== Math.min(from.uncompressed, WINDOW_BYTES)) {
      throw new SluiceError('INVALID', 'wrap', 'deflating can only go on from behind a whole block');
    }
    this.#options = options;
    this.#sent = from;
    this.#compressed = from.compressed;
  }

  /**
   * Takes bytes, of which it keeps copies. A chunk of many blocks is answered whole, so cut it where memory counts.
   * @returns the blocks that are done; a promise of them where one had to wait for its turn
   */
  push(bytes: Uint8Array): Answer<DeflatedBlock> {
    const done = this.#takeDone();
    const rest = this.#takeIn(bytes);
    return rest ? this.#pushOn(rest, done) : done;
  }

  /** The input is complete. @returns what is left; the last block is always there, if only to end the stream */
  async flush(): Promise<readonly DeflatedBlock[]> {
    const done = [...(await this.end())];
    while (this.#flights.length > 0) await this.#land(done);
    return done;
  }

  /** The input is complete, and what comes next is another, whose output begins afresh. @returns what is done */
  async end(): Promise<readonly DeflatedBlock[]> {
    const done = this.#takeDone();
    while (this.#isFull()) await this.#land(done);
    this.#send(true);
    return [...done, ...this.#takeDone()];
  }

  /** Waits for all that was sent. @returns the blocks that are done; behind them lies `standing` */
  async drain(): Promise<readonly DeflatedBlock[]> {
    const done = this.#takeDone();
    if (this.#filled === BLOCK_BYTES) {
      while (this.#isFull()) await this.#land(done);
      this.#send(false);
    }
    while (this.#flights.length > 0) await this.#land(done);
    return done;
  }

  /** Where the output stands; asked behind `drain`. */
  get standing(): DeflateStanding {
    const pending = this.#block ? Buffer.from(this.#block.subarray(0, this.#filled)) : EMPTY;
    return { state: { ...this.#sent, compressed: this.#compressed }, pending };
  }

  /** Waits for what is still on the pool, which cannot be called back, and gives everything up. */
  async close(): Promise<void> {
    this.#failure ??= new SluiceError('ABORTED', 'wrap', 'deflating was ended before its time');
    await Promise.all(this.#flights.map(({ landed }) => landed));
    this.#flights.length = 0;
    this.#spares.length = 0;
    this.#block = undefined;
  }

  async #pushOn(bytes: Uint8Array, done: DeflatedBlock[]): Promise<readonly DeflatedBlock[]> {
    for (let rest: Uint8Array | undefined = bytes; rest; rest = this.#takeIn(rest)) await this.#land(done);
    return done;
  }

  /** Copies and sends as far as nothing has to wait; answers what is left to copy where a full block has to. */
  #takeIn(bytes: Uint8Array): Uint8Array | undefined {
    let rest = bytes;
    for (;;) {
      if (this.#filled === BLOCK_BYTES) {
        if (this.#isFull()) return rest;
        this.#send(false);
      }
      if (rest.length === 0) return undefined;
      this.#block ??= this.#spares.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const length = Math.min(rest.length, BLOCK_BYTES - this.#filled);
      this.#block.set(rest.subarray(0, length), this.#filled);
      this.#filled += length;
      rest = rest.subarray(length);
    }
  }

  #isFull(): boolean {
    return this.#flights.length >= this.#options.threads;
  }

  /** Sends the block as it is. */
  #send(last: boolean): void {
    const block = this.#block ?? EMPTY;
    const bytes = block.subarray(0, this.#filled);
    this.#block = undefined;
    this.#filled = 0;
    const { uncompressed, crc32: before, window } = this.#sent;
    const sent = {
      uncompressed: uncompressed + bytes.length,
      // Node's answers 0 for no bytes, whatever came before them.
      crc32: bytes.length === 0 ? before : crc32(bytes, before),
      window: last ? EMPTY : Buffer.from(bytes.subarray(-WINDOW_BYTES)),
    };
    this.#sent = last ? BEGINNING : sent;
    this.#flights.push(
      this.#options.method === 'store'
        ? { sent, last, landed: Promise.resolve(), outcome: this.#stored(block, bytes) }
        : this.#fly(block, bytes, window, { sent, last }),
    );
  }

  /** A whole block goes out as it is; of less goes out a copy, so that small files do not hold a block each. */
  #stored(block: Buffer, bytes: Buffer): Buffer {
    if (bytes.length === BLOCK_BYTES || block.length === 0) return bytes;
    const copy = Buffer.from(bytes);
    this.#spares.push(block);
    return copy;
  }

  #fly(block: Buffer, bytes: Buffer, dictionary: Buffer, { sent, last }: Pick<Flight, 'sent' | 'last'>): Flight {
    const deflated = deflate(bytes, {
      level: this.#options.level,
      dictionary,
      chunkSize: bytes.length + SPARE_BYTES,
      finishFlush: last ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    });
    const landed = deflated.then(
      (outcome) => {
        flight.outcome = outcome;
        if (block.length > 0) this.#spares.push(block);
      },
      (cause: unknown) => {
        flight.outcome = toSluiceError(cause, 'INTERNAL', 'wrap');
      },
    );
    const flight: Flight = { sent, last, landed };
    return flight;
  }

  /** Waits for the oldest block, and takes what is done. */
  async #land(done: DeflatedBlock[]): Promise<void> {
    await this.#flights[0].landed;
    done.push(...this.#takeDone());
  }

  /** The blocks that are done, up to the first that is not. */
  #takeDone(): DeflatedBlock[] {
    const done: DeflatedBlock[] = [];
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

/** Where the input stands behind a block. */
type Sent = Omit<DeflateState, 'compressed'>;

/** A block that was sent. */
interface Flight {
  readonly sent: Sent;
  readonly last: boolean;
  /** Resolves once there is an outcome; never rejects. */
  readonly landed: Promise<void>;
  outcome?: Buffer | SluiceError;
}

const deflate = promisify(deflateRaw);
