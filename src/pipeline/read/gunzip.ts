/** Gzip input, told by its first two bytes, decompressed by Node's zlib. */
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf, SluiceError, systemCode } from '../../terms/errors.js';
import { chunkInput } from './bytes.js';
import type { ByteInput } from './source.js';

/** Bytes read at a time from compressed input, and to tell whether it is compressed. */
const READ_BYTES = 64 * 1024;

/**
 * Answers an input of the decompressed bytes where the given one is gzip (one member or several), else one of the
 * same bytes. Closing it closes the given one.
 */
export async function decompressed(input: ByteInput, signal: AbortSignal): Promise<ByteInput> {
  const first = Buffer.allocUnsafe(READ_BYTES);
  let length = 0;
  while (length < 2) {
    const read = await input.read(first.subarray(length));
    if (read === 0) break;
    length += read;
  }
  const replayed = replay(first.subarray(0, length), input);
  return length >= 2 && first[0] === 0x1f && first[1] === 0x8b ? gunzipped(replayed, signal) : replayed;
}

/** The input with bytes that were read already put back in front. */
function replay(front: Buffer, input: ByteInput): ByteInput {
  let rest = front;
  return {
    ...input,
    async read(into) {
      if (rest.length === 0) return input.read(into);
      const length = rest.copy(into);
      rest = rest.subarray(length);
      return length;
    },
  };
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
