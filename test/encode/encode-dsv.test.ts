/** Tables hold the values of the entities, as another parser reads them. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeDsvStage } from '../../src/encode/encode-dsv.js';
import { newRun } from '../../src/export/create-run.js';
import type { ExportOptions } from '../../src/export/export-options.js';
import { planExport } from '../../src/export/plan-export.js';
import { exportEntities } from '../../src/export/run-export.js';
import { checkStage } from '../../src/select/check.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { readBatches } from '../../src/sources/read-batches.js';
import { temporarySpool } from '../../src/temporary-files/temporary-spool.js';
import type { Receipt } from '../../src/terms/receipt.js';
import { type Entity, entities, jsonOf, type NaiveRow, naiveTables } from '../naive/dsv.js';
import { unzip } from '../pack/unzip.js';
import { runs } from '../runs.js';

async function exported(options: ExportOptions): Promise<{ readonly text: string; readonly receipt: Receipt }> {
  const stream = exportEntities({ format: 'dsv', ...options, dsv: { layout: 'entities', ...options.dsv } });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString(), receipt: await stream.receipt };
}

/** The files of the zip, by name. */
async function zipped(options: ExportOptions): Promise<ReadonlyMap<string, string>> {
  const chunks: Buffer[] = [];
  const dsv = { layout: 'entities', ...options.dsv } as const;
  const stream = exportEntities({ id: 'j', format: 'dsv', pack: 'zip', ...options, dsv });
  for await (const chunk of stream) chunks.push(chunk);
  const entries = await unzip(Buffer.concat(chunks));
  return new Map(entries.map(({ entry, content }) => [entry.fileName, content.toString()]));
}

const table = async (source: unknown[], options: Omit<ExportOptions, 'source'> = {}) =>
  exported({ source: bytes(source.map((entity) => `${JSON.stringify(entity)}\n`)), ...options });

function cellsOf(text: string, delimiter = ',', quote = '"'): readonly (readonly string[])[] {
  return parse(text, {
    ...{ delimiter, quote, escape: quote, record_delimiter: '\r\n' },
    ...{ relax_column_count: true, skip_empty_lines: false },
  });
}

/** The rows of a part of a table under their headers, without empty cells. */
function rowsUnder(headers: readonly string[], rows: readonly (readonly string[])[]): readonly NaiveRow[] {
  expect(headers).not.toContain('');
  expect(new Set(headers).size).toBe(headers.length);
  return rows.map((cells) => {
    expect(cells).toHaveLength(headers.length);
    return Object.fromEntries(headers.map((header, at) => [header, cells[at]]).filter(([, cell]) => cell !== ''));
  });
}

function tablesOf(
  cells: readonly (readonly string[])[],
  separator = 'Relationships',
): { readonly entities: readonly NaiveRow[]; readonly relationships: readonly NaiveRow[] } {
  const at = cells.findIndex((row) => row.length === 1 && row[0] === separator);
  const [headers, ...rows] = at < 0 ? cells : cells.slice(0, at);
  if (at < 0) return { entities: rowsUnder(headers, rows), relationships: [] };
  const [relationshipHeaders, ...relationshipRows] = cells.slice(at + 1);
  return { entities: rowsUnder(headers, rows), relationships: rowsUnder(relationshipHeaders, relationshipRows) };
}

const settings = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|', '😀'),
  quote: fc.constantFrom('"', "'"),
  guardFormulas: fc.boolean(),
  collectionSeparator: fc.constantFrom('||', ',', ' '),
});
const locale = fc.constantFrom('en-US', 'de-DE');

