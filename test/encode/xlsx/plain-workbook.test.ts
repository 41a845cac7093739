/** Workbooks of any JSON: one sheet with a header, read back by another reader. */
import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeXlsxFilesStage } from '../../../src/encode/xlsx/encode-xlsx.js';
import { newRun } from '../../../src/export/create-run.js';
import type { ExportOptions } from '../../../src/export/export-options.js';
import { planExport } from '../../../src/export/plan-export.js';
import { exportEntities } from '../../../src/export/run-export.js';
import { deflatedPieces } from '../../../src/pack/deflated-pieces.js';
import { zipParts } from '../../../src/pack/zip-parts.js';
import { bytes } from '../../../src/sources/bytes.js';
import { objects } from '../../../src/sources/objects.js';
import { temporarySpool } from '../../../src/temporary-files/temporary-spool.js';
import type { Note, Receipt } from '../../../src/terms/receipt.js';
import { anyEntities, Digits, jsonOf, Members, naiveFields } from '../../naive/fields-table.js';
import { numberOf, rowsOf, sheetsOf } from '../../naive/workbook.js';
import { runs } from '../../runs.js';

async function exported(options: ExportOptions): Promise<{ readonly file: Buffer; readonly receipt: Receipt }> {
  const stream = exportEntities({
    format: 'xlsx',
    input: 'lines',
    ...options,
    dsv: { layout: 'fields', ...options.dsv },
  });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { file: Buffer.concat(chunks), receipt: await stream.receipt };
}

const workbook = (lines: readonly string[], options: Partial<ExportOptions> = {}) =>
  exported({ source: bytes(lines.map((line) => `${line}\n`)), ...options });

const dataOf = async (lines: readonly string[], dsv: ExportOptions['dsv'] = {}) =>
  rowsOf((await workbook(lines, { dsv })).file, 'Data');

/** The files of a stage whose sheets have few rows. */
async function filesOf(entities: readonly object[], limits: { readonly maxRows: number; readonly maxRecords: number }) {
  const { dsv } = planExport({ format: 'xlsx', dsv: { layout: 'fields' } }).output;
  if (!dsv) throw new Error('a workbook has settings');
  const notes: Note[] = [];
  const stage = encodeXlsxFilesStage({
    ...{ settings: dsv, openSpool: temporarySpool, ...limits, note: (note: Note) => void notes.push(note) },
    openDeflating: () => deflatedPieces({ level: 1, threads: 1 }),
    pack: (parts) => zipParts(parts, { level: 1, threads: 1 }),
  });
  const run = newRun();
  await stage.push(
    {
      ...{ kind: 'objects', objects: entities, ordinals: entities.map((_, at) => at), source: 'test', firstIndex: 0 },
      ...{ memberNames: { id: 'id', type: 'type', name: 'name' }, covers: entities.length, filtered: 0, rejects: [] },
    },
    run,
  );
  const files: Buffer[] = [];
  let chunks: Buffer[] = [];
  for (let pieces = await stage.flush(run); pieces.length > 0; pieces = (await stage.more?.(run)) ?? []) {
    for (const piece of pieces) {
      if (Buffer.isBuffer(piece)) chunks.push(Buffer.from(piece));
      else {
        files.push(Buffer.concat(chunks));
        chunks = [];
      }
    }
  }
  await stage.close?.();
  return { files, notes };
}

/** The text of a part of a workbook. */
function partOf(file: Buffer, name: string): string {
  const directory = Buffer.from('PK\x01\x02', 'latin1');
  for (let entry = file.indexOf(directory); entry >= 0; entry = file.indexOf(directory, entry + 4)) {
    const length = file.readUInt16LE(entry + 28);
    if (file.toString('utf8', entry + 46, entry + 46 + length) !== name) continue;
    const start = file.readUInt32LE(entry + 42);
    const content = start + 30 + file.readUInt16LE(start + 26) + file.readUInt16LE(start + 28);
    return inflateRawSync(file.subarray(content, content + file.readUInt32LE(entry + 20))).toString();
  }
  throw new Error(`there is no part ${name}`);
}

