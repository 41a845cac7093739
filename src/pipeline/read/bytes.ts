/** Any stream or iterable of bytes as a source. */
import { Readable } from 'node:stream';
import { messageOf, SluiceError } from '../../terms/errors.js';
import type { ByteInput, Source } from './source.js';
import { pull } from './until-aborted.js';

/** What a byte source yields; text is taken as UTF-8. */
export type Chunk = Uint8Array | string;

/**
 * Reads a `Readable`, a web stream, or any iterable of chunks. A stream is destroyed when the run ends before it does;
 * an iterator gets `return()`.
 * @param name how errors call it
 */
export function bytes(chunks: AsyncIterable<Chunk> | Iterable<Chunk>, name = 'the input'): Source {
  return {
    async *inputs(signal) {
      yield chunkInput(chunks, name, signal);
    },
  };
}

/** An input over chunks; what does not fit into a read waits for the next one. */
export function chunkInput(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
  name: string,
  signal: AbortSignal,
): ByteInput {
  const closing = new AbortController();
  const iterator = pull(chunks, AbortSignal.any([signal, closing.signal]));
  let rest: Uint8Array = new Uint8Array(0);
  return {
    kind: 'bytes',
    name,
    async read(into) {
      while (rest.length === 0) {
        const next = await iterator.next().catch((cause: unknown) => {
          throw readError(cause, name);
        });
        if (next.done) return 0;
        rest = bytesOf(next.value, name);
      }
      const length = Math.min(rest.length, into.length);
      into.set(rest.subarray(0, length));
      rest = rest.subarray(length);
      return length;
    },
    async close() {
      // A read may be pending, by whoever reads ahead: it must settle, or `return` would wait for it.
      closing.abort();
      if (chunks instanceof Readable) chunks.destroy();
      await iterator.return().catch(() => {});
    },
  };
}

function bytesOf(chunk: unknown, name: string): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  throw new SluiceError('INVALID', 'read', `${name} yields ${typeof chunk}s; bytes or text are due`, { source: name });
}

function readError(cause: unknown, name: string): SluiceError {
  if (cause instanceof SluiceError) return cause;
  return new SluiceError('READ_FAILED', 'read', `${name}: ${messageOf(cause)}`, { source: name, cause });
}
