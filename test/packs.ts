/** Test helper: the packings that this version of Node has. */
import { PACKS, type Pack } from '../src/terms/profile.js';
import { hasZstd } from '../src/zstd/node-zstd.js';

/** All packings, without Zstandard where Node has none. */
export const PACKS_HERE: readonly Pack[] = PACKS.filter((pack) => pack !== 'zstd' || hasZstd());

/** The level at which a packing leaves most of the bytes: streams stop after few records. */
export function lowestLevel(pack: Pack): number {
  return pack === 'zstd' ? 1 : 0;
}