describe('any entities', () => {
  test('are read back by value, from text cut anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        entities,
        settings,
        locale,
        fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 20, max: 3000 })),
        async (all, dsv, usual, size) => {
          const text = all.map((entity) => `${jsonOf(entity)}\n`).join('');
          const request = { valueContexts: [{ locale: usual }, { source: 'internal' }] };
          const { text: out, receipt } = await exported({ source: bytes(cut(text, size)), dsv, request });
          const rules = { locale: usual, separator: dsv.collectionSeparator, guard: dsv.guardFormulas };
          expect(tablesOf(cellsOf(out, dsv.delimiter, dsv.quote))).toEqual(naiveTables(all, rules));
          expect(receipt).toMatchObject({ read: all.length, written: all.length });
          expect(receipt.output.bytes).toBe(Buffer.byteLength(out));
        },
      ),
      runs(60),
    );
  });

  test('make the same table as objects', async () => {
    await fc.assert(
      fc.asyncProperty(entities, async (all) => {
        const parsed = all.map((entity: Entity) => JSON.parse(jsonOf(entity)));
        // The numbers of JavaScript, as JSON writes them.
        const text = parsed.map((entity) => `${JSON.stringify(entity)}\n`).join('');
        const { text: ofObjects } = await exported({ source: objects(parsed) });
        expect(ofObjects).toBe((await exported({ source: bytes(text) })).text);
      }),
      runs(40),
    );
  });

  test('make one table per file, each with all columns and the relationships of its entities', async () => {
    await fc.assert(
      fc.asyncProperty(entities, fc.integer({ min: 1, max: 3 }), async (all, batchSize) => {
        const text = all.map((entity) => `${jsonOf(entity)}\n`).join('');
        const { text: whole } = await exported({ source: bytes(text) });
        const files = await zipped({ source: bytes(text), batchSize });
        const [headers] = cellsOf(whole);
        const rules = { locale: 'en-US', separator: '||', guard: true };
        expect(files.size).toBe(Math.max(1, Math.ceil(all.length / batchSize)));
        [...files.values()].forEach((file, index) => {
          const those = all.slice(index * batchSize, (index + 1) * batchSize);
          expect(tablesOf(cellsOf(file))).toEqual(naiveTables(those, rules));
          expect(cellsOf(file)[0]).toEqual(headers);
        });
      }),
      runs(25),
    );
  });
});

function cut(text: string, size: number): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
}

const values = (...all: unknown[]) => ({
  values: all.map((value) => ({ value, source: 'internal', locale: 'en-US' })),
});

const SHIRT = {
  id: 'e3',
  name: 'Shirt L',
  type: 'sku',
  properties: { createdBy: 'u@x_user' },
  data: {
    attributes: {
      color: {
        values: [
          { value: 'Red', locale: 'en-US' },
          { value: 'Rot', locale: 'de-DE' },
          { value: 'Blue', locale: 'en-US' },
        ],
      },
      size: { values: [{ value: 10, uom: 'cm' }] },
      vendors: {
        group: [
          {
            id: 'r1',
            source: 'internal',
            vendorid: values('N1'),
            sites: { group: [{ city: values('Bonn') }, { city: values('Ulm') }] },
          },
          { vendorid: values('N2') },
        ],
      },
    },
    relationships: {
      crosssell: [
        {
          id: 'crosssell_p2',
          relTo: { id: 'p2', type: 'product', name: 'Hat' },
          properties: { relationshipType: 'association' },
          attributes: { linkdescription: values('goes with') },
        },
        { id: 'crosssell_p3', relTo: { id: 'p3', type: 'product' } },
      ],
    },
    contexts: [
      {
        context: { country: 'Germany', channel: 'Web' },
        attributes: { vat: values(19, true), color: values('Black') },
      },
      { context: { country: 'France' }, relationships: { upsell: [{ id: 'u1', relTo: { id: 'p4', type: 'sku' } }] } },
    ],
  },
};

