/** Lists of files as inputs. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FilesFromOptions, filesFrom } from '../../src/sources/files-from.js';
import { failureOf, refusalOf } from './outcome.js';
import { readAll } from './read-all.js';

let folder = '';
const at = (name: string) => join(folder, name);

/** Every file contains its own name. */
const NAMES = ['a.json', 'b 2.json', 'b 10.json', ' c.txt', '*.json', 'odd\nname', 'sub/x.json', 'sub/y.txt'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-list-'));
  await mkdir(at('sub'));
  for (const name of NAMES) await writeFile(at(name), name);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const listed = (names: readonly string[], end = '\n') => names.map((name) => `${at(name)}${end}`).join('');
const read = async (list: string, options?: FilesFromOptions) =>
  (await readAll(filesFrom(Readable.from([Buffer.from(list)]), options))).map(([, text]) => text);

test.each<[string, readonly string[], readonly string[]]>([
  ['in its order, twice too', ['b 2.json', 'a.json', 'b 2.json'], ['b 2.json', 'a.json', 'b 2.json']],
  ['with any names, which are no globs', [' c.txt', '*.json'], [' c.txt', '*.json']],
  ['and in folders, where names must look like JSON', ['sub'], ['sub/x.json']],
])('the files of a list are read %s', async (_how, names, expected) => {
  expect(await read(listed(names))).toStrictEqual(expected);
});

test('lines may end as Windows ends them, be blank, and the last one may be open', async () => {
  expect(await read(`\ufeff\n${at('a.json')}\r\n\n  \n${at('b 2.json')}`)).toStrictEqual(['a.json', 'b 2.json']);
});

test.each([
  ['UTF-16LE', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le')],
  ['UTF-16BE', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
])('a list in %s with a byte order mark is read, wherever it is cut', async (encoding, encoded) => {
  const list = encoded(listed(['a.json', 'b 2.json'], '\r\n'));
  const single = Array.from(list, (byte) => Buffer.of(byte));
  for (const chunks of [[list], single]) {
    const texts = (await readAll(filesFrom(Readable.from(chunks)))).map(([, text]) => text);
    expect(texts).toStrictEqual(['a.json', 'b 2.json']);
  }
  const cut = filesFrom(Readable.from([list.subarray(0, -1)]));
  const message = `the list of files is not UTF-8: it begins as ${encoding} but is truncated or damaged`;
  expect(await failureOf(readAll(cut))).toMatchObject({ code: 'INVALID_UTF8', message });
});

test('paths that end with NUL may hold line breaks', async () => {
  expect(await read(listed(['odd\nname', 'a.json'], '\0'), { null: true })).toStrictEqual(['odd\nname', 'a.json']);
});

test('paths that end with NUL need an option that says so', async () => {
  const list = Readable.from([Buffer.from(listed(['a.json', 'b 2.json'], '\0'))]);
  expect(await failureOf(readAll(filesFrom(list)))).toMatchObject({
    code: 'INVALID',
    message: expect.stringContaining('line 1 has a NUL character; for paths that end with one set null (--null, -0)'),
  });
});

test('a list is sorted on request', async () => {
  const list = listed(['b 10.json', 'b 2.json', 'a.json']);
  expect(await read(list, { sort: 'natural' })).toStrictEqual(['a.json', 'b 2.json', 'b 10.json']);
  expect(await read(list, { sort: 'name' })).toStrictEqual(['a.json', 'b 10.json', 'b 2.json']);
  expect(await read(list, { sort: 'none' })).toStrictEqual(['b 10.json', 'b 2.json', 'a.json']);
});

test('a list in a file can be read again, one in a stream cannot', async () => {
  await writeFile(at('list'), listed(['a.json']));
  const source = filesFrom(at('list'));
  expect(await readAll(source)).toStrictEqual(await readAll(source));
  expect(await source.totalBytes?.()).toBe('a.json'.length);
  expect(source.describe?.()).toStrictEqual({ filesFrom: at('list'), null: false, sort: undefined });
  expect(filesFrom(Readable.from([])).reopenable).toBe(false);
});

describe('is refused:', () => {
  test.each([
    ['a list without paths', '\n \n', 'NOT_FOUND'],
    ['an empty list', '', 'NOT_FOUND'],
    ['a missing file', '/none/such.json\n', 'NOT_FOUND'],
    ['a path that is not UTF-8', Buffer.from('a\n\xff\n', 'latin1'), 'NOT_FOUND'],
    ['a list in UTF-32', Buffer.of(0xff, 0xfe, 0, 0, 97, 0, 0, 0), 'INVALID_UTF8'],
    ['data in place of a list', 'x'.repeat(100_000), 'INVALID'],
  ])('%s', async (_what, list, code) => {
    const source = filesFrom(Readable.from([Buffer.from(list)]));
    expect(await failureOf(readAll(source))).toMatchObject({ code });
  });

  test('a path that is not UTF-8, with its line', async () => {
    const list = Buffer.concat([Buffer.from(listed(['a.json'])), Buffer.from('\xff\n', 'latin1')]);
    const error = await failureOf(readAll(filesFrom(Readable.from([list]))));
    expect(error).toMatchObject({ code: 'INVALID_UTF8', line: 2 });
  });

  test('an unknown option', async () => {
    expect(await refusalOf(() => Reflect.apply(filesFrom, undefined, ['x', { nul: true }]))).toMatchObject({
      code: 'UNKNOWN_KEY',
    });
  });
});

test('the paths are the same, wherever the list is cut into chunks', async () => {
  const list = Buffer.from(listed(['a.json', 'b 2.json', ' c.txt', 'sub/x.json'], '\r\n'));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(list.length), { maxLength: 10 }), async (places) => {
      const cuts = [0, ...[...places].sort((a, b) => a - b), list.length];
      const chunks = cuts.slice(1).map((cut, index) => list.subarray(cuts[index], cut));
      const texts = await readAll(filesFrom(Readable.from(chunks)));
      expect(texts.map(([, text]) => text)).toStrictEqual(['a.json', 'b 2.json', ' c.txt', 'sub/x.json']);
    }),
    { numRuns: 30 },
  );
});
