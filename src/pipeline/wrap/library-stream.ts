/** A library's or Node's stream behind the stage contract: written to, and what came out is handed back. */
import { finished, type Readable, type Writable } from 'node:stream';
import { promisify } from 'node:util';

/**
 * Bytes that the library is handed at a time. Always as many, whatever comes, since what zlib makes of its input can
 * depend on where it is cut, and equal exports must have equal bytes.
 */
const BLOCK_BYTES = 64 * 1024;

/** Collects what comes out of a pair of streams while it is written to; bounded, since it waits for each write. */
export class LibraryStream {
  readonly #input: Writable;
  readonly #output: Readable;
  #ready: Buffer[] = [];
  /** The block that is being filled, and how far it is. */
  #block: Buffer | undefined;
  #waiting = 0;
  #failure: unknown;
  #rejectPending: ((error: unknown) => void) | undefined;

  constructor(input: Writable, output: Readable) {
    this.#input = input;
    this.#output = output;
    output.on('data', (chunk: Buffer) => this.#ready.push(chunk));
    // A library's error must become ours wherever it comes up, never an uncaught exception.
    input.on('error', (error) => this.fail(error));
    output.on('error', (error) => this.fail(error));
  }

  /** Makes this and every later call fail. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#rejectPending?.(this.#failure);
  }

  /** Resolves once the chunk was taken; answers what has come out so far. */
  async write(chunk: Buffer): Promise<readonly Buffer[]> {
    this.#throwIfFailed();
    let from = 0;
    while (chunk.length - from >= BLOCK_BYTES - this.#waiting) {
      const to = from + BLOCK_BYTES - this.#waiting;
      const block = this.#block ? this.#fill(this.#block, chunk.subarray(from, to)) : chunk.subarray(from, to);
      this.#block = undefined;
      this.#waiting = 0;
      await this.#writeBlock(block);
      from = to;
    }
    if (from < chunk.length) {
      this.#block ??= Buffer.allocUnsafe(BLOCK_BYTES);
      this.#fill(this.#block, chunk.subarray(from));
    }
    return this.#take();
  }

  /** Ends the input; answers the rest of the output. */
  async end(finish: () => void = () => this.#input.end()): Promise<readonly Buffer[]> {
    this.#throwIfFailed();
    if (this.#block) await this.#writeBlock(this.#block.subarray(0, this.#waiting));
    const ended = promisify(finished)(this.#output);
    ended.catch(() => {});
    await this.#attempt((resolve, reject) => {
      ended.then(resolve, reject);
      finish();
    });
    return this.#take();
  }

  #fill(block: Buffer, bytes: Buffer): Buffer {
    this.#waiting += bytes.copy(block, this.#waiting);
    return block;
  }

  #writeBlock(block: Buffer): Promise<void> {
    return this.#attempt((resolve) => this.#input.write(block, () => resolve()));
  }

  /** Releases both streams, whatever they were at. */
  destroy(): void {
    this.#input.destroy();
    this.#output.destroy();
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #attempt(act: (resolve: () => void, reject: (error: unknown) => void) => void): Promise<void> {
    this.#throwIfFailed();
    return new Promise((resolve, reject) => {
      this.#rejectPending = reject;
      act(resolve, reject);
    });
  }

  #take(): readonly Buffer[] {
    const taken = this.#ready;
    this.#ready = [];
    return taken;
  }
}
