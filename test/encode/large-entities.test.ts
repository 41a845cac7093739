/** Entities of many values become rows in steps, between which others have their turn. */
import { expect, test } from 'vitest';
import { DsvRows } from '../../src/encode/dsv-rows.js';
import { FieldValues } from '../../src/encode/field-values.js';
import { PathColumns } from '../../src/encode/path-columns.js';
import { Cells } from '../../src/encode/table-cells.js';
import { DEFAULT_MEMBER_NAMES } from '../../src/terms/batch.js';

const MANY = 10_000;
const numbers = Array.from({ length: MANY }, (_, index) => index);
const NAMES = { memberNames: DEFAULT_MEMBER_NAMES };
const RULES = {
  locale: 'en-US',
  collectionSeparator: '||',
  attributes: [],
  sourceAttributes: [],
  sourcePrefix: '',
  properties: 'all',
} as const;

function entityOf(values: readonly unknown[]) {
  return { id: 'a', type: 't', data: { attributes: { x: { values } } } };
}

test.each([
  ['values of an attribute', entityOf(numbers.map((value) => ({ value, locale: 'en-US' }))), numbers.join('||')],
  ['an array as a value', entityOf([{ value: numbers, locale: 'en-US' }]), JSON.stringify(numbers)],
  ['an array in properties', { id: 'a', type: 't', properties: { p: numbers } }, JSON.stringify(numbers)],
])('in the layout of entities: %s', (_, entity, text) => {
  const taken: unknown[] = [];
  const taker = {
    entity: (row: readonly unknown[]) => {
      taken.push(...row);
      return [];
    },
    relationship: () => [],
  };
  expect([...new DsvRows(RULES).add(entity, NAMES, taker)].length).toBeGreaterThan(20);
  expect(taken).toContain(text);
});

test.each([
  ['join', numbers.join('||')],
  ['json', JSON.stringify(numbers)],
] as const)('in the layout of fields, arrays: %s', (arrays, text) => {
  const cells = new Cells();
  const columns = new PathColumns([]);
  const steps = new FieldValues(columns, { arrays, collectionSeparator: '||' }).rows({ a: numbers }, cells, () => []);
  expect([...steps].length).toBeGreaterThan(20);
  expect(cells.texts).toContain(text);
});

test.each([
  ['an empty array', []],
  ['an array with null', [null, 1]],
  ['inner arrays and objects', [[], [1, [2]], {}, { a: [] }]],
])('JSON of %s', (_, value) => {
  const cells = new Cells();
  const columns = new PathColumns([]);
  const rules = { arrays: 'json', collectionSeparator: '||' } as const;
  const map = new Map([['a', value]]);
  expect([...new FieldValues(columns, rules).rows(map, cells, () => [])]).not.toHaveLength(0);
  expect(cells.texts).toContain(JSON.stringify(value));
});
