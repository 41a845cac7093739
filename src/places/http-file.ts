/** A file behind an http address, or a part of it: read to its end, over any number of connections in a row. */
import { BackOff, type Retry } from '../remote/back-off.js';
import { placeOf } from '../remote/redirects.js';
import { SluiceError } from '../terms/errors.js';
import { get, type HttpManner, type HttpResponse, requestError } from './http-request.js';

/** What tells whether a file is still the same, and its size. */
interface Version {
  readonly etag?: string;
  readonly lastModified?: string;
  readonly size?: number;
}

/** A server sends all of a file instead of a part. */
export class WithoutRanges extends SluiceError {
  constructor(name: string) {
    super('SERVICE_FAILED', 'read', `${name}: the server sends all of it in place of a part`, { source: name });
  }
}

/** A file, or a part of it. */
export class HttpFile {
  readonly #url: URL;
  readonly #manner: HttpManner;
  readonly #backOff: BackOff;
  readonly #closing = new AbortController();
  readonly #retry: Retry;
  #version: Version = {};
  #hasRanges = false;
  /** Where a part ends; undefined for the file. */
  #partEnd: number | undefined;
  #at = 0;
  #chunks: AsyncIterator<Buffer> | undefined;
  #body: HttpResponse['body'] | undefined;
  #rest: Buffer = Buffer.alloc(0);

  constructor(url: URL, manner: HttpManner, retry: Retry) {
    this.#url = url;
    this.#manner = manner;
    this.#retry = retry;
    this.#backOff = new BackOff(retry, manner.signal, 'read');
  }

  /** Sends the first request. */
  async open(): Promise<void> {
    const response = await this.#backOff.run(() => get(this.#url, {}, this.#manner));
    if (response.status !== 200) {
      response.body.destroy();
      throw this.#fail(`the server responded with ${response.status} to a request for all of it`);
    }
    const encoding = response.headers['content-encoding'] ?? 'identity';
    // Gzip and Zstandard are recognised by their first bytes, whoever has compressed the file.
    if (!['identity', 'gzip', 'x-gzip', 'zstd'].includes(encoding)) {
      response.body.destroy();
      const message = `${this.name}: the server compresses it with ${encoding}, which was not asked for`;
      throw new SluiceError('UNSUPPORTED_INPUT', 'read', message, { source: this.name });
    }
    this.#version = versionOf(response, numberOf(response.headers['content-length']));
    this.#hasRanges = response.headers['accept-ranges'] === 'bytes';
    this.#take(response, 0);
  }

