/** Criteria, rule by rule: the values that satisfy them, in text and in objects. */
import { describe, expect, test } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import type { ExportRequest } from '../../src/terms/request.js';
import { parseDateTime } from '../../src/values/date-time.js';
import { untyped } from '../untyped.js';
import { collect } from './collect.js';

/** Criteria in the library's form. */
interface Asked {
  readonly attributes?: unknown;
  readonly anyAttribute?: boolean;
  readonly properties?: unknown;
  readonly relationships?: unknown;
  readonly keywords?: unknown;
  readonly contexts?: unknown;
  readonly nonContextual?: boolean;
}

/** Whether the entity is kept; asserts the same for text (checked and trusted) and for an object. */
async function keeps(entity: object | string, { contexts, nonContextual, ...criteria }: Asked): Promise<boolean> {
  const text = typeof entity === 'string' ? entity : JSON.stringify(entity);
  const choice = { ...(contexts ? { contexts } : {}), ...(nonContextual === undefined ? {} : { nonContextual }) };
  const request: ExportRequest = untyped({ criteria, ...choice });
  const from = (source: Parameters<typeof collect>[0]['source'], trust?: boolean) =>
    collect({ source, request, format: 'ndjson', ...(trust === undefined ? {} : { trust, input: 'lines' }) });
  const all = [await from(bytes([text]), false), await from(bytes([text]), true)];
  if (typeof entity === 'object') all.push(await from(objects([entity])));
  for (const { error } of all) expect(error).toBeUndefined();
  const written = all.map(({ receipt }) => receipt?.written);
  expect(new Set(written).size).toBe(1);
  expect(all[0].receipt).toMatchObject({ read: 1, filtered: 1 - (written[0] ?? 0) });
  return written[0] === 1;
}

const value = (one: unknown, more: object = {}) => ({ value: one, source: 'internal', locale: 'en-US', ...more });
const withAttributes = (attributes: object) => ({ id: 'e1', type: 'product', data: { attributes } });
const withValues = (...values: readonly unknown[]) =>
  withAttributes({ a: { values: values.map((one) => value(one)) } });
const asks = (condition: object) => ({ attributes: [{ a: condition }] });
/** Whether a value satisfies a condition. */
const fits = (one: unknown, condition: object) => keeps(withValues(one), asks(condition));

