/** Selections in queries: entities that pass the selection must match the query too. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import { acceptRequest } from '../../../src/request/accept/accept-request.js';
import { narrowQuery } from '../../../src/sources/rdp/narrow-query.js';
import { rdpEntities } from '../../../src/sources/rdp/rdp-entities.js';
import { SluiceError } from '../../../src/terms/errors.js';
import type { JsonObject } from '../../../src/terms/json-value.js';
import { meetsCriteria } from '../../naive/criteria.js';
import { contextChoice, criteriaForm, entityWithValues, meantValue } from '../../naive/entities-with-values.js';
import { runs } from '../../runs.js';
import { HEADERS, rdpServer } from '../../servers/rdp-server.js';
import { exported } from '../outcome.js';

const NOW = Date.parse('2024-05-06T07:08:09.010Z');
const ANY = { filters: { typesCriterion: ['_ALL'] } };

function narrowed(request: object, query: JsonObject = ANY, criteria: 'sure' | 'all' | 'none' = 'sure') {
  return narrowQuery(query, planExport({ request, now: NOW }), criteria);
}

describe('types, ids and name', () => {
  test.each<[string, object, JsonObject, JsonObject]>([
    ['types, if the query requests all', { types: ['Sku'] }, ANY, { filters: { typesCriterion: ['sku'] } }],
    [
      'types in the spelling of the query',
      { types: ['product', 'sku'] },
      { filters: { typesCriterion: ['Product', 'image'], allContextual: true } },
      { filters: { typesCriterion: ['Product'], allContextual: true } },
    ],
    ['any type', { types: ['_ALL'] }, { filters: { typesCriterion: ['a'] } }, { filters: { typesCriterion: ['a'] } }],
    ['ids', { ids: ['a', 'b'] }, ANY, { ...ANY, ids: ['a', 'b'] }],
    ['ids that are in both', { ids: ['A', 'b'] }, { ...ANY, ids: ['a', 'c'] }, { ...ANY, ids: ['a'] }],
    ['ids beside one id', { ids: ['a', 'b'] }, { ...ANY, id: 'a' }, { ...ANY, id: 'a' }],
    ['a name', { name: 'Polo 1' }, ANY, { ...ANY, name: 'Polo 1' }],
    ['a name with a wildcard', { name: 'Polo*' }, ANY, ANY],
    ['a name beside another name', { name: 'Polo' }, { ...ANY, name: 'Shirt' }, { ...ANY, name: 'Shirt' }],
    ['a limit', { maxRecords: 3 }, ANY, ANY],
  ])('%s', (_what, request, query, wanted) => {
    expect(narrowed(request, query)).toMatchObject({ query: wanted, isEmpty: false });
    expect(narrowed(request, query).query).toStrictEqual(wanted);
  });

  test('requests nothing if query and selection exclude each other', async () => {
    expect(narrowed({ types: ['a'] }, { filters: { typesCriterion: ['b'] } }).isEmpty).toBe(true);
    expect(narrowed({ ids: ['a'] }, { ...ANY, ids: ['b'] }).isEmpty).toBe(true);
    const server = await rdpServer({ entities: ['{"id":"a","type":"a"}'] });
    const source = rdpEntities({ server: server.url, headers: HEADERS, query: { filters: { typesCriterion: ['b'] } } });
    const { output } = await exported({ source, request: { types: ['a'] }, format: 'ndjson' });
    expect({ text: output.toString(), calls: server.calls }).toStrictEqual({ text: '', calls: [] });
  });

  test('does not send filters on members of other names', () => {
    const plan = planExport({ request: { types: ['a'], ids: ['b'] }, idField: 'sku', typeField: 'kind' });
    expect(narrowQuery(ANY, plan, 'sure')).toStrictEqual({
      query: ANY,
      isEmpty: false,
      sent: [],
      left: ['types', 'ids'],
    });
  });

  test('leaves more ids than a query may have to the filters', () => {
    const ids = Array.from({ length: 10_001 }, (_, index) => `e${index}`);
    expect(narrowed({ ids })).toMatchObject({ query: ANY, left: ['ids'] });
    expect(narrowed({ ids: ids.slice(1) })).toMatchObject({ query: { ids: ids.slice(1) }, sent: ['ids'] });
  });
});

describe('criteria', () => {
  const filtersOf = (criteria: object, query?: JsonObject, sent?: 'sure' | 'all' | 'none') => {
    const { typesCriterion: _, ...filters } = Object(narrowed({ criteria }, query, sent).query.filters);
    return filters;
  };

  test.each<[string, object, object]>([
    [
      'a time of modification, in the format of the platform',
      { properties: [{ modifiedDate: { gte: 'now-1d/d', type: '_DATETIME' } }] },
      { propertiesCriterion: [{ modifiedDate: { gte: '2024-05-05T00:00:00.000+0000', type: '_DATETIME' } }] },
    ],
    [
      'ranges of numbers',
      { attributes: [{ cost: { gt: 5, lte: '20.5', type: '_DECIMAL' } }] },
      { attributesCriterion: [{ cost: { gt: 5, lte: '20.5', type: '_DECIMAL' } }] },
    ],
    [
      'a value',
      { attributes: [{ cost: { hasvalue: true } }] },
      { attributesCriterion: [{ cost: { hasvalue: true } }] },
    ],
    [
      'relationships',
      { relationships: [{ fits: {} }, { has: { relTo: { type: 'image' }, attributes: [{ a: { exact: 'b' } }] } }] },
      { relationshipsCriterion: [{ fits: {} }, { has: { relTo: { type: 'image' } } }] },
    ],
    [
      'the part of a condition and of a list that the platform evaluates alike',
      { attributes: [{ cost: { gt: 5, type: '_INTEGER', exact: '7' }, color: { exact: 'red' } }] },
      { attributesCriterion: [{ cost: { gt: 5, type: '_INTEGER' } }] },
    ],
    [
      'alternatives that all have such a part',
      { attributes: [{ a: { hasvalue: true } }, { b: { hasvalue: true, exact: 'x' } }], anyAttribute: true },
      {
        attributesCriterion: [{ a: { hasvalue: true } }, { b: { hasvalue: true } }],
        isAttributesCriterionOR: true,
      },
    ],
    [
      'alternatives of which one has no such part',
      { attributes: [{ a: { hasvalue: true } }, { b: { exact: 'x' } }], anyAttribute: true },
      {},
    ],
    ['no value', { attributes: [{ a: { hasvalue: false } }] }, {}],
    ['a negation', { attributes: [{ a: { hasvalue: true, not: true } }] }, {}],
    ['bounds without a type', { attributes: [{ a: { gt: 5 } }] }, {}],
    [
      'instants of attributes, whose time zone is unknown',
      { attributes: [{ a: { gt: '2020-01-01', type: '_DATETIME' } }] },
      {},
    ],
    ['words and texts', { attributes: [{ a: { eq: 'x', contains: 'y', exact: 'z' } }], keywords: 'red' }, {}],
    ['a nested attribute', { attributes: [{ a: { hasvalue: true, attributes: [{ b: { hasvalue: true } }] } }] }, {}],
    ['a condition with a context', { attributes: [{ a: { hasvalue: true, contexts: [{ country: 'x' }] } }] }, {}],
    ['any name', { attributes: [{ _ALL: { hasvalue: true } }] }, {}],
  ])('%s', (_what, criteria, wanted) => {
    expect(filtersOf(criteria)).toStrictEqual(wanted);
    expect(filtersOf(criteria, ANY, 'none')).toStrictEqual({});
  });

  test('are added to those of the query', () => {
    const own = { attributesCriterion: [{ color: { eq: 'red' } }], relationshipsCriterion: [{ fits: {} }] };
    const criteria = { attributes: [{ a: { hasvalue: true } }], properties: [{ p: { hasvalue: true } }] };
    expect(filtersOf(criteria, { filters: { typesCriterion: ['_ALL'], ...own } })).toStrictEqual({
      attributesCriterion: [{ color: { eq: 'red' } }, { a: { hasvalue: true } }],
      relationshipsCriterion: [{ fits: {} }],
      propertiesCriterion: [{ p: { hasvalue: true } }],
    });
    const either = { ...own, isAttributesCriterionOR: true };
    expect(filtersOf({ attributes: criteria.attributes }, { filters: either })).toStrictEqual(either);
    const both = { ...criteria, anyAttribute: true };
    expect(filtersOf(both, { filters: own })).toStrictEqual({
      ...own,
      propertiesCriterion: [{ p: { hasvalue: true } }],
    });
  });

  test('are all sent as they are written, on request', () => {
    const criteria = {
      attributes: [{ color: { exact: 'red', not: true } }, { a: { eq: 'b' } }],
      anyAttribute: true,
      properties: [{ createdBy: { startswith: ['x'] } }],
      relationships: [{ fits: {} }],
      keywords: 'a b',
    };
    expect(filtersOf(criteria, ANY, 'all')).toStrictEqual({
      attributesCriterion: criteria.attributes,
      isAttributesCriterionOR: true,
      propertiesCriterion: criteria.properties,
      relationshipsCriterion: criteria.relationships,
      keywordsCriterion: { keywords: 'a b', operator: '_AND' },
    });
    expect(narrowed({ criteria }, ANY, 'all')).toMatchObject({ sent: ['criteria'], left: [] });
    expect(narrowed({ criteria }).left).toStrictEqual(['the other criteria']);
  });

  test('on contexts are left to the filters, except for properties', () => {
    const criteria = { attributes: [{ a: { hasvalue: true } }], properties: [{ p: { hasvalue: true } }] };
    for (const [sent, wanted] of [
      ['sure', { typesCriterion: ['_ALL'], propertiesCriterion: criteria.properties }],
      ['all', { typesCriterion: ['_ALL'] }],
    ] as const) {
      expect(narrowed({ criteria, contexts: 'all' }, ANY, sent).query.filters).toStrictEqual(wanted);
    }
  });
});

test('let every entity match that passes the selection', () => {
  let sent = 0;
  fc.assert(
    fc.property(
      fc.array(entityWithValues, { minLength: 1, maxLength: 8, size: 'max' }),
      criteriaForm,
      contextChoice,
      fc.constantFrom('sure', 'all'),
      (written, criteria, choice, mode) => {
        const plan = planOf({ criteria, ...choice });
        const { query } = narrowQuery(ANY, plan, mode);
        const asked = acceptRequest({ params: { query } }).criteria;
        if (!asked) return;
        sent++;
        const own = plan.select.criteria ?? {};
        for (const entity of written.map((one) => meantValue(one))) {
          if (!meetsCriteria(entity, own, plan.select.scope ?? SELF)) continue;
          expect(meetsCriteria(entity, asked, SELF)).toBe(true);
        }
      },
    ),
    runs(600),
  );
  expect(sent).toBeGreaterThan(50);
});

const SELF = { self: true, contexts: [] };

function planOf(request: object) {
  try {
    return planExport({ request, now: NOW });
  } catch (error) {
    if (!(error instanceof SluiceError) || !['INVALID', 'UNSUPPORTED'].includes(error.code)) throw error;
    fc.pre(false);
    throw error;
  }
}

test('an export is the same with a narrowed query and without', async () => {
  const entities = Array.from(
    { length: 60 },
    (_, index) =>
      `{"id":"e${index}","type":"${['sku', 'Product', 'image'][index % 3]}","name":"N ${index % 4}",` +
      `"properties":{"modifiedDate":"2024-01-${String((index % 28) + 1).padStart(2, '0')}T01:00:00.000-0500"},` +
      `"data":{"attributes":{"cost":{"values":[{"value":${index / 3}}]}}}}`,
  );
  const server = await rdpServer({ entities });
  const source = rdpEntities({ server: server.url, headers: HEADERS, pageSize: 7 });
  const whole = { inputs: source.inputs };
  for (const request of [
    { types: ['PRODUCT'] },
    { ids: ['e3', 'e9', 'none'], types: ['sku'] },
    { name: 'N 2', maxRecords: 4 },
    { criteria: { properties: [{ modifiedDate: { gt: '2024-01-20T00:00:00Z', type: '_DATETIME' as const } }] } },
    { types: ['image'], criteria: { attributes: [{ cost: { lt: 10, type: '_DECIMAL' as const, exact: '8.0' } }] } },
  ]) {
    const [some, all] = [
      await exported({ source, request, id: 'x', format: 'ndjson' }),
      await exported({ source: whole, request, id: 'x', format: 'ndjson' }),
    ];
    expect(some.output.toString()).toBe(all.output.toString());
    expect(some.receipt?.read).toBeLessThan(30);
    expect(server.openScrolls()).toBe(0);
  }
});