describe('the layout', () => {
  test('has a line per entity, context and nested row, then the relationships under their own header', async () => {
    const { text } = await table([SHIRT, { id: 'e4', action: 'delete' }]);
    expect(text.split('\r\n')).toEqual([
      'Action,Type,ID,Name,country,channel,color,color//de-DE,size,size.UOM,vendors.SeqId,vendors.vendorid,' +
        'vendors.sites.SeqId,vendors.sites.city,vat',
      ',sku,e3,Shirt L,,,Red||Blue,Rot,10,cm,,,,,',
      ',sku,e3,Shirt L,,,,,,,0,N1,,,',
      ',sku,e3,Shirt L,,,,,,,0,,0,Bonn,',
      ',sku,e3,Shirt L,,,,,,,0,,1,Ulm,',
      ',sku,e3,Shirt L,,,,,,,1,N2,,,',
      ',sku,e3,Shirt L,Germany,Web,Black,,,,,,,,19||true',
      ',sku,e3,Shirt L,France,,,,,,,,,,',
      'delete,,e4,,,,,,,,,,,,',
      'Relationships',
      'Action,Type,ID,Name,country,Relationship Id,Related to Type,Related to ID,Related to Name,linkdescription',
      ',sku@@crosssell,e3,Shirt L,,crosssell_p2,product,p2,Hat,goes with',
      ',sku@@crosssell,e3,Shirt L,,crosssell_p3,product,p3,,',
      ',sku@@upsell,e3,Shirt L,France,u1,sku,p4,,',
      '',
    ]);
  });

  test('follows the settings', async () => {
    const dsv = { delimiter: ';', quote: "'", startLine: 2, relationshipSeparator: '--', collectionSeparator: ' + ' };
    const { text } = await table([SHIRT, { id: "it's; so" }], { dsv });
    const lines = text.split('\r\n');
    expect(lines.slice(0, 2)).toEqual(['', '']);
    expect(lines[2]).toMatch(/^Action;Type;ID;Name;country;/);
    expect(lines[3]).toMatch(/;Red \+ Blue;Rot;/);
    expect(lines).toContain('--');
    expect(lines.find((line) => line.includes("it'"))).toMatch(/^;;'it''s; so';/);
  });

  test('has columns in the requested order, with or without values', async () => {
    const request = { fields: { attributes: ['size', 'missing', 'color'] } };
    const { text } = await table([SHIRT], { request });
    expect(cellsOf(text)).toEqual([
      ['Action', 'Type', 'ID', 'Name', 'size', 'size.UOM', 'missing', 'color', 'color//de-DE'],
      ['', 'sku', 'e3', 'Shirt L', '10', 'cm', '', 'Red||Blue', 'Rot'],
    ]);
  });

  test('is only the header with the requested columns when there are no entities', async () => {
    expect((await table([])).text).toBe('Action,Type,ID,Name\r\n');
    const request = { types: ['none'], fields: { attributes: ['color'] } };
    expect((await table([SHIRT], { request })).text).toBe('Action,Type,ID,Name,color\r\n');
  });

  test('has no attributes when there are only relationships', async () => {
    const { text } = await table([SHIRT], { request: { fields: { relationships: ['crosssell'] } } });
    expect(cellsOf(text)[0]).toEqual(['Action', 'Type', 'ID', 'Name']);
    expect(tablesOf(cellsOf(text)).relationships).toHaveLength(2);
  });

  test('gives unique headers to columns of equal names, and a name to those without', async () => {
    const attributes = {
      'a.b': values(1),
      a: { group: [{ b: values(2) }] },
      Name: values(3),
      '': values(4),
      'a.b (2)': values(5),
    };
    const { text } = await table([{ id: 'x', data: { attributes } }]);
    const [headers, first] = cellsOf(text);
    expect(new Set(headers).size).toBe(headers.length);
    expect(first[headers.indexOf('Name (2)')]).toBe('3');
    expect(first[headers.indexOf('(no name)')]).toBe('4');
    expect(first[headers.indexOf('a.b')]).toBe('1');
    expect(first[headers.indexOf('a.b (2)')]).toBe('5');
    expect(headers).toContain('a.b (3)');
    const guarded = await table([{ id: 'x', data: { attributes: { '=a': values(1), "'=a": values(2) } } }]);
    expect(cellsOf(guarded.text)[0].slice(4)).toEqual(["'=a", "''=a"]);
  });

  test('reads id and type from other members', async () => {
    const { text } = await table([{ sku: 7, kind: 'k' }], { idField: 'sku', typeField: 'kind' });
    expect(cellsOf(text)[1]).toEqual(['', 'k', '7', '']);
  });

  test('reads id and type from inside members, of objects too, and tells what else is there', async () => {
    const entity = { _id: { $oid: '65f0' }, meta: { tags: ['k'], n: 1 } };
    const layout = { layout: 'entities' } as const;
    const options = { idField: '_id.$oid', typeField: 'meta.tags.0', dsv: layout };
    for (const source of [bytes(JSON.stringify(entity)), objects([entity])]) {
      const { text, receipt } = await exported({ source, input: 'lines', ...options });
      expect(cellsOf(text)[1]).toEqual(['', 'k', '65f0', '']);
      expect(receipt.notes).toMatchObject([
        { code: 'MEMBERS_WITHOUT_COLUMN', text: expect.stringContaining('"meta"') },
      ]);
    }
  });
});

