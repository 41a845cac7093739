/** Writes an object: one PUT while it is small, else parts; it appears when it is complete, or not at all. */
import { randomUUID } from 'node:crypto';
import { SluiceError } from '../../terms/errors.js';
import type { ObjectHeaders, S3Bucket, UnfinishedUpload } from './s3-bucket.js';
import { s3Name } from './s3-error.js';

/** Bytes of a part. S3 accepts parts from 5 MiB, up to 10,000. */
export const PART_BYTES = 8 * 1024 * 1024;
const MAX_PARTS = 10_000;

/** Parts uploaded in parallel; with the one being filled, memory holds three. */
const IN_FLIGHT = 2;

/** How long an abort waits for requests in progress, in milliseconds. */
const GRACE_MS = 5_000;

/** Metadata by which a writer recognises its own object. */
const MARK = 'sluice-writer';

/** Options of an object. */
export interface WriterOptions extends ObjectHeaders {
  /** Fail with `DESTINATION_EXISTS` when the object exists; guaranteed only by services that support the condition. */
  readonly onlyNew?: boolean;
}

/**
 * Part sizes grow with their number, so that 10,000 parts suffice: 8 MiB up to 8 GiB of object, doubled after 1,000, 2,000
 * and 4,000 parts; about 460 GiB in total.
 */
export function partBytes(number: number): number {
  const doublings = [1000, 2000, 4000].filter((limit) => number > limit).length;
  return PART_BYTES * 2 ** doublings;
}

/** Writes one object. Each write is awaited before the next. */
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
  /** Memory of parts that have arrived. */
  readonly #spares: Buffer[] = [];
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

  /** Takes a copy of the bytes; waits while enough parts are in progress. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      this.#throwIfFailed();
      // A part is sent only when more bytes follow: an object that fits into one part is one PUT.
      if (this.#buffer && this.#filled === this.#buffer.length) await this.#sendPart();
      this.#buffer ??= this.#memory(partBytes(this.#parts + 1));
      const taken = bytes.subarray(at, at + this.#buffer.length - this.#filled);
      this.#buffer.set(taken, this.#filled);
      this.#filled += taken.length;
      this.#bytes += taken.length;
      at += taken.length;
    }
  }

  /** The object is complete: makes it visible. */
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

  /** Removes every trace, and waits for that. Its own failures are ignored: the first failure was reported. */
  async discard(): Promise<void> {
    if (this.#committed) return;
    this.#failure ??= new SluiceError('ABORTED', 'write', `${this.#bucket.address(this.#key)}: writing was aborted`);
    // An upload that begins, or a part that arrives, after the abort would stay.
    const timer = setTimeout(() => this.#abort.abort(), GRACE_MS);
    const upload = await this.#creating?.catch(() => undefined);
    await Promise.all(this.#inFlight);
    clearTimeout(timer);
    if (!upload) return;
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

  /** Sends the filled part, once fewer parts are in progress. */
  async #sendPart(): Promise<void> {
    const number = ++this.#parts;
    if (number > MAX_PARTS) throw this.#fail(tooLarge(this.#bucket.address(this.#key)));
    this.#creating ??= this.#bucket
      .createUpload(this.#key, this.#options, this.#abort.signal)
      .then((id) => ({ key: this.#key, id }));
    const upload = await this.#creating.catch((cause: unknown) => {
      throw this.#fail(cause);
    });
    while (this.#inFlight.size >= IN_FLIGHT) await Promise.race(this.#inFlight);
    this.#throwIfFailed();
    const bytes = this.#take();
    const sending = this.#bucket.uploadPart(upload, number, bytes, this.#abort.signal).then(
      (etag) => {
        this.#etags[number - 1] = etag;
        this.#spares.push(bytes);
        this.#inFlight.delete(sending);
      },
      (cause: unknown) => {
        this.#fail(cause);
        this.#inFlight.delete(sending);
      },
    );
    this.#inFlight.add(sending);
  }

  /** Memory for a part: that of one that has arrived, if it is as large. */
  #memory(size: number): Buffer {
    const spare = this.#spares.pop();
    return spare?.length === size ? spare : Buffer.allocUnsafeSlow(size);
  }

  #take(): Buffer {
    const bytes = (this.#buffer ?? Buffer.alloc(0)).subarray(0, this.#filled);
    this.#buffer = undefined;
    this.#filled = 0;
    return bytes;
  }

  /** Records the first failure. */
  #fail(cause: unknown): unknown {
    this.#failure ??= cause;
    return this.#failure;
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Writes with the condition, or, where the service does not support it, after a check whether the object exists. */
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
   * Whether a failed write had succeeded: its response was lost, and the SDK's retry found the upload gone or the object
   * present.
   */
  async #isMine(cause: unknown): Promise<boolean> {
    const code = cause instanceof SluiceError ? cause.code : undefined;
    if (code !== 'NOT_FOUND' && code !== 'DESTINATION_EXISTS') return false;
    const found = await this.#bucket.head(this.#key).catch(() => undefined);
    return found?.metadata[MARK] === this.#mark;
  }
}

function tooLarge(address: string): SluiceError {
  return new SluiceError(
    'WRITE_FAILED',
    'write',
    `${address}: more than ${MAX_PARTS} parts, which S3 does not accept`,
    {
      path: address,
    },
  );
}

/** The error for an object that exists and may not be replaced. */
export function existsError(address: string): SluiceError {
  const message = `${address} exists; only overwrite (--overwrite) replaces it`;
  return new SluiceError('DESTINATION_EXISTS', 'write', message, { path: address });
}
