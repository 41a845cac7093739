/** Files beside a result: a failure to write them sets the exit code, like a failure to write the result. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { filesIn, shell } from './run-sluice.js';

/** More than a stream, a pipe or `head` holds at once. */
const REJECTS = Array.from({ length: 3000 }, (_, index) => `bad ${index + 1}\n`).join('');
const GOOD = '{"id":"1","type":"a"}\n';

let folder = '';
const run = (line: string) => shell(line, { cwd: folder });
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-side-files-'));
  await writeFile(join(folder, 'bad.ndjson'), GOOD + REJECTS);
  await writeFile(join(folder, 'few.ndjson'), `${GOOD}bad\n`);
  await writeFile(join(folder, 'in.ndjson'), GOOD);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a full device fails the command', () => {
  test.each([
    ['bad.ndjson --on-error skip --rejects /dev/full', []],
    ['few.ndjson --on-error skip --rejects /dev/full', ['out.ndjson']],
    ['bad.ndjson --on-error skip --receipt /dev/full', ['out.ndjson']],
    ['in.ndjson --receipt /dev/full', ['out.ndjson']],
  ])('%s', async (flags, made) => {
    const { code, stderr } = await run(`sluice export ${flags} -o out.ndjson --quiet`);
    expect({ code, stderr }).toStrictEqual({
      code: 5,
      stderr: expect.stringMatching(/^sluice: \/dev\/full: ENOSPC: .*\(DISK_FULL\)\n$/),
    });
    expect(await filesIn(folder)).toStrictEqual(['bad.ndjson', 'few.ndjson', 'in.ndjson', ...made]);
  });
});

describe('a reader of rejected records that leaves early fails the command', () => {
  test.each([
    ['at a named pipe', '--rejects >(head -n 1 > /dev/null)'],
    ['at standard output', '--rejects - | head -n 1 > /dev/null'],
    ['at /dev/stdout', '--rejects /dev/stdout | head -n 1 > /dev/null'],
    ['at its descriptor', '--rejects /dev/fd/1 | head -n 1 > /dev/null'],
  ])('%s', async (_case, rejects) => {
    const line = `set -o pipefail; sluice export bad.ndjson --on-error skip -o out.ndjson --receipt r --quiet ${rejects}`;
    const { code, stderr } = await run(line);
    expect({ code, stderr }).toStrictEqual({ code: 5, stderr: expect.stringMatching(/EPIPE \(WRITE_FAILED\)\n$/) });
    expect(await filesIn(folder)).toStrictEqual(['bad.ndjson', 'few.ndjson', 'in.ndjson']);
  });
});

describe('a reader of the result that leaves early', () => {
  beforeEach(async () => {
    await run('sluice generate --entities 20000 -o big.ndjson --quiet');
    await writeFile(join(folder, 'r'), 'before');
    await writeFile(join(folder, 'q'), 'before');
  });

  test.each([
    ['--receipt r', ['the receipt (r)']],
    ['--on-error skip --rejects q', ['the rejected records (q)']],
    ['--on-error skip --rejects q --receipt r -o /dev/stdout --format ndjson', ['(r)', '(q)']],
  ])('gets a warning of missing files: %s', async (flags, words) => {
    const line = `set -o pipefail; sluice export big.ndjson --overwrite ${flags} | head -c 10 > /dev/null`;
    const { code, stderr } = await run(line);
    expect({ code, lines: stderr.split('\n').length }).toStrictEqual({ code: 0, lines: 2 });
    expect(stderr).toMatch(/^sluice: warning: the reader of standard output closed it before the end/);
    for (const word of words) expect(stderr).toContain(word);
    expect(await readFile(join(folder, 'r'), 'utf8')).toBe('before');
    expect(await readFile(join(folder, 'q'), 'utf8')).toBe('before');
  });

  test('gets no warning without files beside the result', async () => {
    const line = 'set -o pipefail; sluice export big.ndjson -o /dev/fd/1 --format ndjson | head -c 10 > /dev/null';
    expect(await run(line)).toMatchObject({ code: 0, stderr: '' });
  });
});

test.each([
  ['--receipt by/a.ndjson', '--receipt by/a.ndjson'],
  ['--manifest --receipt ./by/manifest.json', '--receipt ./by/manifest.json'],
  ['--on-error skip --rejects by/a.ndjson', '--rejects by/a.ndjson'],
])('a file of a result in a folder is not replaced: %s', async (flags, named) => {
  await mkdir(join(folder, 'by'));
  const line = `sluice export in.ndjson --split-by type --format ndjson -o by/ --overwrite --quiet ${flags}`;
  const { code, stderr } = await run(line);
  const message = `${named} is a file of the result; name another; the result itself is complete: 1 record to by/`;
  expect({ code, stderr }).toStrictEqual({ code: 5, stderr: `sluice: ${message} (DESTINATION_EXISTS)\n` });
  expect(await readFile(join(folder, 'by', 'a.ndjson'), 'utf8')).toBe(GOOD);
  expect((await run(`${line.replace(named, named.replace(/by.*/, 'by/receipt.json'))}`)).code).toBe(0);
});

test.each([
  ['--on-error skip --rejects q.ndjson.gz', '.gz'],
  ['--on-error skip --rejects q.ZIP', '.ZIP'],
  ['--receipt r.json.zst', '.zst'],
])('%s is refused, because the file would not be compressed', async (flags, suffix) => {
  const { code, stderr } = await run(`sluice export in.ndjson -o out.ndjson ${flags}`);
  expect({ code, stderr }).toStrictEqual({ code: 2, stderr: expect.stringContaining(`name a file without ${suffix}`) });
  expect(await filesIn(folder)).toStrictEqual(['bad.ndjson', 'few.ndjson', 'in.ndjson']);
});
