/** The form of a new export. */
import { expect, test } from 'vitest';
import { writeExactly } from '../../src/console/exact-json.js';
import { EMPTY_FORM, OPERATORS, type RequestForm, toRequest } from '../../src/console/request-form.js';
import { planExport } from '../../src/export/plan-export.js';
import { OPERATORS as KNOWN } from '../../src/terms/operators.js';

const requestOf = (form: Partial<RequestForm>): unknown =>
  JSON.parse(writeExactly(toRequest({ ...EMPTY_FORM, ...form })));

test('is a request for everything while nothing is chosen', () => {
  expect(requestOf({})).toStrictEqual({});
});

test('has a member for each field', () => {
  const request = requestOf({
    types: 'product, sku,',
    ids: '7\n8, 9',
    keywords: ' red ',
    conditions: [
      { place: 'fields', name: 'price.amount', operator: 'gte', value: '10' },
      { place: 'attributes', name: 'color', operator: 'exacts', value: 'red, blue' },
      { place: 'fields', name: 'sold', operator: 'hasvalue', value: 'false' },
    ],
    ...{ keep: 'include', names: 'id, price.amount', sort: 'price.amount desc', maxRecords: '5' },
    ...{ format: 'dsv', fileName: 'prices' },
  });
  expect(request).toStrictEqual({
    types: ['product', 'sku'],
    ids: ['7', '8', '9'],
    criteria: {
      attributes: [{ color: { exacts: ['red', 'blue'] } }],
      fields: [{ 'price.amount': { gte: 10 } }, { sold: { hasvalue: false } }],
      keywords: 'red',
    },
    fields: { include: ['id', 'price.amount'] },
    sort: 'price.amount desc',
    maxRecords: '5',
    profile: { name: 'console', format: 'dsv', pack: 'zip' },
    fileName: 'prices',
  });
});

test('keeps all digits of a number', () => {
  const conditions = [{ place: 'fields', name: 'n', operator: 'exact', value: '12345678901234567890' }] as const;
  expect(writeExactly(toRequest({ ...EMPTY_FORM, conditions }))).toContain('"exact": 12345678901234567890');
});

test('offers every operator, and what the library accepts', () => {
  expect(OPERATORS.map(([name]) => name).sort()).toStrictEqual(Object.keys(KNOWN).sort());
  for (const [operator] of OPERATORS) {
    for (const place of ['fields', 'attributes', 'properties'] as const) {
      const conditions = [{ place, name: 'x', operator, value: operator === 'hasvalue' ? 'true' : '10' }];
      const request = requestOf({ conditions, format: 'ndjson', pack: 'gzip' });
      expect(() => planExport({ request: Object(request) })).not.toThrow();
    }
  }
});
