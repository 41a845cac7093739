/** Files: paths and globs, in order, opened one at a time. */
import { appendFile, link, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { files } from '../../src/sources/files.js';
import type { Source } from '../../src/sources/source.js';
import { exported, failureOf } from './outcome.js';
import { onlyInput, readAll } from './read-all.js';

let folder = '';
const at = (name: string) => join(folder, name);

/** Every file contains its own name. */
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
    'several, in the given order, also twice',
    ['b.ndjson', 'a.ndjson', 'b.ndjson'],
    ['b.ndjson', 'a.ndjson', 'b.ndjson'],
  ],
  ['a pattern, sorted, without hidden files', ['*.ndjson'], ['a.ndjson', 'b.ndjson', 'b10.ndjson', 'b2.ndjson']],
  ['hidden files, if the pattern has the dot', ['.h*'], ['.hidden.ndjson']],
  ['hidden files in a choice', ['{c,.hidden}.*'], ['.hidden.ndjson', 'c.json']],
  ['files that a pattern matches again only once', ['a.ndjson', '*a.ndjson', '[ab].ndjson'], ['a.ndjson', 'b.ndjson']],
  [
    'files that are named again as often as they are named',
    ['[ab].ndjson', 'a.ndjson'],
    ['a.ndjson', 'b.ndjson', 'a.ndjson'],
  ],
  ['patterns and paths together', ['c.json', 'deep/*.ndjson'], ['c.json', 'deep/a.ndjson']],
  ['a recursive pattern', ['deep/**/*.ndjson'], ['deep/a.ndjson', 'deep/er/z.ndjson']],
  ['a choice', ['{c,a}.*'], ['a.ndjson', 'c.json']],
  ['a set of letters', ['[ab].ndjson'], ['a.ndjson', 'b.ndjson']],
  ['an existing name that looks like a set of letters', ['odd/[1].ndjson'], ['odd/[1].ndjson']],
  ['an existing name that looks like a pattern', ['odd/*.ndjson'], ['odd/*.ndjson']],
  ['an existing name that looks like a choice', ['odd/{a,b}.ndjson'], ['odd/{a,b}.ndjson']],
  ['blanks and letters beyond ASCII', ['odd/a b.ndjson', 'odd/été.ndjson'], ['odd/a b.ndjson', 'odd/été.ndjson']],
  ['a link', ['link'], ['a.ndjson']],
])('%s', async (_case, paths, expected) => {
  expect(await namesOf(...paths)).toStrictEqual(expected);
});