describe('any entities', () => {
  test('are read back by path, from text cut anywhere and from objects', async () => {
    const sizes = fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 20, max: 3000 }));
    const arrays = fc.constantFrom('join' as const, 'json' as const, 'explode' as const);
    const property = fc.asyncProperty(anyEntities, arrays, sizes, async (all, way, size) => {
      const lines = all.map((entity) => jsonOf(entity));
      const text = lines.map((line) => `${line}\n`).join('');
      const cut = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, (at + 1) * size),
      );
      const { file, receipt } = await exported({ source: bytes(cut), dsv: { arrays: way } });
      expect(receipt).toMatchObject({ read: all.length, written: all.length });
      const { headers, rows } = naiveFields(all, { arrays: way, separator: '||' });
      const [header = [], ...read] = await rowsOf(file, 'Data');
      expect(header).toHaveLength(headers.length === 0 && rows.length > 0 ? 1 : headers.length);
      for (const [index, row] of rows.entries()) {
        const cells = headers.map((_, column) => read[index]?.[column] ?? null);
        const expected = headers.map((name, column) => {
          const cell = row.get(name) ?? null;
          const is = cells[column];
          if (typeof is === 'number') return cell === null ? null : (numberOf(cell) ?? cell);
          return typeof is === 'boolean' ? cell === 'true' : cell;
        });
        expect(cells).toEqual(expected);
      }
      const parsed = lines.map((line): object => JSON.parse(line));
      const ofText = await workbook(
        parsed.map((one) => JSON.stringify(one)),
        { dsv: { arrays: way } },
      );
      const ofObjects = await exported({ source: objects(parsed), dsv: { arrays: way } });
      expect(ofObjects.file.equals(ofText.file)).toBe(true);
    });
    await fc.assert(property, runs(60));
  });

  test('have the same rows whether all columns are known at the end or not', async () => {
    await fc.assert(
      fc.asyncProperty(anyEntities, async (all) => {
        const lines = all.map((entity) => `{"first":" x ","rest":${jsonOf(entity)}}`);
        const once = await workbook(lines);
        const atEnd = await workbook(lines, { request: { fields: { include: ['first', 'rest'] } } });
        const sheet = 'xl/worksheets/sheet1.xml';
        if (lines.length > 0) expect(partOf(once.file, sheet)).toBe(partOf(atEnd.file, sheet));
      }),
      runs(40),
    );
  });

  test('keep the kind of each value', async () => {
    const value = fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom('007', '1', 'true', '-3.5', '=1+1', '1e3', '2020-01-01', ' x ', '_x0041_'),
      fc.boolean(),
      fc.constantFrom('1', '-7', '1.0', '1e400', '12345678901234567890', '-0', '0.1').map((text) => new Digits(text)),
    );
    const property = fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 12 }), async (values) => {
      const entity = new Members(values.map((one, index) => [`c${index}`, one]));
      const [, row = []] = await dataOf([jsonOf(entity)]);
      expect(values.map((_, index) => row[index] ?? null)).toStrictEqual(
        values.map((one) => (one instanceof Digits ? (numberOf(one.text) ?? one.text) : one)),
      );
    });
    await fc.assert(property, runs(100));
  });
});

describe('the sheet', () => {
  test('has a header that stays in sight and filters all rows', async () => {
    const { file } = await workbook(['{"a":1,"b":"x"}', '{"a":2,"c":true}']);
    const sheet = partOf(file, 'xl/worksheets/sheet1.xml');
    expect(sheet).toContain('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>');
    expect(sheet).toContain('<autoFilter ref="A1:C3"/>');
    expect(partOf(file, 'xl/workbook.xml')).toContain(`'Data'!$A$1:$C$3</definedName>`);
    expect(await rowsOf(file, 'Data')).toEqual([
      ['a', 'b', 'c'],
      [1, 'x'],
      [2, null, true],
    ]);
  });

  test('has columns within the widths that are given', async () => {
    const lines = [JSON.stringify({ a: 'x', long: 'y'.repeat(100) })];
    const widths = async (dsv: ExportOptions['dsv']) => {
      const sheet = partOf((await workbook(lines, { dsv })).file, 'xl/worksheets/sheet1.xml');
      return [...sheet.matchAll(/ width="(\d+)"/g)].map(([, width]) => Number(width));
    };
    expect(await widths({})).toEqual([8, 60]);
    expect(await widths({ minWidth: 12, maxWidth: 50 })).toEqual([12, 50]);
    expect(await widths({ maxWidth: 5 })).toEqual([5, 5]);
    expect(await widths({ minWidth: 70, maxWidth: 255 })).toEqual([70, 101]);
    await expect(widths({ minWidth: 9, maxWidth: 5 })).rejects.toThrow('dsv.maxWidth: must not be below minWidth, 9');
  });

  test('has numbers as they were written, and no formula whatever a text says', async () => {
    const sheet = partOf(
      (await workbook(['{"a":1.50,"b":"=1+1","c":"@x","d":"+1"}'])).file,
      'xl/worksheets/sheet1.xml',
    );
    expect(sheet).toContain('<c r="A2"><v>1.50</v></c>');
    expect(sheet).not.toMatch(/<f\b/);
    // A text stays one when it is edited.
    expect(sheet).toContain('<c r="B2" s="1" t="inlineStr"><is><t>=1+1</t></is></c>');
  });

  test('has listed columns first, and no cell for what is absent or null', async () => {
    const { file } = await workbook(['{"b":1,"a":null,"c":""}', '{"c":"x"}'], {
      request: { fields: { include: ['c', 'd', 'b'] } },
    });
    expect(await rowsOf(file, 'Data')).toEqual([['c', 'd', 'b'], ['', null, 1], ['x']]);
    expect(await dataOf(['{"a":null,"b":1}'], { nullText: 'NULL' })).toEqual([
      ['a', 'b'],
      ['NULL', 1],
    ]);
    expect(await dataOf(['{"a":null,"b":1}'])).toEqual([
      ['a', 'b'],
      [null, 1],
    ]);
  });

  test('is empty without entities, and has a row for each without members', async () => {
    expect(await dataOf([])).toEqual([]);
    expect(partOf((await workbook(['{}', '{}'])).file, 'xl/worksheets/sheet1.xml')).toMatch(/\(no name\).*<row r="3">/);
  });
});

