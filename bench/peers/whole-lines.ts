/** Reading a file of lines as peers do it fastest: large chunks, cut at newlines. */
import { open } from 'node:fs/promises';

/** Bytes read at a time by tuned peers; where the documentation shows none, peers read as Node does by default. */
export const READ_BYTES = 1024 * 1024;

const NEWLINE = 0x0a;

/** Reads a file in large chunks and hands over the whole lines of each; the buffer is new each time. */
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
