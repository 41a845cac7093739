/** The bytes of JSON's punctuation and white space. */

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COLON = 0x3a;
export const COMMA = 0x2c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const NEWLINE = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
export const SPACE = 0x20;
export const TAB = 0x09;
export const MINUS = 0x2d;
export const ZERO = 0x30;
export const NINE = 0x39;
export const LETTER_N = 0x6e;

/** Begins each value of a JSON text sequence (RFC 7464). */
export const RECORD_SEPARATOR = 0x1e;

/** Brackets and braces differ in one bit, so that one comparison finds both. */
export const CASE_BIT = 0x20;
