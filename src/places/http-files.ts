/** Files behind http and https addresses as a source. */
import { acceptArgument, acceptOptions, check, filledText, MAX_TIMER_MS } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import { milliseconds, type Options, optionsOf, typed, wholeNumber } from '../options/option.js';
import { RETRY, type Retry } from '../remote/back-off.js';
import { placeOf } from '../remote/redirects.js';
import type { ByteInput, Source } from '../sources/source.js';
import { invalid, SluiceError } from '../terms/errors.js';
import { HttpFile, WithoutRanges } from './http-file.js';
import { inSegments, SEGMENT_BYTES } from './segments.js';

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
  connections: {
    kind: wholeNumber(1, 64),
    about: 'connections that read parts of a large file at the same time, 4 MiB each, where the server offers ranges',
    default: '4',
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
  /**
   * Connections that read parts of a large file at the same time, 4 MiB each, where the server offers ranges. Default:
   * 4.
   */
  readonly connections?: number;
}

const TIMEOUT_MS = 60_000;
const CONNECTIONS = 4;

/** Whether a text is an address of this kind. */
export function isHttpAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * Reads files by GET, one after the other. What is cut off continues by a range, if the file is still the same by its ETag or
 * date of change; temporary failures are retried. Jobs continue in a plain file in the same way. What follows the first 4 MiB
 * of a large file comes over several connections, where the server offers ranges.
 * @param addresses `https://host/x.ndjson.gz`; a query may be secret, and is in no message
 * @throws SluiceError `INVALID` for a malformed address, or one with a password. While reading: `NOT_FOUND`,
 *   `PERMISSION_DENIED`, `SERVICE_FAILED`, `SOURCE_CHANGED`
 */
export function httpFiles(addresses: string | URL | readonly (string | URL)[], options: HttpFilesOptions = {}): Source {
  acceptOptions(options, HTTP_FILES);
  const urls = [addresses].flat().map(addressOf);
  if (urls.length === 0) throw invalid('accept', 'give at least one address', 'source');
  const { headers = {}, retry = {}, timeoutMs = TIMEOUT_MS, connections = CONNECTIONS } = options;
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
        yield fileInput(file, connections, signal);
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

function fileInput(file: HttpFile, connections: number, signal: AbortSignal): ByteInput {
  const identity = file.identity;
  let isAlone = connections === 1;
  let parts: AsyncGenerator<Buffer, void> | undefined;
  let rest: Buffer = Buffer.alloc(0);
  /** The offset of the next byte, where parts are read. */
  let at = 0;
  return {
    kind: 'bytes',
    name: file.name,
    readsAhead: true,
    resumable: identity && {
      identity,
      async seek(byteOffset) {
        await leaveParts();
        file.seek(byteOffset);
        return [];
      },
    },
    async read(into) {
      if (!parts) divide();
      return parts ? readParts(into) : file.read(into);
    },
    async close() {
      file.close();
      await leaveParts();
    },
  };

  /** Continues in parts, if enough is left. */
  function divide(): void {
    const size = file.divisibleSize;
    if (isAlone || size === undefined || file.at < SEGMENT_BYTES || size - file.at <= SEGMENT_BYTES) return;
    at = file.at;
    file.seek(at);
    const read = (start: number, end: number, until: AbortSignal) => file.part(start, end, until).chunks();
    parts = inSegments(read, at, size, { connections, segmentBytes: SEGMENT_BYTES, signal });
  }

  async function readParts(into: Buffer): Promise<number> {
    try {
      while (rest.length === 0) {
        const next = await parts?.next();
        if (!next || next.done) return 0;
        rest = next.value;
      }
    } catch (cause) {
      if (!(cause instanceof WithoutRanges)) throw cause;
      isAlone = true;
      await leaveParts();
      file.seek(at);
      return file.read(into);
    }
    const length = rest.copy(into);
    rest = rest.subarray(length);
    at += length;
    return length;
  }

  async function leaveParts(): Promise<void> {
    await parts?.return();
    parts = undefined;
    rest = Buffer.alloc(0);
  }
}
