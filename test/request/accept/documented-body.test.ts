/** The documented body: accepted members, and refusals by path. */
import { describe, expect, test } from 'vitest';
import { acceptRequest } from '../../../src/request/accept/accept-request.js';
import { membersOf } from '../../../src/request/accept/documented-members.js';
import { refusal } from './refusal.js';

/** The smallest complete body. */
const TYPED = { query: { filters: { typesCriterion: ['product'] } } };

describe('the sample of the documentation', () => {
  const sample = `{ "params": {
    "query": { "id": "p1", "filters": { "typesCriterion": ["product"] } },
    "fields": { "attributes": ["_ALL"] },
    "options": { "maxRecords": "10" },
    "rsconnect": { "profiles": ["downloadDataJSONJob"] } },
  "clientState": { "notificationInfo": { "userId": "a@x.com_user" } } }`;

  test('becomes a complete request', () => {
    expect(acceptRequest(JSON.parse(sample))).toEqual({
      types: ['product'],
      ids: ['p1'],
      fields: { attributes: 'all' },
      maxRecords: 10,
      profile: 'downloadDataJSONJob',
      clientState: { notificationInfo: { userId: 'a@x.com_user' } },
    });
  });
});

describe('members', () => {
  test('every supported member is accepted', () => {
    const body = {
      params: {
        query: { ids: ['a', 'b'], name: 'Polo', filters: { typesCriterion: ['product', 'sku'] } },
        fields: { attributes: ['title'], relationships: [], properties: ['createdBy'] },
        options: { maxRecords: 7 },
        rsconnect: { profiles: ['nightly'] },
      },
      clientState: null,
      fileName: 'EntityData',
    };
    expect(acceptRequest(body)).toEqual({
      types: ['product', 'sku'],
      ids: ['a', 'b'],
      name: ['Polo'],
      fields: { attributes: ['title'], relationships: [], properties: ['createdBy'] },
      maxRecords: 7,
      profile: 'nightly',
      fileName: 'EntityData',
      clientState: null,
    });
  });

  test('a body without fields, options and profile requests id, name and type of all entities of its types', () => {
    expect(acceptRequest({ params: TYPED })).toEqual({ types: ['product'], fields: {} });
  });

  test('a profile is selected by its name, its context, or both', () => {
    const context = { service: 'ENTITY_EXPORT', channel: 'JOB', format: 'JSON', source: 'internal', order: 10 };
    const asked = (rsconnect: object) => {
      const { profile, profileContext } = acceptRequest({ params: { ...TYPED, rsconnect } });
      return { profile, profileContext };
    };
    const profileContext = { ...context, order: '10' };
    expect(asked({ profilecontexts: [context] })).toStrictEqual({ profile: undefined, profileContext });
    expect(asked({ profiles: ['p'], profilecontexts: [context] })).toStrictEqual({ profile: 'p', profileContext });
  });

  test.each<[string, unknown, string, string]>([
    ['an object', {}, 'INVALID', ''],
    ['an empty list', [], 'INVALID', ''],
    ['text', ['JOB'], 'INVALID', '[0]'],
    ['an empty object', [{}], 'INVALID', '[0]'],
    ['a number', [{ channel: 1 }], 'INVALID', '[0].channel'],
    ['an invalid order', [{ order: 'last' }], 'INVALID', '[0].order'],
    ['an unknown key', [{ chanel: 'JOB' }], 'UNKNOWN_KEY', '[0].chanel'],
  ])('as a context %s is refused', (_case, profilecontexts, code, at) => {
    const { faults } = refusal({ params: { ...TYPED, rsconnect: { profilecontexts } } });
    expect(faults?.map((fault) => [fault.code, fault.path])).toStrictEqual([
      [code, `params.rsconnect.profilecontexts${at}`],
    ]);
  });

  test('types keep their spelling', () => {
    const body = { params: { query: { filters: { typesCriterion: ['_ALL'] } } } };
    expect(acceptRequest(body).types).toEqual(['_ALL']);
  });

  test.each(['_ALL', '_All', '_all'])('%s in a list of fields means all of them', (word) => {
    const body = { params: { ...TYPED, fields: { attributes: [word], properties: ['a', word] } } };
    expect(acceptRequest(body).fields).toEqual({ attributes: 'all', properties: 'all' });
  });
});

describe('id and ids', () => {
  test.each([
    ['one id', { id: 'a' }, ['a']],
    ['an array of ids under id', { id: ['a', 'b'] }, ['a', 'b']],
    ['ids', { ids: ['a', 'b'] }, ['a', 'b']],
    ['id within ids', { id: 'b', ids: ['a', 'b', 'c'] }, ['b']],
    ['two lists', { id: ['c', 'a'], ids: ['a', 'b', 'c'] }, ['a', 'c']],
    ['id outside of ids', { id: 'x', ids: ['a', 'b'] }, []],
  ])('%s', (_case, members, ids) => {
    const query = { ...members, filters: { typesCriterion: ['product'] } };
    expect(acceptRequest({ params: { query } }).ids).toEqual(ids);
  });
});

