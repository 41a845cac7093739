/** Texts and numbers as the XML of a cell holds them. */

/** Characters of UTF-16 that a cell may hold. */
export const MAX_CELL_UNITS = 32_767;

/** Digits that Excel keeps of a number. */
const MAX_DIGITS = 15;

/** The smallest and the largest number of Excel; it writes smaller ones as 0. */
const [LEAST, MOST] = [2.2250738585072014e-308, 9.99999999999999e307];

const [UNDERSCORE, LOWER_X, UPPER_X, TAB, LINE_FEED, LEAD_OF_FFFE] = [0x5f, 0x78, 0x58, 9, 10, 0xef];

/** What a byte of UTF-8 demands: nothing, or a closer look. */
const SPECIAL = new Uint8Array(256);
for (let byte = 0; byte < 0x20; byte++) SPECIAL[byte] = byte === TAB || byte === LINE_FEED ? 0 : 1;
for (const byte of Buffer.from('&<>_')) SPECIAL[byte] = 1;
SPECIAL[LEAD_OF_FFFE] = 1;

const IS_HEX = new Uint8Array(256);
for (const byte of Buffer.from('0123456789abcdefABCDEF')) IS_HEX[byte] = 1;

const ENTITIES: ReadonlyMap<number, Buffer> = new Map(
  Object.entries({ '&': '&amp;', '<': '&lt;', '>': '&gt;' }).map(([character, entity]) => [
    character.charCodeAt(0),
    Buffer.from(entity),
  ]),
);

/** Bytes that one byte of a text has at most, escaped: a control character. */
export const MAX_ESCAPED = '_x0000_'.length;

/**
 * Copies a span of UTF-8, escaped: markup as entities, characters that XML cannot hold as `_xHHHH_`, and an underscore
 * where the text itself would be read as such an escape. The output has room for `MAX_ESCAPED` bytes for each.
 * @returns the position after it
 */
export function addEscaped(bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  for (let pos = start; pos < end; pos++) {
    const byte = bytes[pos];
    if (SPECIAL[byte] === 0) out[at++] = byte;
    else if (byte === UNDERSCORE) {
      if (looksEscaped(bytes, pos, end)) at = addUnit(UNDERSCORE, out, at);
      else out[at++] = byte;
    } else if (byte === LEAD_OF_FFFE) {
      const last = pos + 2 < end && bytes[pos + 1] === 0xbf ? bytes[pos + 2] : 0;
      if (last === 0xbe || last === 0xbf) {
        at = addUnit(last === 0xbe ? 0xfffe : 0xffff, out, at);
        pos += 2;
      } else out[at++] = byte;
    } else {
      const entity = ENTITIES.get(byte);
      if (!entity) at = addUnit(byte, out, at);
      else for (let index = 0; index < entity.length; index++) out[at++] = entity[index];
    }
  }
  return at;
}

/** Whether an underscore begins what a reader may take for an escape; its last underscore may come from the next escape. */
function looksEscaped(bytes: Uint8Array, at: number, end: number): boolean {
  if (at + 5 >= end || (bytes[at + 1] !== LOWER_X && bytes[at + 1] !== UPPER_X)) return false;
  for (let index = at + 2; index < at + 6; index++) if (IS_HEX[bytes[index]] === 0) return false;
  return true;
}

const HEX = Buffer.from('0123456789ABCDEF');

function addUnit(unit: number, out: Uint8Array, at: number): number {
  out[at++] = UNDERSCORE;
  out[at++] = LOWER_X;
  for (let shift = 12; shift >= 0; shift -= 4) out[at++] = HEX[(unit >> shift) & 15];
  out[at++] = UNDERSCORE;
  return at;
}

/** The same of a text, which may have lone surrogates; these are escaped too. */
export function escaped(text: string): string {
  return text
    .replace(/_(?=[xX][0-9a-fA-F]{4})/g, '_x005F_')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, (character) => (IN_XML.test(character) ? character : unit(character)));
}

/** Control characters that XML may hold and readers keep. */
const IN_XML = /[\t\n\u007f-\u009f]/;

function unit(character: string): string {
  return `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
}

/** Whether a reader of XML could drop white space of the escaped text without being told to keep it. */
export function needsPreserve(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start) return false;
  if (bytes[start] <= 0x20 || bytes[end - 1] <= 0x20) return true;
  for (let pos = start; pos < end; pos++) if (bytes[pos] < 0x20) return true;
  return false;
}

/** Whether Excel keeps all digits of a number of JSON, its sign and its size. */
export function isKept(number: string): boolean {
  let digits = 0;
  let at = number.charCodeAt(0) === 0x2d ? 1 : 0;
  const isNegative = at === 1;
  for (; at < number.length; at++) {
    const code = number.charCodeAt(at);
    if (code === 0x65 || code === 0x45) break;
    if (code !== 0x2e && (digits > 0 || code !== 0x30) && ++digits > MAX_DIGITS) return false;
  }
  if (digits === 0) return !isNegative;
  // Without an exponent so few digits are in range.
  if (at === number.length && number.length <= 2 * MAX_DIGITS) return true;
  const size = Math.abs(Number(number));
  return size >= LEAST && size <= MOST;
}

/** The first so many characters of UTF-16 at most, without a half of a pair at the end. */
export function beginningOf(text: string, units: number): string {
  const last = text.charCodeAt(units - 1);
  const next = text.charCodeAt(units);
  const splitsPair = last >= 0xd800 && last <= 0xdbff && next >= 0xdc00 && next <= 0xdfff;
  return text.slice(0, splitsPair ? units - 1 : units);
}
