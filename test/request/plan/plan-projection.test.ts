/** The projection of a request and its profile; none if nothing would change. */
import { describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import { explainPlan } from '../../../src/request/explain/explain-plan.js';
import { planProjection, type RequestedParts } from '../../../src/request/plan/plan-projection.js';
import type { ProfileParts } from '../../../src/request/plan/profile-parts.js';
import { DEFAULT_MEMBER_NAMES } from '../../../src/terms/batch.js';
import type { Projection } from '../../../src/terms/plan.js';

const plan = (asked: RequestedParts, parts?: ProfileParts) => planProjection(asked, DEFAULT_MEMBER_NAMES, parts);

const GERMANY = [{ country: 'Germany' }];
const VALUES = [{ locale: 'de-DE' }];
const FILTERS = { _all: { attributes: ['mdmid'] } };

describe('complete entities', () => {
  test.each<[string, RequestedParts, ProfileParts]>([
    ['nothing stated', {}, {}],
    ['every context', { contexts: 'all' }, {}],
    ['fields that are kept anyway', {}, { include: FILTERS, includeEntityProperties: true }],
    ['no step that changes names', {}, { names: { removeWhitespace: false }, addProperties: {} }],
  ])('stay byte for byte: %s', (_case, asked, parts) => {
    expect(plan(asked, parts)).toBeUndefined();
  });

  test.each<[string, RequestedParts, ProfileParts, Projection]>([
    ['contexts', { contexts: GERMANY }, {}, { scope: { self: true, contexts: GERMANY } }],
    ['contexts only', { contexts: 'all', nonContextual: false }, {}, { scope: { self: false, contexts: 'all' } }],
    ['values', { valueContexts: VALUES }, {}, { valueContexts: VALUES }],
    ['excluded fields', {}, { exclude: FILTERS, include: FILTERS }, { exclude: FILTERS }],
    ['no properties', {}, { includeEntityProperties: false }, { properties: [] }],
    ['names', {}, { names: { caseFormat: 'lowercase' } }, { names: { caseFormat: 'lowercase' } }],
    ['added properties', {}, { addProperties: { by: 'me' } }, { addProperties: { by: 'me' } }],
  ])('are changed: %s', (_case, asked, parts, expected) => {
    expect(plan(asked, parts)).toEqual({ whole: true, ...expected });
  });
});

describe('fields', () => {
  test.each<[string, RequestedParts, ProfileParts, Projection]>([
    ['none, whatever the contexts and values', { fields: {}, contexts: 'all', valueContexts: VALUES }, {}, {}],
    ['attributes bring properties', { fields: { attributes: 'all' } }, {}, { attributes: 'all', properties: 'all' }],
    [
      'attributes bring no properties that the profile excludes',
      { fields: { attributes: 'all' } },
      { includeEntityProperties: false },
      { attributes: 'all' },
    ],
    ['properties of the profile', { fields: {} }, { includeEntityProperties: true }, { properties: 'all' }],
    [
      'listed properties only',
      { fields: { properties: ['at'] } },
      { includeEntityProperties: true },
      { properties: ['at'] },
    ],
    [
      'contexts and values of attributes',
      { fields: { attributes: ['a'], properties: [] }, contexts: GERMANY, nonContextual: false, valueContexts: VALUES },
      {},
      { attributes: ['a'], scope: { self: false, contexts: GERMANY }, valueContexts: VALUES },
    ],
    [
      'attributes of relationships',
      { fields: { relationships: ['r'], relationshipAttributes: [], properties: [] } },
      {},
      { relationships: ['r'], relationshipAttributes: [] },
    ],
    [
      'attributes of no relationships',
      { fields: { attributes: ['a'], relationshipAttributes: [], properties: [] } },
      {},
      { attributes: ['a'] },
    ],
    [
      'all attributes of relationships',
      { fields: { relationships: ['r'], relationshipAttributes: 'all', properties: [] } },
      {},
      { relationships: ['r'] },
    ],
    [
      'attributes of relationships in the profile',
      { fields: {} },
      { include: FILTERS, exclude: FILTERS },
      { include: FILTERS, exclude: FILTERS },
    ],
  ])('%s', (_case, asked, parts, expected) => {
    expect(plan(asked, parts)).toEqual(expected);
  });
});

describe('is explained', () => {
  const explain = (request: object, profile: object = {}) =>
    explainPlan(
      planExport({
        request: { profile: 'own', ...request },
        profiles: [{ name: 'own', format: 'json', pack: 'none', ...profile }],
        userId: 'me',
      }),
    );

  test.each<[string, object, object, string]>([
    ['contexts', { contexts: GERMANY }, {}, '- Keep the data of the context "country=Germany", and that of none.'],
    [
      'contexts only',
      { contexts: 'all', nonContextual: false },
      {},
      '- Keep the data of every context only, not that of none.',
    ],
    ['whole', { contexts: GERMANY }, {}, '- Write complete entities, except for the following.'],
    [
      'values',
      { valueContexts: [{ locale: 'de', source: 'SAP' }] },
      {},
      '- Keep the values with "locale=de source=SAP".',
    ],
    [
      'attributes of relationships',
      { fields: { relationships: 'all', relationshipAttributes: [] } },
      {},
      '- Of relationships keep the attributes (none).',
    ],
    [
      'include',
      { fields: {} },
      { include: { SKU: { attributes: ['a'] } } },
      '- Keep also, of type "sku": attributes "a".',
    ],
    [
      'exclude',
      {},
      { exclude: { _ALL: { relationships: 'all' } } },
      '- Leave out, of every type: relationships (all).',
    ],
    [
      'names',
      {},
      { names: { removeSpecialCharacters: true, caseFormat: 'uppercase' } },
      '- Write the names of attributes and relationships without special characters, in upper case.',
    ],
    [
      'added properties',
      {},
      { entityProperties: { by: 'executionContext.userId' } },
      '- Give each the property "by": "me".',
    ],
    [
      'no properties',
      {},
      { includeEntityProperties: false },
      '- Write complete entities, except for the following: properties (none).',
    ],
  ])('%s', (_case, request, profile, sentence) => {
    expect(explain(request, profile).split('\n')).toContain(sentence);
  });
});
