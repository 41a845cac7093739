/** Tables of fields hold every value under its path, as another parser reads them. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import type { Receipt } from '../../src/terms/receipt.js';
import { anyEntities, jsonOf, naiveFields } from '../naive/fields-table.js';
import { runs } from '../runs.js';

async function exported(options: ExportOptions): Promise<{ readonly text: string; readonly receipt: Receipt }> {
  const stream = exportEntities({
    format: 'dsv',
    input: 'lines',
    ...options,
    dsv: { layout: 'fields', ...options.dsv },
  });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString(), receipt: await stream.receipt };
}

/** The table of entities, one JSON text a line. */
const table = async (lines: readonly string[], dsv: ExportOptions['dsv'] = {}) =>
  (await exported({ source: bytes(lines.map((line) => `${line}\n`)), dsv })).text.split('\r\n').slice(0, -1);

const settings = fc.record({
  arrays: fc.constantFrom('join' as const, 'json' as const, 'explode' as const),
  nullText: fc.constantFrom(undefined, 'NULL', '0', '\\N'),
  delimiter: fc.constantFrom(',', ';', '\t', '😀'),
  quote: fc.constantFrom('"', "'"),
  guardFormulas: fc.boolean(),
  collectionSeparator: fc.constantFrom('||', ',', ' '),
});

/** What a cell says: undefined where the value is absent, null where it is null, else a text without its guard. */
function meaning(cell: string, isQuoted: boolean, nullText: string | undefined): string | null | undefined {
  if (!isQuoted && cell === '') return undefined;
  return !isQuoted && cell === nullText ? null : cell;
}

/** The documented way back: a quote less. */
const unguarded = (cell: string) => (/^'+[=+\-@\t\r＝＋－＠]/.test(cell) ? cell.slice(1) : cell);

describe('any entities', () => {
  test('are read back by path, from text cut anywhere and from objects', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyEntities,
        settings,
        fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 20, max: 3000 })),
        fc.boolean(),
        async (all, dsv, size, spaced) => {
          const lines = all.map((entity) => jsonOf(entity));
          const text = lines.map((line) => (spaced ? spacedOut(line) : `${line}\n`)).join('');
          const { text: out, receipt } = await exported({ source: bytes(cut(text, size)), dsv });
          expect(receipt).toMatchObject({ read: all.length, written: all.length });
          const rules = { arrays: dsv.arrays, separator: dsv.collectionSeparator };
          const { headers, rows } = naiveFields(all, rules);
          const read = cellsOf(out, dsv);
          expect(read.headers).toEqual(distinct(headers.length === 0 && rows.length > 0 ? [''] : headers));
          const absent = headers.length === 1 ? '' : undefined;
          const seen = (cell: string | null | undefined) =>
            cell === undefined || (cell === null && dsv.nullText === undefined) ? absent : replaced(cell);
          expect(read.rows).toEqual(
            rows.map((row) => (headers.length === 0 ? [''] : headers.map((header) => seen(row.get(header))))),
          );
          // Numbers of JavaScript, as JSON writes them.
          const parsed = lines.map((line): object => JSON.parse(line));
          const ofText = await exported({ source: bytes(parsed.map((one) => `${JSON.stringify(one)}\n`)), dsv });
          expect((await exported({ source: objects(parsed), dsv })).text).toBe(ofText.text);
        },
      ),
      runs(80),
    );
  });

  function cellsOf(
    text: string,
    dsv: { delimiter: string; quote: string; guardFormulas: boolean; nullText?: string | undefined },
  ) {
    const { delimiter, quote } = dsv;
    const plain = (cell: string) => (dsv.guardFormulas ? unguarded(cell) : cell);
    const [headers = [], ...rows] = parse(text, {
      ...{ delimiter, quote, escape: quote, record_delimiter: '\r\n', relax_column_count: false },
      cast: (cell, { quoting }) => meaning(plain(cell), quoting, dsv.nullText),
    });
    return { headers: headers.map((header: unknown) => header ?? ''), rows };
  }

  /** Headers have a name and are unique. */
  function distinct(headers: readonly string[]): readonly string[] {
    const taken = new Set<string>();
    return headers.map((header) => {
      const name = header === '' ? '(no name)' : header.replaceAll('\0', '\ufffd');
      let one = name;
      for (let count = 2; taken.has(one); count++) one = `${name} (${count})`;
      taken.add(one);
      return one;
    });
  }

  const replaced = (cell: string | null) => cell?.replaceAll('\0', '\ufffd') ?? null;
});

