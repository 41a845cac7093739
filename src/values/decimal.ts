/** Decimal numbers as text, compared with all their digits. */

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** Text of a number that may be exact as a double. */
const SHORT = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
const LONGEST_SHORT = 15;

/** Larger exponents are reduced to this: no real number has so many digits. */
const LARGEST_EXPONENT = 1e15;

/** A number in a form for comparison. */
export interface Decimal {
  /** The number as a double, if that is exact enough to compare. */
  readonly short?: number;
  readonly sign: -1 | 0 | 1;
  /** Digits without zeros at either end. */
  readonly digits: string;
  /** Position of the decimal point, in digits from the first one to the right. */
  readonly point: number;
}

/** Parses a number: `10`, `-0.50`, `1e400`; undefined for other text. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text);
  if (!match || !/^[+-]?\.?\d/.test(text)) return undefined;
  const [, minus, whole, fraction = '', exponent = '0'] = match;
  const all = whole + fraction;
  const leading = /^0*/.exec(all)?.[0].length ?? 0;
  const digits = trimZeros(all.slice(leading));
  const short = shortNumber(text);
  const sign = digits === '' ? 0 : minus === '-' ? -1 : 1;
  const shift = Math.max(-LARGEST_EXPONENT, Math.min(LARGEST_EXPONENT, Number(exponent)));
  const point = digits === '' ? 0 : whole.length - leading + shift;
  return { short, sign, digits, point };
}

/** Removes the zeros at the end. A loop, since a pattern would be tried at every zero. */
function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}

function shortNumber(text: string): number | undefined {
  return text.length <= LONGEST_SHORT && SHORT.test(text) ? Number(text) : undefined;
}

/**
 * Returns a number below, at or above zero if the number of the text is less than, equal to or greater than the other.
 * @returns NaN if the text is not a number
 */
export function compareDecimal(text: string, other: Decimal): number {
  const short = other.short === undefined ? undefined : shortNumber(text);
  if (short !== undefined && other.short !== undefined) return short - other.short;
  const one = parseDecimal(text);
  if (!one) return Number.NaN;
  if (one.sign !== other.sign) return one.sign - other.sign;
  return one.sign * compareMagnitude(one, other);
}

function compareMagnitude(one: Decimal, other: Decimal): number {
  if (one.point !== other.point) return one.point - other.point;
  if (one.digits === other.digits) return 0;
  return one.digits < other.digits ? -1 : 1;
}

/** A text that only equal numbers share. */
export function decimalKey({ sign, digits, point }: Decimal): string {
  return `${sign}:${digits}:${point}`;
}