describe('maxRecords', () => {
  const body = (maxRecords: unknown) => ({ params: { ...TYPED, options: { maxRecords } } });

  test.each([
    ['10', 10],
    [10, 10],
    [0, 0],
    ['0', 0],
    ['007', 7],
    [2 ** 53 - 1, 2 ** 53 - 1],
    [String(2 ** 53 - 1), 2 ** 53 - 1],
  ])('%j is %d', (given, number) => {
    expect(acceptRequest(body(given)).maxRecords).toBe(number);
  });

  test.each([
    -1,
    1.5,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    ' 10',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0x10',
    '10 ',
    '١٠',
    '9007199254740992',
    '9'.repeat(400),
    true,
    null,
    [10],
    {},
    10n,
  ])('%s is refused', (given) => {
    expect(refusal(body(given))).toMatchObject({ code: 'INVALID', path: 'params.options.maxRecords' });
  });

  test('the message quotes the given value', () => {
    expect(refusal(body('1e3')).message).toContain('"1e3"');
    expect(refusal(body([])).message).toContain('an array');
  });
});

describe('documented members that sluice does not support', () => {
  /** The body with one more member. */
  const holders: readonly [at: string, body: (members: object) => object][] = [
    ['', (members) => ({ params: TYPED, ...members })],
    ['params', (members) => ({ params: { ...TYPED, ...members } })],
    ['params.query', (members) => ({ params: { query: { ...TYPED.query, ...members } } })],
    ['params.fields', (fields) => ({ params: { ...TYPED, fields } })],
    ['params.options', (options) => ({ params: { ...TYPED, options } })],
    ['params.rsconnect', (rsconnect) => ({ params: { ...TYPED, rsconnect } })],
  ];
  const cases = holders.flatMap(([at, body]) =>
    Object.entries(membersOf(at).unsupported).map(([key, why]): [string, string, object] => [
      at === '' ? key : `${at}.${key}`,
      why,
      body({ [key]: ['_ALL'] }),
    ]),
  );

  test.each(cases)('%s is refused by its path: %s', (path, why, body) => {
    expect(refusal(body).faults).toStrictEqual([
      { code: 'UNSUPPORTED', path, message: `is documented but not supported: ${why}` },
    ]);
  });

  test('more than one context is refused', () => {
    const context = { channel: 'JOB' };
    const body = { params: { ...TYPED, rsconnect: { profilecontexts: [context, context] } } };
    expect(refusal(body)).toMatchObject({ code: 'UNSUPPORTED', path: 'params.rsconnect.profilecontexts' });
  });

  test('more than one profile is refused', () => {
    const body = { params: { ...TYPED, rsconnect: { profiles: ['a', 'b'] } } };
    expect(refusal(body)).toMatchObject({ code: 'UNSUPPORTED', path: 'params.rsconnect.profiles' });
  });
});

describe('unknown members', () => {
  test.each([
    ['param', { params: TYPED, param: {} }, 'params'],
    ['params.fileds', { params: { ...TYPED, fileds: {} } }, 'fields'],
    ['params.query.idss', { params: { query: { ...TYPED.query, idss: [] } } }, 'ids'],
    [
      'params.query.filters.typeCriterion',
      { params: { query: { filters: { ...TYPED.query.filters, typeCriterion: [] } } } },
      'typesCriterion',
    ],
    ['params.options.maxRecord', { params: { ...TYPED, options: { maxRecord: 1 } } }, 'maxRecords'],
    ['params.rsconnect.profile', { params: { ...TYPED, rsconnect: { profile: 'a' } } }, 'profiles'],
    ['params.fields.attribute', { params: { ...TYPED, fields: { attribute: [] } } }, 'attributes'],
  ])('%s is refused with the nearest known name', (path, body, nearest) => {
    const error = refusal(body);
    expect(error).toMatchObject({ code: 'UNKNOWN_KEY', path });
    expect(error.message).toContain(`did you mean "${nearest}"?`);
  });

  test('a name unlike all known ones gets no suggestion', () => {
    const error = refusal({ params: { ...TYPED, completelyDifferentWord: 1 } });
    expect(error.message).not.toContain('did you mean');
  });

  test.each([
    ['__proto__', '{"params":%,"__proto__":{"fileName":"x"}}'],
    ['constructor', '{"params":%,"constructor":{"prototype":{}}}'],
    ['toString', '{"params":%,"toString":1}'],
  ])('%s in JSON text is refused like any other name, and changes no prototype', (key, text) => {
    const error = refusal(JSON.parse(text.replace('%', JSON.stringify(TYPED))));
    expect(error.faults?.map((fault) => [fault.code, fault.path])).toStrictEqual([['UNKNOWN_KEY', key]]);
    expect(Object.keys(Object.prototype)).toStrictEqual([]);
  });

  test.each(['query', 'fields', 'options', 'rsconnect'])('__proto__ in params.%s is refused too', (member) => {
    const text = `{"params":{"query":{"filters":{"typesCriterion":["a"]}},"${member}":{"__proto__":{"a":1}}}}`;
    const paths = refusal(JSON.parse(text)).faults?.map((fault) => fault.path);
    expect(paths).toContain(`params.${member}.__proto__`);
  });
});

