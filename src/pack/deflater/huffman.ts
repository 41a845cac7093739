/** Huffman codes of limited length, canonical as deflate wants them. */
import { KEYS, PARENTS, WEIGHTS } from './layout';

/**
 * Finds the number of bits of each symbol's code.
 * @param counts how often each of `size` symbols occurs, 4 bytes each
 * @param bits   becomes the number of bits of each, 1 byte each; 0 for those that do not occur
 * @param most   the longest code
 */
export function codeLengths(counts: usize, size: u32, bits: usize, most: u32): void {
  memory.fill(bits, 0, size);
  let used: u32 = 0;
  for (let symbol: u32 = 0; symbol < size; symbol++) {
    const count = load<u32>(counts + (<usize>symbol << 2));
    if (count != 0) {
      store<u64>(KEYS + (<usize>used << 3), (<u64>count << 16) | symbol);
      used++;
    }
  }
  // Some decoders refuse a code of fewer than two symbols.
  for (let symbol: u32 = 0; used < 2; symbol++) {
    if (load<u32>(counts + (<usize>symbol << 2)) == 0) {
      store<u64>(KEYS + (<usize>used << 3), symbol);
      used++;
    }
  }
  sortKeys(used);
  const deepest = depths(used);
  if (deepest > most) limitDepths(used, most);
  for (let at: u32 = 0; at < used; at++) {
    store<u8>(bits + <usize>(load<u64>(KEYS + (<usize>at << 3)) & 0xffff), load<u32>(WEIGHTS + (<usize>at << 2)));
  }
}

/** Sorts by count, then by symbol: Shell's sort. */
function sortKeys(used: u32): void {
  for (let gap: u32 = used > 40 ? 57 : used > 9 ? 10 : 1; gap != 0; gap = gap == 57 ? 23 : gap == 23 ? 10 : gap == 10 ? 4 : gap == 4 ? 1 : 0) {
    for (let at = gap; at < used; at++) {
      const key = load<u64>(KEYS + (<usize>at << 3));
      let to = at;
      while (to >= gap) {
        const other = load<u64>(KEYS + (<usize>(to - gap) << 3));
        if (other <= key) break;
        store<u64>(KEYS + (<usize>to << 3), other);
        to -= gap;
      }
      store<u64>(KEYS + (<usize>to << 3), key);
    }
  }
}

/**
 * The depth of each sorted symbol in the tree, instead of its weight: leaves and inner nodes are two queues, both in the
 * order of their weights. @returns the greatest depth
 */
function depths(used: u32): u32 {
  for (let at: u32 = 0; at < used; at++) {
    store<u32>(WEIGHTS + (<usize>at << 2), <u32>(load<u64>(KEYS + (<usize>at << 3)) >> 16));
  }
  const nodes: u32 = 2 * used - 1;
  let leaf: u32 = 0;
  let inner = used;
  for (let node = used; node < nodes; node++) {
    let weight: u32 = 0;
    for (let child = 0; child < 2; child++) {
      let taken = inner;
      if (
        leaf < used &&
        (inner >= node || load<u32>(WEIGHTS + (<usize>leaf << 2)) <= load<u32>(WEIGHTS + (<usize>inner << 2)))
      ) {
        taken = leaf++;
      } else {
        inner++;
      }
      weight += load<u32>(WEIGHTS + (<usize>taken << 2));
      store<u16>(PARENTS + (<usize>taken << 1), node);
    }
    store<u32>(WEIGHTS + (<usize>node << 2), weight);
  }
  // From the root down, depths replace weights.
  store<u32>(WEIGHTS + (<usize>(nodes - 1) << 2), 0);
  let deepest: u32 = 0;
  for (let node: i32 = nodes - 2; node >= 0; node--) {
    const parent = <usize>load<u16>(PARENTS + (<usize>node << 1));
    const depth = load<u32>(WEIGHTS + (parent << 2)) + 1;
    store<u32>(WEIGHTS + (<usize>node << 2), depth);
    if (depth > deepest) deepest = depth;
  }
  return deepest;
}

/** Makes a code of at most `most` bits: shortens what is longer, and lengthens the rarest others until the code fits. */
function limitDepths(used: u32, most: u32): void {
  const whole: u32 = 1 << most;
  let taken: u32 = 0;
  for (let at: u32 = 0; at < used; at++) {
    const place = WEIGHTS + (<usize>at << 2);
    if (load<u32>(place) > most) store<u32>(place, most);
    taken += whole >> load<u32>(place);
  }
  // The rarest come first: they cost least.
  for (let at: u32 = 0; taken > whole; at = at + 1 < used ? at + 1 : 0) {
    const place = WEIGHTS + (<usize>at << 2);
    const depth = load<u32>(place);
    if (depth < most) {
      taken -= whole >> (depth + 1);
      store<u32>(place, depth + 1);
    }
  }
  // What is left over shortens the most frequent.
  for (let at: i32 = used - 1; at >= 0 && taken < whole; at--) {
    const place = WEIGHTS + (<usize>at << 2);
    for (let depth = load<u32>(place); depth > 1 && taken + (whole >> depth) <= whole; depth = load<u32>(place)) {
      taken += whole >> depth;
      store<u32>(place, depth - 1);
    }
  }
}

/** Writes the codes of these numbers of bits, mirrored, since deflate begins with the highest bit. */
export function writeCodes(bits: usize, size: u32, codes: usize): void {
  // How many codes have each number of bits, then the next code of it: in the room of weights.
  memory.fill(WEIGHTS, 0, 128);
  for (let symbol: u32 = 0; symbol < size; symbol++) {
    const place = WEIGHTS + (<usize>load<u8>(bits + symbol) << 2);
    store<u32>(place, load<u32>(place) + 1);
  }
  store<u32>(WEIGHTS, 0);
  let code: u32 = 0;
  let before: u32 = 0;
  for (let length: usize = 1; length < 16; length++) {
    code = (code + before) << 1;
    before = load<u32>(WEIGHTS + (length << 2));
    store<u32>(WEIGHTS + (length << 2), code);
  }
  for (let symbol: u32 = 0; symbol < size; symbol++) {
    const length = <u32>load<u8>(bits + symbol);
    let entry: u32 = 0;
    if (length != 0) {
      const place = WEIGHTS + (<usize>length << 2);
      const next = load<u32>(place);
      store<u32>(place, next + 1);
      entry = (mirrored(next, length) << 8) | length;
    }
    store<u32>(codes + (<usize>symbol << 2), entry);
  }
}

/** The lowest `length` bits, at most 16, in the other order. */
function mirrored(code: u32, length: u32): u32 {
  let bits = code;
  bits = ((bits & 0x5555) << 1) | ((bits >> 1) & 0x5555);
  bits = ((bits & 0x3333) << 2) | ((bits >> 2) & 0x3333);
  bits = ((bits & 0x0f0f) << 4) | ((bits >> 4) & 0x0f0f);
  bits = ((bits & 0x00ff) << 8) | ((bits >> 8) & 0x00ff);
  return bits >> (16 - length);
}
