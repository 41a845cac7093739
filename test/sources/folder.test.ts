/** Folders as inputs: the files below them whose names look like JSON. */
import { chmod, link, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { type FilesOptions, files } from '../../src/sources/files.js';
import type { SluiceError } from '../../src/terms/errors.js';
import type { Note } from '../../src/terms/receipt.js';
import { execFileSync } from '../run-sync.js';
import { failureOf } from './outcome.js';

let folder = '';
const at = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), `{"id":"${name}"}\n`);
  }
}

/** The names of the inputs, relative to the folder. */
async function inputsOf(path = '', options: FilesOptions = {}): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const input of files(at(path), options).inputs(new AbortController().signal)) {
    names.push(input.name.slice(folder.length + 1));
    if (input.kind === 'bytes') await input.close();
  }
  return names;
}

describe('of a folder', () => {
  test('every file below it is read whose name looks like JSON, plain or packed', async () => {
    const read = [
      ...['a.json', 'b.ndjson', 'c.jsonl', 'd.geojson', 'e.JSON', 'f.json.gz', 'g.ndjson.zst', 'h.zip', 'i.ldjson'],
      ...['sub/a.json', 'sub/deeper/a.json'],
    ];
    await write(...read, 'README.md', 'a.csv', 'json', 'a.gz', 'sub/notes.txt');
    expect(await inputsOf()).toStrictEqual([...read].sort());
    expect(await inputsOf('sub/')).toStrictEqual(['sub/a.json', 'sub/deeper/a.json']);
  });

  test('files come in the order of their complete paths, as those of a glob', async () => {
    const names = ['b.json', 'b/1.json', 'b-1.json', 'a/b/c.json', 'a.json', 'a/b.json', 'B.json', 'b0.json'];
    await write(...names);
    expect(await inputsOf()).toStrictEqual([...names].sort());
    expect(await inputsOf('**/*.json')).toStrictEqual(await inputsOf());
  });

  test('files come in natural order on request, folders too', async () => {
    await write('10/9.json', '10/10.json', '9/1.json', 'p10.json', 'p9.json');
    const natural = { sort: 'natural' } as const;
    expect(await inputsOf('', natural)).toStrictEqual(['9/1.json', '10/9.json', '10/10.json', 'p9.json', 'p10.json']);
    expect(await inputsOf('p*.json', natural)).toStrictEqual(['p9.json', 'p10.json']);
    expect(new Set(await inputsOf('', { sort: 'none' }))).toStrictEqual(new Set(await inputsOf()));
  });

  test('hidden files and files of sluice are left out', async () => {
    await write('a.json', '.b.json', '.hidden/c.json', '.sluice-1.tmp', '.sluice-2.json');
    expect(await inputsOf()).toStrictEqual(['a.json']);
  });

  test('links are followed, but not in circles, and no file is read twice', async () => {
    await write('a/1.json', 'b/2.json');
    await symlink('..', at('a/up'));
    await symlink('../b', at('a/side'));
    await symlink('1.json', at('a/again.json'));
    await symlink('.', at('b/self'));
    const names = await inputsOf();
    expect(names).toHaveLength(2);
    expect(names.join()).toMatch(/^a\/1\.json,a\/side\/2\.json$/);
  });

  test('without such files nothing is exported', async () => {
    await mkdir(at('empty/sub'), { recursive: true });
    expect(await failureOf(inputsOf('empty'))).toMatchObject({ code: 'NOT_FOUND', source: at('empty') });
    await write('empty/a.txt');
    expect((await failureOf(inputsOf('empty'))).message).toContain('1 others are left out, such as');
  });

  test('a broken link with such a name is a missing file', async () => {
    await symlink('missing', at('a.json'));
    expect(await failureOf(inputsOf())).toMatchObject({ code: 'NOT_FOUND', source: at('a.json') });
  });

  test.skipIf(process.getuid?.() === 0)('a folder inside that cannot be listed is an error', async () => {
    await write('a.json', 'sub/b.json');
    await chmod(at('sub'), 0);
    expect(await failureOf(inputsOf())).toMatchObject({ code: 'PERMISSION_DENIED', source: at('sub') });
    await chmod(at('sub'), 0o700);
  });
});

test('the receipt tells of hard links to files that were read, and of no other links', async () => {
  await write('a/1.json', 'b/2.json');
  await link(at('a/1.json'), at('b/1.json'));
  await link(at('a/1.json'), at('b/3.json'));
  await symlink('2.json', at('b/z.json'));
  for (const source of [folder, [at('*/*.json'), at('b/2*')]]) {
    const stream = exportEntities({ source, format: 'ndjson' });
    expect((await stream.toBuffer()).toString()).toBe('{"id":"a/1.json"}\n{"id":"b/2.json"}\n');
    expect((await stream.receipt).notes).toStrictEqual([
      {
        code: 'FILES_LEFT_OUT',
        text: `${at('b')}: 2 files are left out, because the file was read before, by this or another name (hard links): ${at('b/1.json')} …`,
        counts: { files: 2 },
      },
    ]);
  }
});

