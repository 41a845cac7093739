/** Texts of entries keep their bytes until all of them are done with. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntryTexts } from '../../src/select/entry-texts.js';

const text = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: fc.constantFrom('\0', 'a', '\xff'), maxLength: 20 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 1_200_000 }).map((length) => 'z'.repeat(length)) },
);

function inSteps(texts: EntryTexts, bytes: Buffer): Buffer {
  for (const steps = texts.addInSteps(bytes, 100_000); ; ) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

test('texts and bytes of any length stay what they are, before and after a reuse', () => {
  const rounds = fc.array(fc.array(fc.tuple(text, fc.boolean()), { maxLength: 20 }), { maxLength: 3 });
  fc.assert(
    fc.property(rounds, (all) => {
      const texts = new EntryTexts();
      for (const round of all) {
        const kept = round.map(([one, isText]) =>
          isText ? texts.add(one) : inSteps(texts, Buffer.from(one, 'latin1')),
        );
        expect(kept.map((bytes) => bytes.toString('latin1'))).toStrictEqual(round.map(([one]) => one));
        texts.clear();
      }
    }),
    { numRuns: 30 },
  );
});

test('a reuse takes no further memory', () => {
  const texts = new EntryTexts();
  const fill = () => Array.from({ length: 50 }, () => texts.add('x'.repeat(50_000)).buffer);
  const first = new Set(fill());
  texts.clear();
  expect(new Set(fill())).toStrictEqual(first);
});
