/** A service, workers and a database as processes: the same commands and the same bytes as with one process. */
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeDatabase, POSTGRES, type TestDatabase } from '../../servers/postgres-database.js';
import { filesIn, sluice, startSluice } from '../run-sluice.js';

const CATALOG = resolve(import.meta.dirname, '../../fixtures/catalog.ndjson');
const ENV = { SLUICE_TOKENS: '', SLUICE_TOKEN: '', SLUICE_POSTGRES: '' };

let folder = '';
let database: TestDatabase;
const running = new Set<ReturnType<typeof startSluice>>();

describe.skipIf(!POSTGRES)('many machines', () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-work-'));
    await copyFile(CATALOG, join(folder, 'catalog.ndjson'));
    database = await makeDatabase();
  });
  afterEach(async () => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A running process; resolves once it is ready. */
  async function start(args: readonly string[], sign: RegExp) {
    const child = startSluice(args, { cwd: folder, env: ENV });
    running.add(child);
    const end = new Promise<number | null>((done) => child.on('close', done));
    let log = '';
    const found = new Promise<string>((there, failed) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', (line) => {
          log += `${line}\n`;
          if (sign.test(line)) there(line);
        });
      }
      end.then((code) => failed(new Error(`it ended with ${code}: ${log}`)));
    });
    return { child, end, line: await found, log: () => log };
  }

  async function serve(...args: readonly string[]): Promise<string> {
    const flags = ['--no-auth', '--port', '0', '--postgres', database.url, '--results', 'results'];
    const { line } = await start(['serve', ...flags, ...args], /^curl /);
    return /http:\/\/[^/ ]+/.exec(line)?.[0] ?? '';
  }

  const work = (inputs: readonly string[]) =>
    start(['work', ...inputs, '--postgres', database.url, '--results', 'results'], /working on jobs in/);

  async function run(...args: readonly string[]) {
    const { code, stdout, stderr } = await sluice(args, { cwd: folder, env: ENV });
    return { code, stdout: stdout.toString(), stderr };
  }

  const digestOf = async (name: string) =>
    createHash('sha256')
      .update(await readFile(join(folder, name)))
      .digest('hex');

  test('run a job of the service in a worker, with the same bytes as one process', async () => {
    const server = await serve();
    await work(['catalog.ndjson']);
    const request = ['--type', 'product', '--attributes', '_ALL', '--file-name', 'same'];
    expect(await run('submit', '--server', server, ...request, '-o', 'far.zip')).toMatchObject({ code: 0 });
    expect(await run('export', 'catalog.ndjson', ...request, '-o', 'near.zip')).toMatchObject({ code: 0 });
    expect(await digestOf('far.zip')).toBe(await digestOf('near.zip'));
    expect(await filesIn(folder)).not.toContain('.sluice');
  });

  test('read entities from a table, in the command and in workers', async () => {
    await database.query('CREATE TABLE entities (id text PRIMARY KEY, entity json)');
    const lines = (await readFile(CATALOG, 'utf8')).trimEnd().split('\n');
    for (const [index, line] of lines.entries()) {
      await database.query('INSERT INTO entities VALUES ($1, $2)', [String(index).padStart(6, '0'), line]);
    }
    const request = ['--type', 'product', '--file-name', 'same'];
    const table = [database.url, '--table', 'entities'];
    expect(await run('export', 'catalog.ndjson', ...request, '-o', 'file.zip')).toMatchObject({ code: 0 });
    expect(await run('export', ...table, ...request, '-o', 'table.zip')).toMatchObject({ code: 0 });
    expect(await digestOf('table.zip')).toBe(await digestOf('file.zip'));
    const explained = await run('export', ...table, '--type', 'product', '--explain');
    expect(explained).toMatchObject({ code: 0, stdout: expect.stringContaining('COPY') });
    expect(explained.stdout).not.toContain(`${new URL(database.url).username}@`);
    const server = await serve();
    await work(table);
    expect(await run('submit', '--server', server, '--type', 'product', '-o', 'far.zip')).toMatchObject({ code: 0 });
    expect(await run('verify', 'far.zip')).toMatchObject({ code: 0 });
  });

  test('serve metrics of a worker', async () => {
    const server = await serve('--metrics-port', '0');
    const { line } = await start(
      ['work', 'catalog.ndjson', '--postgres', database.url, '--results', 'results', '--metrics-port', '0'],
      /working on jobs in/,
    );
    const url = /http:\/\/\S+\/metrics/.exec(line)?.[0] ?? '';
    expect(await run('submit', '--server', server, '--type', 'sku', '-o', 'one.zip')).toMatchObject({ code: 0 });
    expect(await (await fetch(url)).text()).toContain('sluice_jobs_ended_total{state="completed"} 1');
    const open = ['work', 'catalog.ndjson', '--postgres', database.url, '--results', 'results'];
    expect(await run(...open, '--metrics-port', '0', '--metrics-host', '0.0.0.0')).toMatchObject({ code: 2 });
  });

  test('requeue the jobs of a worker that shuts down', async () => {
    const { child, end } = await work(['catalog.ndjson']);
    child.kill('SIGTERM');
    expect(await end).toBe(0);
  });

  test('run jobs in a service if their number is stated', async () => {
    const flags = ['--postgres', database.url, '--results', 'results', '--no-auth', '--port', '0'];
    const { line } = await start(['serve', 'catalog.ndjson', '--concurrency', '1', ...flags], /^curl /);
    const server = /http:\/\/[^/ ]+/.exec(line)?.[0] ?? '';
    expect(await run('submit', '--server', server, '--type', 'sku', '-o', 'one.zip')).toMatchObject({ code: 0 });
    expect(await run('serve', 'catalog.ndjson', ...flags)).toMatchObject({ code: 2, stdout: '' });
  });

  test('report a missing database without the password', async () => {
    const gone = 'postgres://someone:secret@127.0.0.1:1/none';
    const answer = await run('work', 'catalog.ndjson', '--postgres', gone, '--results', 'results');
    expect(answer).toMatchObject({ code: 5, stdout: '' });
    expect(answer.stderr).not.toContain('secret');
    expect(await run('export', gone, '--table', 'x')).toMatchObject({ code: 5 });
  });
});
