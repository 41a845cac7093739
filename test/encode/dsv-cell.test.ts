/** Cells for spreadsheets: formulas are disarmed and can be restored, digits stay, Excel gets what it reads. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { SluiceError } from '../../src/terms/errors.js';
import type { DsvSettings } from '../../src/terms/profile.js';
import { runs } from '../runs.js';

async function cellsOf(values: readonly unknown[], dsv: DsvSettings = {}) {
  const source = bytes(
    values.map((value) => `{"v":${typeof value === 'object' ? '' : JSON.stringify(value)},"x":1}\n`),
  );
  return exportedCells(source, dsv);
}

async function exportedCells(source: ReturnType<typeof bytes>, dsv: DsvSettings) {
  const stream = exportEntities({ source, format: 'dsv', dsv: { layout: 'fields', ...dsv } });
  const text = (await stream.toBuffer()).toString();
  const rows: string[][] = parse(text, {
    delimiter: text.includes(';') ? ';' : ',',
    record_delimiter: '\r\n',
    bom: true,
  });
  return { text, cells: rows.slice(1).map(([cell]) => cell), notes: (await stream.receipt).notes };
}

describe('the guard against formulas', () => {
  test('leaves numbers and phone numbers alone, and counts what it changes', async () => {
    const harmless = ['-5', '+1', '-.5e3', '+1 555 0100', '+49-30-123', '+49 (0) 30/12.34', 'x=1'];
    const formulas = ['=1', '+x', '-', '@a', '\tx', '＝1', '+1+cmd|x', '-1+1', "'=1", "''-5", "'+1"];
    const { cells, notes } = await cellsOf([...harmless, ...formulas]);
    expect(cells).toEqual([...harmless, ...formulas.map((one) => `'${one}`)]);
    expect(notes).toMatchObject([{ code: 'GUARDED_CELLS', counts: { cells: formulas.length } }]);
    expect((await cellsOf(formulas, { guardFormulas: false })).cells).toEqual(formulas);
  });

  test('is undone by the removal of one quote from what is a formula behind quotes', async () => {
    const character = fc.constantFrom("'", '=', '+', '-', '@', '\t', '1', ' ', 'x', '＝', '.');
    const texts = fc.array(
      fc.array(character, { minLength: 1, maxLength: 5 }).map((all) => all.join('')),
      {
        minLength: 1,
        maxLength: 20,
      },
    );
    await fc.assert(
      fc.asyncProperty(texts, async (all) => {
        const { cells } = await cellsOf(all);
        expect(cells.map((cell) => (/^'+[=+\-@\t\r＝＋－＠]/.test(cell) ? cell.slice(1) : cell))).toEqual(all);
        expect(cells.filter((cell) => /^[=@\t＝]/.test(cell))).toEqual([]);
      }),
      runs(60),
    );
  });
});

describe('for Excel', () => {
  test('begin with a byte order mark, and have the delimiter and the decimal sign of the locale', async () => {
    const source = () => bytes('{"a":1.50,"b":"1.5","c":-2e3}');
    const text = async (dsv: DsvSettings) => (await exportedCells(source(), dsv)).text;
    expect(await text({ excel: 'en-US' })).toBe('\ufeffa,b,c\r\n1.50,"=""1.5""",-2e3\r\n');
    expect(await text({ excel: 'de' })).toBe('\ufeffa;b;c\r\n1,50;"=""1.5""";-2e3\r\n');
    expect(await text({ bom: true })).toBe('\ufeffa,b,c\r\n1.50,1.5,-2e3\r\n');
  });

  test('keep the digits of long numbers, phone numbers and ids', async () => {
    const kept = ['42', '-7', '0', '2026-01-31', '123456789012345', 'A-1', '', 'x 1'];
    const changed = ['007', '+1 555 0100', '1234567890123456', '1/2', '3-12', '12E5', '1.50', '(030) 1'];
    const { cells } = await cellsOf([...kept, ...changed], { excel: 'en' });
    expect(cells).toEqual([...kept, ...changed.map((one) => `="${one}"`)]);
    const source = bytes('{"a":12345678901234567890,"b":0.1234567890123456,"c":100000,"d":1}');
    expect((await exportedCells(source, { excel: 'en' })).text).toContain(
      '"=""12345678901234567890""","=""0.1234567890123456""",100000,1',
    );
  });

  test.each<[DsvSettings, string]>([
    [{ excel: 'xx-invalid-locale-name' }, 'dsv.excel'],
    [{ excel: 'de', delimiter: ',' }, 'dsv.delimiter'],
    [{ excel: 'en', quote: "'" }, 'dsv.quote'],
    [{ excel: 'en', bom: false }, 'dsv.bom'],
    [{ nullText: 'a,b' }, 'dsv.nullText'],
  ])('contradictions are refused by name: %j', (dsv, path) => {
    expect(() => exportEntities({ source: bytes('{}'), format: 'dsv', dsv })).toThrow(SluiceError);
    expect(() => exportEntities({ source: bytes('{}'), format: 'dsv', dsv })).toThrow(path);
  });
});
