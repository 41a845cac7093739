/** Decimal numbers by their text, compared with all their digits. */

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** Text of a number whose double tells it from every other such number. */
const SHORT = /^[+-]?(?:\d+\.?\d*|\.\d+)$/;
const LONGEST_SHORT = 15;

/** Exponents beyond this count as it: no number that anybody means has so many digits. */
const LARGEST_EXPONENT = 1e15;

/** A number as it is compared. */
export interface Decimal {
  /** The number itself where a double suffices to tell it from others. */
  readonly short?: number;
  readonly sign: -1 | 0 | 1;
  /** Digits without zeros at either end. */
  readonly digits: string;
  /** Where the point stands, counted in digits from the first one to the right. */
  readonly point: number;
}

/** The number that a text spells: `10`, `-0.50`, `1e400`; undefined for other text. */
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
  return { ...(short === undefined ? {} : { short }), sign, digits, point };
}

/** Where the zeros at the end begin is looked for from there: a pattern would look at every zero. */
function trimZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}

function shortNumber(text: string): number | undefined {
  return text.length <= LONGEST_SHORT && SHORT.test(text) ? Number(text) : undefined;
}

/**
 * Below, at or above zero as the number that the text spells is less than, equal to or greater than the other.
 * @returns NaN where the text spells none
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

/** A text that equal numbers share, and others do not. */
export function decimalKey({ sign, digits, point }: Decimal): string {
  return `${sign}:${digits}:${point}`;
}
