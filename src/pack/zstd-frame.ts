/** One frame of Zstandard. */
import { ZSTD_COMPRESS, zstdCall, zstdConstant } from '../zstd/node-zstd.js';

/** Room beside the bytes of a frame that do not compress, so that the output always fits. */
const SPARE_BYTES = 16 * 1024;

/** Compresses bytes to a frame that states its size and has a checksum. */
export function zstdFrame(bytes: Buffer, level: number): Promise<Buffer> {
  const params = {
    [zstdConstant('ZSTD_c_compressionLevel')]: level,
    [zstdConstant('ZSTD_c_checksumFlag')]: 1,
  };
  return zstdCall(ZSTD_COMPRESS, bytes, { params, chunkSize: bytes.length + SPARE_BYTES });
}
