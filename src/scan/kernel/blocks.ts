/** Masks over 64 bytes: a bit for each byte, the first byte the lowest bit. */

/**
 * Vectors of one byte repeated sixteen times. They are in memory, since V8 keeps a loaded vector in a register, but
 * rebuilds one that is a constant of the code in every turn of a loop.
 */
export const QUOTES: usize = memory.data<u64>([0x2222222222222222, 0x2222222222222222], 16);
export const BACKSLASHES: usize = memory.data<u64>([0x5c5c5c5c5c5c5c5c, 0x5c5c5c5c5c5c5c5c], 16);
export const NEWLINES: usize = memory.data<u64>([0x0a0a0a0a0a0a0a0a, 0x0a0a0a0a0a0a0a0a], 16);
export const COLONS: usize = memory.data<u64>([0x3a3a3a3a3a3a3a3a, 0x3a3a3a3a3a3a3a3a], 16);
export const COMMAS: usize = memory.data<u64>([0x2c2c2c2c2c2c2c2c, 0x2c2c2c2c2c2c2c2c], 16);
export const DOTS: usize = memory.data<u64>([0x2e2e2e2e2e2e2e2e, 0x2e2e2e2e2e2e2e2e], 16);
/** The digit, and its distance to the last one. */
export const ZEROS: usize = memory.data<u64>([0x3030303030303030, 0x3030303030303030], 16);
export const NINES: usize = memory.data<u64>([0x0909090909090909, 0x0909090909090909], 16);
/** Spaces, and the bit in which brackets differ from braces. */
export const SPACES: usize = memory.data<u64>([0x2020202020202020, 0x2020202020202020], 16);
export const CASE_BITS: usize = SPACES;
/** Braces; brackets are equal to them with their case bit set. */
export const OPENING: usize = memory.data<u64>([0x7b7b7b7b7b7b7b7b, 0x7b7b7b7b7b7b7b7b], 16);
export const CLOSING: usize = memory.data<u64>([0x7d7d7d7d7d7d7d7d, 0x7d7d7d7d7d7d7d7d], 16);
/** The last control character. */
export const LAST_CONTROL: usize = memory.data<u64>([0x1f1f1f1f1f1f1f1f, 0x1f1f1f1f1f1f1f1f], 16);
export const NULS: usize = memory.data<u64>([0, 0], 16);
/** A byte that valid UTF-8 never has. */
export const NO_TEXT: usize = memory.data<u64>([0xffffffffffffffff, 0xffffffffffffffff], 16);
/** The bits in which brackets and braces differ from one another, and the value of all four with these set. */
export const BRACKET_BITS: usize = memory.data<u64>([0x2626262626262626, 0x2626262626262626], 16);
export const ANY_BRACKET: usize = memory.data<u64>([0x7f7f7f7f7f7f7f7f, 0x7f7f7f7f7f7f7f7f], 16);

/** The mask of the bytes of four vectors that are equal to the byte repeated in `wanted`. */
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

/** Whether a byte of four vectors is equal to `wanted`. */
@inline
export function holds(a: v128, b: v128, c: v128, d: v128, wanted: v128): bool {
  return i8x16.bitmask(anyEqual(a, b, c, d, wanted)) != 0;
}

/** Whether a byte of four vectors is equal to `wanted`, or is at most `most`. */
@inline
export function holdsEither(a: v128, b: v128, c: v128, d: v128, wanted: v128, most: v128): bool {
  const least = i8x16.min_u(i8x16.min_u(a, b), i8x16.min_u(c, d));
  return i8x16.bitmask(v128.or(anyEqual(a, b, c, d, wanted), i8x16.le_u(least, most))) != 0;
}

@inline
function anyEqual(a: v128, b: v128, c: v128, d: v128, wanted: v128): v128 {
  return v128.or(
    v128.or(i8x16.eq(a, wanted), i8x16.eq(b, wanted)),
    v128.or(i8x16.eq(c, wanted), i8x16.eq(d, wanted)),
  );
}

/** The lowest of the bits. */
@inline
export function lowest(bits: u64): u64 {
  return bits & (0 - bits);
}

/** The first `length` bytes of a block, or all of them if it is shorter. */
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

/** All ones if the highest bit is set, else 0: whether a string continues after the block. */
@inline
export function goesOn(strings: u64): u64 {
  return u64(i64(strings) >> 63);
}

const ODD_BITS: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/**
 * The bytes after an odd run of backslashes. Subtraction separates the runs: it carries through a run and shows whether
 * the run ends at an odd or an even place.
 * @param first 1 if the previous block escapes the first byte of this one, else 0
 */
@inline
export function escapedIn(backslashes: u64, first: u64): u64 {
  const starting = backslashes & ~first;
  const series = ((starting << 1) | ODD_BITS) - starting;
  return series ^ ODD_BITS ^ (backslashes | first);
}

/** Whether the last byte of a block is a backslash that escapes the first byte of the next: 1 or 0. */
@inline
export function escapesNext(backslashes: u64, escaped: u64): u64 {
  return (backslashes & ~escaped) >> 63;
}

/** 1 if bits that were moved last go on into the next block, else 0. */
export let followCarry: u64 = 0;

/** Moves each bit on white space to the first byte after it; `followCarry` tells of the next block. */
@inline
export function behindSpace(bits: u64, spaces: u64): u64 {
  const moved = spaces + (bits & spaces);
  followCarry = u64(moved < spaces);
  return (bits | moved) & ~spaces;
}
