/** Deflated bytes back to what they were made of, also where they end between two blocks. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createInflateRaw } from 'node:zlib';

/** Inflates a raw deflate stream, whole or up to a sync flush; fails as zlib does where the bytes are none. */
export async function* inflated(deflated: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
  const feeding = pipeline(Readable.from(deflated), inflate);
  // Reading from `inflate` meets the same failure.
  feeding.catch(() => {});
  for await (const chunk of inflate) yield chunk;
  await feeding;
}