describe('vectors', () => {
  test('vector 2: contains finds words, and parts of words with *', async () => {
    expect(await fits('Polo Shirts', { contains: 'polo' })).toBe(true);
    expect(await fits('LSPoloMenShirts', { contains: 'polo' })).toBe(false);
    expect(await fits('LSPoloMenShirts', { contains: '*polo*' })).toBe(true);
  });

  test('vector 3: eq accepts * in a word', async () => {
    expect(await fits('LSPoloMenShirts', { eq: 'LS*Shirts' })).toBe(true);
    expect(await fits('LSPoloMenShirt', { eq: 'LS*Shirts' })).toBe(false);
  });

  test('vector 4: eq finds its words in any order, and a phrase in its own order', async () => {
    expect(await fits('Blue deep navy', { eq: 'navy blue' })).toBe(true);
    expect(await fits('Blue deep navy', { eq: '"navy blue"' })).toBe(false);
    expect(await fits('deep Navy-Blue', { eq: '"navy blue"' })).toBe(true);
  });

  test('vector 5: exact matches one of many values, and the output keeps all of them', async () => {
    const entity = withValues('Red', 'Black');
    const { text } = await collect({
      source: bytes([JSON.stringify(entity)]),
      request: { criteria: asks({ exact: 'red' }) },
      format: 'ndjson',
    });
    expect(JSON.parse(text)).toStrictEqual(entity);
  });

  test('vector 6: hasvalue examines all locales, and an absent key', async () => {
    const cost = { values: [value(1), value(2, { locale: 'de-DE' })] };
    const criteria = (hasvalue: boolean) => ({ attributes: [{ cost: { hasvalue } }] });
    expect(await keeps(withAttributes({ cost }), criteria(true))).toBe(true);
    expect(await keeps(withAttributes({ cost }), criteria(false))).toBe(false);
    expect(await keeps(withAttributes({ price: cost }), criteria(false))).toBe(true);
    expect(await keeps(withAttributes({ price: cost }), criteria(true))).toBe(false);
  });

  test('vector 7: two relationships must both exist', async () => {
    const criteria = { relationships: [{ crosssell: {} }, { images: {} }] };
    const one = { crosssell: [{ id: 'r1' }] };
    expect(await keeps({ id: 'e1', data: { relationships: one } }, criteria)).toBe(false);
    expect(await keeps({ id: 'e1', data: { relationships: { ...one, images: [{ id: 'r2' }] } } }, criteria)).toBe(true);
  });

  test('vector 8: date-times compare as instants, whatever their offsets', async () => {
    const condition = { gt: '2018-07-19T08:00:00.000+0000', lt: '2018-07-19T03:30:00.000-0500', type: '_DATETIME' };
    const created = (createdDate: string) =>
      keeps({ id: 'e1', properties: { createdDate } }, { properties: [{ createdDate: condition }] });
    expect(await created('2018-07-19T03:18:30.557-0500')).toBe(true);
    expect(await created('2018-07-19T10:18:30+02:00')).toBe(true);
    expect(await created('2018-07-19T08:18:30.557-0500')).toBe(false);
    expect(await created('2018-07-19T03:00:00.000-0500')).toBe(false);
  });

  test('vector 9: finds any and all keywords of the samples', async () => {
    const names = ["Men's Ties", 'MensShirts', 'Polo Mens Shirt', 'Polo Ties', "Polo Women's Formals"];
    const found = async (operator: '_OR' | undefined) => {
      const filters = {
        typesCriterion: ['product'],
        keywordsCriterion: { keywords: 'polo men', ...(operator ? { operator } : {}) },
      };
      const source = objects(names.map((name) => ({ id: name, type: 'product', name })));
      const { text } = await collect({ source, request: { params: { query: { filters } } }, format: 'array' });
      return JSON.parse(text).map(({ name }: { name: string }) => name);
    };
    expect(await found('_OR')).toStrictEqual(names.slice(2));
    expect(await found(undefined)).toStrictEqual([]);
  });
});

describe('a value satisfies', () => {
  const yes: readonly [value: unknown, condition: object][] = [
    ['RED', { exact: 'red' }],
    ['été', { exact: 'E\u0301TE\u0301' }],
    ['STRASSE', { exact: 'straße' }],
    ['a*b', { exact: 'A*B' }],
    ['10', { exact: '10' }],
    [10, { exact: '10' }],
    [10, { exact: 10 }],
    ['10.0', { exact: 10 }],
    ['1e1', { eq: 10 }],
    ['10.0', { eq: '10', type: '_INTEGER' }],
    [true, { exact: true }],
    ['TRUE', { eq: true }],
    [false, { exact: 'false' }],
    ['2018-07-19T03:00:00-0500', { exact: '2018-07-19T08:00:00Z', type: '_datetime' }],
    ['b', { exacts: ['a', 'B'] }],
    ['b', { exacts: 'b', operator: '_OR' }],
    ['10.0', { exacts: ['9', '1e1'], type: '_DECIMAL' }],
    ['12.50', { exacts: [12.5, 'abc'] }],
    ['ABC', { exacts: [12.5, 'abc'] }],
    ['Polo Shirt', { startswith: 'polo' }],
    ['Polo Shirt', { startswith: ['x', 'polo s'] }],
    ['a-b c', { eq: 'c a' }],
    ["Men's", { contains: "x men's" }],
    ['x', { eq: '*' }],
    ['12', { gt: 2 }],
    ['12', { gt: '2', lt: '12.5' }],
    [9007199254740991, { lte: '9007199254740991' }],
    ['2018-07-19', { gte: '2018-07-19', lt: '2018-07-20' }],
    ['b', { gt: 'A', lt: 'C', type: '_STRING' }],
    ['', { hasvalue: true }],
    ['', { exact: '' }],
    ['_NULL', { exact: '_NULL' }],
    ['_NULL', { eq: '_NULL' }],
    ['_NULL', { exacts: ['x', '_NULL'] }],
    ['_NULL', { hasvalue: false }],
    ['_NULL', { exact: 'null', not: true }],
    ['x', { hasvalue: null }],
    ['x', { hasvalue: 'true' }],
    ['x', { exact: 'y', not: 'true' }],
  ];
  test.each(yes)('%j %j', async (one, condition) => {
    expect(await fits(one, condition)).toBe(true);
  });
});

