/** The symbols of deflate for lengths and distances (RFC 1951, 3.2.5). */

export const END: u32 = 256;
export const SYMBOL_COUNT: u32 = 286;
export const DISTANCE_COUNT: u32 = 30;
export const FIRST_LENGTH: u32 = 257;
export const LEAST_LENGTH: u32 = 3;
export const MOST_LENGTH: u32 = 258;

/** The symbol of a length, from that of the shortest on; four to a power of two. */
@inline
export function lengthSlot(length: u32): u32 {
  const past = length - LEAST_LENGTH;
  if (length == MOST_LENGTH) return 28;
  if (past < 8) return past;
  const power = 31 - clz(past);
  return (power << 2) - 4 + ((past >> (power - 2)) & 3);
}

/** The extra bits after the symbol of a length. */
@inline
export function lengthExtra(slot: u32): u32 {
  return slot < 8 || slot == 28 ? 0 : (slot >> 2) - 1;
}

/** The symbol of a distance; two to a power of two. */
@inline
export function distanceSlot(distance: u32): u32 {
  const past = distance - 1;
  if (past < 2) return past;
  const power = 31 - clz(past);
  return (power << 1) + ((past >> (power - 1)) & 1);
}

/** The extra bits after the symbol of a distance. */
@inline
export function distanceExtra(slot: u32): u32 {
  return slot < 4 ? 0 : (slot >> 1) - 1;
}
