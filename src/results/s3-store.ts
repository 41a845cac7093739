/** Results in S3-compatible storage. */

import { importPresigner } from '../destinations/s3/import-presigner.js';
import { ObjectWriter } from '../destinations/s3/object-writer.js';
import { openBucket, S3_OPTIONS, type S3Options } from '../destinations/s3/open-bucket.js';
import { parseS3Address } from '../destinations/s3/s3-address.js';
import type { S3Bucket } from '../destinations/s3/s3-bucket.js';
import { acceptArgument, acceptOptions, boolean, filledText, type OptionTable } from '../options/accept-options.js';
import { SluiceError } from '../terms/errors.js';
import { attachment } from './attachment.js';
import {
  type BlobOwner,
  type BlobStore,
  type BlobWriter,
  type ByteRange,
  type FoundOwner,
  isBlobName,
  isSwept,
  type Part,
  type PartJoiner,
  type PresignOptions,
} from './blob-store.js';
import { MARK, type Mark, markText, parseMark, requireMark } from './folder-owner.js';
import { spansOf } from './parts.js';
import { S3Joiner } from './s3-joiner.js';
import { S3Keys } from './s3-keys.js';

/** Options of a store of results in a bucket. */
export interface S3StoreOptions extends S3Options {
  /**
   * Whether links to files are presigned URLs of the storage; default true. Use false where clients do not reach the
   * storage under the address used here: links then lead to the service.
   */
  readonly presign?: boolean;
}

const S3_STORE: OptionTable<S3StoreOptions> = { ...S3_OPTIONS, presign: boolean };

/** Concurrent requests that delete objects. */
const MAX_DELETES = 8;

/** How long a successful check is trusted, in milliseconds. */
const CHECK_TTL_MS = 1000;

/** Upper bound for the size of a mark. */
const MAX_MARK_BYTES = 4096;

/** Jobs counted at most when a prefix is taken over. */
const MAX_COUNTED_JOBS = 1000;

/** Maximum lifetime of a presigned link. */
const MAX_LINK_TTL_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Opens a store of results in a bucket, for `openJobs` and `openPostgresJobs`. Keys are `<prefix>/<tenant>/<job>/<name>`
 * with the number of the attempt in the name. A prefix belongs to the jobs of one folder or database and contains their
 * mark; foreign objects, and those of unknown jobs, are left alone. A process that dies may leave unfinished uploads:
 * they are swept with their job, and a lifecycle rule of the bucket (AbortIncompleteMultipartUpload) removes the rest.
 * @param url `s3://bucket/prefix`
 * @throws SluiceError `INVALID` for an invalid address, `MISSING_PEER`, `NOT_FOUND` for a missing bucket,
 * `SERVICE_FAILED` when the service does not respond
 * @example
 * const results = await openS3Store('s3://exports/results');
 * const jobs = await openJobs({ dataDir: '.sluice', source: 'catalog.ndjson', results });
 */
export async function openS3Store(url: string, options: S3StoreOptions = {}): Promise<S3Store> {
  acceptArgument('url', url, filledText);
  acceptOptions(options, S3_STORE);
  const { bucket: name, key } = parseS3Address(url);
  const { presign = true } = options;
  // Fail now rather than at the first link.
  if (presign) await importPresigner();
  const bucket = await openBucket(name, options, 'job');
  try {
    await bucket.requireExistence();
  } catch (cause) {
    bucket.close();
    throw cause;
  }
  return new S3Store(bucket, key, presign);
}

/** Stores each blob as one object. */
export class S3Store implements BlobStore {
  readonly joiner: PartJoiner;
  readonly presign?: NonNullable<BlobStore['presign']>;
  readonly #bucket: S3Bucket;
  readonly #keys: S3Keys;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | undefined;

