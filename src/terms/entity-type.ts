/** How types of entities are spelled and compared. */

/** The documented word for "every type", in lower case; any case is accepted. */
export const ANY_TYPE = '_all';

/** ASCII letters in lower case, everything else as it is: the platform's types differ in no other way. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
