/** A zip of parts that come one after the other, each with its name before its content. */
import { BlockDeflater, type DeflatedBlock } from './deflate-blocks.js';
import { RawZip } from './yazl-adapter.js';

/** A file of the archive; its pieces are used up before the next part is asked for. */
export interface ZipPart {
  readonly name: string;
  readonly pieces: AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** How the parts are deflated. */
export interface ZipPartsOptions {
  /** Deflate level, 0 (stored) to 9. */
  readonly level: number;
  /** Blocks deflated in parallel, at least 1; the bytes are the same for any number. */
  readonly threads: number;
}

/** Yields the bytes of the archive. */
export async function* zipParts(
  parts: Iterable<ZipPart>,
  { level, threads }: ZipPartsOptions,
): AsyncGenerator<Buffer, void> {
  const zip = new RawZip(level);
  const deflater = new BlockDeflater({ method: level === 0 ? 'store' : 'deflate', level, threads });
  try {
    for (const { name, pieces } of parts) {
      yield zip.begin(name);
      for await (const piece of pieces) yield* bytesOf(await deflater.push(piece));
      const last = await deflater.flush();
      yield* bytesOf(last);
      yield zip.finish(last[last.length - 1].state);
    }
    yield zip.end();
  } finally {
    await deflater.close();
  }
}

function* bytesOf(blocks: readonly DeflatedBlock[]): Generator<Buffer, void> {
  for (const { bytes } of blocks) if (bytes.length > 0) yield bytes;
}
