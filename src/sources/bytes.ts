/** Any stream or iterable of bytes as a source. */
import { fstat } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { messageOf, SluiceError } from '../terms/errors.js';
import { fileIdentity } from '../terms/file-identity.js';
import { isReopenable, opened, requireItems } from './once.js';
import type { ByteInput, Source } from './source.js';
import { pull } from './until-aborted.js';

/** What a byte source yields; text is taken as UTF-8. */
export type Chunk = Uint8Array | string;

/** What bytes come from: chunks of them, one chunk, a `Blob` (a `File` too), or a `Response` of `fetch`. */
export type ByteSource = AsyncIterable<Chunk> | Iterable<Chunk> | Chunk | Blob | Response;

/**
 * Reads a `Readable`, a web stream, any iterable of chunks, one chunk, a blob, or the body of a response. A stream is destroyed when the run ends
 * before it does; an iterator gets `return()`. What gives its chunks once, as streams and generators do, is read once:
 * a second export of it fails with `ALREADY_USED`.
 * @param name how errors call it
 * @throws SluiceError `INVALID` for what is none of these, `READ_FAILED` for a response that is no success
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

/** Whether it surely is a source of bytes; a stream of objects is none. */
export function givesBytes(source: object): source is Uint8Array | Blob | Response | ReadableStream | Readable {
  if (source instanceof Readable) return !source.readableObjectMode;
  return [Uint8Array, Blob, Response, ReadableStream].some((kind) => source instanceof kind);
}

function nameOf(source: ByteSource): string {
  if (source instanceof Response && source.url !== '') return source.url;
  return source instanceof Blob && 'name' in source && typeof source.name === 'string' ? source.name : 'the input';
}

function chunksOf(source: ByteSource, name: string): AsyncIterable<Chunk> | Iterable<Chunk> {
  // A chunk is an iterable itself, of characters or of numbers.
  if (typeof source === 'string' || source instanceof Uint8Array) return [source];
  if (source instanceof Blob) return { [Symbol.asyncIterator]: () => Readable.fromWeb(source.stream()).iterator() };
  if (!(source instanceof Response)) return source;
  if (source.ok) return source.body ?? [];
  const message = `${name}: the response is ${`${source.status} ${source.statusText}`.trim()}`;
  throw new SluiceError('READ_FAILED', 'read', message, { source: name });
}

/** Of the file that a stream reads, as standard input may; undefined for everything else. */
async function identityOf(chunks: object): Promise<string | undefined> {
  const byNumber = 'fd' in chunks && typeof chunks.fd === 'number' ? chunks.fd : undefined;
  if (byNumber !== undefined) {
    return promisify(fstat)(byNumber, { bigint: true }).then(fileIdentity, () => undefined);
  }
  // A stream over a file that is not open yet.
  const path = 'path' in chunks && typeof chunks.path === 'string' ? chunks.path : undefined;
  return path === undefined ? undefined : stat(path, { bigint: true }).then(fileIdentity, () => undefined);
}

/** An input over chunks; what does not fit into a read waits for the next one. */
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
      // A read may be pending, by whoever reads ahead: it must settle, or `return` would wait for it.
      closing.abort();
      await iterator.return().catch(() => {});
    },
  };
}

/**
 * Answers a function from what an iterator answers, its end among it, to bytes. Half of a surrogate pair at the end of a text
 * waits for the other half; one that stays alone has no UTF-8 form, and must not become a replacement character.
 */
function chunkEncoder(name: string): (next: IteratorResult<unknown, unknown>) => Uint8Array {
  let held = '';
  return (next) => {
    const chunk = next.done ? '' : next.value;
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
      const kind = chunk === undefined || chunk === null ? `${chunk}` : `${typeof chunk}s`;
      throw new SluiceError('INVALID', 'read', `${name} yields ${kind}; bytes or text are due`, { source: name });
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

/** Bytes whose memory was handed to another thread look like none. */
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