function cut(text: string, size: number): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
}

/** A line with white space between its tokens. */
function spacedOut(line: string): string {
  return `${line.replace(/"(?:[^"\\]|\\.)*"|[[\]{},:]/g, (token) => (token.startsWith('"') ? token : ` ${token}\t`))}\n`;
}

describe('columns', () => {
  test('come in the order of first appearance, with dotted names of nested members', async () => {
    expect(await table(['{"b":1,"a":{"y":2}}', '{"a":{"x":3,"y":4},"c":5}'])).toEqual([
      'b,a.y,a.x,c',
      '1,2,,',
      ',4,3,5',
    ]);
  });

  test('of a name with a dot are not those of nested members', async () => {
    expect(await table(['{"a.b":1,"a":{"b":2},"*":3,"\\\\":4,"\\/":5}'])).toEqual([
      'a\\.b,a.b,\\*,\\\\,\\/',
      '1,2,3,4,5',
    ]);
  });

  test('are found under a name however it is escaped', async () => {
    expect(await table(['{"a":1}', '{"\\u0061":2}', '{"\\u0061":3,"b":4}'])).toEqual(['a,b', '1,', '2,', '3,4']);
  });

  test('of equal keys hold the last value, and nothing of the others', async () => {
    expect(await table(['{"a":{"b":1},"a":2,"a":3}', '{"a":4,"c":{"d":5},"c":{"e":6}}'])).toEqual([
      'a,c.e',
      '3,',
      '4,6',
    ]);
  });

  test('without a name, and rows without cells, are seen by every reader', async () => {
    expect(await table(['{"":1}', '{}'])).toEqual(['(no name)', '1', '""']);
    expect(await table(['{}', '{}'])).toEqual(['(no name)', '""', '""']);
    expect(await table(['{}', '{"a":1,"b":2}'])).toEqual(['a,b', ',', '1,2']);
    expect(await table([])).toEqual([]);
  });

  test('of listed fields come first, in the order of the list, with their new names and those inside them', async () => {
    const lines = ['{"id":1,"price":{"c":"EUR","a":2},"tags":["x"],"l":[{"s":1}],"z":0}\n', '{"id":2,"n":3}\n'];
    const include = ['n', 'tags', 'amount=price.a', 'price', 'l.s', 'none', 'a\\.b'];
    const { text, receipt } = await exported({ source: bytes(lines), request: { fields: { include } } });
    expect(text.split('\r\n')).toEqual([
      'n,tags,amount,price.c,price.a,l,none,a\\.b',
      ',x,2,EUR,2,"[{""s"":1}]",,',
      '3,,,,,,,',
      '',
    ]);
    expect(receipt.notes.map(({ code }) => code)).toEqual(['FIELDS_NOT_FOUND']);
    const none = await exported({ source: bytes([]), request: { fields: { include: 'sku' } } });
    expect(none.text).toBe('sku\r\n');
  });

  test('are at most as many as a spreadsheet has', async () => {
    const wide = Object.fromEntries(Array.from({ length: 16_385 }, (_, at) => [`a${at}`, 1]));
    await expect(table(['{}', JSON.stringify(wide)])).rejects.toMatchObject({
      code: 'TOO_MANY_COLUMNS',
      recordIndex: 1,
    });
  });
});