describe('a file that cannot be read', () => {
  test.each([
    ['missing.ndjson', 'NOT_FOUND'],
    ['missing/*.ndjson', 'NOT_FOUND'],
    ['*.missing', 'NOT_FOUND'],
    ['a.ndjson/x', 'NOT_FOUND'],
  ])('%s: %s', async (path, code) => {
    const error = await failureOf(readAll(files(at(path))));
    expect(error).toMatchObject({ code, stage: 'read', source: at(path) });
    expect(error.message).toContain(at(path));
  });

  test('a pattern does not match directories', async () => {
    expect(await namesOf('deep/*')).toStrictEqual(['deep/a.ndjson']);
  });

  test('is reported when its turn comes, not before', async () => {
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

  test('fails midway with the name of the file', async () => {
    const input = await onlyInput(files(at('a.ndjson')));
    await input.close();
    expect(await failureOf(input.read(Buffer.alloc(10)))).toMatchObject({
      code: 'READ_FAILED',
      source: at('a.ndjson'),
    });
  });
});

describe('a recursive pattern', () => {
  const tree = (name: string) => at(`tree/${name}`);
  beforeEach(async () => {
    for (const name of ['a.x', 'sub/b.x', 'sub/deep/c.x', '.git/d.x', 'other/e.x']) {
      await mkdir(dirname(tree(name)), { recursive: true });
      await writeFile(tree(name), name);
    }
  });
  afterEach(() => rm(at('tree'), { recursive: true }));
  const ALL = ['a.x', 'other/e.x', 'sub/b.x', 'sub/deep/c.x'];

  test('skips hidden folders, unless they are named', async () => {
    expect(await namesOf('tree/**')).toStrictEqual(ALL);
    expect(await namesOf('tree/.git/**')).toStrictEqual(['.git/d.x']);
    expect(await namesOf('tree/{.git,other}/*.x')).toStrictEqual(['.git/d.x', 'other/e.x']);
  });

  test('never matches temporary files of sluice', async () => {
    await writeFile(tree('.sluice-a1.tmp'), 'half a result');
    await writeFile(tree('.mine'), 'mine');
    expect(await namesOf('tree/**')).toStrictEqual(ALL);
    expect(await namesOf('tree/.m*')).toStrictEqual(['mine']);
    expect(await failureOf(namesOf('tree/.s*'))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await namesOf('tree/.sluice-a1.tmp')).toStrictEqual(['half a result']);
  });

  test.each([
    ['to the folder itself', 'loop', '.'],
    ['to a folder above', 'sub/deep/loop', '../..'],
    ['to the folder by its absolute path', 'sub/loop', '@'],
    ['two links', 'sub/one', '.', 'sub/two', '.'],
    ['through each other', 'sub/to', '../other', 'other/fro', '../sub'],
  ])('matches each file once despite links in a circle: %s', async (_where, ...links) => {
    for (let index = 0; index < links.length; index += 2) {
      await symlink(links[index + 1] === '@' ? at('tree') : links[index + 1], tree(links[index]));
    }
    expect(new Set(await namesOf('tree/**'))).toStrictEqual(new Set(ALL));
    expect(await namesOf('tree/**')).toHaveLength(ALL.length);
    expect(await namesOf('tree/**/*.x')).toHaveLength(ALL.length);
  });

  test('follows a circle once if the pattern does', async () => {
    await symlink('.', tree('loop'));
    expect(await namesOf('tree/*/a.x')).toStrictEqual(['a.x']);
    expect(await namesOf('tree/**/loop/a.x')).toStrictEqual(['a.x']);
  });

  test('reads a file with several names once, by the first name', async () => {
    await link(tree('a.x'), tree('z.x'));
    await symlink('b.x', tree('sub/a.x'));
    await symlink('../sub', tree('other/sub'));
    const names = (await readAll(files(tree('**')))).map(([name]) => name);
    expect(names).toStrictEqual(['a.x', 'other/e.x', 'other/sub/a.x', 'other/sub/deep/c.x'].map(tree));
  });

  test.each([
    ['to a missing target', '/nowhere/at/all', 'NOT_FOUND', 'is a broken symbolic link'],
    ['to itself', 'odd.x', 'READ_FAILED', 'ELOOP'],
  ])('reports a link %s that may be a match, or a folder with matches', async (_where, to, code, words) => {
    await symlink(to, tree('sub/odd.x'));
    for (const pattern of ['tree/**', 'tree/sub/*', 'tree/*/*.x', 'tree/**/b.x']) {
      const error = await failureOf(namesOf(pattern));
      expect(error).toMatchObject({ code, source: tree('sub/odd.x') });
      expect(error.message).toContain(words);
    }
    expect(await namesOf('tree/*.x')).toStrictEqual(['a.x']);
    expect(await namesOf('tree/sub/b*')).toStrictEqual(['sub/b.x']);
  });

  test('a broken link whose name looks like a pattern is not a pattern', async () => {
    await symlink('/nowhere', tree('[a].x'));
    expect(await failureOf(namesOf('tree/[a].x'))).toMatchObject({ code: 'NOT_FOUND', source: tree('[a].x') });
  });

  test('a pattern also matches files that are not regular', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(tree('socket.x'), resolve));
    expect(await failureOf(namesOf('tree/*.x'))).toMatchObject({ code: 'READ_FAILED', source: tree('socket.x') });
    await new Promise((resolve) => server.close(resolve));
  });

  test('the total size is the size of the files that are read', async () => {
    await link(tree('a.x'), tree('z.x'));
    await symlink('.', tree('loop'));
    expect(await files(tree('**')).totalBytes?.()).toBe(ALL.join('').length);
  });
});

