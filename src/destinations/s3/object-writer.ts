/** Writing an object: one PUT while it is small, parts beyond that; it is there when it is whole, or not at all. */
import { randomUUID } from 'node:crypto';
import { SluiceError } from '../../terms/errors.js';
import type { ObjectHeaders, S3Bucket, UnfinishedUpload } from './s3-bucket.js';
import { s3Name } from './s3-error.js';

/** Bytes of a part. S3 takes parts from 5 MiB, and 10,000 of them. */
export const PART_BYTES = 8 * 1024 * 1024;
const MOST_PARTS = 10_000;

/** Parts under way at the same time: with the one that is filled, three of them are held. */
const IN_FLIGHT = 2;

/** How long parts under way have to arrive, or fail, before an upload is aborted, in milliseconds. */
const GRACE_MS = 5_000;

/** Metadata by which a writer knows an object as its own. */
const MARK = 'sluice-writer';

/** How an object is written. */
export interface WriterOptions extends ObjectHeaders {
  /** Fail with `DESTINATION_EXISTS` when there is one; promised only by services that know that condition. */
  readonly onlyNew?: boolean;
}

/**
 * Part sizes grow with their number, so that 10,000 of them suffice: 8 MiB up to 8 GiB of object, doubled behind
 * 1,000, 2,000 and 4,000 parts; about 460 GiB in all.
 */
export function partBytes(number: number): number {
  return PART_BYTES * (number > 4000 ? 8 : number > 2000 ? 4 : number > 1000 ? 2 : 1);
}

/** Writes are awaited one after the other. */
export class ObjectWriter {
  readonly #bucket: S3Bucket;
  readonly #key: string;
  readonly #options: WriterOptions;
  readonly #mark = randomUUID();
  readonly #abort = new AbortController();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #etags: string[] = [];
  #creating: Promise<UnfinishedUpload> | undefined;
  #parts = 0;
  #buffer: Buffer | undefined;
  #filled = 0;
  #bytes = 0;
  #failure: unknown;
  #committed = false;

  constructor(bucket: S3Bucket, key: string, options: WriterOptions = {}) {
    this.#bucket = bucket;
    this.#key = key;
    this.#options = { ...options, metadata: { ...options.metadata, [MARK]: this.#mark } };
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes a copy of the bytes; waits while enough parts are under way. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      this.#throwIfFailed();
      // A part goes only when more comes: what fits into one is one PUT.
      if (this.#buffer && this.#filled === this.#buffer.length) await this.#sendPart();
      this.#buffer ??= Buffer.allocUnsafe(partBytes(this.#parts + 1));
      const taken = bytes.subarray(at, at + this.#buffer.length - this.#filled);
      this.#buffer.set(taken, this.#filled);
      this.#filled += taken.length;
      this.#bytes += taken.length;
      at += taken.length;
    }
  }

  /** The object is whole: makes it visible. */
  async commit(): Promise<void> {
    this.#throwIfFailed();
    try {
      if (this.#creating) await this.#complete(await this.#creating);
      else await this.#put(this.#take());
    } catch (cause) {
      if (!(await this.#isMine(cause))) throw cause;
    }
    this.#committed = true;
  }

  /** Leaves nothing; waits until that is so. What fails on the way is no news: the first failure was told. */
  async discard(): Promise<void> {
    if (this.#committed) return;
    this.#failure ??= new SluiceError('ABORTED', 'write', `${this.#bucket.address(this.#key)}: writing was aborted`);
    const upload = await this.#creating?.catch(() => undefined);
    if (!upload) return;
    // A part that arrives behind the abort would stay.
    const timer = setTimeout(() => this.#abort.abort(), GRACE_MS);
    await Promise.all(this.#inFlight);
    clearTimeout(timer);
    await this.#bucket.abortUpload(upload).catch(() => {});
    this.#creating = undefined;
  }

  async #put(bytes: Buffer): Promise<void> {
    await this.#onlyNew((onlyNew) => this.#bucket.put(this.#key, bytes, this.#options, onlyNew));
  }

  async #complete(upload: UnfinishedUpload): Promise<void> {
    if (this.#filled > 0) await this.#sendPart();
    await Promise.all(this.#inFlight);
    this.#throwIfFailed();
    await this.#onlyNew((onlyNew) => this.#bucket.completeUpload(upload, this.#etags, onlyNew));
  }

  /** Sends what was filled, once there is room among those under way. */
  async #sendPart(): Promise<void> {
    const number = ++this.#parts;
    if (number > MOST_PARTS) throw this.#fail(tooLarge(this.#bucket.address(this.#key)));
    this.#creating ??= this.#bucket.createUpload(this.#key, this.#options).then((id) => ({ key: this.#key, id }));
    const upload = await this.#creating.catch((cause: unknown) => {
      throw this.#fail(cause);
    });
    while (this.#inFlight.size >= IN_FLIGHT) await Promise.race(this.#inFlight);
    this.#throwIfFailed();
    const sending = this.#bucket.uploadPart(upload, number, this.#take(), this.#abort.signal).then(
      (etag) => {
        this.#etags[number - 1] = etag;
        this.#inFlight.delete(sending);
      },
      (cause: unknown) => {
        this.#fail(cause);
        this.#inFlight.delete(sending);
      },
    );
    this.#inFlight.add(sending);
  }

  #take(): Buffer {
    const bytes = (this.#buffer ?? Buffer.alloc(0)).subarray(0, this.#filled);
    this.#buffer = undefined;
    this.#filled = 0;
    return bytes;
  }

  /** Keeps the first failure. */
  #fail(cause: unknown): unknown {
    this.#failure ??= cause;
    return this.#failure;
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** With the condition; where the service does not know it, behind a look whether there is an object. */
  async #onlyNew(write: (onlyNew: boolean) => Promise<void>): Promise<void> {
    const { onlyNew = false } = this.#options;
    try {
      return await write(onlyNew);
    } catch (cause) {
      const isUnknown = cause instanceof SluiceError && s3Name(cause) === 'NotImplemented';
      if (!onlyNew || !isUnknown) throw cause;
    }
    if (await this.#bucket.head(this.#key)) throw existsError(this.#bucket.address(this.#key));
    return write(false);
  }

  /**
   * Whether a write that failed had been done: its answer was lost, and the SDK's second try found the upload gone or
   * the object there.
   */
  async #isMine(cause: unknown): Promise<boolean> {
    const code = cause instanceof SluiceError ? cause.code : undefined;
    if (code !== 'NOT_FOUND' && code !== 'DESTINATION_EXISTS') return false;
    const found = await this.#bucket.head(this.#key).catch(() => undefined);
    return found?.metadata[MARK] === this.#mark;
  }
}

function tooLarge(address: string): SluiceError {
  return new SluiceError('WRITE_FAILED', 'write', `${address}: more than ${MOST_PARTS} parts, which S3 does not take`, {
    path: address,
  });
}

/** The error of an object that may not be replaced. */
export function existsError(address: string): SluiceError {
  const message = `${address} exists; only overwrite (--overwrite) replaces it`;
  return new SluiceError('DESTINATION_EXISTS', 'write', message, { path: address });
}
