/** Reads an envelope of any size as a stream: its blob in pieces, its other members at the end. */
import type { Duplex } from 'node:stream';
import { messageOf, SluiceError, toSluiceError } from '../terms/errors.js';

/** The members of an envelope beside its blob. */
export interface Envelope {
  /** The work automation id. */
  readonly id: string;
  /** `type` of the binary object, such as `JSONObject`. */
  readonly type: string;
  /** Tenant that the result belongs to. */
  readonly tenantId?: string;
  /** Name of the file in the blob. */
  readonly fileName?: string;
  /** Version of the form of the envelope. */
  readonly version?: string;
  /** Extension of the file, such as `JSON`. */
  readonly extension?: string;
  /** `success`; an envelope of a failed export is an error. */
  readonly status: string;
  /** Number of records, as the envelope states it. */
  readonly totalRecords: number;
  /** Bytes of the decoded blob. */
  readonly blobBytes: number;
}

/** The used part of a token of stream-json. */
interface Token {
  readonly name: string;
  readonly value?: string;
}

const BLOB = 'response.binaryObjects[0].data.blob';

/** The members that are read, by path. */
const MEMBERS: ReadonlyMap<string, string> = new Map([
  ['response.binaryObjects[0].id', 'id'],
  ['response.binaryObjects[0].type', 'type'],
  ['response.binaryObjects[0].systemInfo.tenantId', 'tenantId'],
  ['response.binaryObjects[0].properties.fileName', 'fileName'],
  ['response.binaryObjects[0].properties.version', 'version'],
  ['response.binaryObjects[0].properties.extension', 'extension'],
  ['response.status', 'status'],
  ['response.statusDetail.code', 'code'],
  ['response.statusDetail.message', 'message'],
  ['response.statusDetail.messages[0].messageCode', 'firstCode'],
  ['response.statusDetail.messages[0].message', 'firstMessage'],
  ['response.totalRecords', 'totalRecords'],
]);

/** Base64 of either alphabet; `Buffer.from` reads both. */
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

const BLANK_BYTES: readonly number[] = [...Buffer.from('\t\n\r \ufeff')];
const BLANKS = /[\t\n\r ]/;
const BLANKS_ALL = /[\t\n\r ]+/g;

/** Maximum characters of a member beside the blob. */
const LONGEST_MEMBER = 64 * 1024;

/**
 * Decodes the blob of an envelope: base64 of either alphabet, with or without padding, with or without line breaks.
 * @returns yields the blob's bytes, and returns the other members at the end
 * @throws SluiceError `NOT_AN_ENVELOPE` for other JSON, broken base64 or more than one object, `TRUNCATED`,
 *   `EXPORT_FAILED` when the envelope's status is not success
 */
export async function* decodeEnvelope(
  chunks: AsyncIterable<Uint8Array>,
  source: string,
): AsyncGenerator<Buffer, Envelope> {
  const { default: parser } = await import('stream-json/parser.js');
  const tokens = parser.asStream({
    packKeys: true,
    streamKeys: false,
    packStrings: false,
    streamStrings: true,
    streamNumbers: false,
  });
  const reader = new EnvelopeReader(source);
  let begun = false;
  let ended = false;
  let isBlank = true;
  const feeding = feed(chunks, source, tokens, (bytes) => {
    isBlank &&= bytes.every((byte) => BLANK_BYTES.includes(byte));
  }).then(
    () => {
      ended = true;
      tokens.end();
    },
    (cause) => {
      tokens.destroy(cause);
    },
  );
  try {
    const taken: AsyncIterable<Token> = tokens;
    for await (const token of taken) {
      begun = true;
      const piece = reader.take(token);
      if (piece && piece.length > 0) yield piece;
    }
  } catch (cause) {
    if (!begun && ended && isBlank && !(cause instanceof SluiceError)) {
      throw new SluiceError('TRUNCATED', 'verify', `${source}: the input is empty, not an envelope`, { source });
    }
    // When the parser has got everything, what it misses is missing in the text.
    throw cause instanceof SluiceError
      ? cause
      : textFault(cause, source, begun && ended ? 'TRUNCATED' : 'NOT_AN_ENVELOPE');
  } finally {
    tokens.destroy();
    await feeding;
  }
  return reader.end();
}

/** Writes the chunks to the parser, each after it has taken the one before. */
async function feed(
  chunks: AsyncIterable<Uint8Array>,
  source: string,
  tokens: Duplex,
  onChunk: (bytes: Uint8Array) => void,
): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value, done } = await iterator.next().catch((cause: unknown) => {
        throw toSluiceError(cause, 'READ_FAILED', 'read', { source });
      });
      if (done) return;
      onChunk(value);
      await new Promise<void>((resolve, reject) => {
        tokens.write(value, (error) => (error ? reject(error) : resolve()));
      });
    }
  } finally {
    await iterator.return?.();
  }
}

function textFault(cause: unknown, source: string, code: 'TRUNCATED' | 'NOT_AN_ENVELOPE'): SluiceError {
  const what = code === 'TRUNCATED' ? 'the text ends in the middle' : 'the text is not JSON';
  return new SluiceError(code, 'verify', `${source}: ${what}: ${messageOf(cause)}`, { source, cause });
}

/** Follows the tokens of an envelope. */
class EnvelopeReader {
  readonly #source: string;
  /** The path of the current value: keys and array indexes. */
  readonly #path: (string | number)[] = [];
  readonly #members = new Map<string, string>();
  #base64 = '';
  #blobBytes = 0;
  #blobSeen = false;
  #text = '';

