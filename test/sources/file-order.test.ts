/** The orders of names of files. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sortedByName } from '../../src/sources/file-order.js';

const sorted = (names: readonly string[], order: 'name' | 'natural' | 'none') =>
  sortedByName(names, (name) => name, order);

test.each([
  ['numbers by their value', ['p-10', 'p-9', 'p-1'], ['p-1', 'p-9', 'p-10']],
  ['numbers of several places', ['2-10', '2-9', '10-1'], ['2-9', '2-10', '10-1']],
  ['numbers beyond doubles', ['x18446744073709551617', 'x18446744073709551616'], undefined],
  ['leading zeros only where nothing else differs', ['a01', 'a1', 'a001', 'a2'], ['a001', 'a01', 'a1', 'a2']],
  ['numbers before letters', ['a', '1', 'a1', ''], ['', '1', 'a', 'a1']],
])('the natural order has %s', async (_what, names, expected) => {
  expect(await sorted(names, 'natural')).toStrictEqual(expected ?? [...names].reverse());
});

test('no order leaves names as they are', async () => {
  expect(await sorted(['b', 'a', 'c'], 'none')).toStrictEqual(['b', 'a', 'c']);
});

/** Compares piece by piece, in big integers. */
function naive(a: string, b: string): number {
  const pieces = (text: string) => text.split(/(\d+)/);
  const [one, other] = [pieces(a), pieces(b)];
  for (let index = 0; index < Math.min(one.length, other.length); index++) {
    if (one[index] === other[index]) continue;
    if (index % 2 === 1) {
      if (BigInt(one[index]) !== BigInt(other[index])) return BigInt(one[index]) < BigInt(other[index]) ? -1 : 1;
      continue;
    }
    // A text that ends before the other goes on with a number, or with nothing.
    const [rest, otherRest] = [one.slice(index).join(''), other.slice(index).join('')];
    const at = [...rest].findIndex((_, place) => one[index][place] !== other[index][place]);
    const [left, right] = [rest[at] ?? '', otherRest[at] ?? ''];
    if (at < 0 || left === right) return rest.length - otherRest.length;
    return left < right ? -1 : 1;
  }
  // What differs only by leading zeros is in the order of its characters, but nothing comes after its own beginning.
  return one.length - other.length || (a < b ? -1 : a > b ? 1 : 0);
}

describe('for any names', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', '/', '.', '0', '1', '2', '10', '99'), maxLength: 8 });

  test('the natural order is that of a naive comparison', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(name, { maxLength: 20 }), async (names) => {
        expect(await sorted(names, 'natural')).toStrictEqual([...names].sort(naive));
      }),
    );
  });

  test('sorting in turns gives what sorting at once gives', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `part-${(index * 7919) % 5000}`);
    expect(await sorted(names, 'name')).toStrictEqual([...names].sort());
  });
});
