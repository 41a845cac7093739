/** Deflated bytes back to what they were made of, also where they end between two blocks. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createInflateRaw } from 'node:zlib';

/**
 * Inflates a raw deflate stream, whole or up to a sync flush; fails as zlib does where the bytes are none, and where
 * others stand behind its end.
 */
export async function* inflated(deflated: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  let fed = 0;
  async function* counted(): AsyncGenerator<Buffer, void> {
    for await (const chunk of deflated) {
      fed += chunk.length;
      yield chunk;
    }
  }
  // Reading from `inflate` meets the same failure; one that has come to its end early fails the feeder alone.
  const feeding = pipeline(Readable.from(counted()), inflate).catch(() => {});
  for await (const chunk of inflate) yield chunk;
  await feeding;
  if (inflate.bytesWritten < fed) throw new Error('other bytes stand behind the end of the deflated data');
}
