/** Examples of the documentation that need a database run as written, except for its address. */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blockWith, ROOT } from '../documentation.js';
import { makeDatabase, POSTGRES, type TestDatabase } from '../servers/postgres-database.js';

const execute = promisify(execFile);

describe.skipIf(!POSTGRES)('the documentation', () => {
  let folder = '';
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
    folder = await mkdtemp(join(tmpdir(), 'sluice-page-'));
    await mkdir(join(folder, 'node_modules'));
    await symlink(ROOT, join(folder, 'node_modules', 'sluice'), 'dir');
    await copyFile(join(ROOT, 'test/fixtures/catalog.ndjson'), join(folder, 'catalog.ndjson'));
    const main = join(ROOT, 'dist/cli/main.js');
    await writeFile(join(folder, 'sluice'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
    await chmod(join(folder, 'sluice'), 0o755);
    return () => rm(folder, { recursive: true, force: true });
  });
  afterAll(() => database.drop());

  test('scales to many processes with two commands', async () => {
    const session = blockWith('bash', '--postgres')
      .replaceAll('postgres://127.0.0.1:5432/sluice', database.url)
      .replace('--port 8080', '--port 0 > served');
    expect(session.trim().split('\n')).toHaveLength(2);
    // The service prints a call with its address.
    const use = `
      until grep -qs http served; do sleep 0.1; done
      export SLUICE_SERVER=$(grep -o 'http://[^/]*' served | head -1)
      sluice submit --type product --max-records 10 -o far.zip
      kill %1 %2; wait || true`;
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, SLUICE_TOKENS: '' };
    await execute('bash', ['-c', `set -em\n${session}${use}`], { cwd: folder, env });
    const { stdout } = await execute(join(folder, 'sluice'), ['verify', 'far.zip'], { cwd: folder });
    expect(stdout).toContain('ok: zip, 10 records');
  });

  test('reads entities from a table', async () => {
    await database.query('CREATE TABLE products (id text PRIMARY KEY, entity jsonb)');
    const lines = (await readFile(join(folder, 'catalog.ndjson'), 'utf8')).trimEnd().split('\n');
    for (const [index, line] of lines.entries()) {
      await database.query('INSERT INTO products VALUES ($1, $2)', [String(index), line]);
    }
    await writeFile(join(folder, 'table.mjs'), blockWith('js', 'DATABASE_URL'));
    const env = { ...process.env, DATABASE_URL: database.url };
    const { stdout } = await execute(process.execPath, ['table.mjs'], { cwd: folder, env });
    expect(stdout).toMatch(/^(\d+) \1\n$/);
  });
});
