/** Decimal numbers compare with all their digits, in any spelling. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareDecimal, decimalKey, parseDecimal } from '../../src/values/decimal.js';

function compare(text: string, other: string): number {
  const decimal = parseDecimal(other);
  if (!decimal) throw new Error(`${other} is no number`);
  // Adding 0 turns -0 into 0.
  return Math.sign(compareDecimal(text, decimal)) + 0;
}

test.each([
  ['10', '10.0', 0],
  ['1e1', '10', 0],
  ['007', '7', 0],
  ['-0', '0', 0],
  ['+5', '5.', 0],
  ['.5', '0.50', 0],
  ['0e5', '0.000', 0],
  ['9007199254740993', '9007199254740992', 1],
  ['12345678901234567890.1', '12345678901234567890.10', 0],
  ['1e400', '9e399', 1],
  ['-1e400', '1', -1],
  ['1e-400', '0', 1],
  ['0.1', '0.10000000000000001', -1],
  ['2', '10', -1],
  ['-2', '-10', 1],
  ['100', '99.999', 1],
])('%s against %s', (one, other, order) => {
  expect(compare(one, other)).toBe(order);
  expect(compare(other, one)).toBe(order === 0 ? 0 : -order);
});

test.each(['', '.', 'e5', '1e', '1.2.3', '0x10', '1,5', ' 1', '1 ', 'NaN', 'Infinity', 'true', '--1'])(
  '%j is not a number',
  (text) => {
    expect(parseDecimal(text)).toBeUndefined();
    expect(compareDecimal(text, { sign: 1, digits: '1', point: 1 })).toBeNaN();
  },
);

describe('for all numbers', () => {
  const digits = fc.stringMatching(/^\d{1,25}$/);
  const number = fc
    .tuple(fc.constantFrom('', '-'), digits, fc.option(digits), fc.option(fc.integer({ min: -30, max: 30 })))
    .map(
      ([sign, whole, fraction, power]) =>
        `${sign}${whole}${fraction ? `.${fraction}` : ''}${power === null ? '' : `e${power}`}`,
    );

  /** The number times ten to the sixtieth, which makes all numbers integers. */
  function scaled(text: string): bigint {
    const [mantissa, power = '0'] = text.split('e');
    const [whole, fraction = ''] = mantissa.replace('-', '').split('.');
    const size = BigInt(whole + fraction) * 10n ** BigInt(60 + Number(power) - fraction.length);
    return mantissa.startsWith('-') ? -size : size;
  }

  test('compares and groups texts as the numbers they are', () => {
    fc.assert(
      fc.property(number, number, (one, other) => {
        const [a, b] = [scaled(one), scaled(other)];
        expect(compare(one, other)).toBe(a < b ? -1 : a > b ? 1 : 0);
        const keys = [one, other].map((text) => {
          const decimal = parseDecimal(text);
          return decimal && decimalKey(decimal);
        });
        expect(keys[0] === keys[1]).toBe(a === b);
      }),
      { numRuns: 2000 },
    );
  });
});