  constructor(source: string) {
    this.#source = source;
  }

  /** Takes one token. @returns the bytes of the blob that it holds */
  take({ name, value = '' }: Token): Buffer | undefined {
    switch (name) {
      case 'startObject':
        this.#enter();
        this.#path.push('');
        return undefined;
      case 'startArray':
        this.#enter();
        this.#path.push(-1);
        return undefined;
      case 'endObject':
      case 'endArray':
        this.#path.pop();
        return undefined;
      case 'keyValue':
        this.#path[this.#path.length - 1] = value;
        return undefined;
      case 'startString':
        this.#enter();
        this.#text = '';
        if (this.#at() === BLOB) this.#beginBlob();
        return undefined;
      case 'stringChunk':
        if (this.#at() === BLOB) return this.#decode(value);
        if (this.#text.length <= LONGEST_MEMBER) this.#text += value;
        return undefined;
      case 'endString':
        if (this.#at() === BLOB) return this.#decodeRest();
        this.#keep(this.#text);
        return undefined;
      case 'numberValue':
        this.#enter();
        this.#keep(value);
        return undefined;
      case 'nullValue':
      case 'trueValue':
      case 'falseValue':
        this.#enter();
        return undefined;
      default:
        return undefined;
    }
  }

  /** The input is complete. */
  end(): Envelope {
    const member = (name: string) => this.#members.get(name);
    if (member('status') === 'error') {
      const message = member('message') ?? member('firstMessage') ?? 'no message';
      const code = member('code') ?? member('firstCode') ?? 'no code';
      const text = `${this.#source}: the export failed: ${message} (${code})`;
      throw new SluiceError('EXPORT_FAILED', 'verify', text, { source: this.#source });
    }
    if (!this.#blobSeen) throw this.#refuse(`it has no ${BLOB}`);
    if (member('status') !== 'success') throw this.#refuse('its status is neither success nor error');
    const totalRecords = Number(member('totalRecords') ?? Number.NaN);
    if (!Number.isSafeInteger(totalRecords)) throw this.#refuse('totalRecords is not a count');
    if (this.#blobBytes === 0 && totalRecords > 0) {
      const text = `${this.#source}: the blob is empty, but totalRecords is ${totalRecords}`;
      throw new SluiceError('TRUNCATED', 'verify', text, { source: this.#source });
    }
    const optional = ['tenantId', 'fileName', 'version', 'extension'].flatMap((name) => {
      const value = member(name);
      return value === undefined ? [] : [[name, value]];
    });
    return {
      id: member('id') ?? '',
      type: member('type') ?? '',
      ...Object.fromEntries(optional),
      status: 'success',
      totalRecords,
      blobBytes: this.#blobBytes,
    };
  }

  /** A value begins: inside an array it is the next element. */
  #enter(): void {
    const top = this.#path.length - 1;
    const last = this.#path[top];
    if (typeof last !== 'number') return;
    this.#path[top] = last + 1;
    if (this.#at() === 'response.binaryObjects[1]') throw this.#refuse('it holds more than one binary object');
  }

  /** The path of the current value, as text: `response.binaryObjects[0].id`. */
  #at(): string {
    return this.#path.reduce<string>((path, step) => {
      if (typeof step === 'number') return `${path}[${step}]`;
      // A key that looks like a path of several steps is still one step.
      const key = /[.[]/.test(step) ? JSON.stringify(step) : step;
      return path === '' ? key : `${path}.${key}`;
    }, '');
  }

  #beginBlob(): void {
    if (this.#blobSeen) throw this.#refuse('it holds more than one blob');
    this.#blobSeen = true;
  }

  #keep(text: string): void {
    const member = MEMBERS.get(this.#at());
    if (member !== undefined) this.#members.set(member, text);
  }

  #decode(text: string): Buffer {
    // Some writers break the lines of base64.
    const all = this.#base64 + (BLANKS.test(text) ? text.replaceAll(BLANKS_ALL, '') : text);
    const whole = all.length - (all.length % 4);
    this.#base64 = all.slice(whole);
    return this.#bytesOf(all.slice(0, whole));
  }

  /** Decodes the rest: nothing, or a group without padding. */
  #decodeRest(): Buffer {
    const rest = this.#base64;
    this.#base64 = '';
    if (rest.length === 1 || rest.includes('='))
      throw this.#refuse('the blob is truncated: its last group is incomplete');
    return this.#bytesOf(rest);
  }

  /** `Buffer.from` skips characters that are not base64; here they are a fault. Padding ends the blob. */
  #bytesOf(text: string): Buffer {
    if (text === '') return Buffer.alloc(0);
    if (this.#padded || !BASE64.test(text)) throw this.#refuse(this.#notBase64(text));
    this.#padded = text.endsWith('=');
    const bytes = Buffer.from(text, 'base64');
    this.#blobBytes += bytes.length;
    return bytes;
  }
  #padded = false;

  #notBase64(text: string): string {
    if (this.#padded) return 'the blob is not base64: it continues after its padding';
    const at = text.search(/[^A-Za-z0-9+/_=-]/);
    const which =
      at === -1 ? 'padding before its end' : JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0));
    return `the blob is not base64: it holds ${which}`;
  }

  #refuse(reason: string): SluiceError {
    return new SluiceError('NOT_AN_ENVELOPE', 'verify', `${this.#source}: ${reason}`, { source: this.#source });
  }
}
