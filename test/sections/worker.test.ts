/** Threads of Node: the built command and library with them, without permission for them, and without their program. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const COMMAND = join(ROOT, 'dist', 'cli', 'main.js');
const LONG = 120_000;

let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-worker-'));
  // Large enough that threads are started, and have something left to scan then.
  await run('node', [COMMAND, 'generate', '--size', '57MB', '-o', at('in.ndjson'), '--quiet']);
  const lines = await readFile(at('in.ndjson'));
  for (let times = 1; times < 5; times++) await appendFile(at('in.ndjson'), lines);
}, LONG);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The digest and the counts of an export by the command. */
async function exported(threads: number, ...more: readonly string[]): Promise<unknown> {
  const out = at(`out-${threads}${more.join('')}`.replace(/[^\w.-]/g, ''));
  const flags = ['--type', 'image', '--threads', String(threads), '--export-id', 'x', '--quiet', ...more];
  await run('node', [COMMAND, 'export', at('in.ndjson'), '-o', out, '--receipt', `${out}.receipt`, ...flags]);
  const { read, written, bytesIn, output } = JSON.parse(await readFile(`${out}.receipt`, 'utf8'));
  const sha256 = createHash('sha256')
    .update(await readFile(out))
    .digest('hex');
  return { read, written, bytesIn, output, sha256 };
}

/** A program that exports with two threads, and prints how many it has started beside its own. */
const PROGRAM = (entry: string) => `
import { exportEntities } from ${JSON.stringify(entry)};
let most = 0;
const { Worker } = await import('node:worker_threads');
process.on('worker', () => most++);
const stream = exportEntities({ source: ${JSON.stringify(at('in.ndjson'))}, request: { types: ['image'] }, pack: 'none', threads: 2 });
for await (const chunk of stream);
const { written } = await stream.receipt;
console.log(JSON.stringify({ written, most }));
`;

async function programPrints(entry: string, ...flags: readonly string[]): Promise<{ written: number; most: number }> {
  const { stdout } = await run('node', [...flags, '--input-type=module', '--eval', PROGRAM(entry)], { cwd: ROOT });
  return JSON.parse(stdout);
}

describe('threads of Node', () => {
  test.each([[['--format', 'ndjson', '--pack', 'none']], [['--format', 'json', '--pack', 'zip']]])(
    'give the command the same results: %s',
    async (flags) => {
      const one = await exported(1, ...flags);
      expect(await exported(3, ...flags)).toEqual(one);
    },
    LONG,
  );

  test(
    'are started by the library, and do not keep its process',
    async () => {
      const { written, most } = await programPrints(join(ROOT, 'dist', 'index.js'));
      expect(written).toBeGreaterThan(1000);
      expect(most).toBe(1);
    },
    LONG,
  );

  test(
    'are not needed: without permission, and without their program',
    async () => {
      const { written } = await programPrints(join(ROOT, 'dist', 'index.js'));
      const [major] = process.versions.node.split('.').map(Number);
      const permission = major > 22 ? '--permission' : '--experimental-permission';
      const without = await programPrints(
        join(ROOT, 'dist', 'index.js'),
        permission,
        '--allow-fs-read=*',
        '--no-warnings',
      );
      expect(without).toEqual({ written, most: 0 });
      await cp(join(ROOT, 'dist'), at('dist'), { recursive: true });
      await symlink(join(ROOT, 'node_modules'), at('node_modules'));
      await cp(join(ROOT, 'package.json'), at('package.json'));
      await rm(at('dist/sections/worker.cjs'));
      expect((await programPrints(at('dist/index.js'))).written).toBe(written);
    },
    LONG,
  );
});
