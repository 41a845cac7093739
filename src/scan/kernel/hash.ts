/** Hashes of texts. */

const EMPTY: u64 = 0x9e37_79b9_7f4a_7c15;

/**
 * The hash of the bytes at `pos`; up to seven bytes after the last must be readable.
 * @param fold bits that are set in all bytes first: texts that differ only in these have equal hashes
 * @param seed makes the hashes of each table different, so that collisions cannot be provoked
 */
export function hashOf(pos: usize, length: usize, fold: u64, seed: u64): u64 {
  let hash: u64 = EMPTY ^ u64(length) ^ seed;
  for (; length >= 8; length -= 8, pos += 8) hash = mix(hash ^ (load<u64>(pos) | fold));
  if (length > 0) {
    const rest = load<u64>(pos) & (((<u64>1) << (u64(length) << 3)) - 1);
    hash = mix(hash ^ (rest | fold));
  }
  return hash ^ (hash >> 32);
}

@inline
function mix(hash: u64): u64 {
  hash *= 0xff51_afd7_ed55_8ccd;
  return hash ^ (hash >> 33);
}