describe('a value does not satisfy', () => {
  const no: readonly [value: unknown, condition: object][] = [
    ['red ', { exact: 'red' }],
    ['ete', { exact: 'été' }],
    ['aXb', { exact: 'a*b' }],
    ['aXb', { exacts: ['a*b'] }],
    ['aXb', { startswith: 'a*' }],
    ['x10', { exact: 10 }],
    ['true', { exact: 1 }],
    ['10.0', { exact: '10' }],
    ['2018-02-30', { gte: '2018-01-01' }],
    ['2', { gt: '10' }],
    ['x', { lt: 5 }],
    ['20180719', { gte: '2018-07-19' }],
    ['blue', { eq: 'navy blue' }],
    ["Men's", { contains: 'men s' }],
    ['x', { hasvalue: false }],
    ['_NULL', { hasvalue: true }],
    ['_NULL', { contains: 'null' }],
    ['_NULL', { startswith: '_' }],
    ['_NULL', { exact: '_null' }],
    ['_null', { exact: '_NULL' }],
    ['_NULL', { gte: 'A', type: '_STRING' }],
    [null, { hasvalue: true }],
    [{}, { hasvalue: true }],
    [['red'], { exact: 'red' }],
  ];
  test.each(no)('%j %j', async (one, condition) => {
    expect(await fits(one, condition)).toBe(false);
  });
});

describe('several values', () => {
  test('requires one value to satisfy all operators', async () => {
    expect(await keeps(withValues(1, 9), asks({ gt: 2, lt: 8 }))).toBe(false);
    expect(await keeps(withValues(1, 5, 9), asks({ gt: 2, lt: 8 }))).toBe(true);
  });

  test('lets no value match under not', async () => {
    expect(await keeps(withValues('red', 'blue'), asks({ exact: 'red', not: true }))).toBe(false);
    expect(await keeps(withValues('green', 'blue'), asks({ exact: 'red', not: true }))).toBe(true);
    expect(await keeps(withAttributes({}), asks({ exact: 'red', not: true }))).toBe(true);
  });

  test('tests the members of the same value', async () => {
    const values = [value('red'), value('blue', { os: 'defaults', properties: { referenceData: 'color/blue' } })];
    const entity = withAttributes({ a: { values } });
    const of = (exact: string, valueProperties: unknown) => keeps(entity, asks({ exact, valueProperties }));
    expect(await of('blue', [{ os: { exact: 'Defaults' } }])).toBe(true);
    expect(await of('red', [{ os: { exact: 'defaults' } }])).toBe(false);
    expect(await of('red', [{ os: { hasvalue: false } }])).toBe(true);
    expect(await of('blue', [{ referenceData: { startswith: 'color/' } }])).toBe(true);
    expect(await of('blue', [{ _ALL: { exact: 'color/blue' } }])).toBe(true);
  });

  test('prefers a member of a value to its property, and a property of a relationship to its member', async () => {
    const both = { os: 'own', properties: { os: 'inner' } };
    const of = (os: string) => ({ valueProperties: [{ os: { exact: os } }] });
    expect(await keeps(withAttributes({ a: { values: [value('x', both)] } }), asks(of('own')))).toBe(true);
    expect(await keeps(withAttributes({ a: { values: [value('x', both)] } }), asks(of('inner')))).toBe(false);
    const entity = { id: 'e1', data: { relationships: { r: [{ id: 'r1', ...both }] } } };
    const related = (os: string) => ({ relationships: [{ r: { properties: [{ os: { exact: os } }] } }] });
    expect(await keeps(entity, related('inner'))).toBe(true);
    expect(await keeps(entity, related('own'))).toBe(false);
  });

  test('requires all elements of the list, or one with anyAttribute', async () => {
    const entity = withAttributes({ a: { values: [value('red')] }, b: { values: [value('blue')] } });
    const attributes = [{ a: { exact: 'red' } }, { b: { exact: 'green' } }];
    expect(await keeps(entity, { attributes })).toBe(false);
    expect(await keeps(entity, { attributes, anyAttribute: true })).toBe(true);
  });
});