test('an absolute pattern has absolute matches', async () => {
  const names = (await readAll(files(at('a.ndjson'), at('link'), at('deep/*.ndjson')))).map(([name]) => name);
  expect(names).toStrictEqual([at('a.ndjson'), at('link'), at('deep/a.ndjson')]);
});

test('reports a file that is truncated while it is read, and reads one that grows to its end', async () => {
  await writeFile(at('moving'), 'x'.repeat(1000));
  const cut = await onlyInput(files(at('moving')));
  expect(await cut.read(Buffer.alloc(600))).toBe(600);
  await truncate(at('moving'), 600);
  expect(await failureOf(cut.read(Buffer.alloc(600)))).toMatchObject({ code: 'SOURCE_CHANGED', source: at('moving') });
  await cut.close();
  const growing = await onlyInput(files(at('moving')));
  expect(await growing.read(Buffer.alloc(600))).toBe(600);
  await appendFile(at('moving'), 'more');
  expect(await growing.read(Buffer.alloc(600))).toBe(4);
  expect(await growing.read(Buffer.alloc(600))).toBe(0);
  await growing.close();
});

describe('an export of a file that grows after it was opened', () => {
  const growing = (path: string, more: Uint8Array | string): Source => ({
    async *inputs(signal) {
      for await (const input of files(path).inputs(signal)) {
        await appendFile(path, more);
        yield input;
      }
    },
  });
  const RECORDS = '{"id":"1"}\n{"id":"2"}\n';
  const MORE = '{"id":"3"}\n';

  test.each([
    ['plain', (text: string) => Buffer.from(text)],
    ['of gzip', (text: string) => gzipSync(text)],
  ])('has all records that are there at its end, and a note: %s', async (_, packed) => {
    await writeFile(at('log'), packed(RECORDS));
    const { output, receipt } = await exported({ source: growing(at('log'), packed(MORE)), format: 'ndjson' });
    expect(output.toString()).toBe(RECORDS + MORE);
    const bytes = packed(MORE).length;
    const text = `${at('log')} has grown by ${bytes} bytes since it was opened, which were read too`;
    expect(receipt?.notes).toStrictEqual([{ code: 'SOURCE_TOUCHED', text, counts: { bytes } }]);
  });

  test.each([
    ['a line', Buffer.from(RECORDS), Buffer.from('{"id":"3"')],
    ['gzip', gzipSync(RECORDS), gzipSync(MORE).subarray(0, 15)],
  ])('is a fault where %s is not finished', async (_, start, more) => {
    await writeFile(at('log'), start);
    const { error } = await exported({ source: growing(at('log'), more), format: 'ndjson' });
    expect(error).toMatchObject({ code: 'TRUNCATED', source: at('log') });
  });
});

test.runIf(process.platform === 'linux')('reads files without a size of their own to their end', async () => {
  for (const path of ['/proc/version', '/sys/kernel/mm/transparent_hugepage/enabled']) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) expect((await readAll(files(path)))[0]?.[1]).toHaveLength(text.length);
  }
});

test('reads a file in pieces of any size', async () => {
  for (const size of [1, 3, 8, 1000])
    expect(await readAll(files(at('a.ndjson')), size)).toStrictEqual([[at('a.ndjson'), 'a.ndjson']]);
});

test('reads files of any form and compression in one export; errors count within their file', async () => {
  await writeFile(at('one'), '{"id":"1"}\n{"id":"2"}');
  await writeFile(at('two'), gzipSync('{"entities":[{"id":"3"}]}'));
  await writeFile(at('three'), '[{"id":"4"},{"id":5,}]');
  const { output, receipt } = await exported({ source: [at('one'), at('two')], format: 'ndjson' });
  expect(output.toString()).toBe('{"id":"1"}\n{"id":"2"}\n{"id":"3"}\n');
  expect(receipt).toMatchObject({ read: 3, bytesIn: 21 + gzipSync('{"entities":[{"id":"3"}]}').length });
  const { error } = await exported({ source: [at('one'), at('three')], format: 'ndjson' });
  expect(error).toMatchObject({ code: 'INVALID_JSON', source: at('three'), recordIndex: 1, byteOffset: 20 });
});
