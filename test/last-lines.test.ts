/** The last line of a test run: the numbers of tests, true also where files fail as a whole. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from './house/source-files.js';
import { spawnSync } from './run-sync.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-last-lines-'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const reporter = JSON.stringify(join(ROOT, 'test/last-lines.ts'));
  await writeFile(
    join(folder, 'vitest.config.ts'),
    `import { LastLines } from ${reporter};\nexport default { test: { reporters: ['default', new LastLines(0)] } };\n`,
  );
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Runs test files, by name. @returns the exit code and the last line */
async function ended(files: Readonly<Record<string, string>>): Promise<{ code: number | null; last?: string }> {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), `import { afterAll, test } from 'vitest';\n${text}\n`);
  }
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const { status, stdout } = spawnSync(process.execPath, [vitest, 'run', '--root', folder], { encoding: 'utf8' });
  return { code: status, last: stdout.trimEnd().split('\n').at(-1) };
}

test('counts what has passed', async () => {
  const files = { 'a.test.ts': "test('a', () => {}); test('b', () => {});", 'b.test.ts': "test('c', () => {});" };
  expect(await ended(files)).toStrictEqual({ code: 0, last: '3 passed, 0 failed' });
});

test('counts what has failed, files that fail outside their tests, and what was skipped', async () => {
  const files = {
    'a.test.ts': "test('a', () => {}); test('b', () => { throw new Error('no'); }); test.skip('c', () => {});",
    'b.test.ts': "test('d', () => {}); afterAll(() => { throw new Error('no'); });",
    'c.test.ts': "test('e', () => {}); throw new Error('no');",
    'd.test.ts':
      "test('f', () => { setTimeout(() => { throw new Error('no'); }); return new Promise((done) => setTimeout(done, 50)); });",
  };
  expect(await ended(files)).toStrictEqual({ code: 1, last: '3 passed, 4 failed, 1 skipped' });
});
