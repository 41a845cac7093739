/** Reads the bytes of an input chunk by chunk, without looking for entities. */
import { openText } from './open-text.js';
import type { ByteInput } from './source.js';

const READ_BYTES = 256 * 1024;

/** Reads the bytes of an input as they are, to its end, and leaves it open. Each chunk has its own memory. */
export async function* readRaw(input: ByteInput): AsyncGenerator<Buffer, void> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    const length = await input.read(chunk);
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}

/** Reads an input to its end, decompresses gzip, and closes it. Each chunk has its own memory. */
export async function* readChunks(input: ByteInput, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  let opened = input;
  try {
    opened = await openText(input, signal);
    yield* readRaw(opened);
  } finally {
    await opened.close();
  }
}
