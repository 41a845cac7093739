/** Joins parts in S3: copied within the service into a multipart upload, which becomes one object. */
import type { S3Bucket, UnfinishedUpload } from '../destinations/s3/s3-bucket.js';
import { SluiceError } from '../terms/errors.js';
import type { BlobOwner, ByteRange, JoinProgress, Part, PartJoiner } from './blob-store.js';
import { sizeOf, spansOf } from './parts.js';
import type { S3Keys } from './s3-keys.js';

const MIB = 1024 * 1024;

/** S3's minimum size of a piece of an upload, except the last one. */
const MIN_PIECE_BYTES = 5 * MIB;

/** Minimum after half of the possible pieces, so that 10,000 pieces hold any file. */
const LATE_MIN_PIECE_BYTES = 64 * MIB;

/** Maximum size of a copied piece; S3 copies at most 5 GiB per request. */
const MAX_COPY_BYTES = 1024 * MIB;

/** S3's maximum number of pieces of an upload. */
const MAX_PIECES = 10_000;

/** Files up to this size are fetched and stored with one PUT. */
const MAX_PUT_BYTES = 8 * MIB;

/**
 * Treats the parts as one sequence of bytes. The next piece is copied if enough of one part is left; if a part ends too
 * early for a piece of its own, bytes of it and of the following parts are fetched into one piece. Memory: 5 MiB of
 * fetched bytes, 64 MiB in very large files.
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
    from: string | JoinProgress,
    signal: AbortSignal,
  ): Promise<JoinProgress | undefined> {
    if (typeof from === 'string' && sizeOf(parts) < MIN_PIECE_BYTES) return undefined;
    return this.#begin(owner, from, (progress) => this.#continue(owner, parts, progress, signal));
  }

  async finish(
    owner: BlobOwner,
    parts: readonly Part[],
    from: string | JoinProgress,
    signal: AbortSignal,
  ): Promise<Part> {
    const bytes = sizeOf(parts);
    if (typeof from === 'string' && bytes <= MAX_PUT_BYTES) {
      const all = await this.#fetch(owner, parts, { start: 0, end: bytes }, signal);
      await this.#bucket.put(this.#keys.of(owner, from), all);
      return { name: from, bytes };
    }
    return this.#begin(owner, from, async (begun) => {
      const progress = await this.#continue(owner, parts, begun, signal);
      const { name, pieces } = progress;
      const upload = this.#uploadOf(owner, progress);
      const etags = [...pieces];
      if (progress.bytes < bytes) {
        const rest = await this.#fetch(owner, parts, { start: progress.bytes, end: bytes }, signal);
        etags.push(await this.#bucket.uploadPart(upload, etags.length + 1, rest, signal));
      }
      await this.#bucket.completeUpload(upload, etags);
      return { name, bytes };
    });
  }

  async abandon(owner: BlobOwner, progress: JoinProgress): Promise<void> {
    await this.#bucket.abortUpload(this.#uploadOf(owner, progress));
  }

  /** Works on an existing upload, or on a new one that is aborted if the work fails. */
  async #begin<T>(
    owner: BlobOwner,
    from: string | JoinProgress,
    work: (progress: JoinProgress) => Promise<T>,
  ): Promise<T> {
    if (typeof from !== 'string') return work(from);
    const upload = await this.#bucket.createUpload(this.#keys.of(owner, from));
    const progress = { name: from, bytes: 0, upload, pieces: [] };
    try {
      return await work(progress);
    } catch (cause) {
      await this.abandon(owner, progress).catch(() => {});
      throw cause;
    }
  }

  async #continue(
    owner: BlobOwner,
    parts: readonly Part[],
    from: JoinProgress,
    signal: AbortSignal,
  ): Promise<JoinProgress> {
    const upload = this.#uploadOf(owner, from);
    const end = sizeOf(parts);
    const pieces = [...from.pieces];
    let { bytes } = from;
    for (;;) {
      const min = pieces.length < MAX_PIECES / 2 ? MIN_PIECE_BYTES : LATE_MIN_PIECE_BYTES;
      if (end - bytes < min) return { ...from, bytes, pieces };
      this.#requireRoom(upload, pieces.length, signal);
      const [next] = spansOf(parts, { start: bytes, end });
      const number = pieces.length + 1;
      if (next.end - next.start >= min) {
        const length = Math.min(MAX_COPY_BYTES, next.end - next.start);
        const span = { key: this.#keys.of(owner, next.name), start: next.start, end: next.start + length };
        pieces.push(await this.#bucket.copyPart(upload, number, span));
        bytes += length;
      } else {
        const fetched = await this.#fetch(owner, parts, { start: bytes, end: bytes + min }, signal);
        pieces.push(await this.#bucket.uploadPart(upload, number, fetched, signal));
        bytes += min;
      }
    }
  }

  /** Leaves room for the last piece. */
  #requireRoom({ key }: UnfinishedUpload, pieces: number, signal: AbortSignal): void {
    const path = this.#bucket.address(key);
    if (signal.aborted) throw new SluiceError('ABORTED', 'job', `${path}: joining was aborted`, { path });
    if (pieces + 1 < MAX_PIECES) return;
    const message = `${path}: needs more than ${MAX_PIECES} pieces, the maximum of S3`;
    throw new SluiceError('WRITE_FAILED', 'job', message, { path });
  }

  async #fetch(owner: BlobOwner, parts: readonly Part[], range: ByteRange, signal: AbortSignal): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (const { name, start, end } of spansOf(parts, range)) {
      const span = { key: this.#keys.of(owner, name), start, end };
      for await (const chunk of this.#bucket.read(span, signal)) chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  #uploadOf(owner: BlobOwner, { name, upload }: JoinProgress): UnfinishedUpload {
    return { key: this.#keys.of(owner, name), id: upload };
  }
}
