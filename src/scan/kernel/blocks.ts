/** 64 bytes at a time: a bit for each byte, the first byte the lowest bit. */

/** The mask of the bytes of four vectors that equal the byte which `wanted` holds sixteen times. */
@inline
export function equalTo(a: v128, b: v128, c: v128, d: v128, wanted: v128): u64 {
  return maskOf(i8x16.eq(a, wanted), i8x16.eq(b, wanted), i8x16.eq(c, wanted), i8x16.eq(d, wanted));
}

/** The mask of four vectors of compared bytes. */
@inline
export function maskOf(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    u64(u32(i8x16.bitmask(a) | (i8x16.bitmask(b) << 16))) |
    (u64(u32(i8x16.bitmask(c) | (i8x16.bitmask(d) << 16))) << 32)
  );
}

/** The first bytes of a block of `length` bytes, or all of a longer one. */
@inline
export function firstBytes(length: usize): u64 {
  return length < 64 ? ((<u64>1) << length) - 1 : u64.MAX_VALUE;
}

/** For each bit, whether an odd number of bits is set up to and including it. */
@inline
export function prefixXor(bits: u64): u64 {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  bits ^= bits << 32;
  return bits;
}

/** Whether the first byte of the next block is escaped: 0 or 1. */
export let escapeCarry: u64 = 0;

export function setEscapeCarry(carry: u64): void {
  escapeCarry = carry;
}

const ODD_BITS: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/**
 * The bytes that an odd run of backslashes stands before. Runs are told apart by subtraction: it carries through a run
 * and shows whether the run ended on an odd or an even place.
 */
@inline
export function escapedBytes(backslashes: u64): u64 {
  const starting = backslashes & ~escapeCarry;
  const series = ((starting << 1) | ODD_BITS) - starting;
  const codes = series ^ ODD_BITS;
  const escaped = codes ^ (backslashes | escapeCarry);
  escapeCarry = (codes & backslashes) >> 63;
  return escaped;
}
