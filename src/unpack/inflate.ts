/** Inflates deflated bytes, also when they end between two blocks. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createInflateRaw } from 'node:zlib';

/**
 * Inflates a raw deflate stream, complete or up to a sync flush. Fails as zlib does for other bytes, and for bytes after
 * its end.
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
  // Reading from `inflate` gives the same failure; a stream that ends early fails only the feeder.
  const feeding = pipeline(Readable.from(counted()), inflate).catch(() => {});
  for await (const chunk of inflate) yield chunk;
  await feeding;
  if (inflate.bytesWritten < fed) throw new Error('further bytes follow the end of the deflated data');
}
