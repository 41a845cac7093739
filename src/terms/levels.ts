/** The levels of compression. */

/** Of zip and gzip; 0 stores. */
export const DEFLATE_LEVELS = { min: 0, max: 9 };

/** Of Zstandard. */
export const ZSTD_LEVELS = { min: 1, max: 22 };
