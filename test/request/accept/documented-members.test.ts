/** Members of the documented body beside those of its sample: what each becomes. */
import { describe, expect, test } from 'vitest';
import { acceptRequest } from '../../../src/request/accept/accept-request.js';
import { refusal } from './refusal.js';

/** The smallest complete body. */
const TYPED = { query: { filters: { typesCriterion: ['product'] } } };

describe('name and names', () => {
  test.each([
    ['a name', { name: 'a' }, ['a']],
    ['names', { names: ['a', 'b'] }, ['a', 'b']],
    ['a name among names', { name: 'b', names: ['a', 'b'] }, ['b']],
    ['a name that is not', { name: 'x', names: ['a', 'b'] }, []],
  ])('%s', (_case, members, name) => {
    expect(acceptRequest({ params: { query: { ...TYPED.query, ...members } } }).name).toEqual(name);
  });
});

describe('options', () => {
  const accepted = (options: object) => {
    const { skip, maxRecords } = acceptRequest({ params: { ...TYPED, options } });
    return { skip, maxRecords };
  };

  test.each([
    [
      { from: 0, to: 50 },
      { skip: 0, maxRecords: 50 },
    ],
    [
      { from: '11', maxRecords: '10' },
      { skip: 11, maxRecords: 10 },
    ],
    [
      { from: 20, to: '30', maxRecords: 100 },
      { skip: 20, maxRecords: 10 },
    ],
    [
      { from: 20, to: 20 },
      { skip: 20, maxRecords: 0 },
    ],
    [
      { from: 0, to: 0 },
      { skip: 0, maxRecords: undefined },
    ],
    [{ totalRecords: 7 }, { skip: undefined, maxRecords: 7 }],
    [
      { totalRecords: 7, maxRecords: 5 },
      { skip: undefined, maxRecords: 5 },
    ],
  ])('%j', (options, expected) => {
    expect(accepted(options)).toStrictEqual(expected);
  });

  test('an end before the beginning is refused', () => {
    const body = { params: { ...TYPED, options: { from: 20, to: 10 } } };
    expect(refusal(body)).toMatchObject({ code: 'INVALID', path: 'params.options.to' });
  });
});

describe('members without effect', () => {
  test.each<[string, object]>([
    ['params.rsconnect.includeValidationData', { params: { ...TYPED, rsconnect: { includeValidationData: 'true' } } }],
    ['params.query.userInteractionLocale', { params: { query: { ...TYPED.query, userInteractionLocale: 'en-US' } } }],
    ['hotline', { params: TYPED, hotline: true }],
    ['params.hotline', { params: { ...TYPED, hotline: 'yes' } }],
    ['params.pageSize', { params: { ...TYPED, pageSize: '100' } }],
    ['params.authorizationType', { params: { ...TYPED, authorizationType: 'accommodate' } }],
    ['params.rsconnect.domain', { params: { ...TYPED, rsconnect: { domain: 'thing' } } }],
  ])('%s is accepted, and told', (path, body) => {
    expect(acceptRequest(body).idle?.map((one) => one.path)).toStrictEqual([path]);
  });

  test('those that state the default are not worth telling', () => {
    const flags = { isRelatedEntitySearch: true, isCombinedQuerySearch: false };
    const params = { ...TYPED, rsconnect: { includeValidationData: false }, ...flags };
    expect(acceptRequest({ params, hotline: false }).idle).toBeUndefined();
  });
});

test('a search that combines services is refused with what to send instead', () => {
  const error = refusal({ params: { ...TYPED, isCombinedQuerySearch: true } });
  expect(error).toMatchObject({ code: 'UNSUPPORTED', path: 'params.isCombinedQuerySearch' });
  expect(error.message).toContain('send the query that selects entities');
});

test('a context in the form of a change is refused as one', () => {
  const contexts = [{ context: { country: 'Germany' }, action: 'delete' }];
  const error = refusal({ params: { query: { ...TYPED.query, contexts } } });
  expect(error).toMatchObject({ code: 'UNSUPPORTED', path: 'params.query.contexts[0]' });
});

describe('a query in a relationship criterion', () => {
  const body = (query: unknown) => ({
    params: {
      query: { filters: { typesCriterion: ['sku'], relationshipsCriterion: [{ hasimages: { query } }] } },
      isRelatedEntitySearch: true,
    },
  });

  test('selects as the query of the body does', () => {
    const query = {
      ids: ['i1'],
      filters: { typesCriterion: ['image'], attributesCriterion: [{ filenameextension: { exact: 'jpg' } }] },
    };
    const accepted = acceptRequest(body(query)).criteria?.relationships?.[0].hasimages.query;
    expect(accepted).toStrictEqual({
      types: ['image'],
      ids: ['i1'],
      criteria: { attributes: [{ filenameextension: { exact: 'jpg' } }] },
    });
  });

  test.each<[unknown, string, string]>([
    [{}, 'INVALID', 'filters.typesCriterion'],
    [{ filters: { typesCriterion: ['a'] }, valueContexts: [] }, 'UNSUPPORTED', 'valueContexts'],
    [
      { filters: { typesCriterion: ['a'], relationshipsCriterion: [{ b: { query: {} } }] } },
      'UNSUPPORTED',
      'filters.relationshipsCriterion[0].b.query',
    ],
  ])('%j is refused', (query, code, path) => {
    const at = 'params.query.filters.relationshipsCriterion[0].hasimages.query';
    expect(refusal(body(query))).toMatchObject({ code, path: `${at}.${path}` });
  });
});
