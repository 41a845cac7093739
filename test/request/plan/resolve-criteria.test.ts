/** Date math in criteria becomes date-times when the export is planned, on every level. */
import { describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import { SluiceError } from '../../../src/terms/errors.js';

const now = Date.parse('2024-03-31T10:20:30.400Z');
const plan = (criteria: object) => planExport({ request: { criteria }, now }).select.criteria;

test('rounds down for gte and lt, up for gt and lte', () => {
  const attributes = [{ a: { gt: 'now/d', gte: 'now/d', lt: 'now/d', lte: 'now/d' } }];
  expect(plan({ attributes })).toStrictEqual({
    attributes: [
      {
        a: {
          gt: '2024-03-31T23:59:59.999Z',
          gte: '2024-03-31T00:00:00.000Z',
          lt: '2024-03-31T00:00:00.000Z',
          lte: '2024-03-31T23:59:59.999Z',
        },
      },
    ],
  });
});

describe('finds date math', () => {
  const bound = { gte: 'Now-7d' };
  test.each<[string, object]>([
    ['in properties', { properties: [{ a: bound }] }],
    ['in nested attributes', { attributes: [{ a: { attributes: [{ b: { attributes: [{ c: bound }] } }] } }] }],
    ['in members of a value', { attributes: [{ a: { exact: 'x', valueProperties: [{ b: bound }] } }] }],
    ['in attributes of relationships', { relationships: [{ r: { attributes: [{ a: bound }] } }] }],
    ['in properties of relationships', { relationships: [{ r: { properties: [{ a: bound }] } }] }],
  ])('%s', (_where, criteria) => {
    const text = JSON.stringify(plan(criteria));
    expect(text).toBe(JSON.stringify(criteria).replace('Now-7d', '2024-03-24T10:20:30.400Z'));
  });
});

test('keeps other bounds, and text that only looks like date math', () => {
  const criteria = {
    attributes: [{ a: { gt: 5, lt: '2018-05-21' } }, { b: { gt: 'now-7d', type: '_STRING' } }, { c: { eq: 'now' } }],
    keywords: { keywords: 'now-7d', operator: '_AND' },
  };
  expect(plan(criteria)).toStrictEqual(criteria);
});

test('refuses an instant beyond the years 0 to 9999', () => {
  expect(() => plan({ attributes: [{ a: { gt: 'now+9000y' } }] })).toThrow(SluiceError);
});

test('uses the time of planning for now by default', () => {
  const before = Date.now();
  const select = planExport({ request: { criteria: { attributes: [{ a: { gt: 'now' } }] } } }).select;
  const at = Date.parse(String(select.criteria?.attributes?.[0].a.gt));
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
});
