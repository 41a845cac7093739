/** Addresses in the kernel's memory that only the kernel uses; those of its reports are in `boundary.ts`. */

/** The wanted members, 32 bytes each. */
export const WANTED: usize = 1088;

/** The noted members, 32 bytes each. */
export const NOTED: usize = 1216;

/** The kinds of the brackets that a check has open, a bit each. */
export const BRACKETS: usize = 2048;
/** Maximum of open brackets; deeper texts are left to the scalar checker. */
export const MOST_BRACKETS: i32 = 16 * 1024;

/** Literals of entities, and where each is: behind the names of members, and in addresses of 16 bits. */
export const LITERALS: usize = 24 * 1024;
export const LITERALS_END: usize = 64 * 1024;
