/** A download into anything but a regular file: written through, resumed after a cut, never restarted. */
import { createHash } from 'node:crypto';
import type { Delivery } from '../destinations/destination.js';
import type { ThroughPlace } from '../destinations/place.js';
import { openThrough } from '../destinations/through.js';
import { writeError } from '../destinations/write-error.js';
import { SluiceError } from '../terms/errors.js';
import type { Part } from './part.js';

/** Bytes that have been written and cannot be taken back. */
export class ThroughPart implements Part {
  readonly #path: string;
  readonly #delivery: Delivery;
  readonly #hash = createHash('sha256');
  #etag: string | undefined;
  #size = 0;
  #done = false;

  private constructor(path: string, delivery: Delivery) {
    this.#path = path;
    this.#delivery = delivery;
    // Each write reports its own failure.
    delivery.writable.on('error', () => {});
  }

  /**
   * Opens the destination.
   * @throws SluiceError `WRITE_FAILED` and the like
   */
  static async open(path: string, place: ThroughPlace, signal: AbortSignal | undefined): Promise<ThroughPart> {
    return new ThroughPart(path, await openThrough(place, path, { signal }));
  }

  get size(): number {
    return this.#size;
  }

  get etag(): string | undefined {
    return this.#etag;
  }

  async restart(etag: string | undefined): Promise<void> {
    if (this.#size > 0) {
      const message = `${this.#path}: the file has changed, and what was written cannot be taken back`;
      throw new SluiceError('WRITE_FAILED', 'write', message, { path: this.#path });
    }
    this.#etag = etag;
  }

  async append(chunk: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#delivery.writable.write(chunk, (error) => (error ? reject(writeError(error, this.#path)) : resolve()));
    });
    this.#hash.update(chunk);
    this.#size += chunk.length;
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  async commit(): Promise<void> {
    this.#done = true;
    await new Promise<void>((resolve, reject) => {
      this.#delivery.writable.end((error?: Error | null) =>
        error ? reject(writeError(error, this.#path)) : resolve(),
      );
    });
    await this.#delivery.commit();
  }

  async discard(): Promise<void> {
    this.#done = true;
    await this.#delivery.discard();
  }

  async close(): Promise<void> {
    if (!this.#done) await this.discard();
  }
}
