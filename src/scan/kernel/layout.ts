/** Where things lie in the kernel's memory; `src/scan/kernel.ts` knows the same places. */

/** What a call answers beside its result, in words of 32 bits: rows written, */
export const REPORT_ROWS: usize = 1024;
/** records found, rows or not, */
export const REPORT_COVERS: usize = 1028;
/** what is due in an array, */
export const REPORT_DUE: usize = 1032;
/** brackets that a skip left open, */
export const REPORT_DEPTH: usize = 1036;
/** whether it ended inside a string: 0 or 1. */
export const REPORT_IN_STRING: usize = 1040;
/** records left out because they do not bear the deciding member, */
export const REPORT_ABSENT: usize = 1044;
/** and because it is neither text nor a number in them. */
export const REPORT_OTHER_KIND: usize = 1048;
/** Lines that were passed. */
export const REPORT_LINES: usize = 1052;

/** The members that are wanted, 32 bytes each. */
export const WANTED: usize = 1088;

/** The names that must not come twice in an entity: address and length; two words each. */
export const UNIQUE: usize = 1216;

/** The kinds of the brackets that a check has open, a byte each. */
export const BRACKETS: usize = 2048;
/** Brackets there is room for; more is left to others. */
export const MOST_BRACKETS: i32 = 16 * 1024;

/** Bytes of a row, and of its columns the ones that a scan fills beside the spans of members; as in `src/terms/batch.ts`. */
export const ROW_BYTES: usize = 36;
export const ROW_START: usize = 0;
export const ROW_END: usize = 4;
export const ROW_ORDINAL: usize = 32;
