/** Gzip input, told by its first two bytes, decompressed by Node's zlib. */
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf, SluiceError, systemCode } from '../../terms/errors.js';
import { chunkInput } from './bytes.js';
import { peekInput } from './peek-input.js';
import type { ByteInput } from './source.js';

/** Bytes read at a time from compressed input, and to tell whether it is compressed. */
const READ_BYTES = 64 * 1024;

/** What every gzip member begins with. */
const MAGIC = Buffer.of(0x1f, 0x8b);

/**
 * Answers an input of the decompressed bytes where the given one is gzip (one member or several), else one of the
 * same bytes. Closing it closes the given one.
 */
export async function decompressed(input: ByteInput, signal: AbortSignal): Promise<ByteInput> {
  const { front, input: whole } = await peekInput(input, READ_BYTES, MAGIC.length);
  return front.subarray(0, MAGIC.length).equals(MAGIC) ? gunzipped(whole, signal) : whole;
}

function gunzipped(input: ByteInput, signal: AbortSignal): ByteInput {
  const gunzip = createGunzip();
  const feeding = pipeline(chunksOf(input), gunzip);
  // Reading from `gunzip` meets the same failure.
  feeding.catch(() => {});
  const output = chunkInput(gunzip, input.name, signal);
  return {
    kind: 'bytes',
    name: input.name,
    async read(into) {
      try {
        const length = await output.read(into);
        if (length === 0) await feeding;
        return length;
      } catch (cause) {
        throw gunzipError(cause, input.name);
      }
    },
    async close() {
      await output.close();
      // The input goes first, since the feeder may be waiting for it.
      await input.close();
      await feeding.catch(() => {});
    },
  };
}

async function* chunksOf(input: ByteInput): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    const length = await input.read(chunk);
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}

/** zlib's failures under our codes; the failures of the input itself as they are. */
function gunzipError(cause: unknown, name: string): unknown {
  const origin = cause instanceof SluiceError && cause.code === 'READ_FAILED' ? cause.cause : cause;
  const code = systemCode(origin);
  if (code === undefined || !code.startsWith('Z_')) return origin instanceof SluiceError ? origin : cause;
  if (code === 'Z_BUF_ERROR') {
    return new SluiceError('TRUNCATED', 'read', `${name}: the gzip data ends in the middle`, { source: name, cause });
  }
  const message = `${name}: the gzip data is corrupt: ${messageOf(origin)}`;
  return new SluiceError('CORRUPT_GZIP', 'read', message, { source: name, cause });
}