describe('values', () => {
  test('keep all their digits, and empty ones are told apart', async () => {
    const line =
      '{"big":12345678901234567890,"dec":1.10,"exp":1E400,"t":true,"n":null,"s":"","o":{},"l":[],"z":"007","u":"\\u00e9\\n"}';
    expect(await table([line, '{}'])).toEqual([
      'big,dec,exp,t,n,s,o,l,z,u',
      '12345678901234567890,1.10,1E400,true,,"",{},[],007,"é\n"',
      ',,,,,,,,,',
    ]);
  });

  test('that are null have a text on request, which others of that text are not taken for', async () => {
    expect(await table(['{"a":null,"b":"NULL","c":"x"}', '{"b":null}'], { nullText: 'NULL' })).toEqual([
      'a,b,c',
      'NULL,"NULL",x',
      ',NULL,',
    ]);
    expect(await table(['{"a":0,"b":null}'], { nullText: '0' })).toEqual(['a,b', '"0",0']);
  });

  test('of JSON have no white space between their tokens', async () => {
    expect(await table(['{"a": [ 1, { "b c" : "d  e" } ] , "f": [1 ,2]}'], { arrays: 'json' })).toEqual([
      'a,f',
      '"[1,{""b c"":""d  e""}]","[1,2]"',
    ]);
  });
});

describe('arrays of plain values', () => {
  test.each([
    ['["x","y"]', 'x||y'],
    ['[1.0,true]', '1.0||true'],
    ['["x"]', 'x'],
    ['["","x"]', '||x'],
    ['[]', '[]'],
    ['[""]', '"[""""]"'],
    ['["a||b"]', '"[""a||b""]"'],
    ['["a|","b"]', '"[""a|"",""b""]"'],
    ['["a","|b"]', 'a|||b'],
    ['["[1]"]', '"[""[1]""]"'],
    ['["x",null]', '"[""x"",null]"'],
    ['["x",["y"]]', '"[""x"",[""y""]]"'],
    ['["{}","x"]', '{}||x'],
    ['[{}]', '[{}]'],
  ])('%s are joined where that can be undone', async (json, cell) => {
    expect((await table([`{"a":${json}}`]))[1]).toBe(cell);
    const source = objects([{ a: JSON.parse(json.replace('1.0', '"1.0"')) }]);
    expect((await exported({ source })).text).toBe(`a\r\n${cell}\r\n`);
  });
});

describe('exploded arrays', () => {
  const explode = (...lines: string[]) => table(lines, { arrays: 'explode' });

  test('have a row for each element, which repeats what is around them', async () => {
    expect(await explode('{"id":1,"lines":[{"sku":"a","n":2},{"sku":"b"}],"t":"x"}', '{"id":2}')).toEqual([
      'id,lines.sku,lines.n,t',
      '1,a,2,x',
      '1,b,,x',
      '2,,,',
    ]);
  });

  test('of one entity stand side by side, so that each element comes once', async () => {
    expect(await explode('{"id":1,"a":[1,2,3],"b":[4],"c":{"d":[5,6],"e":7}}')).toEqual([
      'id,a,b,c.d,c.e',
      '1,1,4,5,7',
      '1,2,,6,7',
      '1,3,,,7',
    ]);
  });

  test('inside the elements of others have rows inside theirs', async () => {
    expect(await explode('{"o":[{"n":1,"l":[{"s":"a"},{"s":"b"}]},{"n":2,"l":[]},{"n":3,"l":[[4,5]]}]}')).toEqual([
      'o.n,o.l.s,o.l',
      '1,a,',
      '1,b,',
      '2,,',
      '3,,4',
      '3,,5',
    ]);
  });

  test('without elements leave the entity its row', async () => {
    expect(await explode('{"id":1,"a":[]}', '{"id":2,"a":[null]}')).toEqual(['id,a', '1,', '2,']);
  });
});
