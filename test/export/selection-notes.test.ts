/** Notes about selections that cannot match: the same for text and objects, and after a crash. */
import { describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import type { Note } from '../../src/terms/receipt.js';

type Asked = Omit<ExportOptions, 'source'>;

/** The notes of an export of lines, which must equal those of the same entities in an array and as objects. */
async function notes(entities: readonly object[], options: Asked): Promise<readonly Note[]> {
  const sources = [
    bytes([Buffer.from(entities.map((entity) => `${JSON.stringify(entity)}\n`).join(''))]),
    bytes([Buffer.from(JSON.stringify(entities, undefined, 1))]),
    objects(entities),
  ];
  const told: (readonly Note[])[] = [];
  for (const source of sources) {
    const stream = exportEntities({ ...options, source });
    stream.resume();
    told.push((await stream.receipt).notes);
  }
  expect(told[1]).toStrictEqual(told[0]);
  expect(told[2]).toStrictEqual(told[0]);
  return told[0];
}

const PRODUCTS = Array.from({ length: 2000 }, (_, index) => ({
  id: `p${index}`,
  type: 'product',
  name: `n${index % 9}`,
}));

describe('ids', () => {
  test('that were not found are counted, and some are named', async () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `p${index}`);
    const [note, ...others] = await notes(PRODUCTS, { request: { ids } });
    expect(others).toStrictEqual([]);
    expect(note).toMatchObject({ code: 'IDS_NOT_FOUND', counts: { entities: 2000, wanted: 10_000, notFound: 8000 } });
    expect(note.text).toMatch(/^8,000 of the 10,000 ids .* not found, among them "p2000", "p2001"/);
  });

  test('that were all found make no note, whether reading ends with the last or not', async () => {
    expect(await notes(PRODUCTS, { request: { ids: ['p7', 'p1999'] } })).toStrictEqual([]);
    expect(await notes(PRODUCTS, { request: { ids: ['p7', 'p1999'] }, uniqueIds: false })).toStrictEqual([]);
  });

  test('are noted when the member is an object, as MongoDB writes it', async () => {
    const entities = Array.from({ length: 300 }, (_, index) => ({ _id: { $oid: `${index}` } }));
    expect(await notes(entities, { request: { ids: ['7'] }, idField: '_id' })).toMatchObject([
      { code: 'MEMBER_NOT_TEXT', text: expect.stringContaining('"_id"'), counts: { entities: 300, otherKind: 300 } },
    ]);
  });

  test('are noted when no entity has the member', async () => {
    expect(await notes(PRODUCTS, { request: { ids: ['p1'] }, idField: 'sku' })).toMatchObject([
      { code: 'MEMBER_MISSING', text: expect.stringContaining('"sku"'), counts: { absent: 2000, notFound: 1 } },
    ]);
  });

  test('are not found in an empty input', async () => {
    expect(await notes([], { request: { ids: ['p1'] } })).toMatchObject([
      { code: 'IDS_NOT_FOUND', counts: { entities: 0 } },
    ]);
  });
});

describe('types', () => {
  test('that no entity has are named', async () => {
    const [note] = await notes(PRODUCTS, { request: { types: ['Product', 'SKU', 'item'] } });
    expect(note).toMatchObject({ code: 'TYPES_NOT_FOUND', counts: { wanted: 3, notFound: 2 } });
    expect(note.text).toContain('"sku", "item"');
  });

  test('are noted when the name of their member is misspelt', async () => {
    const asked = { request: { types: ['product'] }, typeField: 'tpye' };
    expect(await notes(PRODUCTS, asked)).toMatchObject([{ code: 'MEMBER_MISSING', counts: { entities: 2000 } }]);
  });

  test('are not noted as misspelt when one entity has the member', async () => {
    const entities = [...PRODUCTS, { id: 'x', tpye: 'sku' }];
    expect(await notes(entities, { request: { types: ['product'] }, typeField: 'tpye' })).toMatchObject([
      { code: 'TYPES_NOT_FOUND', counts: { entities: 2001 } },
    ]);
  });

  test('that are numbers match by their digits, without a note', async () => {
    const entities = [
      { id: 1, type: 404 },
      { id: 2, type: '404' },
    ];
    expect(await notes(entities, { request: { types: ['404'] } })).toStrictEqual([]);
  });
});

test('a name that no entity has is noted', async () => {
  expect(await notes(PRODUCTS, { request: { name: 'n10' } })).toMatchObject([{ code: 'NAME_NOT_FOUND' }]);
  expect(await notes(PRODUCTS, { request: { name: 'n8' } })).toStrictEqual([]);
});

test('makes no note about missing entities when reading stopped at a limit', async () => {
  expect(await notes(PRODUCTS, { request: { types: ['product', 'sku'], maxRecords: 5 } })).toStrictEqual([]);
  expect(await notes(PRODUCTS, { request: { types: ['sku'], maxRecords: 0 } })).toStrictEqual([]);
});

