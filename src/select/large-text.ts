/** Texts that are handled in steps, between which others have their turn. */

/** Shorter texts are handled at once. */
export const LARGE_BYTES = 256 * 1024;

/** Values handled in one step. */
export const STEP_VALUES = 64;
