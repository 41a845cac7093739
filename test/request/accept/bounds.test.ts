/** The size of a request, and hostile objects of a program. */
import { describe, expect, test } from 'vitest';
import { acceptRequest } from '../../../src/request/accept/accept-request.js';
import { refusal } from './refusal.js';

const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
const documented = (query: object, clientState?: unknown) => ({
  params: { query: { filters: { typesCriterion: ['a'], ...query } } },
  ...(clientState === undefined ? {} : { clientState }),
});
const attributes = (condition: object) => ({ criteria: { attributes: [{ color: condition }] } });

test('accepts a million ids', () => {
  const ids = many(1_000_000, String);
  expect(acceptRequest({ ids }).ids).toHaveLength(1_000_000);
  expect(acceptRequest(attributes({ exacts: ids })).criteria?.attributes).toHaveLength(1);
});

const TYPED = { typesCriterion: ['a'] };

test.each<[object, string]>([
  [{ types: [5] }, 'types[0]'],
  [{ types: [undefined] }, 'types[0]'],
  [{ ids: [null] }, 'ids[0]'],
  [{ fields: { attributes: [5] } }, 'fields.attributes[0]'],
  [{ criteria: { attributes: [{ a: { exacts: [true] } }] } }, 'criteria.attributes[0].a.exacts[0]'],
  [{ criteria: { attributes: [{ a: { startswith: [{}] } }] } }, 'criteria.attributes[0].a.startswith[0]'],
  [{ criteria: { keywords: { keywords: 5 } } }, 'criteria.keywords.keywords'],
  [{ profile: { name: 5, format: 'json', pack: 'zip' } }, 'profile.name'],
  [{ params: { query: { filters: { typesCriterion: [5] } } } }, 'params.query.filters.typesCriterion[0]'],
  [{ params: { query: { ids: [5], filters: TYPED } } }, 'params.query.ids[0]'],
  [{ params: { query: { filters: TYPED }, rsconnect: { profiles: [5] } } }, 'params.rsconnect.profiles[0]'],
])('tells one fault once: %j', (request, path) => {
  const { faults } = refusal(request);
  expect(faults?.map((fault) => fault.path)).toStrictEqual([path]);
});

describe('refuses too many items by name and path', () => {
  const conditions = many(1001, (index) => ({ [`a${index}`]: { exact: 'x' } }));
  const manyNames = Object.fromEntries(many(1001, (index) => [`a${index}`, { exact: 'x' }]));
  let deep: object = { exact: 'x' };
  for (let level = 0; level < 20_000; level++) deep = { attributes: [{ a: deep }] };
  test.each<[string, object, string, string]>([
    ['types', { types: many(100_001, String) }, 'types', '100000 items'],
    [
      'documented types',
      documented({ typesCriterion: many(100_001, String) }),
      'params.query.filters.typesCriterion',
      '100000',
    ],
    ['names of fields', { fields: { attributes: many(10_001, String) } }, 'fields.attributes', '10000 items'],
    ['contexts', { contexts: many(1001, (index) => ({ a: `${index}` })) }, 'contexts', '1000 items'],
    ['conditions in a list', { criteria: { attributes: conditions } }, 'criteria.attributes', '1000 items'],
    [
      'conditions of one element',
      { criteria: { attributes: [manyNames] } },
      'criteria.attributes[0]',
      '1000 conditions',
    ],
    [
      'conditions here and there',
      { criteria: { attributes: conditions.slice(1), properties: [{ b: {} }] } },
      'criteria.properties[0]',
      '1000 conditions',
    ],
    [
      'levels',
      attributes(deep),
      `criteria.attributes[0].color${'.attributes[0].a'.repeat(32)}.attributes`,
      '32 levels',
    ],
    [
      'words',
      attributes({ contains: many(10_001, String).join(' ') }),
      'criteria.attributes[0].color.contains',
      '10000 words',
    ],
    [
      'keywords',
      { criteria: { keywords: many(10_001, String).join(' ') } },
      'criteria.keywords.keywords',
      '10000 words',
    ],
    [
      'text of words',
      { criteria: { keywords: 'x '.repeat(500_000) } },
      'criteria.keywords.keywords',
      '100000 characters',
    ],
    [
      'wildcards',
      attributes({ eq: many(101, (index) => `a*${index}`).join(' ') }),
      'criteria.attributes[0].color.eq',
      '100 words with *',
    ],
    ['stars', attributes({ contains: 'a*'.repeat(1001) }), 'criteria.attributes[0].color.contains', '1000 stars'],
    [
      'beginnings',
      attributes({ startswith: many(10_001, String) }),
      'criteria.attributes[0].color.startswith',
      '10000 words',
    ],
  ])('%s', (_case, request, path, words) => {
    const error = refusal(request);
    expect(error).toMatchObject({ code: 'INVALID', path });
    expect(error.faults?.[0].message).toContain(words);
  });
});