describe('what a sheet cannot hold', () => {
  test('as a text is complete in a sheet of its own, with its place', async () => {
    const long = `${'ab😀'.repeat(20_000)}end`;
    const { file, receipt } = await workbook([`{"id":1,"x":"short"}`, JSON.stringify({ id: 2, x: 'y', text: long })]);
    const sheets = await sheetsOf(file);
    expect([...sheets.keys()]).toEqual(['Data', 'Long texts']);
    const cell = sheets.get('Data')?.[2][2];
    expect(cell).toMatch(/^ab😀.*… \(continued in the sheet Long texts\)$/u);
    expect(String(cell).length).toBeLessThanOrEqual(32_767);
    const [header, ...parts] = sheets.get('Long texts') ?? [];
    expect(header).toEqual(['Sheet', 'Cell', 'Part', 'Text']);
    expect(parts.map(([sheet, place, part]) => [sheet, place, part])).toEqual(
      parts.map((_, at) => ['Data', 'C3', at + 1]),
    );
    expect(parts.map(([, , , text]) => text).join('')).toBe(long);
    expect(receipt.notes).toMatchObject([{ code: 'LONG_TEXTS', counts: { cells: 1 } }]);
  });

  test('as rows is in further sheets, each with the header, and in further files again from the first', async () => {
    const rows = Array.from({ length: 8 }, (_, at) => ({ id: at, text: at === 6 ? 'x'.repeat(40_000) : 'y' }));
    const { files, notes } = await filesOf(rows, { maxRows: 3, maxRecords: 7 });
    const [first, second] = files;
    const sheets = await sheetsOf(first);
    expect([...sheets.keys()]).toEqual(['Data', 'Data 2', 'Data 3', 'Data 4', 'Long texts']);
    const ids = [...sheets].filter(([name]) => name.startsWith('Data')).map(([, [, ...all]]) => all.map(([id]) => id));
    expect(ids).toEqual([[0, 1], [2, 3], [4, 5], [6]]);
    expect([...sheets.values()].slice(0, -1).map(([header]) => header)).toEqual(ids.map(() => ['id', 'text']));
    expect(sheets.get('Long texts')?.[1].slice(0, 3)).toEqual(['Data 4', 'B2', 1]);
    expect(await sheetsOf(second)).toEqual(
      new Map([
        [
          'Data',
          [
            ['id', 'text'],
            [7, 'y'],
          ],
        ],
      ]),
    );
    expect(notes).toMatchObject([{ code: 'FURTHER_SHEETS', counts: { files: 1 } }, { code: 'LONG_TEXTS' }]);
  });

  test('as columns is refused with its place', async () => {
    const wide = Array.from({ length: 16_385 }, (_, at) => `"c${at}":${at}`).join(',');
    await expect(workbook(['{"a":1}', `{${wide}}`])).rejects.toMatchObject({
      code: 'TOO_MANY_COLUMNS',
      recordIndex: 1,
    });
    const most = Array.from({ length: 16_384 }, (_, at) => `"c${at}":${at}`).join(',');
    expect(partOf((await workbook([`{${most}}`])).file, 'xl/worksheets/sheet1.xml')).toContain(
      '<c r="XFD2"><v>16383</v></c>',
    );
  });
});

test('equal exports have equal bytes, for any number of threads', async () => {
  const lines = Array.from({ length: 30_000 }, (_, at) =>
    JSON.stringify({ id: at, name: `n${at % 7}`, text: 'lorem ipsum '.repeat(at % 5) }),
  );
  const one = await workbook(lines, { threads: 1 });
  const three = await workbook(lines, { threads: 3 });
  const again = await exported({ source: bytes([lines.map((line) => `${line}\n`).join('')]), threads: 2 });
  expect(three.file.equals(one.file)).toBe(true);
  expect(again.file.equals(one.file)).toBe(true);
});
