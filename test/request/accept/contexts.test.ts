/** Contexts and value contexts: the result of the documented members, and their refusals. */
import { describe, expect, test } from 'vitest';
import { acceptRequest } from '../../../src/request/accept/accept-request.js';
import { refusal } from './refusal.js';

const GERMANY = { country: 'Germany' };

/** A documented body with these members of the query and the filters. */
function body(query: object, filters: object = {}) {
  return { params: { query: { ...query, filters: { typesCriterion: ['product'], ...filters } } } };
}

describe('the documented truth table', () => {
  const listed = { contexts: [GERMANY] };
  test.each([
    ['nothing stated', {}, {}, {}],
    ['self only, whatever nonContextual says', {}, { nonContextual: false }, {}],
    ['all', {}, { allContextual: true }, { contexts: 'all' }],
    ['all with self, which is not excluded', {}, { allContextual: true, nonContextual: false }, { contexts: 'all' }],
    ['all, despite a list', listed, { allContextual: true }, { contexts: 'all' }],
    ['self and the listed ones', listed, {}, listed],
    ['self and the listed ones', listed, { nonContextual: true, allContextual: false }, listed],
    ['the listed ones', listed, { nonContextual: false }, { ...listed, nonContextual: false }],
    ['the listed ones', listed, { excludeNonContextual: true }, { ...listed, nonContextual: false }],
    [
      'all but self',
      {},
      { allContextual: true, excludeNonContextual: true },
      { contexts: 'all', nonContextual: false },
    ],
    [
      'booleans as text',
      listed,
      { nonContextual: 'false', allContextual: 'false' },
      { ...listed, nonContextual: false },
    ],
    ['an empty list counts as absent', { contexts: [] }, { nonContextual: false }, {}],
  ])('%s: %j %j', (_case, query, filters, choice) => {
    expect(acceptRequest(body(query, filters))).toEqual({ types: ['product'], ...choice, fields: {} });
  });

  test('requires contexts without self', () => {
    const error = refusal(body({}, { excludeNonContextual: true }));
    expect(error).toMatchObject({ code: 'INVALID', path: 'params.query.filters.excludeNonContextual' });
  });
});

describe('the library form', () => {
  test.each([
    [{ contexts: 'all' }, { contexts: 'all' }],
    [{ contexts: '_ALL' }, { contexts: 'all' }],
    [{ contexts: [GERMANY], nonContextual: true }, { contexts: [GERMANY] }],
    [
      { contexts: [GERMANY], nonContextual: false },
      { contexts: [GERMANY], nonContextual: false },
    ],
    [{ valueContexts: [{ locale: 'de-DE' }] }, { valueContexts: [{ locale: 'de-DE' }] }],
    [{ fields: { relationshipAttributes: [] } }, { fields: { relationshipAttributes: [] } }],
  ])('%j', (form, accepted) => {
    expect(acceptRequest(form)).toEqual(accepted);
    expect(acceptRequest(acceptRequest(form))).toEqual(accepted);
  });

  test('refuses to exclude self without contexts', () => {
    expect(refusal({ nonContextual: false })).toMatchObject({ code: 'INVALID', path: 'nonContextual' });
  });
});

describe('values by locale and source', () => {
  test('are accepted unchanged', () => {
    const valueContexts = [{ locale: 'de-DE', source: 'internal' }, { locale: 'en-US' }, { source: 'SAP' }];
    expect(acceptRequest(body({ valueContexts })).valueContexts).toEqual(valueContexts);
  });

  test('are unrestricted by an empty list', () => {
    expect(acceptRequest(body({ valueContexts: [] })).valueContexts).toBeUndefined();
  });
});

describe('refuses with the path', () => {
  test.each([
    ['params.query.contexts', 'INVALID', body({ contexts: GERMANY })],
    ['params.query.contexts[0]', 'INVALID', body({ contexts: ['Germany'] })],
    ['params.query.contexts[1]', 'INVALID', body({ contexts: [GERMANY, {}] })],
    ['params.query.contexts[0].country', 'INVALID', body({ contexts: [{ country: ['Germany'] }] })],
    ['params.query.filters.nonContextual', 'INVALID', body({ contexts: [GERMANY] }, { nonContextual: 'no' })],
    ['params.query.filters.allContextual', 'INVALID', body({}, { allContextual: 1 })],
    ['params.query.filters.nonContexual', 'UNKNOWN_KEY', body({}, { nonContexual: false })],
    ['params.query.valueContexts', 'INVALID', body({ valueContexts: { locale: 'de-DE' } })],
    ['params.query.valueContexts[0]', 'INVALID', body({ valueContexts: [{}] })],
    ['params.query.valueContexts[0].local', 'UNKNOWN_KEY', body({ valueContexts: [{ local: 'de-DE' }] })],
    ['params.query.valueContexts[0].locale', 'INVALID', body({ valueContexts: [{ locale: null }] })],
    ['params.query.valueContexts[0].source', 'UNSUPPORTED', body({ valueContexts: [{ source: '_DEFAULT' }] })],
    ['contexts', 'INVALID', { contexts: 'some' }],
  ])('%s: %s', (path, code, request) => {
    expect(refusal(request)).toMatchObject({ code, path });
  });

  test('suggests the nearest known word for a misspelt flag', () => {
    expect(refusal(body({}, { nonContexual: false })).message).toContain('did you mean "nonContextual"?');
  });
});
