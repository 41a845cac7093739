/** A bucket of S3-compatible storage: its operations, with typed errors. */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { PROGRESS_BYTES } from '../../remote/back-off.js';
import { SluiceError, type StageName } from '../../terms/errors.js';
import { importPresigner } from './import-presigner.js';
import { type S3Deed, s3Error } from './s3-error.js';

/** The optional peer package. */
export type S3Sdk = typeof import('@aws-sdk/client-s3');

/** Retries of a read without progress, and the first delay in milliseconds, which doubles. */
const READ_TRIES = 4;
const READ_WAIT_MS = 200;

/** The facts of an object. */
export interface S3Object {
  readonly bytes: number;
  readonly etag?: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** An object in a list. */
export interface ListedObject extends Omit<S3Object, 'metadata'> {
  readonly key: string;
}

/** Options of writing an object. */
export interface ObjectHeaders {
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** An upload in parts that is neither complete nor aborted. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly id: string;
}

/** The response of a link. */
export interface LinkHeaders {
  readonly contentType: string;
  readonly contentDisposition: string;
  readonly expiresInSeconds: number;
}

/** Bytes of an object: `[start, end)`. */
export interface Span {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  /** Fails with `DESTINATION_EXISTS` for an object with another ETag. */
  readonly etag?: string | undefined;
}

/**
 * Each method rejects with a SluiceError that names bucket and key. The class has another name than the SDK's member
 * `Bucket`, which TypeScript 7.0 would replace by an alias of the class.
 */
export class S3Bucket {
  readonly name: string;
  readonly #client: S3Client;
  readonly #sdk: S3Sdk;
  readonly #stage: StageName;

  constructor(name: string, client: S3Client, sdk: S3Sdk, stage: StageName) {
    this.name = name;
    this.#client = client;
    this.#sdk = sdk;
    this.#stage = stage;
  }

  address(key: string): string {
    return `s3://${this.name}/${key}`;
  }

