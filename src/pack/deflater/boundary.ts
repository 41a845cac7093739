/** Addresses in the deflater's memory that its callers know. */

/** The block; the window before it ends here. */
export const BLOCK: usize = 1312 * 1024;
/** The output: the block and a spare sixty-fourth. */
export const OUTPUT: usize = 2368 * 1024;
/** The end of the memory, a whole number of pages. */
export const MEMORY_END: usize = 3456 * 1024;
