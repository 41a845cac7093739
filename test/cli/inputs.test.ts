/** Inputs of the command line: no input is overwritten, and none is silently skipped. */
import { chmod, link, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { filesIn, shell, sluice } from './run-sluice.js';

const TEXT = '{"id":"a","type":"t"}\n{"id":"b","type":"t"}\n';

let folder = '';
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-inputs-'));
  await writeFile(at('in.ndjson'), TEXT);
  await symlink('in.ndjson', at('link.ndjson'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('refuses to overwrite an input', () => {
  test.each([
    'sluice export in.ndjson >> in.ndjson',
    'sluice export < in.ndjson >> in.ndjson',
    'sluice export "*.ndjson" >> link.ndjson',
    'sluice export in.ndjson -o link.ndjson --overwrite',
    'sluice export in.ndjson -o out.json --on-error skip --rejects in.ndjson --overwrite',
    'sluice export in.ndjson -o out.json --receipt link.ndjson --overwrite',
    'sluice unwrap in.ndjson >> in.ndjson',
  ])('%s', async (line) => {
    const { code, stderr } = await shell(line, { cwd: folder });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/is read and would be overwritten/),
    });
    expect(await readFile(at('in.ndjson'), 'utf8')).toBe(TEXT);
  });

  test.each([
    'sluice export in.ndjson --ids-from rq -o out.json --on-error skip --rejects rq --overwrite',
    'sluice export in.ndjson --ids-from rq -o rq --overwrite',
    'sluice export in.ndjson --ids-from rq -o rq',
    'sluice export in.ndjson --ids-from rq >> rq',
    'sluice export in.ndjson --ids-from - < rq -o rq --overwrite',
    'sluice export in.ndjson --request rq -o hard --overwrite',
    'sluice export in.ndjson --profiles other --profiles soft -o rq --overwrite',
    'sluice export in.ndjson --since rq -o ./rq --overwrite',
    'sluice export in.ndjson --since rq -o out.json --on-error skip --rejects rq --overwrite',
    'sluice export postgres://127.0.0.1:1/a --query @rq -o rq --overwrite',
    'sluice export rdp+https://127.0.0.1:1/a --headers-file rq -o rq --overwrite',
    'sluice export rdp+https://127.0.0.1:1/a --headers-file h --platform-query rq --receipt rq --overwrite',
    'sluice export rdp+https://127.0.0.1:1/a --headers-file h --platform-fields rq --receipt rq --overwrite',
    'sluice submit --server http://127.0.0.1:1 --request rq -o rq --overwrite',
    'sluice submit --server http://127.0.0.1:1 --token-file rq -o rq --overwrite',
    'sluice download --server http://127.0.0.1:1 --headers-file rq -o soft --overwrite some-id',
  ])('or a file that a flag reads: %s', async (line) => {
    await writeFile(at('rq'), '{}');
    await link(at('rq'), at('hard'));
    await symlink('rq', at('soft'));
    const { code, stderr } = await shell(line, { cwd: folder });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/ would overwrite .*, which --.* reads.*INVALID/),
    });
    expect(await readFile(at('rq'), 'utf8')).toBe('{}');
    expect(await filesIn(folder)).toStrictEqual(['hard', 'in.ndjson', 'link.ndjson', 'rq', 'soft']);
  });

  test('a receipt may be replaced by the next export, which begins there', async () => {
    expect((await shell('sluice export in.ndjson -o out.json --receipt r', { cwd: folder })).code).toBe(0);
    const before = await readFile(at('r'), 'utf8');
    const line = 'sluice export in.ndjson --since r -o delta.json --receipt r --overwrite';
    expect((await shell(line, { cwd: folder })).code).toBe(0);
    expect(JSON.parse(await readFile(at('r'), 'utf8')).id).not.toBe(JSON.parse(before).id);
  });

  test('the result of the last run is not an input of the next', async () => {
    expect((await shell('sluice export "*.ndjson" -o out.ndjson --quiet', { cwd: folder })).code).toBe(0);
    const again = await shell('sluice export "*.ndjson" -o out.ndjson --overwrite', { cwd: folder });
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('out.ndjson is read and would be overwritten'),
    });
    expect(await readFile(at('out.ndjson'), 'utf8')).toBe(TEXT);
  });
});

// Only root can run the command as a user without access to the folder.
test.runIf(process.getuid?.() === 0)('a folder or a file that may not be read is told', async () => {
  await chmod(folder, 0o755);
  await mkdir(at('closed'), { mode: 0o700 });
  await writeFile(at('closed/c.ndjson'), TEXT);
  await writeFile(at('secret.ndjson'), TEXT, { mode: 0o600 });
  for (const [pattern, name] of [
    ['**/c.ndjson', 'closed'],
    ['*/c.ndjson', 'closed'],
    ['s*.ndjson', 'secret.ndjson'],
  ]) {
    const { code, stdout, stderr } = await sluice(['export', pattern], { cwd: folder, uid: 65_534 });
    expect({ code, stdout: stdout.toString() }).toStrictEqual({ code: 5, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^sluice: ${name}: EACCES.*\\(PERMISSION_DENIED\\)\n$`));
  }
  expect((await sluice(['export', 'i*.ndjson', '--quiet'], { cwd: folder, uid: 65_534 })).stdout.toString()).toBe(TEXT);
});