describe('numbers keep their digits', () => {
  const text = (digits: string) => `{"data":{"attributes":{"a":{"values":[{"value":${digits}}]}}}}`;
  test.each([
    ['9007199254740993', { gt: '9007199254740992' }, true],
    ['9007199254740993', { exact: '9007199254740992', type: '_INTEGER' }, false],
    ['1e400', { gt: '9e399' }, true],
    ['1.0', { exact: '1.0' }, true],
    ['1.0', { exact: '1' }, false],
    ['1.0', { exact: 1 }, true],
  ])('%s %j', async (digits, condition, kept) => {
    expect(await keeps(text(digits), asks(condition))).toBe(kept);
  });
});

describe('nested attributes', () => {
  const child = (one: unknown) => ({ values: [value(one)] });
  const rows = (...group: readonly object[]) => withAttributes({ a: { group } });
  const two = rows({ x: child('1'), y: child('2') }, { x: child('3'), y: child('4') });

  test('requires one row to satisfy all conditions on its children', async () => {
    expect(await keeps(two, asks({ attributes: [{ x: { exact: '1' } }, { y: { exact: '2' } }] }))).toBe(true);
    expect(await keeps(two, asks({ attributes: [{ x: { exact: '1' }, y: { exact: '4' } }] }))).toBe(false);
    expect(await keeps(two, asks({ attributes: [{ x: { exact: '5' } }], not: true }))).toBe(true);
  });

  test('does not count the metadata of a row as children', async () => {
    expect(await keeps(rows({ id: child('1') }), asks({ attributes: [{ id: { exact: '1' } }] }))).toBe(false);
  });

  test('does not compare a member of a row with a unit', async () => {
    const row = rows({ value: '10', uom: 'cm' });
    expect(await keeps(row, asks({ exact: '10##cm', isUom: true }))).toBe(false);
    expect(await keeps(row, asks({ exact: '10##cm', isUom: true, not: true }))).toBe(true);
    expect(await keeps(row, asks({ exact: '10' }))).toBe(false);
  });

  test('counts a row as a value, and an explicit null as none', async () => {
    expect(await keeps(two, asks({ hasvalue: true }))).toBe(true);
    expect(await keeps(rows({ value: '_NULL' }), asks({ hasvalue: true }))).toBe(false);
    expect(await keeps(rows({ value: '_NULL' }), asks({ exact: '_NULL' }))).toBe(true);
    expect(await keeps(rows(), asks({ hasvalue: false }))).toBe(true);
  });

  test('searches rows in rows', async () => {
    const deep = rows({ inner: { group: [{ z: child('9') }] } });
    expect(await keeps(deep, asks({ attributes: [{ inner: { attributes: [{ z: { eq: '9' } }] } }] }))).toBe(true);
    expect(await keeps(deep, { attributes: [{ _ALL: { exact: '9' } }] })).toBe(true);
    expect(await keeps(deep, { keywords: '9' })).toBe(true);
  });
});