describe('wrong types', () => {
  const query = (members: object) => ({ params: { query: { ...TYPED.query, ...members } } });
  const filters = (typesCriterion: unknown) => ({ params: { query: { filters: { typesCriterion } } } });

  test.each([
    ['params', { params: [] }, 'an array'],
    ['params', { params: null }, 'null'],
    ['params.query', { params: { query: 'p1' } }, 'a string'],
    ['params.query.id', query({ id: 5 }), 'a number'],
    ['params.query.ids', query({ ids: 'p1' }), 'a string'],
    ['params.query.ids[1]', query({ ids: ['a', 5] }), 'a number'],
    ['params.query.name', query({ name: ['x'] }), 'an array'],
    ['params.query.filters', { params: { query: { filters: [] } } }, 'an array'],
    ['params.query.filters.typesCriterion', filters('product'), 'a string'],
    ['params.query.filters.typesCriterion[0]', filters([null]), 'null'],
    ['params.fields', { params: { ...TYPED, fields: ['a'] } }, 'an array'],
    ['params.fields.attributes', { params: { ...TYPED, fields: { attributes: 'title' } } }, 'a string'],
    ['params.fields.relationships[0]', { params: { ...TYPED, fields: { relationships: [{}] } } }, 'an object'],
    ['params.fields.properties', { params: { ...TYPED, fields: { properties: true } } }, 'a boolean'],
    ['params.options', { params: { ...TYPED, options: 10 } }, 'a number'],
    ['params.rsconnect', { params: { ...TYPED, rsconnect: 'x' } }, 'a string'],
    ['params.rsconnect.profiles', { params: { ...TYPED, rsconnect: { profiles: 'x' } } }, 'a string'],
    ['fileName', { params: TYPED, fileName: 7 }, 'a number'],
  ])('%s: the message states the given type', (path, body, kind) => {
    const fault = refusal(body).faults?.find((one) => one.path === path);
    expect(fault).toMatchObject({ code: 'INVALID', path });
    expect(fault?.message).toContain(kind);
  });

  test.each([
    ['params.query.id', query({ id: [] })],
    ['params.query.ids', query({ ids: [] })],
    ['params.query.filters.typesCriterion', filters([])],
    ['params.rsconnect.profiles', { params: { ...TYPED, rsconnect: { profiles: [] } } }],
  ])('%s: an empty list, which could mean everything or nothing, is refused', (path, body) => {
    expect(refusal(body).faults).toStrictEqual([{ code: 'INVALID', path, message: 'must not be empty' }]);
  });

  test.each([
    ['no query', {}],
    ['no filters', { query: { id: 'a' } }],
    ['no types', { query: { filters: {} } }],
  ])('types are required: %s', (_case, params) => {
    const fault = refusal({ params }).faults?.find((one) => one.path === 'params.query.filters.typesCriterion');
    expect(fault?.code).toBe('INVALID');
    expect(fault?.message).toContain('["_ALL"]');
  });
});

test('all faults are reported at once, with the code and the path of the first one', () => {
  const error = refusal({
    params: {
      query: { id: 1, domain: 'x', filters: {} },
      fields: { atributes: [] },
      options: { maxRecords: -1, includeRequest: true },
      scrollId: 'x',
    },
    fileName: 5,
    hotlin: true,
  });
  expect(error.faults?.map(({ code, path }) => `${code} ${path}`).sort()).toStrictEqual([
    'INVALID fileName',
    'INVALID params.options.maxRecords',
    'INVALID params.query.filters.typesCriterion',
    'INVALID params.query.id',
    'UNKNOWN_KEY hotlin',
    'UNKNOWN_KEY params.fields.atributes',
    'UNSUPPORTED params.options.includeRequest',
    'UNSUPPORTED params.query.domain',
    'UNSUPPORTED params.scrollId',
  ]);
  expect(error.stage).toBe('accept');
  expect([error.code, error.path]).toStrictEqual([error.faults?.[0].code, error.faults?.[0].path]);
  for (const fault of error.faults ?? []) expect(error.message).toContain(`${fault.path}: ${fault.message}`);
  expect(Object.isFrozen(error.faults)).toBe(true);
});
