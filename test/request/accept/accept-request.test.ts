/** Acceptance of a request in the library form. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptRequest } from '../../../src/request/accept/accept-request.js';
import { SluiceError } from '../../../src/terms/errors.js';
import { configObject, documentedJsonProfile } from './documented-json-profile.js';
import { refusal, refusalOf } from './refusal.js';

describe('accepts', () => {
  test('an empty request, which requests everything', () => {
    expect(acceptRequest({})).toEqual({});
  });

  test('every member unchanged', () => {
    const form = {
      types: ['product'],
      ids: ['a'],
      name: ['Polo'],
      fields: { attributes: ['title'], relationships: 'all', properties: [] },
      maxRecords: '3',
      profile: 'nightly',
      fileName: 'catalog',
      clientState: { any: ['thing', 1, null] },
    };
    expect(acceptRequest(form)).toEqual({ ...form, maxRecords: 3 });
  });

  test('one string as a list of one', () => {
    expect(acceptRequest({ types: 'product', ids: 'a' })).toEqual({ types: ['product'], ids: ['a'] });
  });

  test('an empty list of ids, which requests nothing', () => {
    expect(acceptRequest({ ids: [] })).toEqual({ ids: [] });
  });

  test.each(['all', ['_ALL'], ['_All'], ['title', '_all']])('%j means all attributes', (attributes) => {
    expect(acceptRequest({ fields: { attributes } }).fields).toEqual({ attributes: 'all' });
  });

  test('fields without lists, which request id, name and type only', () => {
    expect(acceptRequest({ fields: {} })).toEqual({ fields: {} });
  });

  test('undefined members as absent', () => {
    const names = ['types', 'ids', 'name', 'fields', 'maxRecords', 'profile', 'fileName', 'clientState'];
    expect(acceptRequest(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual({});
  });

  test('input without changing or keeping it', () => {
    const form = { types: ['product'], ids: ['a'], fields: { attributes: ['title'] } };
    const before = structuredClone(form);
    const request = acceptRequest(form);
    expect(form).toStrictEqual(before);
    form.types.push('sku');
    form.fields.attributes.push('brand');
    expect(request).toEqual({ types: ['product'], ids: ['a'], fields: { attributes: ['title'] } });
  });
});

describe('an inline profile', () => {
  const nightly = { name: 'nightly', format: 'ndjson', pack: 'gzip' };

  test('is accepted in either form, and the request has its name', () => {
    expect(acceptRequest({ types: 'a', profile: nightly })).toEqual({
      ...{ types: ['a'], profile: 'nightly' },
      inlineProfiles: [nightly],
    });
    const { profile, inlineProfiles } = acceptRequest({ profile: documentedJsonProfile() });
    expect(profile).toBe('downloadDataJSONJob');
    expect(inlineProfiles?.map(({ batchSize }) => batchSize)).toStrictEqual([100]);
  });

  test('reports its faults with those of the request', () => {
    const { faults } = refusalOf(() => acceptRequest({ maxRecords: -1, profile: { ...nightly, pack: 'rar' } }));
    expect(faults?.map(({ path }) => path)).toStrictEqual(['profile.pack', 'maxRecords']);
  });

  test.each<[string, object]>([
    ['none', { configObjects: [] }],
    ['several', { configObjects: [documentedJsonProfile().configObjects[0], { ...configObject(), name: 'q' }] }],
  ])('%s is refused', (_case, profile) => {
    const { faults } = refusalOf(() => acceptRequest({ profile }));
    expect(faults?.map(({ code, path }) => [code, path])).toStrictEqual([['INVALID', 'profile']]);
  });

  test('is not possible in the documented body', () => {
    const params = { query: { filters: { typesCriterion: ['a'] } }, rsconnect: { profiles: [nightly] } };
    expect(refusalOf(() => acceptRequest({ params }))).toMatchObject({
      code: 'INVALID',
      path: 'params.rsconnect.profiles[0]',
    });
  });
});

describe('a context to select a profile by', () => {
  test('is pairs of text', () => {
    const request = { profileContext: { channel: 'JOB', region: 'EMEA' } };
    expect(acceptRequest(request)).toEqual(request);
    expect(refusal({ profileContext: { channel: 1 } })).toMatchObject({ path: 'profileContext.channel' });
    expect(refusal({ profileContext: {} })).toMatchObject({ code: 'INVALID', path: 'profileContext' });
    expect(refusal({ profileContext: 'JOB' })).toMatchObject({ code: 'INVALID', path: 'profileContext' });
  });
});

describe('refuses', () => {
  test.each([
    ['types', { types: [] }],
    ['types', { types: 7 }],
    ['ids[1]', { ids: ['a', null] }],
    ['name', { name: 1 }],
    ['fields', { fields: 'all' }],
    ['fields.attributes', { fields: { attributes: {} } }],
    ['maxRecords', { maxRecords: 1.5 }],
    ['profile', { profile: ['a'] }],
    ['fileName', { fileName: {} }],
  ])('%s with a wrong value: %j', (path, form) => {
    expect(refusal(form).faults?.map((fault) => [fault.code, fault.path])).toStrictEqual([['INVALID', path]]);
  });

  test.each([
    ['typ', 'types'],
    ['id', 'ids'],
    ['maxRecord', 'maxRecords'],
    ['filename', 'fileName'],
  ])('%s, with %s as the nearest word', (key, nearest) => {
    const error = refusal({ [key]: 'x' });
    expect(error).toMatchObject({ code: 'UNKNOWN_KEY', path: key });
    expect(error.message).toContain(`did you mean "${nearest}"?`);
  });

  test('a list of paths in the place of fields, with the member that takes it', () => {
    const { faults = [] } = refusal({ fields: ['id', 'price.amount'] });
    expect(faults).toMatchObject([{ code: 'INVALID', path: 'fields' }]);
    expect(faults[0].message).toContain('"include"');
  });

  test('members of the documented body beside those of the form', () => {
    expect(refusal({ types: ['a'], query: {} })).toMatchObject({ code: 'UNKNOWN_KEY', path: 'query' });
    expect(refusal({ fields: { contexts: [] } })).toMatchObject({ code: 'UNKNOWN_KEY', path: 'fields.contexts' });
  });

  test('prototype words of JSON text', () => {
    const error = refusal(JSON.parse('{"__proto__":{"types":["a"]},"constructor":1,"fields":{"__proto__":[]}}'));
    expect(error.faults?.map((fault) => fault.path)).toStrictEqual(['__proto__', 'constructor', 'fields.__proto__']);
  });

  test.each([
    ['null', null],
    ['an array', []],
    ['a string', 'types=product'],
    ['a number', 5],
    ['undefined', undefined],
  ])('%s in place of a request', (kind, value) => {
    expect(refusal(value)).toMatchObject({ code: 'INVALID', path: 'request' });
    expect(refusal(value).message).toContain(kind);
  });
});

test('accepts any JSON, or refuses it with typed faults', () => {
  const words = ['params', 'query', 'filters', 'typesCriterion', 'fields', 'options', 'maxRecords', 'ids', 'types'];
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.constantFrom('_ALL', '10', 'a', ''), fc.integer(), fc.boolean(), fc.constant(null)),
    tree: fc.oneof(
      { maxDepth: 5 },
      tie('leaf'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.constantFrom(...words, '__proto__'), fc.string()), tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      try {
        acceptRequest(value);
      } catch (error) {
        expect(error).toBeInstanceOf(SluiceError);
        expect((error as SluiceError).faults?.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: 300 },
  );
});
