/** Ids of related entities are the same set, wherever they are. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TargetIds } from '../../src/select/target-ids.js';
import { runs } from '../runs.js';

const id = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\\', 'é', '😀', '\0'), maxLength: 4 });

test('in memory and in a file', async () => {
  const property = fc.asyncProperty(
    fc.array(id, { maxLength: 60, size: 'max' }),
    fc.array(id, { maxLength: 20 }),
    fc.integer({ min: 0, max: 5000 }),
    async (added, others, memoryBytes) => {
      const ids = new TargetIds(memoryBytes);
      for (const one of added) await ids.add(one);
      await ids.seal();
      const wanted = new Set(added);
      for (const one of [...added, ...others]) expect(ids.has(one), JSON.stringify(one)).toBe(wanted.has(one));
      await ids.close();
    },
  );
  await fc.assert(property, runs(300));
});

test('many, in many blocks of a file', async () => {
  const ids = new TargetIds(10_000);
  for (let number = 0; number < 20_000; number++) await ids.add(`id-${number * 3}`);
  await ids.seal();
  for (let number = 0; number < 60_000; number += 7) expect(ids.has(`id-${number}`)).toBe(number % 3 === 0);
  expect(ids.has('')).toBe(false);
  expect(ids.has('zzz')).toBe(false);
  await ids.close();
});
