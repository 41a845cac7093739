/** Names that are looked for, few or many, are found however a key spells them. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Branches } from '../../src/scan/branches.js';

const name = fc.string({ unit: 'binary', maxLength: 6 });

/** A key that spells the name with escapes. */
function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at).toString(16).padStart(4, '0'));
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
}

it('finds a name by each spelling of its key, and no other', () => {
  const property = fc.property(
    fc.uniqueArray(name, { maxLength: 20 }),
    fc.array(name, { maxLength: 5 }),
    (names, others) => {
      const branches = new Branches();
      for (const one of names) branches.add({ name: one, bytes: Buffer.from(one) });
      for (const one of [...names, ...others]) {
        for (const key of [JSON.stringify(one), escaped(one)]) {
          const bytes = Buffer.from(`{${key}:1}`);
          const found = branches.ofKey(bytes, 1, bytes.length - 3);
          expect(found?.name).toBe(names.includes(one) ? one : undefined);
        }
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
});

it('finds the number of an element only as it is written', () => {
  const branches = new Branches();
  for (const one of ['0', '01', '12', '-1', '1e1', '']) branches.add({ name: one, bytes: Buffer.from(one) });
  const found = Array.from({ length: 20 }, (_, index) => branches.ofElement(index)?.name);
  expect(found.filter((one) => one !== undefined)).toEqual(['0', '12']);
});