test('the receipt tells how many files of a folder were left out', async () => {
  await write('a.json', 'x/b.txt', 'x/c.csv');
  const { notes, read } = await exportEntities({ source: folder, format: 'ndjson' }).toFile(at('../out.ndjson'), {
    overwrite: true,
  });
  await rm(at('../out.ndjson'));
  expect(read).toBe(1);
  expect(notes).toStrictEqual([
    {
      code: 'FILES_LEFT_OUT',
      text: `${folder}: 2 files are left out, because the name does not look like JSON: ${at('x/b.txt')} …`,
      counts: { files: 2 },
    },
  ]);
});

describe('the manifest of a result', () => {
  const lines = (source: string, options: object = {}) => exportEntities({ source, format: 'ndjson', ...options });

  /** A result of two files with a manifest, in a folder. */
  async function result(): Promise<string> {
    await writeFile(at('in.ndjson'), '{"id":"1"}\n{"id":"2"}\n{"id":"3"}\n');
    await lines(at('in.ndjson'), { batchSize: 2, manifest: true }).toFile(at('result/'));
    return at('result');
  }

  test.each([{}, { input: 'lines' }, { onError: 'skip-file' }])(
    'is left out of a folder and of a glob, and the receipt says so: %j',
    async (options) => {
      const place = await result();
      for (const source of [place, `${place}/*`]) {
        const stream = lines(source, options);
        expect(String(await stream.toBuffer())).toBe('{"id":"1"}\n{"id":"2"}\n{"id":"3"}\n');
        const text = `${place}: 1 file is left out, because it is the list of files that an export of sluice added: ${join(place, 'manifest.json')}`;
        expect((await stream.receipt).notes).toStrictEqual([{ code: 'FILES_LEFT_OUT', text, counts: { files: 1 } }]);
      }
    },
  );

  test('is read where it is named', async () => {
    const place = await result();
    expect(String(await lines(join(place, 'manifest.json')).toBuffer())).toContain('"files":[');
  });

  test('has that form, not only that name', async () => {
    const entity = '{"id":"1","files":[{"name":"a"}]}\n';
    await writeFile(at('manifest.json'), entity);
    expect(String(await lines(folder).toBuffer())).toBe(entity);
  });
});

test.skipIf(process.platform === 'win32')('a FIFO in a folder is left out, and the receipt says why', async () => {
  await write('a.json');
  execFileSync('mkfifo', [at('b.json')]);
  const stream = exportEntities({ source: folder, format: 'ndjson' });
  await stream.toBuffer();
  expect((await stream.receipt).notes).toMatchObject([
    { code: 'FILES_LEFT_OUT', text: `${folder}: 1 file is left out, because it is no regular file: ${at('b.json')}` },
  ]);
});

test.skipIf(process.platform !== 'linux')('a name that is not UTF-8 is said to be one', async () => {
  await writeFile(Buffer.concat([Buffer.from(at('a')), Buffer.of(0xff), Buffer.from('.json')]), '{}');
  expect(await failureOf(inputsOf())).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('if the name is not UTF-8, rename the file'),
  });
});

test('a result in the folder is not one of its inputs', async () => {
  await write('a.json');
  const out = at('z.json');
  await exportEntities({ source: folder }).toFile(out);
  const error = await failureOf(exportEntities({ source: folder }).toFile(out, { overwrite: true }));
  expect(error).toMatchObject({ code: 'INVALID', source: out, path: out });
});

test('what cannot be opened is handed to a caller who sets it aside', async () => {
  await write('b.json');
  await symlink('missing', at('a.json'));
  const aside: (readonly [string, SluiceError['code']])[] = [];
  const notes: Note[] = [];
  const names: string[] = [];
  const context = {
    note: (note: Note) => void notes.push(note),
    setAside: (name: string, { code }: SluiceError) => void aside.push([name, code]),
  };
  for await (const input of files(at('missing'), folder, at('*.none')).inputs(new AbortController().signal, context)) {
    names.push(input.name);
    if (input.kind === 'bytes') await input.close();
  }
  expect(names).toStrictEqual([at('b.json')]);
  expect(aside).toStrictEqual([
    [at('missing'), 'NOT_FOUND'],
    [at('a.json'), 'NOT_FOUND'],
    [at('*.none'), 'NOT_FOUND'],
  ]);
});