describe('contexts', () => {
  const inContext = (context: object, one: string) => ({ context, attributes: { a: { values: [value(one)] } } });
  const entity = {
    id: 'e1',
    data: {
      attributes: { a: { values: [value('self')] } },
      contexts: [
        inContext({ country: 'Germany' }, 'german'),
        inContext({ channel: 'Web', country: 'France' }, 'french'),
      ],
    },
  };
  const GERMANY = [{ country: 'Germany' }];
  const FRANCE = [{ country: 'France', channel: 'Web' }];
  const found = async (asked: Pick<Asked, 'contexts' | 'nonContextual'>, own: object = {}) => {
    const seen: string[] = [];
    for (const one of ['self', 'german', 'french']) {
      if (await keeps(entity, { ...asked, ...asks({ exact: one, ...own }) })) seen.push(one);
    }
    return seen;
  };

  test('searches requested contexts beside the data of no context', async () => {
    expect(await found({})).toStrictEqual(['self']);
    expect(await found({ contexts: GERMANY })).toStrictEqual(['self', 'german']);
    expect(await found({ contexts: GERMANY, nonContextual: false })).toStrictEqual(['german']);
    expect(await found({ contexts: 'all' })).toStrictEqual(['self', 'german', 'french']);
    expect(await found({ contexts: [{ country: 'France' }] })).toStrictEqual(['self']);
  });

  test('uses the contexts of a condition instead of those of the request', async () => {
    expect(await found({}, { contexts: FRANCE })).toStrictEqual(['self', 'french']);
    expect(await found({ contexts: 'all' }, { contexts: FRANCE, nonContextual: false })).toStrictEqual(['french']);
    expect(await found({ contexts: 'all' }, { nonContextual: true })).toStrictEqual(['self']);
  });
});

describe('relationships', () => {
  const entity = {
    id: 'e1',
    data: {
      relationships: {
        crosssell: [
          { id: 'r1', relTo: { id: 'p2', type: 'Product' }, os: 'graph', properties: { kind: 'association' } },
          { id: 'r2', relTo: { id: 'p3', type: 'sku' }, attributes: { note: { values: [value('new')] } } },
        ],
      },
    },
  };
  test.each<[object, boolean]>([
    [{ crosssell: {} }, true],
    [{ _ALL: {} }, true],
    [{ images: {} }, false],
    [{ crosssell: { relTo: { id: 'p2', type: 'PRODUCT' } } }, true],
    [{ crosssell: { relTo: { id: 'P2' } } }, false],
    [{ crosssell: { relTo: { id: 'p2', type: 'sku' } } }, false],
    [{ crosssell: { attributes: [{ note: { exact: 'NEW' } }] } }, true],
    [{ crosssell: { attributes: [{ note: { exact: 'new' } }], relTo: { id: 'p2' } } }, false],
    [{ crosssell: { properties: [{ os: { exact: 'graph' } }, { kind: { eq: 'association' } }] } }, true],
    [{ crosssell: { properties: [{ os: { exact: 'graph' } }], relTo: { id: 'p3' } } }, false],
  ])('%j', async (element, kept) => {
    expect(await keeps(entity, { relationships: [element] })).toBe(kept);
  });
});

describe('keywords', () => {
  const entity = {
    id: 'e1',
    name: 'Polo Shirt',
    properties: { createdBy: 'ann@x_user' },
    data: { attributes: { a: { values: [value('navy blue'), value('_NULL')] } } },
  };
  test.each([
    ['polo ann navy', undefined, true],
    ['polo green', undefined, false],
    ['polo green', '_or', true],
    ['"shirt polo"', '_OR', false],
    ['NAVY BLUE', '_EXACT', true],
    ['navy', '_EXACT', false],
    ['null', '_OR', false],
    ['p*o', '_AND', true],
    ['e1 internal', '_OR', false],
  ])('%j %s', async (keywords, operator, kept) => {
    expect(await keeps(entity, { keywords: { keywords, ...(operator ? { operator } : {}) } })).toBe(kept);
  });
});

