/** Files behind http and https addresses as a source. */
import { acceptArgument, acceptOptions, check, filledText, MAX_TIMER_MS } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import { milliseconds, type Options, optionsOf, typed } from '../options/option.js';
import { BackOff, RETRY, type Retry } from '../remote/back-off.js';
import type { ByteInput, Source } from '../sources/source.js';
import { invalid, SluiceError } from '../terms/errors.js';
import { get, type HttpManner, type HttpResponse, placeOf, requestError } from './http-request.js';

const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\x20-\x7e\t]*$/;

const headersCheck = check(
  (value) =>
    isObject(value) &&
    Object.entries(value).every(
      ([name, one]) => HEADER_NAME.test(name) && typeof one === 'string' && HEADER_VALUE.test(one),
    ),
  'headers: names and values in ASCII',
);

export const HTTP_FILES = {
  headers: {
    kind: typed('Readonly<Record<string, string>>', (value, path, faults) => {
      // A message never has the values, which may be secret.
      headersCheck(isObject(value) ? value : {}, path, faults);
    }),
    about: 'headers of every request, such as `authorization`',
    details: 'They are sent to the origin of the address only, also after redirects, and are in no message.',
    flag: '--headers-file <file>',
  },
  retry: { kind: optionsOf<Retry>('Retry', RETRY), about: 'retries of failures that may pass' },
  timeoutMs: {
    kind: milliseconds(1, MAX_TIMER_MS),
    about: 'maximum of milliseconds to wait for a byte',
    default: '60000',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** Options of `httpFiles`. */
export interface HttpFilesOptions {
  /**
   * Headers of every request, such as `authorization`. They are sent to the origin of the address only, also after
   * redirects, and are in no message.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Retries of failures that may pass. */
  readonly retry?: Retry;
  /** Maximum of milliseconds to wait for a byte. Default: 60000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;

/** Whether a text is an address of this kind. */
export function isHttpAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * Reads files by GET, one after the other. What is cut off continues by a range, if the file is still the same by its ETag or
 * date of change; temporary failures are retried. Jobs continue in a plain file in the same way.
 * @param addresses `https://host/x.ndjson.gz`; a query may be secret, and is in no message
 * @throws SluiceError `INVALID` for a malformed address, or one with a password. While reading: `NOT_FOUND`,
 *   `PERMISSION_DENIED`, `SERVICE_FAILED`, `SOURCE_CHANGED`
 */
export function httpFiles(addresses: string | URL | readonly (string | URL)[], options: HttpFilesOptions = {}): Source {
  acceptOptions(options, HTTP_FILES);
  const urls = [addresses].flat().map(addressOf);
  if (urls.length === 0) throw invalid('accept', 'give at least one address', 'source');
  const { headers = {}, retry = {}, timeoutMs = TIMEOUT_MS } = options;
  return {
    async *inputs(signal, context) {
      for (const url of urls) {
        const file = new HttpFile(url, { headers, timeoutMs, signal }, retry);
        try {
          await file.open();
        } catch (cause) {
          if (!context?.setAside || !(cause instanceof SluiceError) || signal.aborted) throw cause;
          context.setAside(placeOf(url), cause);
          continue;
        }
        yield file.input();
      }
    },
    describe: () => ({ http: urls.map(String) }),
  };
}

function addressOf(address: string | URL): URL {
  if (typeof address === 'string') acceptArgument('source', address, filledText);
  const url = URL.canParse(String(address)) ? new URL(String(address)) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw invalid('accept', 'must be an http or https address', 'source');
  if (url.username !== '' || url.password !== '') {
    throw invalid('accept', 'an address has no user and password; give them as a header', 'source');
  }
  url.hash = '';
  return url;
}

/** What tells whether a file is still the same, and its size. */
interface Version {
  readonly etag?: string;
  readonly lastModified?: string;
  readonly size?: number;
}

/** A file that is read to its end, over any number of connections. */
class HttpFile {
  readonly #url: URL;
  readonly #manner: HttpManner;
  readonly #backOff: BackOff;
  readonly #closing = new AbortController();
  #version: Version = {};
  #at = 0;
  #chunks: AsyncIterator<Buffer> | undefined;
  #body: HttpResponse['body'] | undefined;
  #rest: Buffer = Buffer.alloc(0);

  constructor(url: URL, manner: HttpManner, retry: Retry) {
    this.#url = url;
    this.#manner = manner;
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
      const message = `${this.#name}: the server compresses it with ${encoding}, which was not asked for`;
      throw new SluiceError('UNSUPPORTED_INPUT', 'read', message, { source: this.#name });
    }
    this.#version = versionOf(response, numberOf(response.headers['content-length']));
    this.#take(response, 0);
  }

  input(): ByteInput {
    const { etag, lastModified, size } = this.#version;
    const canResume = this.#validator !== undefined;
    return {
      kind: 'bytes',
      name: this.#name,
      readsAhead: true,
      resumable: canResume
        ? {
            identity: {
              http: this.#url.href,
              etag: etag ?? null,
              lastModified: lastModified ?? null,
              size: size ?? null,
            },
            seek: async (byteOffset) => {
              this.#drop();
              this.#at = byteOffset;
              return [];
            },
          }
        : undefined,
      read: (into) => this.#read(into),
      close: async () => {
        this.#closing.abort();
        this.#drop();
      },
    };
  }

  get #name(): string {
    return placeOf(this.#url);
  }

  /** What a server compares; a weak ETag does not say that the bytes are the same. */
  get #validator(): string | undefined {
    const { etag, lastModified } = this.#version;
    return etag !== undefined && !etag.startsWith('W/') ? etag : lastModified;
  }

  async #read(into: Buffer): Promise<number> {
    while (this.#rest.length === 0) {
      try {
        if (this.#closing.signal.aborted) return 0;
        if (this.#at === this.#version.size) return 0;
        if (!this.#chunks) await this.#continue();
        if (this.#rest.length > 0) break;
        const next = await this.#chunks?.next();
        if (next && !next.done) {
          this.#rest = next.value;
          this.#at += next.value.length;
          this.#backOff.reset();
        } else if (this.#version.size === undefined || this.#at === this.#version.size) {
          return 0;
        } else {
          throw Object.assign(new Error(`the connection ends at byte ${this.#at} of ${this.#version.size}`), {
            code: 'ECONNRESET',
          });
        }
      } catch (cause) {
        this.#drop();
        if (this.#closing.signal.aborted) return 0;
        await this.#backOff.after(requestError(cause, this.#url, this.#manner.signal));
      }
    }
    const length = this.#rest.copy(into);
    this.#rest = this.#rest.subarray(length);
    return length;
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
    const range: Readonly<Record<string, string>> =
      from === 0 ? {} : { range: `bytes=${from}-`, 'if-range': validator };
    const response = await get(this.#url, range, this.#manner);
    try {
      this.#requireSame(response);
      if (response.status === 206) this.#take(response, this.#startOf(response));
      else this.#take(response, 0);
    } catch (cause) {
      response.body.destroy();
      throw cause;
    }
    // A server without ranges sends it from the beginning.
    await this.#skipTo(from);
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
    const message = `${this.#name} has changed since its reading began: ETag, date or size are different`;
    throw new SluiceError('SOURCE_CHANGED', 'read', message, { source: this.#name });
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
    return new SluiceError('SERVICE_FAILED', 'read', `${this.#name}: ${what}`, { source: this.#name });
  }
}

function versionOf({ headers }: HttpResponse, size: number | undefined): Version {
  return { etag: headers.etag, lastModified: headers['last-modified'], size };
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
