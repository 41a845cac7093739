/** The spelling and comparison of entity types. */

/** The documented word for "every type", in lower case; any case is accepted. */
export const ANY_TYPE = '_all';

/** Lowers ASCII letters only: the platform's types differ in no other way. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
