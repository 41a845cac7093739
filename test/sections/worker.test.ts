import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const LONG = 60_000;

/** From this size on threads are started here: with files of the usual size, the test would read gigabytes. */
const LEAST_BYTES = 16 * 1024 * 1024;

/** A copy of the built package. */
let folder = '';
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-worker-'));
  await cp(join(ROOT, 'dist'), at('dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), at('package.json'));
  await symlink(join(ROOT, 'node_modules'), at('node_modules'));
  expect(await lowerLeast(at('dist'))).toHaveLength(1);
  expect(await lowerLeast(at('dist/cli/start'))).toContain('export.js');
  await writeFile(at('hook.cjs'), COUNTING);
  const made = await run([at('dist/cli/main.js'), 'generate', '--size', '32MB', '-o', at('in.ndjson'), '--quiet']);
  expect(made.code).toBe(0);
}, LONG);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Changes the size in the files of a folder. @returns the names of those that have it */
async function lowerLeast(built: string): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const entry of await readdir(built, { withFileTypes: true })) {
    if (!entry.name.endsWith('.js')) continue;
    const text = await readFile(join(built, entry.name), 'utf8');
    const lower = text.replace(
      /\b(LEAST_SCANNED(?:_ON_FEW_CORES)?) ?= ?\d+ ?\* ?1024 ?\* ?1024\b/g,
      `$1 = ${LEAST_BYTES}`,
    );
    if (lower === text) continue;
    await writeFile(join(built, entry.name), lower);
    changed.push(entry.name);
  }
  return changed;
}

/** Counts what threads do: prints when one is ready, and at the end how many sections they have scanned. */
const COUNTING = `
let scanned = 0;
process.on('worker', (worker) => worker.on('message', ({ kind }) => {
  if (kind === 'ready') process.stderr.write('ready\\n');
  else if (kind === 'result') scanned++;
}));
process.on('exit', () => require('node:fs').writeSync(2, 'scanned ' + scanned + '\\n'));
`;

interface Ran {
  readonly code: number | null;
  readonly output: Buffer;
  readonly messages: string;
}

/** Runs Node. Its output is read only when its messages say that a thread is ready, where that is awaited. */
function run(args: readonly string[], { awaits = false, env = {} } = {}): Promise<Ran> {
  const child = spawn('node', args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONG,
  });
  const chunks: Buffer[] = [];
  let messages = '';
  const readOutput = () => child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (!awaits) readOutput();
  child.stderr.on('data', (text: Buffer) => {
    const wasReady = messages.includes('ready');
    messages += text;
    if (awaits && !wasReady && messages.includes('ready')) readOutput();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks), messages }));
  });
}

/** The digest and the counts of an export by the command to standard output, and the sections that threads have scanned. */
async function exported(threads: number, flags: readonly string[]) {
  const receipt = at(`receipt-${threads}.json`);
  const command = [at('dist/cli/main.js'), 'export', at('in.ndjson'), '--threads', String(threads)];
  const { code, output, messages } = await run(
    [...command, '--export-id', 'x', '--receipt', receipt, '--overwrite', '--quiet', ...flags],
    { awaits: threads > 1, env: { NODE_OPTIONS: `--require ${at('hook.cjs')}` } },
  );
  const { read, written, bytesIn, output: made } = JSON.parse(await readFile(receipt, 'utf8'));
  const sha256 = createHash('sha256').update(output).digest('hex');
  const [, scanned] = /scanned (\d+)/.exec(messages) ?? [];
  return { result: { code, read, written, bytesIn, made, sha256 }, scanned: Number(scanned) };
}

/** A program that exports with two threads, and prints what they have done. It reads on when the started one is ready, or ended. */
const PROGRAM = (entry: string) => `
import { exportEntities } from ${JSON.stringify(entry)};
let [started, scanned] = [0, 0];
let resolve;
const ready = new Promise((done) => { resolve = done; });
process.on('worker', (worker) => {
  started++;
  worker.on('exit', resolve);
  worker.on('message', ({ kind }) => kind === 'ready' ? resolve() : scanned++);
});
const stream = exportEntities({ source: ${JSON.stringify(at('in.ndjson'))}, request: { types: ['image'] }, pack: 'none', threads: 2 });
// Threads do not keep the process while nobody reads.
const alive = setInterval(() => {}, 1000);
for await (const chunk of stream) if (started > 0) await ready;
clearInterval(alive);
const { written } = await stream.receipt;
console.log(JSON.stringify({ written, started, scanned }));
`;

interface Printed {
  readonly written: number;
  readonly started: number;
  readonly scanned: number;
}

async function programPrints(entry: string, flags: readonly string[] = []): Promise<Printed> {
  const { output } = await run([...flags, '--input-type=module', '--eval', PROGRAM(entry)]);
  return JSON.parse(output.toString());
}

describe('threads of Node', () => {
  test.each([[['--type', 'image', '--format', 'ndjson', '--pack', 'none']], [['--format', 'json', '--pack', 'zip']]])(
    'give the command the same results: %s',
    async (flags) => {
      const one = await exported(1, flags);
      const three = await exported(3, flags);
      expect(three.result).toEqual(one.result);
      expect(one).toMatchObject({ result: { code: 0 }, scanned: 0 });
      expect(three.scanned).toBeGreaterThan(0);
    },
    LONG,
  );

  test(
    'are started by the library, do not keep its process, and are not needed: without permission, without their program',
    async () => {
      const { written, ...threads } = await programPrints(at('dist/index.js'));
      expect(written).toBeGreaterThan(1000);
      expect(threads.started).toBe(1);
      expect(threads.scanned).toBeGreaterThan(0);
      const [major] = process.versions.node.split('.').map(Number);
      const permission = major > 22 ? '--permission' : '--experimental-permission';
      const flags = [permission, '--allow-fs-read=*', '--no-warnings'];
      const none = { written, scanned: 0 };
      expect(await programPrints(at('dist/index.js'), flags)).toEqual({ ...none, started: 0 });
      await rm(at('dist/sections/worker.cjs'));
      expect(await programPrints(at('dist/index.js'))).toEqual({ ...none, started: 1 });
    },
    LONG,
  );
});
