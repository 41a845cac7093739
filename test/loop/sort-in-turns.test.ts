/** Sorting in turns gives what sorting at once gives. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortInTurns } from '../../src/loop/sort-in-turns.js';

test('sorts as an array does, stable, and leaves the array unchanged', async () => {
  const items = fc.array(fc.record({ key: fc.nat(50), id: fc.nat() }), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(items, fc.integer({ min: 1, max: 60 }), async (few, times) => {
      const all = Array.from({ length: times }, () => few).flat();
      const before = [...all];
      const compare = (a: { key: number }, b: { key: number }) => a.key - b.key;
      expect(await sortInTurns(all, compare)).toStrictEqual(all.toSorted(compare));
      expect(all).toStrictEqual(before);
    }),
    { numRuns: 30 },
  );
});