describe('refuses a client state', () => {
  let deep: object = {};
  for (let level = 0; level < 20_000; level++) deep = { deep };
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const wide = many(40_000, () => 1);
  test.each<[string, unknown, string]>([
    ['large', 'x'.repeat(65_536), 'clientState'],
    ['large in UTF-8', 'ä'.repeat(40_000), 'clientState'],
    ['wide', wide, 'clientState'],
    ['deep', deep, 'clientState'],
    ['cyclic', cyclic, 'clientState'],
    ['wider than any walk', many(30, () => many(30, () => wide)), 'clientState'],
    ['with a BigInt', { a: [10n] }, 'clientState.a[0]'],
    ['with a function', { 'a.b': () => 1 }, 'clientState["a.b"]'],
    ['with NaN', { v: Number.NaN }, 'clientState.v'],
    ['with an infinite number', { v: [0, Number.NEGATIVE_INFINITY] }, 'clientState.v[1]'],
    ['with a negative zero', { v: -0 }, 'clientState.v'],
    ['with a number beyond 2^53', { v: 2 ** 60 }, 'clientState.v'],
    ['with nothing in an array', { v: [undefined] }, 'clientState.v[0]'],
    ['with a hole in an array', { v: Object.assign([], { 1: 1 }) }, 'clientState.v[0]'],
    ['with more holes than memory', { v: Object.assign([], { length: 4e9 }) }, 'clientState.v[0]'],
    ['that is a Map', new Map([['v', 1]]), 'clientState'],
    ['with a Set', { v: new Set() }, 'clientState.v'],
    ['with a Date', { v: [new Date(0)] }, 'clientState.v[0]'],
    ['with bytes', { v: Buffer.from('abc') }, 'clientState.v'],
    ['with a boxed number', { v: Object(1) }, 'clientState.v'],
    ['with an object that writes itself', { v: { toJSON: () => 1 } }, 'clientState.v'],
    ['with a symbol as a name', { v: { [Symbol('s')]: 1 } }, 'clientState.v'],
  ])('%s', (_case, clientState, path) => {
    expect(refusal({ clientState })).toMatchObject({ code: 'INVALID', path });
    expect(refusal(documented({}, clientState))).toMatchObject({ code: 'INVALID', path });
  });

  test('accepts a client state of 64 KiB', () => {
    const clientState = ['x'.repeat(65_000), { a: [1, null, true] }];
    expect(acceptRequest({ clientState }).clientState).toEqual(clientState);
  });
});

describe('refuses numbers that may have lost digits', () => {
  test.each(['eq', 'exact', 'gt', 'gte', 'lt', 'lte'])('%s', (operator) => {
    const path = `criteria.attributes[0].color.${operator}`;
    for (const value of [2 ** 53, -(2 ** 53), 1e23]) {
      expect(refusal(attributes({ [operator]: value }))).toMatchObject({ code: 'INVALID', path });
    }
    for (const value of [2 ** 53 - 1, 0.1, -0, 1e5, 5e-324])
      expect(() => acceptRequest(attributes({ [operator]: value }))).not.toThrow();
  });

  test('accepts the digits as text', () => {
    const condition = { eq: '9007199254740993', type: '_DECIMAL' };
    expect(acceptRequest(attributes(condition)).criteria).toEqual({ attributes: [{ color: condition }] });
  });
});

describe('objects in code', () => {
  class Request {
    readonly types = ['a'];
    get ids() {
      return ['1'];
    }
  }
  test('accepts an instance of a class', () => {
    expect(acceptRequest(new Request())).toMatchObject({ types: ['a'] });
  });

  test('accepts frozen objects, and objects without a prototype', () => {
    expect(acceptRequest(Object.freeze({ types: Object.freeze(['a']) }))).toEqual({ types: ['a'] });
    expect(acceptRequest(Object.assign(Object.create(null), { ids: ['1'] }))).toEqual({ ids: ['1'] });
  });

  test.each<[string, unknown]>([
    ['an accessor that throws', Object.defineProperty({}, 'types', { enumerable: true, get: () => fail('no types') })],
    ['a proxy that throws', new Proxy({}, { ownKeys: () => fail('no keys') })],
    ['a list that throws', { ids: new Proxy(['a'], { get: () => fail('no items') }) }],
    ['a proxy that was revoked', revoked()],
  ])('refuses %s once', (_case, request) => {
    expect(refusal(request)).toMatchObject({ code: 'INVALID', stage: 'accept', path: 'request' });
  });

  test.each<[string, object]>([
    ['a date', { gt: new Date() }],
    ['a BigInt', { eq: 10n }],
    ['a boxed text', { eq: Object('x') }],
    ['infinity', { eq: Number.POSITIVE_INFINITY }],
    ['no number', { gte: Number.NaN }],
    ['a list', { eq: ['x'] }],
  ])('refuses %s as an operand', (_case, condition) => {
    expect(refusal(attributes(condition))).toMatchObject({ code: 'INVALID', stage: 'accept' });
  });
});

function fail(message: string): never {
  throw new TypeError(message);
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
