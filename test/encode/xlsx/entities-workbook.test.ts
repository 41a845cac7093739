/** Workbooks in the platform's layout: each cell at its place. */
import { expect, test } from 'vitest';
import type { ExportOptions } from '../../../src/export/export-options.js';
import { exportEntities } from '../../../src/export/run-export.js';
import { objects } from '../../../src/sources/objects.js';
import type { Receipt } from '../../../src/terms/receipt.js';
import { rowsOf, sheetsOf } from '../../naive/workbook.js';

const value = (text: unknown, locale = 'en-US', others: object = {}) => ({ value: text, locale, ...others });

const TABLE = {
  ...{ id: 'p1', type: 'product', name: 'Oak table', action: 'delete' },
  properties: { createdBy: 'ada_user', createdDate: '2018-07-12T08:08:23.844-0500', rowNo: 7 },
  data: {
    attributes: {
      displayname: { values: [value('Oak table'), value('Eichentisch', 'de-DE')] },
      length: { values: [value(120.5, 'en-US', { uom: 'cm' })] },
      colors: { values: [value('Oak'), value('Walnut')] },
      ean: { values: [value('0400638133393')] },
      active: { values: [value(true)] },
      JxNested: {
        group: [
          { ChildDecimal1: { values: [value(1.25)] }, ChildText: { values: [value('a'), value('A', 'de-DE')] } },
          { ChildDecimal1: { values: [value(2.5)] } },
        ],
      },
      serial: { values: [value(12345678901234567890n.toString())] },
    },
    relationships: {
      hasimages: [
        {
          id: 'hasimages_i1',
          relTo: {
            id: 'i1',
            type: 'image',
            data: { attributes: { property_originalfilename: { values: [value('oak.jpg')] } } },
          },
          attributes: { usage: { values: [value('primary')] } },
        },
        { id: 'hasimages_i2', action: 'delete', relTo: { id: 'i2', type: 'image', name: 'Side' } },
      ],
    },
    contexts: [
      {
        context: { Country: 'Germany' },
        attributes: {
          price: { values: [value(199.9, 'en-US', { uom: 'EUR' })] },
          sizes: { values: [value(1, 'en-US', { uom: 'm' }), value(2, 'en-US', { uom: 'cm' })] },
        },
      },
    ],
  },
};
const LAMP = {
  id: 'p2',
  type: 'product',
  data: { attributes: { color: { values: [value('_NULL')] }, displayname: { values: [value('Lamp')] } } },
};

async function exported(
  entities: readonly object[],
  options: Partial<ExportOptions> = {},
): Promise<{ readonly file: Buffer; readonly receipt: Receipt }> {
  const stream = exportEntities({ source: objects(entities), format: 'xlsx', dsv: { layout: 'entities' }, ...options });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { file: Buffer.concat(chunks), receipt: await stream.receipt };
}

test('a workbook has the sheets of the template, relationships only if there are some', async () => {
  expect([...(await sheetsOf((await exported([TABLE, LAMP])).file)).keys()]).toEqual([
    'Help',
    'Entities',
    'Relationships',
    'Model',
  ]);
  expect([...(await sheetsOf((await exported([LAMP])).file)).keys()]).toEqual(['Help', 'Entities', 'Model']);
});

test('the first sheet says which template it is, and what is between values', async () => {
  const rows = await rowsOf((await exported([LAMP])).file, 'Help');
  expect(rows.slice(3, 8).map(([name, text]) => [name, text])).toEqual([
    ['TEMPLATE NAME', 'RS EXCEL'],
    ['TEMPLATE VERSION', 'V0.14'],
    ['MULTI VALUES DELIMITER', '||'],
    ['CONTEXT PATH DELIMITER', '>>'],
    ['LEGENDS', 'GROUP OF COLUMNS'],
  ]);
});

test('entities have titles of groups, names of columns, and rows for contexts and nested attributes', async () => {
  const rows = await rowsOf((await exported([TABLE, LAMP])).file, 'Entities');
  const none = (count: number) => Array.from({ length: count }, () => null);
  expect(rows).toEqual([
    ['System Attributes', ...none(4), 'Attributes'],
    [
      ...[
        'Action',
        'Type',
        'Country',
        'ID',
        'Name',
        'displayname//en-US',
        'displayname//de-DE',
        'length',
        'length.UOM',
      ],
      ...['colors', 'ean', 'active', 'serial', 'JxNested.SeqId', 'JxNested.ChildDecimal1', 'JxNested.ChildText//en-US'],
      ...['JxNested.ChildText//de-DE', 'price', 'price.UOM', 'sizes', 'sizes.UOM', 'color'],
    ],
    [
      ...['DELETE', 'product', null, 'p1', 'Oak table', 'Oak table', 'Eichentisch', 120.5, 'cm', 'Oak||Walnut'],
      ...['0400638133393', 'true', '12345678901234567890'],
    ],
    [...none(3), 'p1', 'Oak table', ...none(8), '0', 1.25, 'a', 'A'],
    [...none(3), 'p1', 'Oak table', ...none(8), '1', 2.5],
    [...none(2), 'Germany', 'p1', 'Oak table', ...none(12), 199.9, 'EUR', '1||2', 'm||cm'],
    [null, 'product', null, 'p2', '_EMPTY', 'Lamp', ...none(15), '[NULL]'],
  ]);
});

