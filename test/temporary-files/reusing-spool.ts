/** For tests: a spool whose chunks are short, cut anywhere, and overwritten when the next one is requested. */
import { temporarySpool } from '../../src/temporary-files/temporary-spool.js';
import type { Spool } from '../../src/terms/spool.js';

export function reusingSpool(chunkBytes: number): Spool {
  const spool = temporarySpool();
  return { write: (chunk) => spool.write(chunk), chunks, close: () => spool.close() };

  async function* chunks(): AsyncGenerator<Buffer, void> {
    for await (const whole of spool.chunks()) {
      for (let at = 0; at < whole.length; at += chunkBytes) {
        const chunk = Buffer.from(whole.subarray(at, at + chunkBytes));
        yield chunk;
        chunk.fill(0xff);
      }
    }
  }
}
