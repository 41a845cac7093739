/** Reads the bytes of an input chunk by chunk, without looking for entities. */
import { openText } from './open-text.js';
import type { ByteInput } from './source.js';

const READ_BYTES = 256 * 1024;

/** Reads an input to its end, decompresses gzip, and closes it. Each chunk has its own memory. */
export async function* readChunks(input: ByteInput, signal: AbortSignal): AsyncGenerator<Buffer, void> {
  let opened = input;
  try {
    opened = await openText(input, signal);
    for (;;) {
      const chunk = Buffer.allocUnsafe(READ_BYTES);
      const length = await opened.read(chunk);
      if (length === 0) return;
      yield chunk.subarray(0, length);
    }
  } finally {
    await opened.close();
  }
}
