/** Criteria are accepted from the documented body and from the library's form, or refused with a reason. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptRequest } from '../../../src/request/accept/accept-request.js';
import { SluiceError } from '../../../src/terms/errors.js';
import { criteriaForm } from '../../naive/entities-with-values.js';
import { refusal } from './refusal.js';

const body = (filters: object, query: object = {}) => ({
  params: { query: { ...query, filters: { typesCriterion: ['product'], ...filters } } },
});
const criteriaOf = (request: unknown) => acceptRequest(request).criteria;
const condition = (one: object) => ({ criteria: { attributes: [{ a: one }] } });
const conditionOf = (one: object) => criteriaOf(condition(one))?.attributes?.[0].a;

describe('the documented body', () => {
  test('is accepted as criteria', () => {
    const filters = {
      attributesCriterion: [{ color: { exact: 'red' }, size: { gt: '2', lte: 5 } }, { cost: { hasvalue: 'false' } }],
      isAttributesCriterionOR: 'true',
      propertiesCriterion: [{ createdDate: { gte: 'now-7d/d', type: '_datetime' } }],
      relationshipsCriterion: [
        { crosssell: {} },
        { images: { relTo: { type: 'image' }, properties: [{ os: { eq: 'graph' } }] } },
      ],
      keywordsCriterion: { value: 'polo men', operator: '_or' },
    };
    expect(criteriaOf(body(filters))).toStrictEqual({
      attributes: [{ color: { exact: 'red' }, size: { gt: '2', lte: 5 } }, { cost: { hasvalue: false } }],
      anyAttribute: true,
      properties: [{ createdDate: { gte: 'now-7d/d', type: '_DATETIME' } }],
      relationships: [
        { crosssell: {} },
        { images: { properties: [{ os: { eq: 'graph' } }], relTo: { type: 'image' } } },
      ],
      keywords: { keywords: 'polo men', operator: '_OR' },
    });
  });

  test('accepts keywords in the filters or beside them, not in both places', () => {
    const keywordsCriterion = { keywords: 'a' };
    expect(criteriaOf(body({}, { keywordsCriterion }))).toStrictEqual({
      keywords: { keywords: 'a', operator: '_AND' },
    });
    expect(refusal(body({ keywordsCriterion }, { keywordsCriterion }))).toMatchObject({
      code: 'INVALID',
      path: 'params.query.keywordsCriterion',
    });
  });

  test('has no criteria if they are absent or empty', () => {
    const empty = { attributesCriterion: [], propertiesCriterion: [], relationshipsCriterion: [] };
    for (const filters of [{}, empty, { isAttributesCriterionOR: true }]) {
      expect(acceptRequest(body(filters)).criteria).toBeUndefined();
    }
  });

  test.each([
    ['attributeCriterion', 'attributesCriterion'],
    ['nonContexual', 'nonContextual'],
    ['keywordCriterion', 'keywordsCriterion'],
  ])('suggests the right spelling of %s', (key, meant) => {
    const error = refusal(body({ [key]: [] }));
    expect(error).toMatchObject({ code: 'UNKNOWN_KEY', path: `params.query.filters.${key}` });
    expect(error.message).toContain(`did you mean "${meant}"`);
  });
});

describe('accepts', () => {
  test.each<[object, object]>([
    [{ exacts: 'a' }, { exacts: ['a'] }],
    [{ exacts: [1.5, 'a', -0] }, { exacts: [1.5, 'a', 0] }],
    [
      { exacts: [1.5, '2'], type: '_DECIMAL' },
      { exacts: ['1.5', '2'], type: '_DECIMAL' },
    ],
    [{ startswith: 'a' }, { startswith: ['a'] }],
    [{ exacts: ['a'], operator: '_OR' }, { exacts: ['a'] }],
    [{ contains: 'a', operator: '_or' }, { contains: 'a' }],
    [{ eq: 'a', operator: '_AND' }, { eq: 'a' }],
    [{ eq: 'red blue', operator: '_OR' }, { contains: 'red blue' }],
    [{ eq: 'red|blue', operator: '_OR' }, { eq: 'red|blue' }],
    [{ contains: 'red|blue', operator: '_AND' }, { eq: 'red blue' }],
    [{ exact: 'a', operator: '_OR' }, { exact: 'a' }],
    [
      { eq: '30|20', type: '_decimal' },
      { eq: '30|20', type: '_DECIMAL' },
    ],
    [
      { eq: '50##cm', isUom: 'true' },
      { eq: '50##cm', isUom: true },
    ],
    [{ exact: 'a', isUom: false }, { exact: 'a' }],
    [{ valueContexts: [{ locale: 'de-DE' }] }, { valueContexts: [{ locale: 'de-DE', source: undefined }] }],
    [{ hasvalue: null }, { hasvalue: true }],
    [{ hasvalue: '' }, { hasvalue: true }],
    [
      { exact: 'a', not: 'true' },
      { exact: 'a', not: true },
    ],
    [{ exact: 'a', not: false }, { exact: 'a' }],
    [
      { exact: 'TRUE', type: '_boolean' },
      { exact: true, type: '_BOOLEAN' },
    ],
    [
      { exact: 7, type: '_STRING' },
      { exact: '7', type: '_STRING' },
    ],
    [
      { exact: '_NULL', type: '_INTEGER' },
      { exact: '_NULL', type: '_INTEGER' },
    ],
    [
      { gt: '1e400', lt: '2018-05-21' },
      { gt: '1e400', lt: '2018-05-21' },
    ],
    [{ gt: 'now/d' }, { gt: 'now/d' }],
    [
      { gt: 'x', type: '_STRING' },
      { gt: 'x', type: '_STRING' },
    ],
    [{ valueProperties: [{ os: { eq: 'x' } }] }, { valueProperties: [{ os: { eq: 'x' } }] }],
    [{ attributes: { b: { exact: '' } } }, { attributes: [{ b: { exact: '' } }] }],
    [
      { exact: 'a', contexts: [{ country: 'Germany' }], nonContextual: 'false' },
      { exact: 'a', contexts: [{ country: 'Germany' }], nonContextual: false },
    ],
  ])('%j', (given, accepted) => {
    expect(conditionOf(given)).toStrictEqual(accepted);
  });

  test('accepts keywords as one text', () => {
    expect(criteriaOf({ criteria: { keywords: 'a b' } })).toStrictEqual({
      keywords: { keywords: 'a b', operator: '_AND' },
    });
  });

  test('accepts any text as a name', () => {
    const attributes = JSON.parse('[{"__proto__":{"exact":"x"},"constructor":{"exact":"y"}}]');
    expect(JSON.stringify(criteriaOf({ criteria: { attributes } }))).toBe(JSON.stringify({ attributes }));
  });

  test('accepts accepted criteria again, unchanged', () => {
    let accepted = 0;
    const property = fc.property(criteriaForm, (criteria) => {
      let once: ReturnType<typeof acceptRequest>;
      try {
        once = acceptRequest({ criteria });
      } catch (error) {
        if (error instanceof SluiceError) return;
        throw error;
      }
      accepted++;
      expect(acceptRequest(once)).toEqual(once);
      expect(acceptRequest(JSON.parse(JSON.stringify(once)))).toEqual(once);
    });
    fc.assert(property, { numRuns: 1000 });
    expect(accepted).toBeGreaterThan(500);
  });
});

describe('refuses a condition', () => {
  const at = 'criteria.attributes[0].a';
  const cases: readonly [given: object, code: string, path: string, words: string][] = [
    [{}, 'INVALID', at, 'has no operator'],
    [{ type: '_STRING', not: true }, 'INVALID', at, 'has no operator'],
    [{ attributes: [] }, 'INVALID', at, 'has no operator'],
    [{ greaterthan: 5 }, 'UNKNOWN_KEY', `${at}.greaterthan`, 'use "gt"'],
    [{ neq: 5 }, 'UNKNOWN_KEY', `${at}.neq`, '"not": true'],
    [{ value: 'blue' }, 'UNKNOWN_KEY', `${at}.value`, 'use "exact"'],
    [{ startsWith: 'x' }, 'UNKNOWN_KEY', `${at}.startsWith`, 'did you mean "startswith"'],
    [{ eq: '30', isUom: true }, 'UNSUPPORTED', `${at}.eq`, 'does not state the unit of "30"'],
    [{ eq: '30##cm|20', isUom: true }, 'UNSUPPORTED', `${at}.eq`, 'does not state the unit of "20"'],
    [{ exacts: ['##cm'], isUom: true }, 'UNSUPPORTED', `${at}.exacts`, '"##cm"'],
    [{ gte: '50', isUom: true }, 'UNSUPPORTED', `${at}.gte`, 'base units'],
    [{ contains: '50##cm', isUom: true }, 'INVALID', `${at}.contains`, 'no unit'],
    [{ startswith: '50##cm', isUom: true }, 'INVALID', `${at}.startswith`, 'no unit'],
    [{ eq: 'red|blue', operator: '_AND' }, 'INVALID', `${at}.operator`, 'one condition for each'],
    [{ eq: '1|x', type: '_INTEGER' }, 'INVALID', `${at}.eq`, 'must be a number'],
    [{ exact: 'x', type: '_DATE' }, 'INVALID', `${at}.exact`, 'date-time'],
    [{ exact: 'a', valueContexts: [{}] }, 'INVALID', `${at}.valueContexts[0]`, 'neither locale nor source'],
    [{ eq: null }, 'INVALID', `${at}.eq`, 'not null'],
    [{ eq: ['a'] }, 'INVALID', `${at}.eq`, 'an array'],
    [{ eq: '--' }, 'INVALID', `${at}.eq`, 'use "exact"'],
    [{ eq: '' }, 'INVALID', `${at}.eq`, 'use "exact"'],
    [{ contains: '"-"' }, 'INVALID', `${at}.contains`, 'use "exact"'],
    [{ contains: 5 }, 'INVALID', `${at}.contains`, 'must be a string'],
    [{ contains: 'a', type: '_INTEGER' }, 'INVALID', `${at}.contains`, 'compares text'],
    [{ exact: {} }, 'INVALID', `${at}.exact`, 'an object'],
    [{ exact: 'x', type: '_INTEGER' }, 'INVALID', `${at}.exact`, 'must be a number'],
    [{ exact: 'x', type: '_BOOLEAN' }, 'INVALID', `${at}.exact`, 'true or false'],
    [{ exact: '2018-02-30', type: '_DATETIME' }, 'INVALID', `${at}.exact`, 'date-time'],
    [{ exacts: [] }, 'INVALID', `${at}.exacts`, 'must not be empty'],
    [{ exacts: ['a', true] }, 'INVALID', `${at}.exacts[1]`, 'must be a string'],
    [{ exacts: ['a', 1e300] }, 'INVALID', `${at}.exacts[1]`, 'beyond 2^53'],
    [{ exacts: ['1', 'x'], type: '_DECIMAL' }, 'INVALID', `${at}.exacts[1]`, 'must be a number'],
    [{ startswith: ['a', ''] }, 'INVALID', `${at}.startswith`, 'must not be empty'],
    [{ hasvalue: 'yes' }, 'INVALID', `${at}.hasvalue`, 'true or false'],
    [{ hasvalue: false, exact: 'a' }, 'INVALID', `${at}.hasvalue`, 'leaves no value'],
    [{ not: 1, exact: 'a' }, 'INVALID', `${at}.not`, 'true or false'],
    [{ gt: 'abc' }, 'INVALID', `${at}.gt`, '"_STRING"'],
    [{ gt: '2018-02-30' }, 'INVALID', `${at}.gt`, 'a number, a date-time or date math'],
    [{ gt: true }, 'INVALID', `${at}.gt`, 'a boolean'],
    [{ gt: Number.NaN }, 'INVALID', `${at}.gt`, 'a finite number'],
    [{ gt: 5, type: '_DATETIME' }, 'INVALID', `${at}.gt`, 'a date-time'],
    [{ gt: 'now', type: '_INTEGER' }, 'INVALID', `${at}.gt`, 'a number'],
    [{ gt: '1', type: '_BOOLEAN' }, 'INVALID', `${at}.gt`, 'no order'],
    [{ exact: 'a', type: '_TEXT' }, 'INVALID', `${at}.type`, '"_STRING", "_INTEGER"'],
    [{ exacts: ['a'], operator: '_AND' }, 'UNSUPPORTED', `${at}.operator`, 'any of their operands'],
    [{ eq: 'a', contains: 'b', operator: '_OR' }, 'UNSUPPORTED', `${at}.operator`, 'all of its words'],
    [{ gt: 1, lt: 2, operator: '_OR' }, 'UNSUPPORTED', `${at}.operator`, 'gt, lt'],
    [{ exacts: ['a'], operator: 'or' }, 'INVALID', `${at}.operator`, '_AND or _OR'],
    [{ exact: 'a', contexts: [{ country: 5 }] }, 'INVALID', `${at}.contexts[0].country`, 'must be a string'],
    [{ exact: 'a', contexts: ['x'] }, 'INVALID', `${at}.contexts[0]`, 'must be an object'],
    [{ attributes: [{ b: { neq: 1 } }] }, 'UNKNOWN_KEY', `${at}.attributes[0].b.neq`, '"not"'],
    [{ attributes: [{ b: { exact: '', contexts: [] } }] }, 'INVALID', `${at}.attributes[0].b.contexts`, 'no meaning'],
    [
      { valueProperties: [{ os: { attributes: [] } }] },
      'INVALID',
      `${at}.valueProperties[0].os.attributes`,
      'no meaning',
    ],
  ];
  test.each(cases)('%j', (given, code, path, words) => {
    const error = refusal(condition(given));
    expect(error).toMatchObject({ code, path });
    expect(error.faults?.[0].message).toContain(words);
  });

  test('reports all faults at once', () => {
    const error = refusal(condition({ greaterthan: 5, exact: {}, type: 7 }));
    expect(error.faults?.map(({ path }) => path)).toStrictEqual([`${at}.greaterthan`, `${at}.type`, `${at}.exact`]);
  });

  test('refuses deep nesting', () => {
    let nested: object = { exact: 'a' };
    for (let level = 0; level < 5000; level++) nested = { attributes: [{ b: nested }] };
    expect(refusal(condition(nested))).toMatchObject({ code: 'INVALID' });
  });
});

describe('refuses criteria', () => {
  test.each<[object, string, string]>([
    [{ attributes: ['a'] }, 'INVALID', 'criteria.attributes[0]'],
    [{ attributes: 'a' }, 'INVALID', 'criteria.attributes'],
    [{ attributes: [null] }, 'INVALID', 'criteria.attributes[0]'],
    [{ attributes: [{}] }, 'INVALID', 'criteria.attributes[0]'],
    [{ attributes: [{ '': { exact: 'a' } }] }, 'INVALID', 'criteria.attributes[0][""]'],
    [{ attributes: [{ a: 'red' }] }, 'INVALID', 'criteria.attributes[0].a'],
    [{ anyAttribute: 'maybe' }, 'INVALID', 'criteria.anyAttribute'],
    [{ attribute: [] }, 'UNKNOWN_KEY', 'criteria.attribute'],
    [{ properties: [{ a: { exact: 'a', contexts: [] } }] }, 'INVALID', 'criteria.properties[0].a.contexts'],
    [{ relationships: [{ a: { query: 1 } }] }, 'INVALID', 'criteria.relationships[0].a.query'],
    [
      { relationships: [{ a: { query: { filters: {} } } }] },
      'UNKNOWN_KEY',
      'criteria.relationships[0].a.query.filters',
    ],
    [
      { relationships: [{ a: { query: { criteria: { relationships: [{ b: { query: {} } }] } } } }] },
      'UNSUPPORTED',
      'criteria.relationships[0].a.query.criteria.relationships[0].b.query',
    ],
    [{ relationships: [{ a: { hasvalue: 'no' } }] }, 'INVALID', 'criteria.relationships[0].a.hasvalue'],
    [{ relationships: [{}] }, 'INVALID', 'criteria.relationships[0]'],
    [{ relationships: [{ a: { relTo: {} } }] }, 'INVALID', 'criteria.relationships[0].a.relTo'],
    [{ relationships: [{ a: { relTo: { id: 5 } } }] }, 'INVALID', 'criteria.relationships[0].a.relTo.id'],
    [{ relationships: [{ a: { relTo: { name: 'x' } } }] }, 'UNKNOWN_KEY', 'criteria.relationships[0].a.relTo.name'],
    [{ keywords: '-' }, 'INVALID', 'criteria.keywords.keywords'],
    [{ keywords: {} }, 'INVALID', 'criteria.keywords.keywords'],
    [{ keywords: { keywords: 'a', value: 'a' } }, 'INVALID', 'criteria.keywords.value'],
    [{ keywords: { keywords: 'a', operator: '_NOT' } }, 'INVALID', 'criteria.keywords.operator'],
    [{ keywords: { keywords: '', operator: '_EXACT' } }, 'INVALID', 'criteria.keywords.keywords'],
  ])('%j', (criteria, code, path) => {
    expect(refusal({ criteria })).toMatchObject({ code, path });
  });
});
