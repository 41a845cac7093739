/** The fastest way for peers to read lines: large chunks, cut at newlines. */
import { open } from 'node:fs/promises';

/** Bytes that tuned peers read at a time. Untuned peers use Node's default. */
export const READ_BYTES = 1024 * 1024;

const NEWLINE = 0x0a;

/** Reads a file in large chunks and yields the complete lines of each, in a new buffer. */
export async function forWholeLines(path: string, use: (lines: Buffer) => void): Promise<void> {
  const file = await open(path);
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(rest.length + READ_BYTES);
      rest.copy(chunk);
      const { bytesRead } = await file.read(chunk, rest.length, READ_BYTES);
      const whole = chunk.subarray(0, rest.length + bytesRead);
      const end = bytesRead === 0 ? whole.length : whole.lastIndexOf(NEWLINE) + 1;
      if (end > 0) use(whole.subarray(0, end));
      rest = whole.subarray(end);
      if (bytesRead === 0) return;
    }
  } finally {
    await file.close();
  }
}
