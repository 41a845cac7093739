/** A library's or Node's stream behind the stage contract: written to, and what came out is handed back. */
import { finished, type Readable, type Writable } from 'node:stream';
import { promisify } from 'node:util';

/** Collects what comes out of a pair of streams while it is written to; bounded, since it waits for each write. */
export class LibraryStream {
  readonly #input: Writable;
  readonly #output: Readable;
  #ready: Buffer[] = [];
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
    await this.#attempt((resolve) => this.#input.write(chunk, () => resolve()));
    return this.#take();
  }

  /** Ends the input; answers the rest of the output. */
  async end(finish: () => void = () => this.#input.end()): Promise<readonly Buffer[]> {
    const ended = promisify(finished)(this.#output);
    ended.catch(() => {});
    await this.#attempt((resolve, reject) => {
      ended.then(resolve, reject);
      finish();
    });
    return this.#take();
  }

  /** Releases both streams, whatever they were at. */
  destroy(): void {
    this.#input.destroy();
    this.#output.destroy();
  }

  #attempt(act: (resolve: () => void, reject: (error: unknown) => void) => void): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
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
