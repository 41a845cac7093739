/** Base64 (RFC 4648). */

/** The places of three bytes in a word, as a number whose first byte is the highest. */
const GROUPS: usize = memory.data<u8>([2, 1, 0, 128, 5, 4, 3, 128, 8, 7, 6, 128, 11, 10, 9, 128], 16);
/** The bits of each of the four values in a word. */
const FIRST: usize = memory.data<u32>([0x3f, 0x3f, 0x3f, 0x3f], 16);
const SECOND: usize = memory.data<u32>([0x3f00, 0x3f00, 0x3f00, 0x3f00], 16);
const THIRD: usize = memory.data<u32>([0x3f0000, 0x3f0000, 0x3f0000, 0x3f0000], 16);
const FOURTH: usize = memory.data<u32>([0x3f000000, 0x3f000000, 0x3f000000, 0x3f000000], 16);
/** The first value of a small letter, and the last one. */
const FIRST_SMALL: usize = memory.data<u64>([0x1a1a1a1a1a1a1a1a, 0x1a1a1a1a1a1a1a1a], 16);
const LAST_SMALL: usize = memory.data<u64>([0x3333333333333333, 0x3333333333333333], 16);
/** What a value is less than its character: of small letters, the ten digits, `+`, `/` and capital letters. */
const ADDED: usize = memory.data<u8>([71, 252, 252, 252, 252, 252, 252, 252, 252, 252, 252, 237, 240, 65, 0, 0], 16);
/** The place of capital letters there. */
const CAPITALS: usize = memory.data<u64>([0x0d0d0d0d0d0d0d0d, 0x0d0d0d0d0d0d0d0d], 16);

/**
 * Writes the text of `length` bytes, a multiple of three, to `to`. Up to 15 bytes after them are read, and up to 12 after
 * the text written.
 */
export function encodeBase64(pos: usize, length: usize, to: usize): void {
  const groups = v128.load(GROUPS);
  const first = v128.load(FIRST);
  const second = v128.load(SECOND);
  const third = v128.load(THIRD);
  const fourth = v128.load(FOURTH);
  const small = v128.load(FIRST_SMALL);
  const last = v128.load(LAST_SMALL);
  const added = v128.load(ADDED);
  const capitals = v128.load(CAPITALS);
  for (const end = pos + length; pos < end; pos += 12, to += 16) {
    const words = i8x16.swizzle(v128.load(pos), groups);
    const values = v128.or(
      v128.or(v128.and(i32x4.shr_u(words, 18), first), v128.and(i32x4.shr_u(words, 4), second)),
      v128.or(v128.and(i32x4.shl(words, 10), third), v128.and(i32x4.shl(words, 24), fourth)),
    );
    const kinds = v128.or(i8x16.sub_sat_u(values, last), v128.and(i8x16.lt_s(values, small), capitals));
    v128.store(to, i8x16.add(values, i8x16.swizzle(added, kinds)));
  }
}
