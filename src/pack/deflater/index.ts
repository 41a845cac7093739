/** Deflates a block of text, which may refer to the window before it. */
import { alignBits, beginBits, held, out, put } from './bits';
import { BLOCK, OUTPUT } from './boundary';
import { beginSearch } from './match';
import { writePart } from './part';

/** Bytes with codes of their own. */
const PART_BYTES: usize = 256 * 1024;
/** Shorter blocks take no time, and are searched well at every level. */
const SHORT_BYTES: usize = 64 * 1024;

/**
 * Deflates the block; it ends at a byte.
 * @param window bytes of the window, which ends where the block begins
 * @param length bytes of the block
 * @param level  1 searches in one table, more in two
 * @param last   1 if the stream ends with the block, else 0
 * @returns the bytes of the output
 */
export function deflate(window: usize, length: usize, level: u32, last: u32): usize {
  beginSearch(BLOCK - window, BLOCK, length < SHORT_BYTES ? 2 : level);
  beginBits(OUTPUT);
  const end = BLOCK + length;
  let at: usize = BLOCK;
  do {
    const to = min(at + PART_BYTES, end);
    writePart(at, to, to == end ? last : 0);
    at = to;
  } while (at < end);
  if (last == 0 && held != 0) {
    // An empty stored text fills the byte.
    put(0, 3);
    alignBits();
    put(0xffff_0000, 32);
  }
  alignBits();
  return out - OUTPUT;
}
