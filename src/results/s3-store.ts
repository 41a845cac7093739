/** Results in S3-compatible storage. */
import contentDisposition from 'content-disposition';
import { ObjectWriter } from '../destinations/s3/object-writer.js';
import { openBucket, S3_OPTIONS, type S3Options } from '../destinations/s3/open-bucket.js';
import { parseS3Address } from '../destinations/s3/s3-address.js';
import { importPresigner, type S3Bucket } from '../destinations/s3/s3-bucket.js';
import { acceptArgument, acceptOptions, boolean, filledText, type OptionTable } from '../options/accept-options.js';
import { SluiceError } from '../terms/errors.js';
import {
  type BlobOwner,
  type BlobStore,
  type BlobWriter,
  type ByteRange,
  epochOf,
  type FoundOwner,
  isBlobName,
  type Part,
  type PartJoiner,
  type PresignOptions,
} from './blob-store.js';
import { MARK, type Mark, markText, parseMark, requireMark } from './folder-owner.js';
import { spansOf } from './part-spans.js';
import { S3Joiner } from './s3-joiner.js';
import { S3Keys } from './s3-keys.js';

/** How results lie in a bucket. */
export interface S3StoreOptions extends S3Options {
  /**
   * Whether links to files lead to the storage itself (presigned); default true. Where clients do not reach it, or not
   * under the name it has here, false: then links lead to the service.
   */
  readonly presign?: boolean;
}

const S3_STORE: OptionTable<S3StoreOptions> = { ...S3_OPTIONS, presign: boolean };

/** Requests under way when objects are deleted. */
const DELETES_AT_ONCE = 8;

/** How long a bucket that was there is taken to be there, in milliseconds. */
const SEEN_MS = 1000;

/** A mark is shorter. */
const MOST_MARK_BYTES = 4096;

/** Jobs that are counted at most where a prefix is taken over. */
const LISTED_JOBS = 1000;

/** Maximum lifetime of a presigned link. */
const LONGEST_LINK_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Opens a store of results in a bucket, for `openJobs` and `openPostgresJobs`: keys are `<prefix>/<tenant>/<job>/<name>`
 * with the number of the attempt in the name. A prefix is for the jobs of one folder or database, whose mark it bears;
 * what lies there in another form, or belongs to no job of theirs, stays. A process that dies can leave uploads behind; they are swept as jobs go
 * on, and a lifecycle rule of the bucket (AbortIncompleteMultipartUpload) is there for those that nobody finds.
 * @param url `s3://bucket/prefix`
 * @throws SluiceError `INVALID` for an address that is none, `MISSING_PEER`, `NOT_FOUND` when there is no such bucket,
 * `SERVICE_FAILED` when the service does not answer
 * @example
 * const results = await openS3Store('s3://exports/results');
 * const jobs = await openJobs({ dataDir: '.sluice', source: 'catalog.ndjson', results });
 */
export async function openS3Store(url: string, options: S3StoreOptions = {}): Promise<S3Store> {
  acceptArgument('url', url, filledText);
  acceptOptions(options, S3_STORE);
  const { bucket: name, key } = parseS3Address(url);
  const { presign = true } = options;
  // Better told now than at the first link.
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

/** One object a blob. */
export class S3Store implements BlobStore {
  readonly joiner: PartJoiner;
  readonly presign?: NonNullable<BlobStore['presign']>;
  readonly #bucket: S3Bucket;
  readonly #keys: S3Keys;
  #seenAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

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
        // Somebody else was quicker.
        if (!(cause instanceof SluiceError && cause.code === 'DESTINATION_EXISTS')) throw cause;
      });
    }
  }

  async check(): Promise<void> {
    // A bucket that was there a moment ago is not asked for again: submissions come in any number.
    if (performance.now() - this.#seenAt < SEEN_MS) return;
    this.#looking ??= this.#bucket.requireExistence().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
    this.#seenAt = performance.now();
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
    const { start, end } = range ?? { start: 0, end: Number.POSITIVE_INFINITY };
    for (const { name, ...range } of spansOf(parts, start, end)) {
      yield* this.#bucket.read({ key: this.#keys.of(owner, name), ...range });
    }
  }

  async sweep(owner: BlobOwner, keep: ReadonlySet<string>, upTo = Number.POSITIVE_INFINITY): Promise<void> {
    const prefix = this.#keys.ofJob(owner);
    await this.#remove(prefix, (name) => !keep.has(name) && epochOf(name) <= upTo);
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
      contentDisposition: contentDisposition(fileName),
      expiresInSeconds: Math.max(1, Math.floor(Math.min(LONGEST_LINK_MS, expiresInMs) / 1000)),
    });
  }

  async #readMark(key: string, address: string): Promise<Mark | undefined> {
    const found = await this.#bucket.head(key);
    if (!found) return undefined;
    const chunks: Buffer[] = [];
    for await (const chunk of this.#bucket.read({ key, start: 0, end: Math.min(found.bytes, MOST_MARK_BYTES) })) {
      chunks.push(chunk);
    }
    return parseMark(Buffer.concat(chunks).toString(), address);
  }

  /** As many as tell that there are some. */
  async #countJobs(): Promise<number> {
    let count = 0;
    for await (const _ of this.jobs()) if (++count === LISTED_JOBS) break;
    return count;
  }

  /**
   * Deletes what is of our form. Aborts uploads before it deletes objects: one of them could become an object meanwhile.
   */
  async #remove(prefix: string, isOver: (name: string) => boolean): Promise<void> {
    const goes = (key: string) => isBlobName(key.slice(prefix.length)) && isOver(key.slice(prefix.length));
    for await (const upload of this.#bucket.uploads(prefix)) {
      if (goes(upload.key)) await this.#bucket.abortUpload(upload);
    }
    const underWay = new Set<Promise<void>>();
    let failure: unknown;
    for await (const key of this.#bucket.list(prefix)) {
      if (!goes(key)) continue;
      const removing: Promise<void> = this.#bucket
        .remove(key)
        .catch((cause: unknown) => {
          failure ??= cause;
        })
        .finally(() => underWay.delete(removing));
      underWay.add(removing);
      if (underWay.size >= DELETES_AT_ONCE) await Promise.race(underWay);
    }
    await Promise.all(underWay);
    if (failure !== undefined) throw failure;
  }
}