  /** @throws SluiceError `NOT_FOUND` for a missing bucket; a denied request proves nothing and passes */
  async requireExistence(signal?: AbortSignal): Promise<void> {
    const pending = this.#client.send(new this.#sdk.HeadBucketCommand({ Bucket: this.name }), this.#until(signal));
    await this.#named('', 'READ_FAILED', pending, signal).catch((cause: unknown) => {
      if (!(cause instanceof SluiceError)) throw cause;
      if (cause.code === 'NOT_FOUND') {
        const path = this.address('');
        throw new SluiceError('NOT_FOUND', this.#stage, `the bucket ${this.name} does not exist`, {
          path,
          cause: cause.cause,
        });
      }
      if (cause.code !== 'PERMISSION_DENIED') throw cause;
    });
  }

  /** Undefined when the object or the bucket does not exist. */
  async head(key: string, signal?: AbortSignal): Promise<S3Object | undefined> {
    const command = new this.#sdk.HeadObjectCommand({ Bucket: this.name, Key: key });
    const pending = this.#client.send(command, this.#until(signal));
    const found = await this.#found(this.#named(key, 'READ_FAILED', pending, signal));
    return found && { bytes: found.ContentLength ?? 0, etag: found.ETag, metadata: found.Metadata ?? {} };
  }

  /** @param onlyNew fails with `DESTINATION_EXISTS` for an existing object, where the service supports the condition */
  async put(key: string, bytes: Buffer, headers: ObjectHeaders = {}, onlyNew = false): Promise<void> {
    const input = { ...this.#headers(key, headers), Body: bytes, IfNoneMatch: onlyNew ? '*' : undefined };
    await this.#named(key, 'WRITE_FAILED', this.#client.send(new this.#sdk.PutObjectCommand(input)));
  }

  /** Streams the bytes; resumes when the connection breaks, and releases it when the reader leaves. */
  async *read({ key, start, end, etag }: Span, signal?: AbortSignal): AsyncGenerator<Buffer, void> {
    for (let at = start, from = start, tries = 1; at < end; from = at) {
      try {
        for await (const chunk of await this.#open({ key, start: at, end, etag }, signal)) {
          // A service that ignores the range sends more.
          const bytes = chunk.subarray(0, end - at);
          if (bytes.length === 0) break;
          at += bytes.length;
          if (at - from >= PROGRESS_BYTES) tries = 1;
          yield bytes;
        }
        if (at < end) throw new Error(`it ends at byte ${at}`);
      } catch (cause) {
        const error = s3Error(cause, this.#deed(key, 'READ_FAILED'));
        if (error.code !== 'SERVICE_FAILED' || tries >= READ_TRIES) throw error;
        await this.#named(key, 'READ_FAILED', sleep(READ_WAIT_MS * 2 ** tries++, undefined, { signal }));
      }
    }
  }

  async #open({ key, start, end, etag }: Span, signal?: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const input = { Bucket: this.name, Key: key, Range: `bytes=${start}-${end - 1}`, IfMatch: etag };
    const pending = this.#client.send(new this.#sdk.GetObjectCommand(input), this.#until(signal));
    const found = await this.#named(key, 'READ_FAILED', pending, signal);
    const { Body, ContentRange, ETag } = found;
    if (!(Body instanceof Readable)) throw new Error('the response has no body');
    // Some services, and proxies before them, ignore conditions and ranges.
    const isOther = etag !== undefined && ETag !== undefined && plainTag(ETag) !== plainTag(etag);
    const begin = Number(/^bytes (\d+)-/.exec(ContentRange ?? '')?.[1] ?? 0);
    if (!isOther && begin === start) return Body;
    Body.destroy();
    const code = isOther ? 'DESTINATION_EXISTS' : 'READ_FAILED';
    const what = isOther
      ? `has another ETag, ${ETag}`
      : `the service responds to a range from byte ${start} with bytes from ${begin}`;
    throw new SluiceError(code, this.#stage, `${this.address(key)}: ${what}`, { path: this.address(key) });
  }

  /** The keys with a prefix. */
  async *list(prefix: string): AsyncGenerator<string, void> {
    for await (const { key } of this.objects(prefix)) yield key;
  }

  /** The objects with a prefix, in the order of their keys. */
  async *objects(prefix: string, signal?: AbortSignal): AsyncGenerator<ListedObject, void> {
    for await (const { Contents = [] } of this.#pages(prefix, { signal })) {
      for (const { Key, Size = 0, ETag } of Contents) {
        if (Key !== undefined) yield { key: Key, bytes: Size, etag: ETag };
      }
    }
  }

  /** The next path segments of the keys under a prefix that ends in a slash. */
  async *folders(prefix: string): AsyncGenerator<string, void> {
    for await (const { CommonPrefixes = [] } of this.#pages(prefix, { delimiter: '/' })) {
      for (const { Prefix } of CommonPrefixes) {
        if (Prefix !== undefined) yield Prefix.slice(prefix.length).replace(/\/$/, '');
      }
    }
  }

  async *#pages(prefix: string, { delimiter, signal }: { delimiter?: string; signal?: AbortSignal | undefined }) {
    for (let token: string | undefined, more = true; more; ) {
      const input = { Bucket: this.name, Prefix: prefix, Delimiter: delimiter, ContinuationToken: token };
      const pending = this.#client.send(new this.#sdk.ListObjectsV2Command(input), this.#until(signal));
      const page = await this.#named(prefix, 'READ_FAILED', pending, signal);
      yield page;
      token = page.NextContinuationToken;
      more = page.IsTruncated === true && token !== undefined;
    }
  }

  /** Succeeds for a missing object too. */
  async remove(key: string): Promise<void> {
    const pending = this.#client.send(new this.#sdk.DeleteObjectCommand({ Bucket: this.name, Key: key }));
    await this.#found(this.#named(key, 'WRITE_FAILED', pending));
  }

  /** Begins an upload in parts. @returns its id */
  async createUpload(key: string, headers: ObjectHeaders = {}, signal?: AbortSignal): Promise<string> {
    const command = new this.#sdk.CreateMultipartUploadCommand(this.#headers(key, headers));
    const pending = this.#client.send(command, this.#until(signal));
    const { UploadId } = await this.#named(key, 'WRITE_FAILED', pending, signal);
    return this.#required(UploadId, key, 'no id of an upload');
  }

  /** Uploads a part; its SHA-256 is signed, so the service checks it. @returns its ETag */
  async uploadPart(
    { key, id }: UnfinishedUpload,
    number: number,
    bytes: Buffer,
    signal?: AbortSignal,
  ): Promise<string> {
    const input = { Bucket: this.name, Key: key, UploadId: id, PartNumber: number, Body: bytes };
    const pending = this.#client.send(new this.#sdk.UploadPartCommand(input), this.#until(signal));
    return this.#required((await this.#named(key, 'WRITE_FAILED', pending, signal)).ETag, key, 'no ETag');
  }

  /** Copies bytes of another object of this bucket into a part, within the service. @returns its ETag */
  async copyPart({ key, id }: UnfinishedUpload, number: number, from: Span): Promise<string> {
    const source = `${this.name}/${from.key}`.split('/').map(encodeURIComponent).join('/');
    const range = { CopySource: source, CopySourceRange: `bytes=${from.start}-${from.end - 1}` };
    const input = { Bucket: this.name, Key: key, UploadId: id, PartNumber: number, ...range };
    const pending = this.#client.send(new this.#sdk.UploadPartCopyCommand(input));
    return this.#required((await this.#named(key, 'WRITE_FAILED', pending)).CopyPartResult?.ETag, key, 'no ETag');
  }

  /** Completes the object from the parts with these ETags; `onlyNew` as in `put`. */
  async completeUpload({ key, id }: UnfinishedUpload, etags: readonly string[], onlyNew = false): Promise<void> {
    const pending = this.#client.send(
      new this.#sdk.CompleteMultipartUploadCommand({
        Bucket: this.name,
        Key: key,
        UploadId: id,
        IfNoneMatch: onlyNew ? '*' : undefined,
        MultipartUpload: { Parts: etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 })) },
      }),
    );
    await this.#named(key, 'WRITE_FAILED', pending);
  }

  /** Succeeds for a missing upload too. */
  async abortUpload({ key, id }: UnfinishedUpload): Promise<void> {
    const input = { Bucket: this.name, Key: key, UploadId: id };
    const pending = this.#client.send(new this.#sdk.AbortMultipartUploadCommand(input));
    await this.#found(this.#named(key, 'WRITE_FAILED', pending));
  }

  /** Unfinished uploads of the keys with a prefix. */
  async *uploads(prefix: string): AsyncGenerator<UnfinishedUpload, void> {
    for (let from: { KeyMarker?: string; UploadIdMarker?: string } = {}, more = true; more; ) {
      const input = { Bucket: this.name, Prefix: prefix, ...from };
      const pending = this.#client.send(new this.#sdk.ListMultipartUploadsCommand(input));
      const page = await this.#named(prefix, 'READ_FAILED', pending);
      for (const { Key, UploadId } of page.Uploads ?? []) {
        // Some services ignore the prefix.
        if (Key?.startsWith(prefix) && UploadId !== undefined) yield { key: Key, id: UploadId };
      }
      const { NextKeyMarker: key, NextUploadIdMarker: id } = page;
      more = page.IsTruncated === true && key !== undefined && key !== '';
      from = { KeyMarker: key || undefined, UploadIdMarker: id || undefined };
    }
  }

  /** A link that serves the object without credentials for a limited time. */
  async presign(key: string, { contentType, contentDisposition, expiresInSeconds }: LinkHeaders): Promise<string> {
    const { getSignedUrl } = await importPresigner();
    const command = new this.#sdk.GetObjectCommand({
      Bucket: this.name,
      Key: key,
      ResponseCacheControl: 'private, no-store',
      ResponseContentType: contentType,
      ResponseContentDisposition: contentDisposition,
    });
    return this.#named(key, 'READ_FAILED', getSignedUrl(this.#client, command, { expiresIn: expiresInSeconds }));
  }

  /** Closes the connections. */
  close(): void {
    this.#client.destroy();
  }

  #headers(key: string, { contentType, metadata }: ObjectHeaders) {
    return { Bucket: this.name, Key: key, ContentType: contentType, Metadata: metadata && { ...metadata } };
  }

  #deed(key: string, otherwise: S3Deed['otherwise']): S3Deed {
    return { address: this.address(key), stage: this.#stage, otherwise };
  }

  #until(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
    return signal ? { abortSignal: signal } : {};
  }

  /** The result of the work, or its named error; with a signal, until that fires. */
  async #named<T>(key: string, otherwise: S3Deed['otherwise'], work: Promise<T>, signal?: AbortSignal): Promise<T> {
    return (signal ? orAbort(work, signal) : work).catch((cause: unknown) => {
      throw s3Error(cause, this.#deed(key, otherwise));
    });
  }

  /** Undefined for a missing object. */
  async #found<T>(work: Promise<T>): Promise<T | undefined> {
    return work.catch((cause: unknown) => {
      if (cause instanceof SluiceError && cause.code === 'NOT_FOUND') return undefined;
      throw cause;
    });
  }

  #required(answer: string | undefined, key: string, missing: string): string {
    if (answer !== undefined) return answer;
    throw s3Error(new Error(`the service responds ${missing}`), this.#deed(key, 'WRITE_FAILED'));
  }
}

/** Settles as the work does, or rejects once the signal fires: the SDK does not look at it between its retries. */
function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(Object.assign(new Error('it was aborted'), { name: 'AbortError' }));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** An ETag without its quotes, which some services leave out in lists. */
function plainTag(tag: string): string {
  return tag.replace(/^W\/|"/g, '');
}