  constructor(bucket: S3Bucket, prefix: string, presigns: boolean) {
    this.#bucket = bucket;
    this.#keys = new S3Keys(prefix);
    this.joiner = new S3Joiner(bucket, this.#keys);
    if (presigns) this.presign = (owner, part, options) => this.#presign(owner, part, options);
  }

  async own(owner: string): Promise<number> {
    const key = `${this.#keys.root}${MARK}`;
    const address = this.#bucket.address(key);
    let takenOver = 0;
    for (;;) {
      const mark = await this.#readMark(key, address);
      if (mark) {
        requireMark(mark, { use: 'results', owner }, this.#bucket.address(this.#keys.root), address);
        return takenOver;
      }
      takenOver = await this.#countJobs();
      const writer = new ObjectWriter(this.#bucket, key, { onlyNew: true });
      await writer.write(Buffer.from(markText({ use: 'results', owner })));
      await writer.commit().catch((cause: unknown) => {
        // Another process was faster: read its mark.
        if (!(cause instanceof SluiceError && cause.code === 'DESTINATION_EXISTS')) throw cause;
      });
    }
  }

  async check(): Promise<void> {
    if (performance.now() - this.#checkedAt < CHECK_TTL_MS) return;
    this.#checking ??= this.#bucket.requireExistence().finally(() => {
      this.#checking = undefined;
    });
    await this.#checking;
    this.#checkedAt = performance.now();
  }

  async create(owner: BlobOwner, name: string): Promise<BlobWriter> {
    const writer = new ObjectWriter(this.#bucket, this.#keys.of(owner, name));
    let bytes = 0;
    return {
      async write(chunk) {
        await writer.write(chunk);
        bytes += chunk.length;
      },
      async commit(): Promise<Part> {
        await writer.commit();
        return { name, bytes };
      },
      discard: () => writer.discard(),
    };
  }

  async *read(owner: BlobOwner, parts: readonly Part[], range?: ByteRange): AsyncGenerator<Buffer, void> {
    for (const { name, start, end } of spansOf(parts, range)) {
      yield* this.#bucket.read({ key: this.#keys.of(owner, name), start, end });
    }
  }

  async sweep(owner: BlobOwner, keep: ReadonlySet<string>, upTo = Number.POSITIVE_INFINITY): Promise<void> {
    const prefix = this.#keys.ofJob(owner);
    await this.#remove(prefix, (name) => isSwept(name, keep, upTo));
  }

  async *jobs(): AsyncGenerator<FoundOwner, void> {
    for await (const segment of this.#bucket.folders(this.#keys.root)) {
      for await (const job of this.#bucket.folders(this.#keys.ofSegment(segment))) {
        const owner = this.#keys.ownerOf(`${this.#keys.ofSegment(segment)}${job}/`);
        if (owner) yield owner;
      }
    }
    for await (const { key } of this.#bucket.uploads(this.#keys.root)) {
      const owner = this.#keys.ownerOf(key);
      if (owner) yield owner;
    }
  }

  async forget({ job, tenant }: FoundOwner): Promise<void> {
    if (tenant !== undefined) return this.#remove(this.#keys.ofJob({ tenant, job }), () => true);
    for await (const segment of this.#bucket.folders(this.#keys.root)) {
      await this.#remove(`${this.#keys.ofSegment(segment)}${job}/`, () => true);
    }
  }

  async #presign(
    owner: BlobOwner,
    { name }: Part,
    { fileName, mediaType, expiresInMs }: PresignOptions,
  ): Promise<string> {
    return this.#bucket.presign(this.#keys.of(owner, name), {
      contentType: mediaType,
      contentDisposition: attachment(fileName),
      expiresInSeconds: Math.max(1, Math.floor(Math.min(MAX_LINK_TTL_MS, expiresInMs) / 1000)),
    });
  }

  async #readMark(key: string, address: string): Promise<Mark | undefined> {
    const found = await this.#bucket.head(key);
    if (!found) return undefined;
    const chunks: Buffer[] = [];
    for await (const chunk of this.#bucket.read({ key, start: 0, end: Math.min(found.bytes, MAX_MARK_BYTES) })) {
      chunks.push(chunk);
    }
    return parseMark(Buffer.concat(chunks).toString(), address);
  }

  /** Counts jobs up to a maximum: only whether there are some matters. */
  async #countJobs(): Promise<number> {
    let count = 0;
    for await (const _ of this.jobs()) if (++count === MAX_COUNTED_JOBS) break;
    return count;
  }

  /** Deletes blobs. Aborts uploads first: one of them could become an object in the meantime. */
  async #remove(prefix: string, isRemoved: (name: string) => boolean): Promise<void> {
    const matches = (key: string) => isBlobName(key.slice(prefix.length)) && isRemoved(key.slice(prefix.length));
    for await (const upload of this.#bucket.uploads(prefix)) {
      if (matches(upload.key)) await this.#bucket.abortUpload(upload);
    }
    const pending = new Set<Promise<void>>();
    let failure: unknown;
    for await (const key of this.#bucket.list(prefix)) {
      if (!matches(key)) continue;
      const removing: Promise<void> = this.#bucket
        .remove(key)
        .catch((cause: unknown) => {
          failure ??= cause;
        })
        .finally(() => pending.delete(removing));
      pending.add(removing);
      if (pending.size >= MAX_DELETES) await Promise.race(pending);
    }
    await Promise.all(pending);
    if (failure !== undefined) throw failure;
  }
}
