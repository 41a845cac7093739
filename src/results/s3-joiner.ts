/** Joining parts in S3: copied within the service into a multipart upload, which becomes one object. */
import type { S3Bucket, UnfinishedUpload } from '../destinations/s3/s3-bucket.js';
import { SluiceError } from '../terms/errors.js';
import type { BlobOwner, JoinStanding, Part, PartJoiner } from './blob-store.js';
import { sizeOf, spansOf } from './part-spans.js';
import type { S3Keys } from './s3-keys.js';

const MIB = 1024 * 1024;

/** The least bytes of a part of an upload, but for its last one. */
const LEAST_BYTES = 5 * MIB;

/** So many that 10,000 parts suffice for more: behind half of them, small pieces are gathered to this. */
const LATE_LEAST_BYTES = 64 * MIB;

/** Bytes that are copied in one request; S3 copies at most 5 GiB. */
const MOST_BYTES = 1024 * MIB;

/** Parts that S3 takes of an upload. */
const MOST_PIECES = 10_000;

/** Up to so many bytes a file is put together here, in one PUT. */
const PUT_BYTES = 8 * MIB;

/**
 * The parts are taken as one row of bytes. Where enough of one part lies ahead it is copied; where a part ends too soon
 * to be a piece of its own, bytes of it and of those behind it are fetched until there are enough. What is fetched is
 * held: 5 MiB, or 64 MiB in files that are very large.
 */
export class S3Joiner implements PartJoiner {
  readonly #bucket: S3Bucket;
  readonly #keys: S3Keys;

  constructor(bucket: S3Bucket, keys: S3Keys) {
    this.#bucket = bucket;
    this.#keys = keys;
  }

  async join(
    owner: BlobOwner,
    parts: readonly Part[],
    from: string | JoinStanding,
    signal: AbortSignal,
  ): Promise<JoinStanding | undefined> {
    if (typeof from === 'string' && sizeOf(parts) < LEAST_BYTES) return undefined;
    return this.#begun(owner, from, (standing) => this.#goOn(owner, parts, standing, signal));
  }

  async finish(
    owner: BlobOwner,
    parts: readonly Part[],
    from: string | JoinStanding,
    signal: AbortSignal,
  ): Promise<Part> {
    const bytes = sizeOf(parts);
    if (typeof from === 'string' && bytes <= PUT_BYTES) {
      await this.#bucket.put(this.#keys.of(owner, from), await this.#fetch(owner, parts, 0, bytes, signal));
      return { name: from, bytes };
    }
    return this.#begun(owner, from, async (begun) => {
      const standing = await this.#goOn(owner, parts, begun, signal);
      const { name, pieces } = standing;
      const upload = this.#uploadOf(owner, standing);
      const etags = [...pieces];
      if (standing.bytes < bytes) {
        const rest = await this.#fetch(owner, parts, standing.bytes, bytes, signal);
        etags.push(await this.#bucket.uploadPart(upload, etags.length + 1, rest, signal));
      }
      await this.#bucket.completeUpload(upload, etags);
      return { name, bytes };
    });
  }

  async abandon(owner: BlobOwner, standing: JoinStanding): Promise<void> {
    await this.#bucket.abortUpload(this.#uploadOf(owner, standing));
  }

  /** Works on a standing, or on a new one, of which nothing is left when the work fails. */
  async #begun<T>(
    owner: BlobOwner,
    from: string | JoinStanding,
    work: (standing: JoinStanding) => Promise<T>,
  ): Promise<T> {
    if (typeof from !== 'string') return work(from);
    const upload = await this.#bucket.createUpload(this.#keys.of(owner, from));
    const standing = { name: from, bytes: 0, upload, pieces: [] };
    try {
      return await work(standing);
    } catch (cause) {
      await this.abandon(owner, standing).catch(() => {});
      throw cause;
    }
  }

  async #goOn(
    owner: BlobOwner,
    parts: readonly Part[],
    from: JoinStanding,
    signal: AbortSignal,
  ): Promise<JoinStanding> {
    const upload = this.#uploadOf(owner, from);
    const end = sizeOf(parts);
    const pieces = [...from.pieces];
    let { bytes } = from;
    for (;;) {
      const least = pieces.length < MOST_PIECES / 2 ? LEAST_BYTES : LATE_LEAST_BYTES;
      if (end - bytes < least) return { ...from, bytes, pieces };
      this.#requireRoom(upload, pieces.length, signal);
      const [ahead] = spansOf(parts, bytes, end);
      const number = pieces.length + 1;
      if (ahead.end - ahead.start >= least) {
        const length = Math.min(MOST_BYTES, ahead.end - ahead.start);
        const key = this.#keys.of(owner, ahead.name);
        const span = { key, start: ahead.start, end: ahead.start + length };
        pieces.push(await this.#bucket.copyPart(upload, number, span));
        bytes += length;
      } else {
        const fetched = await this.#fetch(owner, parts, bytes, bytes + least, signal);
        pieces.push(await this.#bucket.uploadPart(upload, number, fetched, signal));
        bytes += least;
      }
    }
  }

  /** The last piece needs room too. */
  #requireRoom({ key }: UnfinishedUpload, pieces: number, signal: AbortSignal): void {
    const path = this.#bucket.address(key);
    if (signal.aborted) throw new SluiceError('ABORTED', 'job', `${path}: joining was aborted`, { path });
    if (pieces + 1 < MOST_PIECES) return;
    throw new SluiceError('WRITE_FAILED', 'job', `${path}: more than ${MOST_PIECES} pieces, which S3 does not take`, {
      path,
    });
  }

  async #fetch(
    owner: BlobOwner,
    parts: readonly Part[],
    start: number,
    end: number,
    signal: AbortSignal,
  ): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (const { name, ...range } of spansOf(parts, start, end)) {
      const span = { key: this.#keys.of(owner, name), ...range };
      for await (const chunk of this.#bucket.read(span, signal)) chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  #uploadOf(owner: BlobOwner, { name, upload }: JoinStanding): UnfinishedUpload {
    return { key: this.#keys.of(owner, name), id: upload };
  }
}
