/** Writing bits: the lowest first, through a register of 64. */

/** Where whole bytes go next. */
export let out: usize = 0;
/** Bits that are not written yet, fewer than 8 between two calls. */
export let bits: u64 = 0;
export let held: u64 = 0;

/** Begins at a byte. */
export function beginBits(at: usize): void {
  out = at;
  bits = 0;
  held = 0;
}

/** Continues where a loop with registers of its own has stopped. */
@inline
export function setBits(at: usize, more: u64, count: u64): void {
  out = at;
  bits = more;
  held = count;
}

/** Writes at most 32 bits. */
export function put(value: u32, count: u32): void {
  bits |= <u64>value << held;
  held += count;
  store<u64>(out, bits);
  out += <usize>(held >> 3);
  bits >>= held & 56;
  held &= 7;
}

/** Fills the byte with zeros. */
export function alignBits(): void {
  if (held == 0) return;
  store<u8>(out, <u8>bits);
  out++;
  bits = 0;
  held = 0;
}

/** Copies bytes; the last one must be complete. */
export function putBytes(from: usize, length: usize): void {
  memory.copy(out, from, length);
  out += length;
}