describe('values', () => {
  const cellOf = async (json: string, options: Omit<ExportOptions, 'source'> = {}) => {
    const entity = `{"id":"e","data":{"attributes":{"v":${json}}}}`;
    return (await exported({ source: bytes(entity), ...options })).text;
  };

  test.each([
    ['{"values":[{"value":12345678901234567890.10}]}', '12345678901234567890.10'],
    ['{"values":[{"value":1.0},{"value":-0},{"value":1e400}]}', '1.0||-0||1e400'],
    ['{"values":[{"value":"_NULL"}]}', '[NULL]'],
    ['{"values":[{"value":""}]}', ''],
    ['{"values":[{"invalidValue":"x"}]}', undefined],
    ['{"values":[{"value":null}]}', undefined],
    ['{"values":[{"value":{"a":[1.0,"x",null,true]}}]}', '{"a":[1.0,"x",null,true]}'],
    ['{"group":[{"value":"_NULL","locale":"en-US"}]}', '[NULL]'],
    ['"bare"', 'bare'],
    ['{"properties":{"x":1}}', undefined],
    ['[]', '[]'],
  ])('%s', async (json, expected) => {
    const [headers, cells] = cellsOf(await cellOf(json));
    expect(cells[headers.indexOf('v')]).toBe(expected);
  });

  test('that a spreadsheet would read as formulas are disarmed; numbers and unguarded ones are not', async () => {
    const formulas = ['=1+1', '+x', '-x', '@x', '\tx', '\rx', '-3.5', '+1', '-1e3', '-', 'x=1'];
    const entities = formulas.map((one) => ({ id: one, data: { attributes: { '=h': values(one) } } }));
    const column = async (guardFormulas: boolean) => {
      const [headers, ...rows] = cellsOf((await table(entities, { dsv: { guardFormulas } })).text);
      expect(headers[4]).toBe(guardFormulas ? "'=h" : '=h');
      expect(rows.map((row) => row[2])).toEqual(rows.map((row) => row[4]));
      return rows.map((row) => row[4]);
    };
    expect(await column(false)).toEqual(formulas);
    expect(await column(true)).toEqual(formulas.map((one, at) => (at < 6 || one === '-' ? `'${one}` : one)));
  });

  test('with a NUL, at which readers would stop, are reported in a note', async () => {
    const { text, receipt } = await table([{ id: 'e', name: 'a\0b', data: { attributes: { 'x\0': values('\0') } } }]);
    expect(text).toBe('Action,Type,ID,Name,x\ufffd\r\n,,e,a\ufffdb,\ufffd\r\n');
    expect(receipt.notes).toMatchObject([{ code: 'NUL_CELLS', counts: { cells: 3 } }]);
  });

  test('with a lone surrogate are reported in a note', async () => {
    const { text, receipt } = await table([{ id: 'e', name: 'a\ud800' }]);
    expect(text).toContain('a\ufffd');
    expect(receipt.notes).toMatchObject([{ code: 'ILL_FORMED_CELLS', counts: { cells: 1 } }]);
    expect((await table([{ id: 'e', name: '😀' }])).receipt.notes).toEqual([]);
  });

  test('that JSON cannot hold are refused with their record', async () => {
    const source = objects([{ id: 'a' }, { id: 'b', data: { attributes: { n: { values: [{ value: 10n }] } } } }]);
    await expect(exported({ source })).rejects.toMatchObject({ code: 'UNSERIALIZABLE', recordIndex: 1 });
  });
});

describe('limits', () => {
  test('refuse more columns than a spreadsheet has', async () => {
    const wide = {
      id: 'e',
      data: { attributes: Object.fromEntries(Array.from({ length: 16_381 }, (_, at) => [`a${at}`, values(1)])) },
    };
    await expect(table([wide])).rejects.toMatchObject({ code: 'TOO_MANY_COLUMNS', recordIndex: 0 });
  });

  test('refuse attributes that are nested too deeply', async () => {
    let row: object = {};
    for (let level = 0; level < 1100; level++) row = { again: { group: [row] } };
    const source = objects([{ id: 'e', data: { attributes: { a: { group: [row] } } } }]);
    await expect(exported({ source })).rejects.toMatchObject({ code: 'TOO_DEEP' });
  });
});

describe('a fault of the input', () => {
  test('leaves no table', async () => {
    const stream = exportEntities({ source: bytes(['{"id":"a"}\n', '{"id":}\n']), format: 'dsv' });
    const chunks: Buffer[] = [];
    await expect(
      (async () => {
        for await (const chunk of stream) chunks.push(chunk);
      })(),
    ).rejects.toMatchObject({ code: 'INVALID_JSON', recordIndex: 1 });
    expect(chunks).toEqual([]);
  });

  test('is rejected under onError skip', async () => {
    const source = bytes(['{"id":"a"}\n', '{"id":}\n', '{"id":"b"}\n']);
    const { text, receipt } = await exported({ source, onError: 'skip' });
    expect(cellsOf(text).map((row) => row[2])).toEqual(['ID', 'a', 'b']);
    expect(receipt).toMatchObject({ read: 3, written: 2, rejected: 1 });
  });
});

test('refuses trusted text that is not JSON', async () => {
  const source = bytes('{"id":"a"}\n{"id":"b","x":nul}\n');
  await expect(exported({ source, trust: true })).rejects.toMatchObject({ code: 'INVALID_JSON', recordIndex: 1 });
});

