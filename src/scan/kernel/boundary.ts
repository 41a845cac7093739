/** Constants on both sides of the kernel's boundary: `npm run kernel` writes them into `src/scan/kernel-code.ts` too. */

/** Reports of a call, in words of 32 bits: rows written. */
export const REPORT_ROWS: usize = 1024;
/** Records found, with a row or without. */
export const REPORT_COVERS: usize = 1028;
/** What comes next in an array: `ELEMENT_DUE` or `COMMA_DUE`. */
export const REPORT_DUE: usize = 1032;
/** Brackets that a skip left open. */
export const REPORT_DEPTH: usize = 1036;
/** Whether a skip ended inside a string: 0 or 1. */
export const REPORT_IN_STRING: usize = 1040;
/** Records left out because they do not have the deciding member. */
export const REPORT_ABSENT: usize = 1044;
/** Records left out because that member is neither text nor a number. */
export const REPORT_OTHER_KIND: usize = 1048;
/** Lines passed, blank ones included. */
export const REPORT_LINES: usize = 1052;
/** Rows whose entities are valid by the full grammar. */
export const REPORT_VERIFIED: usize = 1056;
/** Whether the scan stopped because the rows or the excerpts have no more room: 0 or 1. */
export const REPORT_FULL: usize = 1060;
/** Bytes of excerpts. */
export const REPORT_EXCERPT_BYTES: usize = 1064;

/** Next in an array: an element, */
export const ELEMENT_DUE: i32 = 0;
/** or a comma or the end. */
export const COMMA_DUE: i32 = 1;

/** Room for the names of members. */
export const NAMES: usize = 20 * 1024;
/** Maximum bytes of a name: the kernel compares names within a block of 64 bytes. */
export const LONGEST_NAME: usize = 62;

/** A record of an excerpt, in words of 32 bits: the span of its text, or -1 without one, */
export const EXCERPT_START: usize = 0;
export const EXCERPT_END: usize = 4;
/** and the spans of its members, each -1 if it is absent, */
export const EXCERPT_SPANS: usize = 8;
/** or this if there are several of its name. */
export const EXCERPT_SEVERAL: i32 = -2;

/** Room for a layout of the rows of a table: its number of values, in words of 32 bits, */
export const LAYOUT_BYTES: usize = 64 * 1024;
export const LAYOUT_VALUES: usize = 0;
/** then its parts, */
export const LAYOUT_PARTS: usize = 16;
/** each with the address and the length of the bytes before a value, and the column of the value. */
export const LAYOUT_LITERAL: usize = 0;
export const LAYOUT_LITERAL_BYTES: usize = 4;
export const LAYOUT_COLUMN: usize = 8;
export const LAYOUT_PART_BYTES: usize = 16;

/** Room for the rows of one call; the table of a selection and the input follow. */
export const ROWS: usize = 64 * 1024;
/** Bytes of a row. */
export const ROW_BYTES: usize = 36;
/** Columns of a row that a scan fills beside the spans of members; as in `src/terms/batch.ts`. */
export const ROW_START: usize = 0;
export const ROW_END: usize = 4;
export const ROW_ORDINAL: usize = 32;

/** Bytes after a text that vectors may touch. */
export const SLACK: usize = 256;

/** A table of rules, in words of 32 bits: its number of places, */
export const TABLE_PLACES: usize = 0;
/** the lengths of their names, a bit for each modulo 32, */
export const TABLE_LENGTHS: usize = 4;
/** whether a value stays even if nothing inside it does: 0 or 1, */
export const TABLE_STAYS: usize = 8;
/** the rule for members without a place, and whether one came, */
export const TABLE_OTHERS: usize = 12;
export const TABLE_OTHERS_HIT: usize = 16;
/** the rule for elements, and whether one came; */
export const TABLE_ELEMENTS: usize = 20;
export const TABLE_ELEMENTS_HIT: usize = 24;
/** then its places, */
export const RULE_PLACES: usize = 32;
/** each with the address and the length of its name, */
export const RULE_NAME: usize = 0;
export const RULE_LENGTH: usize = 4;
/** its rule, the column of its span, and whether the member came. */
export const RULE_VALUE: usize = 8;
export const RULE_COLUMN: usize = 12;
export const RULE_HIT: usize = 16;
export const RULE_PLACE_BYTES: usize = 32;
/** A record of spans begins with a word that is not negative if they do not tell everything; one pair a span follows. */
export const SPANS_SEVERAL: usize = 0;
/** Rules that are no address: the value is left out, */
export const DROP: u32 = 0;
/** it stays, */
export const KEEP: u32 = 1;
/** or an array is treated like a text. */
export const AS_SCALAR: u32 = 2;