  /** Its address without the query. */
  get name(): string {
    return placeOf(this.#url);
  }

  /** What identifies it; undefined where nothing tells whether it is still the same. */
  get identity(): Readonly<Record<string, string | number | null>> | undefined {
    if (this.#validator === undefined) return undefined;
    const { etag = null, lastModified = null, size = null } = this.#version;
    return { http: this.#url.href, etag, lastModified, size };
  }

  /** The offset of the next byte. */
  get at(): number {
    return this.#at - this.#rest.length;
  }

  /** Its size, if parts of it can be requested. */
  get divisibleSize(): number | undefined {
    return this.#hasRanges && this.#validator !== undefined ? this.#version.size : undefined;
  }

  /** A part of it, which is read over a connection of its own. */
  part(start: number, end: number, signal: AbortSignal): HttpFile {
    const part = new HttpFile(this.#url, { ...this.#manner, signal }, this.#retry);
    part.#version = this.#version;
    part.#at = start;
    part.#partEnd = end;
    return part;
  }

  /** Continues at this offset. */
  seek(byteOffset: number): void {
    this.#drop();
    this.#at = byteOffset;
  }

  close(): void {
    this.#closing.abort();
    this.#drop();
  }

  /** The bytes up to the end. */
  async *chunks(): AsyncGenerator<Buffer, void> {
    try {
      for (let chunk = await this.#next(); chunk; chunk = await this.#next()) {
        this.#rest = Buffer.alloc(0);
        yield chunk;
      }
    } finally {
      this.close();
    }
  }

  /** Reads into a buffer. @returns the number of bytes; 0 at the end */
  async read(into: Buffer): Promise<number> {
    const chunk = await this.#next();
    if (!chunk) return 0;
    const length = chunk.copy(into);
    this.#rest = chunk.subarray(length);
    return length;
  }

  /** What a server compares; a weak ETag does not say that the bytes are the same. */
  get #validator(): string | undefined {
    const { etag, lastModified } = this.#version;
    return etag !== undefined && !etag.startsWith('W/') ? etag : lastModified;
  }

  /** Where reading ends. */
  get #end(): number {
    return this.#partEnd ?? this.#version.size ?? Number.POSITIVE_INFINITY;
  }

  /** Bytes that have arrived and were not taken; undefined at the end. */
  async #next(): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      try {
        if (this.#closing.signal.aborted) return undefined;
        if (this.#at >= this.#end) return undefined;
        if (!this.#chunks) await this.#continue();
        if (this.#rest.length > 0) break;
        const next = await this.#chunks?.next();
        if (next && !next.done) {
          // A server may send more than a part.
          this.#rest = next.value.subarray(0, this.#end - this.#at);
          this.#at += this.#rest.length;
          this.#backOff.progress(this.#rest.length);
        } else if (this.#version.size === undefined) {
          return undefined;
        } else {
          throw Object.assign(new Error(`the connection ends at byte ${this.#at} of ${this.#version.size}`), {
            code: 'ECONNRESET',
          });
        }
      } catch (cause) {
        this.#drop();
        if (this.#closing.signal.aborted) return undefined;
        await this.#backOff.after(requestError(cause, this.#url, this.#manner.signal));
      }
    }
    return this.#rest;
  }

  /** Continues after the bytes that have arrived. */
  async #continue(): Promise<void> {
    const validator = this.#validator;
    if (validator === undefined) {
      throw this.#fail(
        `it was cut off at byte ${this.#at}, and the server states neither a strong ETag nor a date by which to continue`,
      );
    }
    const from = this.#at;
    const to = this.#partEnd === undefined ? '' : this.#partEnd - 1;
    const range: Readonly<Record<string, string>> =
      from === 0 && to === '' ? {} : { range: `bytes=${from}-${to}`, 'if-range': validator };
    const response = await get(this.#url, range, this.#manner);
    try {
      this.#requireSame(response);
      if (response.status === 200 && this.#partEnd !== undefined) throw new WithoutRanges(this.name);
      if (response.status === 206) this.#take(response, this.#startOf(response));
      else this.#take(response, 0);
    } catch (cause) {
      response.body.destroy();
      throw cause;
    }
    // A server without ranges sends it from the beginning.
    await this.#skipTo(from);
    const beyond = this.#at - this.#end;
    if (beyond <= 0) return;
    this.#rest = this.#rest.subarray(0, -beyond);
    this.#at = this.#end;
  }

  #requireSame(response: HttpResponse): void {
    const total =
      /\/(\d+)$/.exec(response.headers['content-range'] ?? '')?.[1] ??
      (response.status === 200 ? response.headers['content-length'] : undefined);
    const now = versionOf(response, numberOf(total));
    const { etag, lastModified, size } = this.#version;
    const isOther =
      response.status === 416 ||
      (etag ?? now.etag) !== (now.etag ?? etag) ||
      (etag === undefined && now.lastModified !== lastModified) ||
      (size !== undefined && now.size !== undefined && now.size !== size);
    const isUnknown = response.status === 200 && now.etag === undefined && now.lastModified === undefined;
    if (!isOther && !isUnknown) return;
    const message = `${this.name} has changed since its reading began: ETag, date or size are different`;
    throw new SluiceError('SOURCE_CHANGED', 'read', message, { source: this.name });
  }

  /** Where a partial response begins. */
  #startOf({ headers }: HttpResponse): number {
    const start = numberOf(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1]);
    if (start !== undefined && start <= this.#at) return start;
    throw this.#fail(
      `the server responded to a range from byte ${this.#at} with ${headers['content-range'] ?? 'no range'}`,
    );
  }

  #take({ body }: HttpResponse, start: number): void {
    this.#at = start;
    this.#body = body;
    this.#chunks = body[Symbol.asyncIterator]();
  }

  async #skipTo(from: number): Promise<void> {
    while (this.#at < from) {
      const next = await this.#chunks?.next();
      if (!next || next.done)
        throw Object.assign(new Error(`the connection ends at byte ${this.#at}`), { code: 'ECONNRESET' });
      this.#at += next.value.length;
      if (this.#at > from) this.#rest = next.value.subarray(next.value.length - (this.#at - from));
    }
  }

  /** Leaves the connection. */
  #drop(): void {
    this.#body?.destroy();
    this.#body = undefined;
    this.#chunks = undefined;
    this.#rest = Buffer.alloc(0);
  }

  #fail(what: string): SluiceError {
    return new SluiceError('SERVICE_FAILED', 'read', `${this.name}: ${what}`, { source: this.name });
  }
}

function versionOf({ headers }: HttpResponse, size: number | undefined): Version {
  return { etag: headers.etag, lastModified: headers['last-modified'], size };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
