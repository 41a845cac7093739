/** File names of results that are safe on every system. */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { safeFileName, safeNumberedName } from '../../../src/request/plan/file-name.js';
import type { Format } from '../../../src/terms/profile.js';

const FORMATS: readonly Format[] = ['json', 'array', 'ndjson'];

describe('the extension', () => {
  test.each([
    ['catalog', 'json', 'catalog.json'],
    ['catalog', 'array', 'catalog.json'],
    ['catalog', 'ndjson', 'catalog.ndjson'],
    ['catalog.json', 'json', 'catalog.json'],
    ['catalog.ndjson', 'ndjson', 'catalog.ndjson'],
    ['catalog.json.json', 'json', 'catalog.json.json'],
    ['catalog.json', 'ndjson', 'catalog.json.ndjson'],
    ['v1.2', 'json', 'v1.2.json'],
    ['catalog', 'dsv', 'catalog.csv'],
    ['catalog.csv', 'dsv', 'catalog.csv'],
  ] as const)('%s as %s is %s', (name, format, expected) => {
    expect(safeFileName(name, format)).toBe(expected);
  });
});

test('delimiter-separated values may have another extension', () => {
  expect(safeFileName('catalog', 'dsv', 'tsv')).toBe('catalog.tsv');
  expect(safeFileName('catalog.tsv', 'dsv', 'tsv')).toBe('catalog.tsv');
  expect(safeFileName('catalog.csv', 'json', 'tsv')).toBe('catalog.csv.json');
});

describe('hostile names', () => {
  test.each([
    ['a parent directory', '../../etc/passwd', '_.._etc_passwd.json'],
    ['an absolute path', '/etc/passwd', '_etc_passwd.json'],
    ['a drive', 'C:\\temp\\x', 'C__temp_x.json'],
    ['a NUL', 'a\0b', 'a_b.json'],
    ['a line break', 'a\r\nSet-Cookie: x', 'a__Set-Cookie_ x.json'],
    ['a character that reverses the direction of text', 'cod\u202Enosj.exe', 'cod_nosj.exe.json'],
    ['an invisible character', 'a\u200Bb', 'a_b.json'],
    ['a line separator', 'a\u2028b', 'a_b.json'],
    ['characters with a meaning for shells and systems', 'a<b>c"d|e?f*g', 'a_b_c_d_e_f_g.json'],
    ['half of a surrogate pair', 'a\uD83Db', 'a_b.json'],
    ['leading dots', '...hidden', 'hidden.json'],
    ['trailing dots and blanks', 'a. . ', 'a.json'],
    ['a device', 'CON', '_CON.json'],
    ['a device with an extension', 'nul.tar', '_nul.tar.json'],
    ['a numbered device', 'lpt1', '_lpt1.json'],
    ['an empty name', '', '_.json'],
    ['only dots', '..', '_.json'],
    ['only blanks', '   ', '_.json'],
    ['only the extension', '.json', '_.json'],
  ])('%s', (_case, name, expected) => {
    expect(safeFileName(name, 'json')).toBe(expected);
  });

  test.each([
    ['a device, with a blank before its extension', 'con .txt'],
    ['a device after dots', '..con'],
  ])('%s is no longer a device', (_case, name) => {
    expect(safeFileName(name, 'json')).toMatch(/^_/);
  });

  test('long names are cut to 200 bytes with their extension', () => {
    expect(safeFileName('x'.repeat(300), 'json')).toBe(`${'x'.repeat(195)}.json`);
    expect(safeFileName('ä'.repeat(300), 'json')).toBe(`${'ä'.repeat(97)}.json`);
  });

  test('a device with a long extension is cut as well', () => {
    const name = safeFileName(`con.${'x'.repeat(300)}`, 'json');
    expect(name).toMatch(/^_con\.x+\.json$/);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
  });

  test('a cut leaves no dot or blank before the extension', () => {
    expect(safeFileName(`${'x'.repeat(190)}. . . .end`, 'json')).toBe(`${'x'.repeat(190)}.json`);
  });

  test('cuts a very long name fast', () => {
    expect(safeFileName('x'.repeat(400_000), 'json')).toHaveLength(200);
  });

  test('a cut never leaves half a character', () => {
    const name = safeFileName('😀'.repeat(60), 'json');
    expect(name).toBe(`${'😀'.repeat(48)}.json`);
    expect(name.isWellFormed()).toBe(true);
  });
});

const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\/:*?"<>|]/u;
const PIECES = fc.constantFrom('..', '/', '\\', '\0', 'CON', 'nul', '.', ' ', '.json', '😀', '\uD800', '\u202E', 'ß');
const NAMES = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.array(fc.oneof(PIECES, fc.string({ maxLength: 40 })), { maxLength: 20 }).map((pieces) => pieces.join('')),
);

test('returns one safe path segment for any name', () => {
  fc.assert(
    fc.property(NAMES, fc.constantFrom(...FORMATS), (given, format) => {
      const name = safeFileName(given, format);
      const extension = format === 'ndjson' ? '.ndjson' : '.json';
      expect(name.endsWith(extension)).toBe(true);
      expect(name.length).toBeGreaterThan(extension.length);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
      expect(name).not.toMatch(UNSAFE);
      expect(name).not.toMatch(/^[. ]/);
      expect(name.slice(0, -extension.length)).not.toMatch(/[. ]$/);
      expect(name.split('.')[0]).not.toMatch(RESERVED);
      expect(name.isWellFormed()).toBe(true);
      expect(safeFileName(name, format)).toBe(name);
    }),
    { numRuns: 500 },
  );
});

test('numbered names are as safe, and keep the name if it fits', () => {
  expect(safeNumberedName('job-7', '_out', 'json')).toStrictEqual({ before: 'job-7_', after: '_out.json' });
  expect(safeNumberedName('all.ndjson', '', 'ndjson')).toStrictEqual({ before: 'all_', after: '.ndjson' });
  fc.assert(
    fc.property(NAMES, fc.constantFrom(...FORMATS), fc.constantFrom('', '_out'), (given, format, ending) => {
      const { before, after } = safeNumberedName(given, ending, format);
      for (const number of [1, Number.MAX_SAFE_INTEGER]) {
        const name = before + number + after;
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
        // A safe name stays unchanged.
        expect(safeFileName(name, format)).toBe(name);
      }
    }),
    { numRuns: 500 },
  );
});
