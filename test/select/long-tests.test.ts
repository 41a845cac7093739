/** Long texts interrupt the search for what satisfies criteria, and are tested in steps, with its results. */
import { expect, test, vi } from 'vitest';
import { compileCriteria } from '../../src/select/compile-criteria.js';
import { LongTests, longTest, searchShort } from '../../src/select/long-tests.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import type { Criteria } from '../../src/terms/criteria.js';
import { collect } from './collect.js';

const SCOPE = { self: true, contexts: [] };
const LONG = `${'Lorem ipsum dolor '.repeat(5_000)}end`;
const many = (condition: object) =>
  Array.from({ length: 20 }, (_, index) => ({ a: condition, [`x${index}`]: { not: true, exact: 'y' } }));

/** Criteria that the text satisfies by its end; with `nothing` instead, it does not. */
const asked: readonly (readonly [string, Criteria])[] = [
  ['attributes', { attributes: [{ a: { contains: 'end' } }] }],
  ['any attribute', { attributes: [{ b: { exact: 'y' } }, { a: { eq: 'lorem end' } }], anyAttribute: true }],
  ['many attributes', { attributes: many({ contains: 'e*nd' }) }],
  ['many of any name', { attributes: many({ contains: 'end' }).map((one) => ({ _ALL: one.a })) }],
  ['rows', { attributes: [{ g: { attributes: [{ a: { contains: '"dolor end"' } }] } }] }],
  ['members of values', { attributes: [{ b: { valueProperties: [{ note: { contains: 'end' } }] } }] }],
  ['properties', { properties: [{ p: { contains: 'end' } }] }],
  ['relationships', { relationships: [{ r: { attributes: [{ a: { contains: 'end' } }] } }] }],
  ['all keywords', { keywords: { keywords: 'red end', operator: '_AND' } }],
  ['any keyword', { keywords: { keywords: 'other end', operator: '_OR' } }],
  ['paths', { fields: [{ 'data.attributes.a.values.value': { contains: 'end' } }] }],
];

const entity = {
  id: 'e1',
  type: 'product',
  name: 'red',
  properties: { p: LONG },
  data: {
    attributes: {
      b: { values: [{ value: 'x', locale: 'en', note: LONG }] },
      a: { values: [{ value: LONG, locale: 'en' }] },
      g: { group: [{ a: { values: [{ value: LONG }] } }] },
    },
    relationships: { r: [{ relTo: { id: 'e2' }, attributes: { a: { values: [{ value: LONG }] } } }] },
  },
};

test.each(asked)('criteria on %s: a long text is tested in steps', async (kind, criteria) => {
  const other: Criteria = JSON.parse(JSON.stringify(criteria).replaceAll('end', 'nothing').replaceAll('e*nd', 'n*o'));
  for (const [one, holds] of [
    [criteria, true],
    [other, false],
  ] as const) {
    if (kind !== 'paths') {
      const { test: judge } = await compileCriteria(one, SCOPE, 'name');
      expect(judge.of(entity)).toBe(holds);
      expect(searchShort(() => judge.of(entity))).toBeUndefined();
      const judging = judge.begin();
      const tests = new LongTests();
      await tests.search(() => judging.see(entity));
      expect(judging.holds()).toBe(holds);
    }
    const large = {
      ...entity,
      data: { ...entity.data, attributes: { ...entity.data.attributes, c: { values: [{ value: LONG.repeat(8) }] } } },
    };
    for (const source of [bytes([JSON.stringify(entity)]), bytes([JSON.stringify(large)]), objects([entity])]) {
      const { receipt, error } = await collect({ source, request: { criteria: one }, format: 'ndjson' });
      expect([error, receipt?.written]).toEqual([undefined, holds ? 1 : 0]);
    }
  }
});

test('each test of a long text is done once, and others have their turn between its steps', async () => {
  let steps = 0;
  const inSteps = vi.fn(function* () {
    for (; steps < 5; steps++) yield;
    return true;
  });
  const tests = new LongTests();
  const [one, other] = [{}, {}];
  const search = vi.fn(
    () => longTest(one, LONG, inSteps) && longTest(other, LONG, inSteps) && longTest(one, LONG, inSteps),
  );
  expect(await tests.search(search)).toBe(true);
  expect([steps, inSteps.mock.calls.length, search.mock.calls.length]).toEqual([5, 2, 3]);
});

test('what a search throws ends it', async () => {
  const fail = () => {
    throw new TypeError('no');
  };
  expect(() => searchShort(fail)).toThrow('no');
  await expect(new LongTests().search(fail)).rejects.toThrow('no');
});
