/** A gzip member by RFC 1952. */
import { type Container, deflateOptions, deflateStage, type PackOptions, type PackStage } from './deflate-stage.js';

/**
 * Makes the stage. The header has no time, no name and no operating system, so that equal input gives equal bytes.
 */
export function gzipStage({ from, ...given }: PackOptions = {}): PackStage {
  const options = deflateOptions(given);
  return deflateStage('gzip', gzipContainer(options.level), { method: 'deflate', ...options }, from);
}

/** The header, and the trailer with checksum and size. */
function gzipContainer(level: number): Container {
  // The hint for size or speed, as zlib writes it.
  const extraFlags = level === 9 ? 2 : level < 2 ? 4 : 0;
  return {
    head: () => Buffer.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, extraFlags, 0xff),
    tail({ crc32, uncompressed }) {
      const tail = Buffer.allocUnsafe(8);
      tail.writeUInt32LE(crc32, 0);
      tail.writeUInt32LE(uncompressed % 2 ** 32, 4);
      return tail;
    },
  };
}
