/** The bytes of an input chunk by chunk, for those who look for no entities in them. */
import { openText } from './open-text.js';
import type { ByteInput } from './source.js';

const READ_BYTES = 256 * 1024;

/** Reads an input to its end, decompressed where it is gzip, and closes it. Each chunk is a memory of its own. */
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
