/** Who deflates: sluice, whose deflater is faster at the lowest levels, or Node's zlib. */
export const DEFLATERS = ['sluice', 'zlib'] as const;

/** One of them. */
export type Deflater = (typeof DEFLATERS)[number];

/** The levels of sluice's deflater; zlib has 0 to 9. */
export const SLUICE_LEVELS: readonly number[] = [1, 2];
