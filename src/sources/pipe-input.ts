/** Pipes and sockets by their descriptor: the event loop waits for them, and their bytes come in few large reads. */
import { Buffer } from 'node:buffer';
import { type ConnectOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { messageOf, SluiceError } from '../terms/errors.js';
import type { ByteInput } from './source.js';
import { untilAborted } from './until-aborted.js';

/** Bytes of each of the two blocks that the system reads into. */
const BLOCK_BYTES = 512 * 1024;

/** Room for which a read of the system is worth it: what a pipe holds. */
const LEAST_ROOM = 64 * 1024;

/** Bytes that are worth a step of all stages. */
const ENOUGH = 256 * 1024;

/** How long bytes wait for further ones, in milliseconds: a slow feed is read as it comes. */
const WAIT_MS = 1;

/** An input from a descriptor, which closing the input closes. */
export function pipeInput(fd: number, name: string, signal: AbortSignal): ByteInput {
  let reader: PipeReader | undefined;
  return {
    kind: 'bytes',
    name,
    async read(into) {
      reader ??= new PipeReader(fd);
      try {
        await untilAborted(reader.ready(into.length), signal);
      } catch (cause) {
        if (cause instanceof SluiceError) throw cause;
        throw new SluiceError('READ_FAILED', 'read', `${name}: ${messageOf(cause)}`, { source: name, cause });
      }
      return reader.take(into);
    },
    async close() {
      reader ??= new PipeReader(fd);
      reader.close();
    },
  };
}

/** Memory that is filled and emptied from its beginning to its end. */
interface Block {
  readonly memory: Buffer;
  start: number;
  end: number;
}

function newBlock(): Block {
  return { memory: Buffer.allocUnsafeSlow(BLOCK_BYTES), start: 0, end: 0 };
}

/** Lets the system read into one of two blocks while the other one is taken. */
class PipeReader {
  readonly #socket: Socket;
  /** The block that the system reads into. */
  #filling = newBlock();
  /** The other block: empty, or with the bytes that came before those of the first. */
  #older = newBlock();
  /** The first block is full, and the other one still has bytes. */
  #isPaused = false;
  #isOver = false;
  #failure: Error | undefined;
  /** The bytes that a waiting reader takes at once, and how it is woken. */
  #wanted = 0;
  #wake: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(fd: number) {
    const options: SocketConstructorOpts & ConnectOpts = {
      fd,
      readable: true,
      writable: false,
      onread: { buffer: () => this.#room(), callback: (length) => this.#accept(length) },
    };
    this.#socket = new Socket(options);
    this.#socket.on('error', (error) => {
      this.#failure = error;
    });
    this.#socket.once('end', () => this.#end());
    this.#socket.once('close', () => this.#end());
    this.#socket.resume();
  }

  /** Resolves when there are bytes: enough of them, all that has come for now, or the last ones. */
  async ready(size: number): Promise<void> {
    this.#wanted = Math.min(size, ENOUGH);
    if (!this.#isReady && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#length > 0) this.#waitForMore();
      });
    }
    if (this.#failure && this.#length === 0) throw this.#failure;
  }

  /** Moves bytes; returns their number, 0 at the end. */
  take(into: Buffer): number {
    let taken = 0;
    while (taken < into.length && this.#length > 0) {
      const block = this.#older.end > 0 ? this.#older : this.#filling;
      const length = block.memory.copy(into, taken, block.start, block.end);
      taken += length;
      block.start += length;
      if (block === this.#older && block.start === block.end) this.#empty();
    }
    return taken;
  }

  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  get #length(): number {
    return this.#older.end - this.#older.start + this.#filling.end - this.#filling.start;
  }

  get #isReady(): boolean {
    return this.#length >= this.#wanted;
  }

  /** Where the system reads to next; decided when the read before it has ended. */
  #room(): Buffer {
    const { memory, end } = this.#isPaused ? { ...this.#older, end: 0 } : this.#filling;
    return memory.subarray(end);
  }

  /** Accepts what the system has read; returns whether it reads on. */
  #accept(length: number): boolean {
    const full = this.#filling;
    full.end += length;
    if (BLOCK_BYTES - full.end < LEAST_ROOM) {
      this.#isPaused = this.#older.end > 0;
      if (!this.#isPaused) this.#swap();
    }
    if (this.#isReady) this.#awake();
    else this.#waitForMore();
    return !this.#isPaused;
  }

  /** All bytes of the other block were taken. */
  #empty(): void {
    this.#older.start = 0;
    this.#older.end = 0;
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#swap();
    this.#socket.resume();
  }

  #swap(): void {
    [this.#filling, this.#older] = [this.#older, this.#filling];
  }

  #waitForMore(): void {
    if (this.#wake) this.#timer ??= setTimeout(() => this.#awake(), WAIT_MS);
  }

  #awake(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wake?.();
    this.#wake = undefined;
  }

  #end(): void {
    this.#isOver = true;
    this.#awake();
  }
}
