/** Long lists of conditions are evaluated together, with the results of the naive judge. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileCriteria } from '../../src/select/compile-criteria.js';
import { piecesOf } from '../../src/select/entity-pieces.js';
import type { EntityTest } from '../../src/select/entity-test.js';
import { LongTests } from '../../src/select/long-tests.js';
import type { Condition, Criteria } from '../../src/terms/criteria.js';
import { meetsCriteria } from '../naive/criteria.js';
import { runs, TIMES } from '../runs.js';

const LIMIT_MS = 120_000;

const name = fc.constantFrom('a', 'b', 'c', '_ALL', '_all', '__proto__', '');
const words = fc.constantFrom('red', 'Red', 'deep', 'blue', "men's", 'éte', 're*', '*e', '*', 'b*e', 'x');
const phrase = fc.array(words, { minLength: 1, maxLength: 3 }).map((all) => all.join(' '));
const operand = fc.oneof(
  phrase,
  fc.tuple(phrase, phrase).map(([one, other]) => `"${one}" ${other}`),
);
const value = fc.oneof(
  fc
    .array(fc.constantFrom('red', 'RED', 'deep', 'blue', "men's", 'e\u0301te', 'reed', 'e', '-'), { maxLength: 4 })
    .map((all) => all.join(' ')),
  fc.constantFrom('_NULL', 7, true, null),
);

const condition: fc.Arbitrary<Condition> = fc
  .tuple(
    fc.oneof(
      operand.map((contains): Condition => ({ contains })),
      operand.map((eq): Condition => ({ eq })),
      phrase.map((exact): Condition => ({ exact })),
      fc.array(phrase, { minLength: 1, maxLength: 3 }).map((exacts): Condition => ({ exacts })),
      fc
        .array(fc.oneof(phrase, fc.constantFrom('r', 'é', 'B')), { minLength: 1, maxLength: 3 })
        .map((startswith): Condition => ({ startswith })),
      fc.constantFrom<Condition>(
        { hasvalue: true },
        { hasvalue: false },
        { exact: 7 },
        { gt: 3 },
        { eq: '_NULL' },
        { exacts: ['_NULL', 'red'] },
      ),
      fc.constantFrom<Condition>({ attributes: [{ a: { contains: 'red' } }] }, { contains: 'red', startswith: ['r'] }),
    ),
    fc.constantFrom(undefined, undefined, true, false),
    fc.constantFrom(undefined, undefined, undefined, [{ k: 'v' }]),
    fc.constantFrom(undefined, undefined, '_STRING' as const),
  )
  .map(([one, not, contexts, type]) => ({
    ...one,
    ...(not === undefined ? {} : { not }),
    ...(contexts === undefined ? {} : { contexts }),
    ...(type === undefined || !('eq' in one || 'exact' in one) || one.exact === 7 ? {} : { type }),
  }));

const conditions = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(name, condition).map((one) => Object.fromEntries([one])) },
    fc.tuple(name, condition, name, condition).map(([a, one, b, other]) =>
      Object.fromEntries([
        [a, one],
        [b, other],
      ]),
    ),
  ),
  { maxLength: 6 },
);

const attribute = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      values: fc.array(
        value.map((one) => ({ value: one, locale: 'en' })),
        { maxLength: 3 },
      ),
    }),
  },
  fc.record({
    group: fc.array(
      fc.dictionary(
        fc.constantFrom('a', 'b', 'id'),
        fc.record({ values: fc.array(value.map((one) => ({ value: one }))) }),
        { maxKeys: 2 },
      ),
      { maxLength: 2 },
    ),
  }),
);
const attributes = fc.dictionary(fc.constantFrom('a', 'b', 'c', '', 'd'), attribute, { maxKeys: 4 });
const entity = fc.record(
  {
    name: value,
    properties: fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { maxKeys: 3 }),
    data: fc.record(
      {
        attributes,
        contexts: fc.array(fc.record({ context: fc.constantFrom({ k: 'v' }, { k: 'w' }), attributes }), {
          maxLength: 2,
        }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

const plain = fc.array(
  fc
    .tuple(
      name,
      condition.filter((one) => !('attributes' in one || 'contexts' in one)),
    )
    .map((one) => Object.fromEntries([one])),
  { maxLength: 4 },
);
const criteria: fc.Arbitrary<Criteria> = fc.record(
  {
    attributes: conditions,
    anyAttribute: fc.boolean(),
    properties: plain,
    keywords: fc.record({ keywords: operand, operator: fc.constantFrom('_AND', '_OR') }),
  },
  { requiredKeys: [] },
);

/** Evaluated with the smallest possible pieces. */
function inPieces(asked: EntityTest, one: unknown): boolean {
  const judging = asked.begin();
  for (const piece of piecesOf(one, 1)) if (judging.see(piece)) break;
  return judging.holds();
}

/** Evaluated with all texts in steps. */
async function inSteps(asked: EntityTest, one: unknown): Promise<boolean> {
  const judging = asked.begin();
  const tests = new LongTests(0);
  for (const piece of piecesOf(one)) if (await tests.search(() => judging.see(piece))) break;
  return judging.holds();
}

test(
  'evaluates conditions alike one by one or together, of a complete entity or of its pieces, at once or in steps',
  async () => {
    let held = 0;
    const property = fc.asyncProperty(
      criteria,
      fc.array(entity, { minLength: 1, maxLength: 5 }),
      async (asked, all) => {
        const scope = { self: true, contexts: [] };
        const together = await compileCriteria(asked, scope, 'name', 0);
        const alone = await compileCriteria(asked, scope, 'name', Number.POSITIVE_INFINITY);
        for (const one of all) {
          const wanted = meetsCriteria(one, asked, scope);
          for (const { test: judge } of [together, alone]) {
            expect(judge.of(one)).toBe(wanted);
            expect(inPieces(judge, one)).toBe(wanted);
            expect(await inSteps(judge, one)).toBe(wanted);
          }
          if (wanted) held++;
        }
        expect(together.rules).toStrictEqual(alone.rules);
      },
    );
    await fc.assert(property, runs(400));
    expect(held).toBeGreaterThan(50 * TIMES);
  },
  LIMIT_MS,
);
