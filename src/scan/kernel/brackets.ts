/** Matches brackets that are deeper than a word has bits. */
import { lowest } from './blocks';
import { BRACKETS } from './layout';

/** The kinds of the innermost open brackets, the innermost lowest, 1 for a brace; those further out are in memory. */
export let kindsInside: u64 = 0;
/** The brackets of the block after which an object continues. */
export let bracesInside: u64 = 0;
/** The bytes up to the end of the entity. */
export let untilEnd: u64 = 0;

/** The kind of the bracket at `pos`: the bit in which brackets differ from braces. */
@inline
export function kindAt(pos: usize): u64 {
  return (u64(load<u8>(pos)) >> 5) & 1;
}

/** Brackets whose kinds one word holds. */
const KINDS: i32 = 64;

/**
 * Passes the brackets of the block at `pos`, of which `depth` are open before it, with these kinds.
 * @returns whether they match
 */
export function passBrackets(pos: usize, opens: u64, closes: u64, depth: i32, kinds: u64): bool {
  let braces: u64 = 0;
  untilEnd = u64.MAX_VALUE;
  for (let brackets = opens | closes; brackets != 0; brackets &= brackets - 1) {
    const one = lowest(brackets);
    const kind = kindAt(pos + usize(ctz(brackets)));
    if ((opens & one) != 0) {
      if (depth % KINDS == 0) store<u64>(BRACKETS + usize(depth) / 8, kinds);
      depth++;
      kinds = (kinds << 1) | kind;
    } else {
      if (kind != (kinds & 1)) return false;
      kinds >>= 1;
      if (--depth % KINDS == 0) {
        if (depth == 0) {
          untilEnd = one | (one - 1);
          break;
        }
        kinds = load<u64>(BRACKETS + usize(depth) / 8);
      }
    }
    braces |= one & (0 - (kinds & 1));
  }
  kindsInside = kinds;
  bracesInside = braces;
  return true;
}

/** The bytes from each of the braces up to before the next bracket, and before the first one if `first` is 1. */
@inline
export function upToNext(braces: u64, brackets: u64, first: u64): u64 {
  // Bits carry through what is no bracket.
  const next = (~brackets + (braces << 1) + first) & brackets;
  return next - braces - first;
}
