/** Under Node's permission model, which forbids some ways to sync a file and to change its mode. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { spawnSync } from '../run-sync.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FLAG = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-permission-'));
  await mkdir(join(folder, 'allowed'));
  await writeFile(join(folder, 'in.ndjson'), '{"id":"1"}\n{"id":"2"}\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Exports to a file in its own process. @returns the report of that process */
function exported(to: string, reading: readonly string[]): unknown {
  const script = `
    const { exportEntities } = await import(${JSON.stringify(join(ROOT, 'dist/index.js'))});
    const stream = (options) => exportEntities({ source: ${JSON.stringify(join(folder, 'in.ndjson'))} });
    try {
      await stream().toFile(${JSON.stringify(to)});
      const { written } = await stream().toFile(${JSON.stringify(to)}, { overwrite: true });
      console.log(JSON.stringify({ written }));
    } catch (error) {
      console.log(JSON.stringify({ code: error.code, message: error.message }));
    }`;
  const reads = [join(ROOT, '*'), join(folder, 'in.ndjson'), ...reading].map((path) => `--allow-fs-read=${path}`);
  const write = `--allow-fs-write=${join(folder, 'allowed', '*')}`;
  const { stdout, stderr } = spawnSync(process.execPath, [FLAG, ...reads, write, '--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  return stdout === '' ? stderr : JSON.parse(stdout);
}

test('writes a file in an allowed folder', async () => {
  const to = join(folder, 'allowed/out.json');
  expect(exported(to, [join(folder, 'allowed', '*')])).toStrictEqual({ written: 2 });
  expect(await readdir(join(folder, 'allowed'))).toStrictEqual(['out.json']);
});

test.each(['allowed/out.json', 'out.json'])('refuses %s, which may not be examined, with a reason', async (name) => {
  expect(exported(join(folder, name), [])).toMatchObject({
    code: 'PERMISSION_DENIED',
    message: expect.stringContaining('--allow-fs-read'),
  });
  expect((await readdir(folder)).sort()).toStrictEqual(['allowed', 'in.ndjson']);
  expect(await readdir(join(folder, 'allowed'))).toStrictEqual([]);
});
