/** Streams and iterables of bytes as a source. */
import { fstat } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { isObject } from '../options/faults.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import { fileIdentity } from '../terms/file-identity.js';
import { isReopenable, opened, requireItems } from './once.js';
import type { ByteInput, Source } from './source.js';
import { pull } from './until-aborted.js';
import { isBlob, isResponse, isWebStream } from './web-values.js';

/** Why a closed input reads no further; one error for all, since making one takes longer than closing. */
const CLOSED = new Error('the input was closed');

/** A chunk of a byte source; text is encoded as UTF-8. */
export type Chunk = Uint8Array | string;

/** Chunks of bytes, one chunk, a `Blob` (a `File` too), or a `Response` of `fetch`. */
export type ByteSource = AsyncIterable<Chunk> | Iterable<Chunk> | Chunk | Blob | Response;

/**
 * Reads a `Readable`, a web stream, any iterable of chunks, one chunk, a blob, or the body of a response. A stream is
 * destroyed when the run ends before it does; an iterator gets `return()`. Streams and generators can be read once: a
 * second export of them fails with `ALREADY_USED`.
 * @param name of the source in errors
 * @throws SluiceError `INVALID` for other values, `READ_FAILED` for a response without success
 */
export function bytes(source: ByteSource, name = nameOf(source)): Source {
  const all = chunksOf(source, name);
  requireItems(all, 'bytes', name);
  return {
    reopenable: isReopenable(all),
    async *inputs(signal) {
      yield chunkInput(opened(all, name), name, signal);
    },
    async *files() {
      const identity = await identityOf(all);
      if (identity !== undefined) yield { name, identity };
    },
  };
}

/** Whether a value is certainly a source of bytes; a stream of objects is not. */
export function givesBytes(source: object): source is Uint8Array | Blob | Response | ReadableStream | Readable {
  if (source instanceof Readable || isStreamOfOthers(source)) return !source.readableObjectMode;
  return source instanceof Uint8Array || isBlob(source) || isResponse(source) || isWebStream(source);
}

/** Streams of `readable-stream`, which other packages make, are no instances of `Readable`. */
function isStreamOfOthers(source: unknown): source is Readable {
  return isObject(source) && Symbol.asyncIterator in source && 'pipe' in source && 'readableObjectMode' in source;
}

function nameOf(source: ByteSource): string {
  if (isResponse(source) && source.url !== '') return source.url;
  return isBlob(source) && 'name' in source && typeof source.name === 'string' ? source.name : 'the input';
}

function chunksOf(source: ByteSource, name: string): AsyncIterable<Chunk> | Iterable<Chunk> {
  // A chunk is itself iterable, by characters or numbers.
  if (typeof source === 'string' || source instanceof Uint8Array) return [source];
  if (isBlob(source)) return { [Symbol.asyncIterator]: () => Readable.fromWeb(source.stream()).iterator() };
  if (!isResponse(source)) return source;
  if (source.ok) return source.body ?? [];
  const message = `${name}: the response is ${`${source.status} ${source.statusText}`.trim()}`;
  throw new SluiceError('READ_FAILED', 'read', message, { source: name });
}

/** The identity of the file that a stream reads, such as standard input; undefined for other sources. */
async function identityOf(chunks: object): Promise<string | undefined> {
  const byNumber = 'fd' in chunks && typeof chunks.fd === 'number' ? chunks.fd : undefined;
  if (byNumber !== undefined) {
    return promisify(fstat)(byNumber, { bigint: true }).then(fileIdentity, () => undefined);
  }
  // The file of a stream may not be open yet.
  const path = 'path' in chunks && typeof chunks.path === 'string' ? chunks.path : undefined;
  return path === undefined ? undefined : stat(path, { bigint: true }).then(fileIdentity, () => undefined);
}

/** An input over chunks; bytes that do not fit into a read wait for the next one. */
export function chunkInput(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
  name: string,
  signal: AbortSignal,
): ByteInput {
  const closing = new AbortController();
  const iterator = pull(chunks, signal, closing.signal);
  const encode = chunkEncoder(name);
  let rest: Uint8Array = new Uint8Array(0);
  return {
    kind: 'bytes',
    name,
    async read(into) {
      while (rest.length === 0) {
        const next = await iterator.next().catch((cause: unknown) => {
          throw readError(cause, name);
        });
        rest = encode(next);
        if (next.done) break;
      }
      const length = Math.min(rest.length, into.length);
      into.set(rest.subarray(0, length));
      rest = rest.subarray(length);
      return length;
    },
    async close() {
      // A caller that reads ahead may have a pending read: it must settle, or `return` would wait for it.
      closing.abort(CLOSED);
      await iterator.return().catch(() => {});
    },
  };
}

/**
 * Makes a function from the results of an iterator, including its end, to bytes. Half of a surrogate pair at the end
 * of a text waits for the other half; an unpaired half has no UTF-8 form, and must not become a replacement character.
 */
function chunkEncoder(name: string): (next: IteratorResult<unknown, unknown>) => Uint8Array {
  let held = '';
  return (next) => {
    const chunk = next.done ? '' : next.value;
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
      const kind = chunk === undefined || chunk === null ? `${chunk}` : `${typeof chunk}s`;
      throw new SluiceError('INVALID', 'read', `${name} yields ${kind} instead of bytes or text`, { source: name });
    }
    if (chunk instanceof Uint8Array && chunk.length === 0) requireAttached(chunk, name);
    const isText = typeof chunk === 'string';
    let text = held + (isText ? chunk : '');
    held = isText && !next.done && /[\ud800-\udbff]$/.test(text) ? text.slice(-1) : '';
    text = text.slice(0, text.length - held.length);
    if (!text.isWellFormed()) {
      throw new SluiceError('INVALID_UTF8', 'read', `${name}: half of a surrogate pair`, { source: name });
    }
    return chunk instanceof Uint8Array ? chunk : Buffer.from(text);
  };
}

/** Bytes whose memory was transferred to another thread look empty. */
function requireAttached({ buffer }: Uint8Array, name: string): void {
  try {
    new Uint8Array(buffer);
  } catch (cause) {
    const message = `${name} yields bytes whose memory was transferred elsewhere`;
    throw new SluiceError('INVALID', 'read', message, { source: name, cause });
  }
}

function readError(cause: unknown, name: string): SluiceError {
  if (cause instanceof SluiceError) return cause;
  return new SluiceError('READ_FAILED', 'read', `${name}: ${messageOf(cause)}`, { source: name, cause });
}