describe('text with traps', () => {
  test('uses the last of equal keys, whatever its value', async () => {
    const red = '{"attributes":{"a":{"values":[{"value":"red"}]}}}';
    const blue = red.replace('red', 'blue');
    expect(await keeps(`{"data":${red},"data":${blue}}`, asks({ exact: 'red' }))).toBe(false);
    expect(await keeps(`{"data":${blue},"d\\u0061ta":${red}}`, asks({ exact: 'red' }))).toBe(true);
    for (const last of ['7', '{}', '{"x":1}', '{"attributes":{"b":1}}', '{"attributes":[]}']) {
      expect(await keeps(`{"data":${red},"data":${last}}`, asks({ exact: 'red' }))).toBe(false);
    }
  });

  test('decodes escapes in names and values', async () => {
    const text = '{"data":{"attributes":{"\\u0061":{"values":[{"v\\u0061lue":"r\\u0065d"}]}}}}';
    expect(await keeps(text, asks({ exact: 'red' }))).toBe(true);
  });

  test('uses the toJSON method of a value', async () => {
    const date = new Date('2018-07-19T08:00:00Z');
    expect(await fits(date, { gte: '2018-07-19' })).toBe(true);
    expect(parseDateTime(JSON.parse(JSON.stringify(date)))).toBe(date.getTime());
  });
});

describe('trusted text that is faulty', () => {
  test.each([
    '{"id":"e1","data":{"attributes":{"a":{"values":[{"value":tru}]}}}}',
    '{"id":"e1","data":{"attributes":{"a":[1}]}}}',
    '{"id":"e1","data":{"attributes":{"a" {"values":[]}}}}',
  ])('end the run with an error, not the process: %s', async (line) => {
    const source = bytes([`${line}\n`]);
    const { error } = await collect({
      source,
      request: { criteria: asks({ exact: 'x' }) },
      trust: true,
      input: 'lines',
    });
    expect(error).toMatchObject({ code: 'INVALID_JSON' });
  });
});

test('a limit counts the entities that criteria keep', async () => {
  const source = objects(['red', 'blue', 'red', 'red', 'red'].map((one) => withValues(one)));
  const request = { criteria: asks({ exact: 'red' }), maxRecords: 2 };
  const { receipt } = await collect({ source, request });
  expect(receipt).toMatchObject({ read: 3, written: 2, filtered: 1, stoppedBy: 'limit' });
});

test('accepts ten thousand operands', async () => {
  const exacts = Array.from({ length: 10_000 }, (_, index) => `Value ${index}`);
  expect(await fits('VALUE 9999', { exacts })).toBe(true);
  expect(await fits('value 10000', { exacts })).toBe(false);
});

test('refuses objects nested in themselves', async () => {
  const row: Record<string, unknown> = {};
  row.again = { group: [row] };
  const { error } = await collect({
    source: objects([withAttributes({ a: { group: [row] } })]),
    request: { criteria: { keywords: 'x' } },
  });
  expect(error).toMatchObject({ code: 'UNSERIALIZABLE', recordIndex: 0 });
});

test('says which record is nested too deeply for a condition', async () => {
  const deep = `{"a":${'['.repeat(3000)}${']'.repeat(3000)}}`;
  const request = { criteria: { fields: { a: { exact: 1 } } } };
  const found = await collect({ source: bytes(['{"a":1}\n', deep]), request, maxDepth: 10_000, format: 'ndjson' });
  expect(found.error).toMatchObject({ code: 'TOO_DEEP', stage: 'select', source: 'the input', recordIndex: 1 });
  expect(found.error?.message).toContain('(record 1)');
  const ofObjects = await collect({ source: objects([{ a: 1 }, JSON.parse(deep)]), request, format: 'ndjson' });
  expect(ofObjects.error).toMatchObject({ code: 'TOO_DEEP', recordIndex: 1 });
});
