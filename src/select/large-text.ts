/** Texts that are handled in steps, between which others have their turn. */

/** Shorter texts are handled at once. */
export const LARGE_BYTES = 256 * 1024;

/** Values handled in one step. */
export const STEP_VALUES = 64;

/** Bytes copied in one step: into memory that was not used before, a megabyte takes half a millisecond. */
export const COPIED_BYTES = 2 * 1024 * 1024;