test('relationships have a row each, with what is told of the related entity', async () => {
  expect(await rowsOf((await exported([TABLE])).file, 'Relationships')).toEqual([
    [
      'System Attributes',
      ...Array.from({ length: 6 }, () => null),
      'RelTo Attribute(s)',
      null,
      'Relationship Attributes',
    ],
    [
      ...['Action', 'Type', 'ID', 'Name', 'Relationship Id', 'Related to ID', 'Related to Name'],
      ...['Related to Type', 'property_originalfilename', 'usage'],
    ],
    [null, 'product@@hasimages', 'p1', 'Oak table', 'hasimages_i1', 'i1', null, 'image', 'oak.jpg', 'primary'],
    ['DELETE', 'product@@hasimages', 'p1', 'Oak table', 'hasimages_i2', 'i2', 'Side', 'image'],
  ]);
});

test('the hidden sheet names the columns with several values', async () => {
  expect(await rowsOf((await exported([TABLE])).file, 'Model')).toEqual([
    ['Sheet Name', 'Data', null, 'Attribute Name', 'isCollection'],
    ['Entities', 'Data', null, 'colors', 'true'],
    [null, null, null, 'sizes', 'true'],
  ]);
});

test('properties have columns where the request lists them', async () => {
  const request = { fields: { attributes: ['ean'], properties: ['modifiedDate', 'createdBy', 'rowNo'] } };
  const rows = await rowsOf((await exported([TABLE], { request })).file, 'Entities');
  expect(rows.slice(0, 3)).toEqual([
    ['System Attributes', null, null, null, 'System Properties', null, null, 'Attributes'],
    ['Action', 'Type', 'ID', 'Name', 'Property-Modified Date', 'Property-Created User', 'Property-rowNo', 'ean'],
    ['DELETE', 'product', 'p1', 'Oak table', null, 'ada_user', 7, '0400638133393'],
  ]);
});

test('requested attributes come first, with or without values', async () => {
  const request = { fields: { attributes: ['missing', 'ean', 'displayname'] } };
  const rows = await rowsOf((await exported([LAMP], { request })).file, 'Entities');
  expect(rows.slice(1)).toEqual([
    ['Action', 'Type', 'ID', 'Name', 'missing', 'ean', 'displayname'],
    [null, 'product', 'p2', '_EMPTY', null, null, 'Lamp'],
  ]);
});

test('in the envelope the workbook itself is the blob, with the names of its kind', async () => {
  const { file } = await exported([TABLE], { pack: 'envelope', id: 'job' });
  const { binaryObjects, status, totalRecords } = JSON.parse(file.toString()).response;
  expect(binaryObjects[0]).toMatchObject({
    type: 'excelObject',
    properties: { fileName: 'job_out.xlsx', version: '0.14', extension: 'xlsx' },
  });
  expect({ status, totalRecords }).toEqual({ status: 'success', totalRecords: 1 });
  const blob = Buffer.from(binaryObjects[0].data.blob, 'base64');
  // A local header: deflated, with a data descriptor after the content, and a name in UTF-8.
  expect(blob.subarray(0, 10).toString('hex')).toBe('504b0304140008080800');
  expect(blob.toString('latin1', 30, 41)).toBe('_rels/.rels');
  const next = blob.indexOf('PK\x03\x04', 4, 'latin1');
  expect(blob.toString('latin1', next + 30, next + 49)).toBe('[Content_Types].xml');
  expect(blob.equals((await exported([TABLE], { id: 'job' })).file)).toBe(true);
});

test('several workbooks are stored in one zip', async () => {
  const { file, receipt } = await exported([TABLE, LAMP], { pack: 'zip', batchSize: 1, id: 'job' });
  expect(receipt.files).toMatchObject([
    { name: 'job_1_out.xlsx', records: 1 },
    { name: 'job_2_out.xlsx', records: 1 },
  ]);
  expect(file.readUInt16LE(8)).toBe(0);
});
