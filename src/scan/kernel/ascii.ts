/** The bytes of JSON's punctuation, in the types of AssemblyScript. */

export const QUOTE: i32 = 0x22;
export const BACKSLASH: i32 = 0x5c;
export const COLON: i32 = 0x3a;
export const COMMA: i32 = 0x2c;
export const OPEN_BRACE: i32 = 0x7b;
export const CLOSE_BRACE: i32 = 0x7d;
export const CLOSE_BRACKET: i32 = 0x5d;
export const NEWLINE: i32 = 0x0a;
export const CARRIAGE_RETURN: i32 = 0x0d;
export const SPACE: i32 = 0x20;
export const TAB: i32 = 0x09;
export const MINUS: i32 = 0x2d;
export const PLUS: i32 = 0x2b;
export const DOT: i32 = 0x2e;
export const ZERO: i32 = 0x30;
/** Begins each value of a JSON text sequence. */
export const RECORD_SEPARATOR: i32 = 0x1e;

/** Brackets and braces differ in this bit, and so do the cases of a letter. */
export const CASE_BIT: i32 = 0x20;
