/** Addresses in the deflater's memory that only the deflater uses; those of its callers are in `boundary.ts`. */

/** How often each symbol occurs, 4 bytes each: literals and lengths, and distances. */
export const SYMBOLS: usize = 4096;
export const DISTANCES: usize = 5632;
/** Literals are counted in four places by turns, so that the same one twice does not wait for itself: 1,024 bytes each. */
export const TALLIES: usize = 6144;
export const TALLY_BYTES: usize = 1024;

/** The bits of each code, 1 byte each: of literals and lengths, and of distances. */
export const SYMBOL_BITS: usize = 10240;
export const DISTANCE_BITS: usize = 10560;
/** The same in one row, without the unused at the ends, as the header has them. */
export const ROW: usize = 10624;
/** The symbols by which the header writes that row, 2 bytes each: the symbol, and the value of its extra bits. */
export const ROW_SYMBOLS: usize = 11264;
export const ROW_COUNTS: usize = 12032;
export const ROW_BITS: usize = 12160;

/** The codes, 4 bytes each: the bits above the lowest byte, and in it their number. */
export const SYMBOL_CODES: usize = 12288;
export const DISTANCE_CODES: usize = 13824;
export const ROW_CODES: usize = 14080;
/** The codes of lengths from 3 on, with their extra bits. */
export const LENGTH_CODES: usize = 14336;

/** Room to make codes: keys of symbols by their counts, 8 bytes each; nodes of the tree. */
export const KEYS: usize = 16384;
export const WEIGHTS: usize = 20480;
export const PARENTS: usize = 23552;

/** Where texts occurred last: 65,536 addresses, or 32,768 of short texts and as many of long ones. */
export const TABLE: usize = 65536;
export const TABLE_BYTES: usize = 256 * 1024;
export const LONG_TABLE: usize = TABLE + TABLE_BYTES / 2;

/** What a part consists of, 8 bytes each: literals and then a match. */
export const PIECES: usize = 384 * 1024;

/** The literals of a part, one after the other, and room to copy in steps. */
export const LITERALS: usize = 896 * 1024;
