/** Filters of profiles in every documented shape. */
import { describe, expect, test } from 'vitest';
import { acceptProfiles } from '../../../src/request/accept/profile.js';
import { refusalOf } from './refusal.js';

const profile = (jsonData: object) => ({
  name: 'p',
  type: 'integrationprofile',
  data: { contexts: [{ context: { format: 'JSON' }, jsonData }] },
});

const included = (...filters: readonly object[]) => {
  const [collect, publish] = filters.map((include) => ({ filter: { include } }));
  return acceptProfiles(profile({ ...(collect ? { collect } : {}), ...(publish ? { publish } : {}) }))[0].include;
};

const fields = (attributes: readonly string[], relationships?: readonly string[]) => ({
  queryFields: { attributes, ...(relationships ? { relationships } : {}) },
});

describe('accepted shapes', () => {
  test.each<[string, object, object | undefined]>([
    ['an empty object', {}, undefined],
    ['by type', { typesCriterion: { product: fields(['a']) } }, { product: { attributes: ['a'] } }],
    [
      'for every type',
      { typesCriterion: { _All: fields(['a'], ['r']) } },
      { _ALL: { attributes: ['a'], relationships: ['r'] } },
    ],
    ['without a type', fields(['a']), { _ALL: { attributes: ['a'] } }],
    ['lists with _ALL', fields(['_ALL', 'a'], ['_all']), { _ALL: { attributes: 'all', relationships: 'all' } }],
    ['empty lists', { typesCriterion: { product: fields([], []), sku: {} } }, undefined],
    [
      'every type by name',
      { ...fields(['a']), queryFilters: { typesCriterion: ['_ALL'] } },
      { _ALL: { attributes: ['a'] } },
    ],
    [
      'empty filters of queries, anywhere',
      {
        queryFilters: { typesCriterion: [], relationshipAttributesCriterion: [] },
        typesCriterion: { sku: { ...fields(['a']), queryFilters: {} }, queryFilters: {} },
      },
      { sku: { attributes: ['a'] } },
    ],
  ])('%s', (_case, filter, expected) => {
    expect(included(filter)).toStrictEqual(expected);
  });

  test('unites the lists of collect and publish', () => {
    expect(
      included(
        { ...fields(['a']), typesCriterion: { sku: fields(['b', 'c']), product: fields(['_ALL']) } },
        { typesCriterion: { sku: fields(['c', 'd'], ['r']), product: fields(['x']) } },
      ),
    ).toStrictEqual({
      _ALL: { attributes: ['a'] },
      sku: { attributes: ['b', 'c', 'd'], relationships: ['r'] },
      product: { attributes: 'all' },
    });
  });

  test('accepts a type named like a member of every object', () => {
    const filter = JSON.parse('{"typesCriterion":{"__proto__":{"queryFields":{"attributes":["a"]}}}}');
    expect(JSON.stringify(included(filter))).toBe('{"__proto__":{"attributes":["a"]}}');
  });
});

describe('refuses by its path', () => {
  const at = 'data.contexts[0].jsonData.collect.filter.include';

  test.each<[string, unknown, string, string]>([
    ['a list', [], 'INVALID', ''],
    ['an unknown member', { queryfields: {} }, 'UNKNOWN_KEY', '.queryfields'],
    ['filters of assets', { assetsCriterion: {} }, 'UNSUPPORTED', '.assetsCriterion'],
    ['a list of types', { typesCriterion: ['product'] }, 'INVALID', '.typesCriterion'],
    ['a list of fields', { queryFields: ['a'] }, 'INVALID', '.queryFields'],
    ['a string instead of a list', { queryFields: { attributes: 'a' } }, 'INVALID', '.queryFields.attributes'],
    ['a name that is not a string', { queryFields: { attributes: [1] } }, 'INVALID', '.queryFields.attributes[0]'],
    [
      'attributes of relationships',
      { queryFields: { relationshipAttributes: [] } },
      'UNSUPPORTED',
      '.queryFields.relationshipAttributes',
    ],
    [
      'a misspelt kind',
      { typesCriterion: { a: { queryFields: { attribute: [] } } } },
      'UNKNOWN_KEY',
      '.typesCriterion.a.queryFields.attribute',
    ],
    [
      'filters of entities by type',
      { queryFilters: { typesCriterion: ['product'] } },
      'UNSUPPORTED',
      '.queryFilters.typesCriterion',
    ],
    [
      'filters of entities by value',
      { typesCriterion: { a: { queryFilters: { attributesCriterion: [{}] } } } },
      'UNSUPPORTED',
      '.typesCriterion.a.queryFilters.attributesCriterion',
    ],
    [
      'a filter of queries that is not an object',
      { typesCriterion: { queryFilters: 1 } },
      'INVALID',
      '.typesCriterion.queryFilters',
    ],
  ])('%s', (_case, include, code, path) => {
    const { faults } = refusalOf(() => acceptProfiles(profile({ collect: { filter: { include } } })));
    expect(faults?.map((fault) => [fault.code, fault.path])).toStrictEqual([[code, at + path]]);
  });
});
