/** A zip of parts that come one after the other, each with its name before its content. */
import type { Deflated, DeflatedTotals } from '../terms/deflated.js';
import type { Deflater } from '../terms/deflater.js';
import { crc32Joined } from './crc32-joined.js';
import { BlockDeflater, type DeflatedBlock } from './deflate-blocks.js';
import { RawZip } from './yazl-adapter.js';

/** A file of the archive; its pieces are used up before the next part is asked for. */
export interface ZipPart {
  readonly name: string;
  /** Its bytes; those that are deflated already, by the same options, are passed on as they are. */
  readonly pieces: AsyncIterable<Buffer | Deflated> | Iterable<Buffer | Deflated>;
}

/** How the parts are deflated. */
export interface ZipPartsOptions {
  /** Deflate level, 0 (stored) to 9. */
  readonly level: number;
  /** Default: zlib. */
  readonly deflater?: Deflater;
  /** Blocks deflated in parallel, at least 1; the bytes are the same for any number. */
  readonly threads: number;
}

const NOTHING_YET: DeflatedTotals = { uncompressed: 0, compressed: 0, crc32: 0 };

/** Yields the bytes of the archive. */
export async function* zipParts(parts: Iterable<ZipPart>, options: ZipPartsOptions): AsyncGenerator<Buffer, void> {
  const { level } = options;
  const zip = new RawZip(level);
  const deflater = new BlockDeflater({ method: level === 0 ? 'store' : 'deflate', ...options });
  try {
    for (const { name, pieces } of parts) {
      let totals = NOTHING_YET;
      yield zip.begin(name);
      for await (const piece of pieces) {
        if (Buffer.isBuffer(piece)) {
          yield* bytesOf(await deflater.push(piece));
          continue;
        }
        const before = await deflater.flush(true);
        yield* bytesOf(before);
        yield* piece.chunks();
        totals = joined(joined(totals, before[before.length - 1].state), piece.totals);
      }
      const last = await deflater.flush();
      yield* bytesOf(last);
      yield zip.finish(joined(totals, last[last.length - 1].state));
    }
    yield zip.end();
  } finally {
    await deflater.close();
  }
}

function joined(first: DeflatedTotals, second: DeflatedTotals): DeflatedTotals {
  return {
    uncompressed: first.uncompressed + second.uncompressed,
    compressed: first.compressed + second.compressed,
    crc32: crc32Joined(first.crc32, second.crc32, second.uncompressed),
  };
}

function* bytesOf(blocks: readonly DeflatedBlock[]): Generator<Buffer, void> {
  for (const { bytes } of blocks) if (bytes.length > 0) yield bytes;
}
