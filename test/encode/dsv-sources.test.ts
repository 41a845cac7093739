/** Rows of relationships that repeat attributes of the entity that they are from. */
import { expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { objects } from '../../src/sources/objects.js';

const value = (text: string, locale = 'en-US') => ({ value: text, source: 'internal', locale });

const ENTITIES = [
  {
    ...{ id: 'p1', type: 'product', name: 'One' },
    data: {
      attributes: { sku: { values: [value('S1'), value('S2')] }, title: { values: [value('Eins', 'de-DE')] } },
      relationships: { parts: [{ id: 'r1', relTo: { id: 'p2', type: 'part' } }] },
    },
  },
  { id: 'p2', type: 'part', data: { attributes: { sku: { values: [value('S3')] }, gtin: { values: [value('9')] } } } },
];

async function table(dsv: object): Promise<readonly string[]> {
  const text = (await exportEntities({ source: objects(ENTITIES), format: 'dsv', dsv }).toBuffer()).toString();
  return text.slice(text.indexOf('Relationships')).split('\r\n').slice(1, -1);
}

test('a column exists for each attribute that an entity with relationships has in the main locale', async () => {
  expect(await table({ sourceAttributes: ['sku', 'gtin', 'title'] })).toStrictEqual([
    'Action,Type,ID,Name,Relationship Id,Related to Type,Related to ID,Related to Name,FROM_ENTITY_sku',
    ',product@@parts,p1,One,r1,part,p2,,S1||S2',
  ]);
});

test('headers begin as the settings say', async () => {
  const [header] = await table({ sourceAttributes: ['sku'], sourcePrefix: 'OF ', collectionSeparator: '+' });
  expect(header).toMatch(/,OF sku$/);
});

test('without attributes there are no such columns', async () => {
  expect(await table({ layout: 'entities' })).toStrictEqual([
    'Action,Type,ID,Name,Relationship Id,Related to Type,Related to ID,Related to Name',
    ',product@@parts,p1,One,r1,part,p2,',
  ]);
});
