/** Files: paths and globs, in order, opened one at a time. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files } from '../../../src/pipeline/read/files.js';
import { exported, failureOf } from './outcome.js';
import { onlyInput, readAll } from './read-all.js';

let folder = '';
const at = (name: string) => join(folder, name);

/** Every file holds its own name. */
const NAMES = [
  'a.ndjson',
  'b.ndjson',
  'b10.ndjson',
  'b2.ndjson',
  'c.json',
  '.hidden.ndjson',
  'deep/a.ndjson',
  'deep/er/z.ndjson',
  'odd/[1].ndjson',
  'odd/1.ndjson',
  'odd/*.ndjson',
  'odd/{a,b}.ndjson',
  'odd/a b.ndjson',
  'odd/été.ndjson',
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-files-'));
  for (const name of NAMES) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), name);
  }
  await symlink(at('a.ndjson'), at('link'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const namesOf = async (...paths: readonly string[]) => (await readAll(files(...paths.map(at)))).map(([, text]) => text);

test.each<[string, readonly string[], readonly string[]]>([
  ['one path', ['a.ndjson'], ['a.ndjson']],
  [
    'several, in the order given, twice too',
    ['b.ndjson', 'a.ndjson', 'b.ndjson'],
    ['b.ndjson', 'a.ndjson', 'b.ndjson'],
  ],
  [
    'a pattern, sorted, hidden files among them',
    ['*.ndjson'],
    ['.hidden.ndjson', 'a.ndjson', 'b.ndjson', 'b10.ndjson', 'b2.ndjson'],
  ],
  ['patterns and paths together', ['c.json', 'deep/*.ndjson'], ['c.json', 'deep/a.ndjson']],
  ['a pattern of any depth', ['deep/**/*.ndjson'], ['deep/a.ndjson', 'deep/er/z.ndjson']],
  ['a choice', ['{c,a}.*'], ['a.ndjson', 'c.json']],
  ['one of some letters', ['[ab].ndjson'], ['a.ndjson', 'b.ndjson']],
  ['a name that looks like letters, which is there', ['odd/[1].ndjson'], ['odd/[1].ndjson']],
  ['a name that looks like a pattern, which is there', ['odd/*.ndjson'], ['odd/*.ndjson']],
  ['a name that looks like a choice, which is there', ['odd/{a,b}.ndjson'], ['odd/{a,b}.ndjson']],
  ['blanks and letters beyond ASCII', ['odd/a b.ndjson', 'odd/été.ndjson'], ['odd/a b.ndjson', 'odd/été.ndjson']],
  ['a link', ['link'], ['a.ndjson']],
  ['nothing', [], []],
])('%s', async (_case, paths, expected) => {
  expect(await namesOf(...paths)).toStrictEqual(expected);
});

describe('what cannot be read', () => {
  test.each([
    ['missing.ndjson', 'NOT_FOUND'],
    ['missing/*.ndjson', 'NOT_FOUND'],
    ['*.missing', 'NOT_FOUND'],
    ['a.ndjson/x', 'NOT_FOUND'],
    ['deep', 'IS_DIRECTORY'],
    ['.', 'IS_DIRECTORY'],
  ])('%s: %s', async (path, code) => {
    const error = await failureOf(readAll(files(at(path))));
    expect(error).toMatchObject({ code, stage: 'read', source: at(path) });
    expect(error.message).toContain(at(path));
  });

  test('directories are not matched by a pattern', async () => {
    expect(await namesOf('deep/*')).toStrictEqual(['deep/a.ndjson']);
  });

  test('is told when its turn comes, not before', async () => {
    const read: string[] = [];
    const reading = (async () => {
      for await (const input of files(at('a.ndjson'), at('missing')).inputs(new AbortController().signal)) {
        read.push(input.name);
        if (input.kind === 'bytes') await input.close();
      }
    })();
    expect((await failureOf(reading)).code).toBe('NOT_FOUND');
    expect(read).toStrictEqual([at('a.ndjson')]);
  });

  test('fails in the middle with the name of the file', async () => {
    const input = await onlyInput(files(at('a.ndjson')));
    await input.close();
    expect(await failureOf(input.read(Buffer.alloc(10)))).toMatchObject({
      code: 'READ_FAILED',
      source: at('a.ndjson'),
    });
  });
});

test('a file is called what it was asked by: an absolute pattern has absolute matches', async () => {
  const names = (await readAll(files(at('a.ndjson'), at('link'), at('deep/*.ndjson')))).map(([name]) => name);
  expect(names).toStrictEqual([at('a.ndjson'), at('link'), at('deep/a.ndjson')]);
});

test('a file is read in pieces of any size', async () => {
  for (const size of [1, 3, 8, 1000])
    expect(await readAll(files(at('a.ndjson')), size)).toStrictEqual([[at('a.ndjson'), 'a.ndjson']]);
});

test('files of any form and packing make one export; errors count within their file', async () => {
  await writeFile(at('one'), '{"id":"1"}\n{"id":"2"}');
  await writeFile(at('two'), gzipSync('{"entities":[{"id":"3"}]}'));
  await writeFile(at('three'), '[{"id":"4"},{"id":5,}]');
  const { output, receipt } = await exported({ source: [at('one'), at('two')], format: 'ndjson' });
  expect(output.toString()).toBe('{"id":"1"}\n{"id":"2"}\n{"id":"3"}\n');
  expect(receipt).toMatchObject({ read: 3, bytesIn: 21 + gzipSync('{"entities":[{"id":"3"}]}').length });
  const { error } = await exported({ source: [at('one'), at('three')], format: 'ndjson' });
  expect(error).toMatchObject({ code: 'INVALID_JSON', source: at('three'), recordIndex: 1, byteOffset: 20 });
});