test('stops writing at an abort', async () => {
  const source = bytes(Array.from({ length: 5000 }, (_, at) => `{"id":"e${at}","name":"${'x'.repeat(100)}"}\n`));
  const abort = new AbortController();
  const stream = exportEntities({ source, format: 'dsv', signal: abort.signal });
  let size = 0;
  await expect(
    (async () => {
      for await (const chunk of stream) {
        size += chunk.length;
        abort.abort();
      }
    })(),
  ).rejects.toMatchObject({ code: 'ABORTED' });
  // The header, which was already requested.
  expect(size).toBeLessThan(100_000);
  await expect(stream.receipt).rejects.toMatchObject({ code: 'ABORTED' });
});

test('writes tables larger than memory holds, with rows of every kind', async () => {
  const many = Array.from({ length: 8000 }, (_, at) => ({ ...SHIRT, id: `e${at}`, data: { ...SHIRT.data } }));
  const { text, receipt } = await table(many);
  const { entities: rows, relationships } = tablesOf(cellsOf(text));
  expect(receipt.written).toBe(8000);
  expect(rows.map((row) => row.ID)).toEqual(many.flatMap(({ id }) => Array.from({ length: 7 }, () => id)));
  expect(relationships.map((row) => row.ID)).toEqual(many.flatMap(({ id }) => [id, id, id]));
});

describe('files', () => {
  const source = () => bytes([SHIRT, { id: 'e4' }].map((entity) => `${JSON.stringify(entity)}\n`));

  test('are two when relationships have their own', async () => {
    const files = await zipped({ source: source(), dsv: { multiFile: true, startLine: 1, extension: 'txt' } });
    expect([...files.keys()]).toEqual(['j_out.txt', 'j_out_relationships.txt']);
    const [first, second] = [...files.values()].map((text) => cellsOf(text.slice(2)));
    expect(first.map((row) => row[2])).toEqual(['ID', 'e3', 'e3', 'e3', 'e3', 'e3', 'e3', 'e3', 'e4']);
    expect(second.map((row) => row[1])).toEqual(['Type', 'sku@@crosssell', 'sku@@crosssell', 'sku@@upsell']);
  });

  test('are one without relationships', async () => {
    const files = await zipped({ source: bytes('{"id":"a"}'), dsv: { multiFile: true } });
    expect([...files.keys()]).toEqual(['j_out.csv']);
  });

  test('are listed in the receipt with their number of entities', async () => {
    const options = { format: 'dsv', pack: 'zip', id: 'j' } as const;
    const stream = exportEntities({ source: source(), ...options, dsv: { multiFile: true }, digest: true });
    for await (const _ of stream);
    const { files, written } = await stream.receipt;
    expect(files.map(({ name, records }) => [name, records])).toEqual([
      ['j_out.csv', 2],
      ['j_out_relationships.csv', 0],
    ]);
    expect(written).toBe(2);
  });
});

describe('refuses an entity that does not fit into memory as rows, with its record, before the first byte', () => {
  const nested: object = {
    id: 'b',
    data: { attributes: { a: { values: Array.from({ length: 20 }, () => ({ value: 'xxxxx' })) } } },
  };
  test.each<[string, readonly object[]]>([
    ['a long text', [{ id: 'a' }, { id: 'b', name: 'x'.repeat(200) }]],
    ['many values', [{ id: 'a' }, nested]],
  ])('%s, as text and as an object', async (_what, values) => {
    const lines = values.map((entity) => `${JSON.stringify(entity)}\n`).join('');
    const settings = planExport({ format: 'dsv' }).output.dsv;
    if (!settings) throw new Error('a plan of dsv without its settings');
    for (const source of [bytes([lines]), objects(values)]) {
      const stage = encodeDsvStage({ settings, openSpool: temporarySpool, maxEntityBytes: 100 });
      const taking = async () => {
        const read = { ...planExport().read, reader: 'scan', recycle: true } as const;
        const run = newRun();
        for await (const batch of readBatches(source, read, run)) {
          for await (const checked of await checkStage().push(batch, run)) await stage.push(checked, run);
        }
      };
      await expect(taking()).rejects.toMatchObject({ code: 'ENTITY_TOO_LARGE', stage: 'serialize', recordIndex: 1 });
      await stage.close?.();
    }
  });

  test('reports endless nesting as UNSERIALIZABLE', async () => {
    const group: object[] = [];
    group.push({ child: { group } });
    const entity = { id: 'a', data: { attributes: { nested: { group } } } };
    await expect(exported({ source: objects([entity]) })).rejects.toMatchObject({ code: 'UNSERIALIZABLE' });
  });
});