describe('fields', () => {
  const flat = [
    { id: '1', color: 'red' },
    { id: '2', data: { attributes: {}, contexts: [] } },
  ];
  const full = [...flat, { id: '3', data: { attributes: { color: { values: [{ value: 'red' }] } } } }];
  test.each([['color'], ['color', 'size'], 'all'])(
    'attributes %j over entities that have none',
    async (...attributes) => {
      const fields = { attributes: attributes.flat().includes('all') ? 'all' : attributes.flat() };
      expect(await notes(flat, { request: { fields } })).toMatchObject([
        { code: 'FIELDS_NOT_FOUND', text: expect.stringContaining('data.attributes'), counts: { written: 2 } },
      ]);
      expect(await notes(full, { request: { fields } })).toStrictEqual([]);
    },
  );

  test('relationships and properties that are listed', async () => {
    const fields = { relationships: ['child'], properties: ['createdBy'] };
    const told = await notes(full, { request: { fields } });
    expect(told.map(({ code }) => code)).toStrictEqual(['FIELDS_NOT_FOUND', 'FIELDS_NOT_FOUND']);
    const related = { id: '4', properties: { createdBy: 'x' }, data: { relationships: { child: [{ id: 'r' }] } } };
    expect(await notes([...full, related], { request: { fields } })).toStrictEqual([]);
  });

  test('do not match inside a text', async () => {
    const entities = [{ id: '"attributes":{"a":1}', type: 'attributes', name: '"attributes":{' }];
    expect(await notes(entities, { request: { fields: { attributes: ['a'] } } })).toHaveLength(1);
  });

  test('members without a column in a table', async () => {
    const entities = [
      { id: '1', city: 'Ulm', zip: 7, data: {} },
      { id: '2', properties: {}, country: 'DE' },
    ];
    const table = { format: 'dsv', dsv: { layout: 'entities' } } as const;
    expect(await notes(entities, table)).toMatchObject([
      {
        code: 'MEMBERS_WITHOUT_COLUMN',
        text: expect.stringContaining('"city", "zip", "country"'),
        counts: { members: 3 },
      },
    ]);
    expect(await notes([full[2]], table)).toStrictEqual([]);
  });
});

describe('contexts', () => {
  const entity = (country: string) => ({
    id: country,
    data: {
      attributes: { color: { values: [{ value: 'red' }] } },
      contexts: [{ context: { country }, attributes: { color: { values: [{ value: 'blue' }] } } }],
    },
  });
  const entities = [entity('Germany'), entity('France')];
  const contexts = [{ country: 'France' }, { country: 'Frnace' }];
  test('that no entity has, with projected parts', async () => {
    const fields = { attributes: ['color'] };
    expect(await notes(entities, { request: { contexts, fields } })).toMatchObject([
      {
        code: 'CONTEXTS_NOT_FOUND',
        text: expect.stringContaining('"country": "Frnace"'),
        counts: { wanted: 2, notFound: 1 },
      },
    ]);
    expect(await notes(entities, { request: { contexts: contexts.slice(0, 1), fields } })).toStrictEqual([]);
  });

  test('that no entity has, when criteria leave none', async () => {
    const criteria = { attributes: [{ color: { exact: 'green' } }] };
    expect(await notes(entities, { request: { contexts, criteria } })).toMatchObject([
      { code: 'CONTEXTS_NOT_FOUND' },
      { code: 'CRITERIA_NOT_MET', counts: { entities: 2 } },
    ]);
  });
});

describe('criteria', () => {
  const criteria = { properties: [{ modifiedDate: { gt: '2026-01-01T00:00:00.000Z' } }] };
  const dated = (modifiedDate: string) => ({ ...PRODUCTS[0], properties: { modifiedDate } });

  test('that no entity meets are noted', async () => {
    expect(await notes(PRODUCTS, { request: { criteria } })).toStrictEqual([
      {
        code: 'CRITERIA_NOT_MET',
        text: 'none of the 2,000 entities that were tested satisfies the criteria',
        counts: { entities: 2000 },
      },
    ]);
  });

  test('that one entity meets make no note', async () => {
    expect(await notes([...PRODUCTS, dated('2026-02-01T00:00:00.000Z')], { request: { criteria } })).toStrictEqual([]);
  });

  test('that no entity reaches make no note', async () => {
    expect(await notes([], { request: { criteria } })).toStrictEqual([]);
    expect(await notes(PRODUCTS, { request: { criteria, types: ['customer'] } })).toMatchObject([
      { code: 'TYPES_NOT_FOUND', counts: { entities: 2000 } },
    ]);
  });
});

test('a filter that no entity reaches makes no note', async () => {
  const request = { ids: ['x'], types: ['customer'], name: 'n1' };
  expect(await notes(PRODUCTS, { request })).toMatchObject([{ code: 'IDS_NOT_FOUND' }]);
});

test('a selection that matches makes no note', async () => {
  const request = { ids: ['p1', 'p2'], types: ['product'], name: 'n1' };
  expect(await notes(PRODUCTS, { request })).toStrictEqual([]);
});
