/** Numbers that a cell can have as they are, found without a look at each digit. */

/** Numbers that are this short have no exponent beyond what Excel holds, and no more digits. */
const SHORT_NUMBER = 15;

const [MINUS, ZERO] = [0x2d, 0x30];

/** Whether a number is positive, not below 1, without an exponent, and so short that a cell keeps its digits. */
export function isShortNumber(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start <= SHORT_NUMBER && bytes[start] !== MINUS && bytes[start] !== ZERO && !hasExponent(bytes, start, end)
  );
}

function hasExponent(bytes: Uint8Array, start: number, end: number): boolean {
  for (let pos = start; pos < end; pos++) if ((bytes[pos] | 0x20) === 0x65) return true;
  return false;
}
