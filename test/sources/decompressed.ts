/** For tests: an input of the decompressed bytes of a gzip input, and any other input as it is. */
import { decompressedBy } from '../../src/sources/decompress.js';
import { inflateMembers, isGzip } from '../../src/sources/gzip-members.js';
import { peekInput } from '../../src/sources/peek-input.js';
import type { ByteInput } from '../../src/sources/source.js';

/** Opens the input; closing the result closes it. */
export async function decompressed(input: ByteInput, signal: AbortSignal): Promise<ByteInput> {
  const { front, input: whole } = await peekInput(input, 2);
  return isGzip(front) ? decompressedBy(inflateMembers, whole, signal) : whole;
}
