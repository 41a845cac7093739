/** A store that keeps small results with the rows of their jobs, and passes larger ones to another store. */
import type { BlobOwner, BlobStore, BlobWriter, ByteRange, FoundOwner, Part } from '../results/blob-store.js';
import { spansOf } from '../results/parts.js';
import type { EmbeddedResults } from './embedded-results.js';

/** Largest result that is kept with its row: a file costs two syncs and a dozen trips to the system. */
export const MOST_SMALL_BYTES = 16 * 1024;

/** Makes nothing durable itself: a small result is written in the transaction of the row that refers to it. */
export class SmallResults implements BlobStore {
  readonly #small: EmbeddedResults;
  readonly #large: BlobStore;

  constructor(small: EmbeddedResults, large: BlobStore) {
    this.#small = small;
    this.#large = large;
  }

  async check(): Promise<void> {
    await this.#large.check?.();
  }

  async create(owner: BlobOwner, name: string): Promise<BlobWriter> {
    const [small, store, { job }] = [this.#small, this.#large, owner];
    let chunks: Buffer[] = [];
    let bytes = 0;
    let large: BlobWriter | undefined;
    return {
      async write(chunk) {
        bytes += chunk.length;
        if (bytes <= MOST_SMALL_BYTES) {
          chunks.push(Buffer.from(chunk));
          return;
        }
        if (!large) {
          large = await store.create(owner, name);
          for (const before of chunks) await large.write(before);
          chunks = [];
        }
        await large.write(chunk);
      },
      async commit(): Promise<Part> {
        if (large) return large.commit();
        small.stage(job, name, chunks);
        return { name, bytes };
      },
      async discard() {
        small.unstage(job, name);
        await large?.discard();
      },
    };
  }

  async *read(owner: BlobOwner, parts: readonly Part[], range?: ByteRange): AsyncGenerator<Buffer, void> {
    let offset = 0;
    for (const part of parts) {
      const [span] = spansOf([part], shifted(range, offset));
      offset += part.bytes;
      if (!span) continue;
      const bytes = this.#small.read(owner.job, part);
      if (bytes) yield bytes.subarray(span.start, span.end);
      else yield* this.#large.read(owner, [part], span);
    }
  }

  async sweep(owner: BlobOwner, keep: ReadonlySet<string>, upTo = Number.POSITIVE_INFINITY): Promise<void> {
    await this.#small.sweep(owner.job, keep, upTo);
    await this.#large.sweep(owner, keep, upTo);
  }

  /** Rows delete their small results themselves: none are left of unknown jobs. */
  jobs(): AsyncIterable<FoundOwner> {
    return this.#large.jobs();
  }

  async forget(owner: FoundOwner): Promise<void> {
    await this.#small.sweep(owner.job, new Set(), Number.POSITIVE_INFINITY);
    await this.#large.forget(owner);
  }
}

function shifted(range: ByteRange | undefined, by: number): ByteRange | undefined {
  return range && { start: range.start - by, end: range.end - by };
}
