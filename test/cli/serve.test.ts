/** `sluice serve` as a process: the printed request works, jobs run from end to end, and it shuts down cleanly. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.js';
import { filesIn, sluice, startSluice, until } from './run-sluice.js';

const CATALOG = resolve(import.meta.dirname, '../fixtures/catalog.ndjson');

let folder = '';
const path = (name: string) => join(folder, name);
const running = new Set<ReturnType<typeof startSluice>>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-serve-'));
  await copyFile(CATALOG, path('catalog.ndjson'));
});

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
  await rm(folder, { recursive: true, force: true });
});

/** A listening service. */
async function serve(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const port = args.includes('--port') ? [] : ['--port', '0'];
  const child = startSluice(['serve', ...port, '--data-dir', 'data', ...args], {
    cwd: folder,
    env: { SLUICE_TOKENS: '', SLUICE_TOKEN: '', ...env },
  });
  running.add(child);
  let log = '';
  child.stderr.on('data', (text) => {
    log += text;
  });
  const end = new Promise<number | null>((done) => child.on('close', done));
  const lines = createInterface(child.stdout);
  const curl = await new Promise<string>((found, failed) => {
    lines.once('line', found);
    end.then((code) => failed(new Error(`the service ended with ${code}: ${log}`)));
  });
  const url = /http:\/\/[^/]+(?:\/[^/ ]+)*?(?=\/api\/)/.exec(curl)?.[0] ?? '';
  return { child, curl, url, end, log: () => log };
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await sluice(args, {
    cwd: folder,
    env: { SLUICE_TOKENS: '', SLUICE_TOKEN: '', ...env },
  });
  return { code, stdout: stdout.toString(), stderr };
}

/** What a shell prints for the line. */
async function paste(line: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn('bash', ['-c', line], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  return (await buffer(child.stdout)).toString();
}

describe('serve', () => {
  it('prints a request that works as printed, and shows the console', async () => {
    const { curl, url } = await serve(['catalog.ndjson', '--no-auth']);
    expect(await (await fetch(url)).text()).toContain('<title>sluice</title>');
    const answer = JSON.parse(await paste(curl));
    expect(answer.response).toMatchObject({ status: 'success', binaryObjects: [{ type: 'JSONObject' }] });
    expect(curl).not.toContain('Authorization');
  });

  it('requires the token of the tenant', async () => {
    const { curl, url } = await serve(['catalog.ndjson', '--prefix', '/t1', '--no-console'], {
      SLUICE_TOKENS: 't1=abc',
    });
    expect((await fetch(`${url}/`)).status).toBe(404);
    expect(JSON.parse(await paste(curl, { SLUICE_TOKEN: 'abc' })).response.status).toBe('success');
    expect(await paste(curl, { SLUICE_TOKEN: 'other' })).not.toContain('blob');
  });

  it('runs from end to end: submit, jobs, download', async () => {
    await writeFile(path('tokens'), '# who may ask\nt1=abc\nt2=def\n');
    const { url, log } = await serve(['catalog.ndjson'].concat('--tokens-file', 'tokens'));
    const env = { SLUICE_SERVER: url, SLUICE_TOKEN: 'abc' };
    const submitted = await run(['submit', '--type', '_ALL', '--attributes', '_ALL', '--idempotency-key', 'k1'], env);
    expect(submitted).toMatchObject({ code: 0, stderr: '' });
    const id = submitted.stdout.trim();
    const downloaded = await run(['download', id, '-o', 'out.zip'], env);
    expect(downloaded).toMatchObject({ code: 0, stderr: expect.stringContaining('SHA-256 verified') });
    const again = await run(['submit', '--type', '_ALL', '--attributes', '_ALL', '--idempotency-key', 'k1'], env);
    expect(again.stdout.trim()).toBe(id);
    const job = JSON.parse((await run(['jobs', id, '--json'], env)).stdout);
    const sha256 = createHash('sha256')
      .update(await readFile(path('out.zip')))
      .digest('hex');
    expect(job).toMatchObject({ id, state: 'completed', files: [{ sha256 }] });
    expect((await run(['jobs'], env)).stdout).toContain(id);
    // Another tenant finds no such job.
    const other = { ...env, SLUICE_TOKEN: 'def' };
    expect(await run(['jobs', id], other)).toMatchObject({ code: 6, stdout: '' });
    expect((await run(['jobs'], other)).stdout).not.toContain(id);
    expect(await run(['jobs'], { ...env, SLUICE_TOKEN: 'neither' })).toMatchObject({ code: 6 });
    expect((await run(['jobs', id, '--cancel'], env)).stdout).toContain('expired');
    expect(await run(['download', id, '-o', 'again.zip'], env)).toMatchObject({ code: 6 });
    expect(log()).toContain(id);
    expect(log()).not.toMatch(/abc|def/);
  });

  it('returns the same file as an export of the same request', async () => {
    const { url } = await serve(['catalog.ndjson', '--no-auth']);
    await writeFile(
      path('body.json'),
      '{"params":{"query":{"filters":{"typesCriterion":["product"]}},"fields":{"attributes":["_ALL"]},"options":{"maxRecords":"3"}}}',
    );
    const flags = ['--request', 'body.json', '-o'];
    expect(await run(['submit', '--server', url, ...flags, 'remote'])).toMatchObject({ code: 0 });
    expect(await run(['export', 'catalog.ndjson', ...flags, 'local.json'])).toMatchObject({ code: 0 });
    const remote = await readFile(path('remote'));
    if (remote.subarray(0, 2).toString() !== 'PK') expect(remote.equals(await readFile(path('local.json')))).toBe(true);
    expect(await run(['submit', '--server', url, '--max-records', 'x'])).toMatchObject({ code: 2, stdout: '' });
  });

  it('shuts down on a signal, and knows its jobs after a restart', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const { child, url, end, log } = await serve(['catalog.ndjson', '--no-auth']);
      const client = createClient({ server: url });
      if (signal === 'SIGTERM') await client.submit({ params: { query: { filters: { typesCriterion: ['_ALL'] } } } });
      const { jobs } = await client.list();
      expect(jobs).toHaveLength(1);
      child.kill(signal);
      expect({ code: await end, log: log() }).toMatchObject({ code: 0 });
    }
  });

  it('can be replaced by another process under a client that waits for a job', async () => {
    const first = await serve(['catalog.ndjson', '--no-auth']);
    const outages: string[] = [];
    const retry = { retries: 1000, minDelayMs: 20, maxDelayMs: 20, onRetry: () => outages.push('outage') };
    const client = createClient({ server: first.url, retry });
    const submitted = await client.submit(
      { params: { query: { filters: { typesCriterion: ['_ALL'] } } } },
      { respondAsync: true },
    );
    if (submitted.kind !== 'job') throw new Error('no job');
    first.child.kill('SIGKILL');
    await first.end;
    const downloading = client.waitFor(submitted.id).then(({ id }) => client.download(id, path('out.zip')));
    await until(() => outages.length > 0);
    await serve(['catalog.ndjson', '--no-auth', '--port', new URL(first.url).port]);
    expect(await downloading).toMatchObject({ verified: true });
  });

  it('uses profiles in files, and responds by their mode', async () => {
    const profile = { name: 'nightly', format: 'ndjson', pack: 'gzip', mode: 'ASYNC', context: { channel: 'NIGHT' } };
    await writeFile(path('profiles.json'), JSON.stringify([profile]));
    const { url } = await serve(['catalog.ndjson', '--no-auth', '--profiles', 'profiles.json']);
    const client = createClient({ server: url });
    const asked = (rsconnect: object) =>
      client.submit({ params: { query: { filters: { typesCriterion: ['_ALL'] } }, rsconnect } });
    const submitted = await asked({ profilecontexts: [{ channel: 'night' }] });
    if (submitted.kind !== 'job') throw new Error('no job');
    const { id } = await client.waitFor(submitted.id);
    await client.download(id, path('out.gz'));
    expect(gunzipSync(await readFile(path('out.gz'))).toString()).toMatch(/^\{"id":.*\}\n$/s);
    await expect(asked({ profiles: ['daily'] })).rejects.toThrow('nightly');
  });

  it('owns its folder exclusively', async () => {
    await serve(['catalog.ndjson', '--no-auth']);
    const second = await run(['serve', 'catalog.ndjson', '--no-auth', '--port', '0', '--data-dir', 'data']);
    expect(second).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('DATA_DIR_IN_USE') });
  });

  it('reports a port in use', async () => {
    const { url } = await serve(['catalog.ndjson', '--no-auth']);
    const port = new URL(url).port;
    const second = await run(['serve', 'catalog.ndjson', '--no-auth', '--port', port, '--data-dir', 'other']);
    expect(second).toMatchObject({ code: 5, stdout: '', stderr: expect.stringContaining('is in use') });
  });

  it.each([
    [['serve', '--no-auth'], 2],
    [['serve', '-', '--no-auth'], 2],
    [['serve', '/dev/null', '--no-auth'], 2],
    [['serve', 'none.ndjson', '--no-auth'], 5],
    [['serve', 'none/', '--no-auth'], 5],
    [['serve', 'catalog.ndjson'], 2],
    [['serve', 'catalog.ndjson', '--no-auth', '--host', '0.0.0.0'], 2],
    [['serve', 'catalog.ndjson', '--tokens-file', 'none'], 5],
    [['serve', 'catalog.ndjson', '--no-auth', '--port', 'x'], 2],
    [['serve', 'catalog.ndjson', '--no-auth', '--profiles', 'none.json'], 5],
    [['serve', 'catalog.ndjson', '--no-auth', '--profiles', 'catalog.ndjson'], 2],
    [['serve', 'catalog.ndjson', '--no-auth', '--path', 'a..b'], 2],
  ])('refuses %j, and creates no file', async (args, code) => {
    expect(await run(args)).toMatchObject({ code, stdout: '' });
    expect(await filesIn(folder)).toStrictEqual(['catalog.ndjson']);
  });
});

describe('serve, edge cases', () => {
  it('responds with problems to unknown paths and invalid requests', async () => {
    const { url } = await serve(['catalog.ndjson', '--no-auth', '--prefix', '/x/']);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/x$/);
    for (const [path, status] of [
      ['/nothing', 404],
      ['/x/jobs/%ff', 400],
      ['/%ff', 400],
    ] as const) {
      const answer = await fetch(new URL(path, url));
      expect([path, answer.status, answer.headers.get('content-type')]).toStrictEqual([
        path,
        status,
        expect.stringContaining('application/problem+json'),
      ]);
    }
    const { hostname, port } = new URL(url);
    const answer = await paste(`exec 3<>/dev/tcp/${hostname}/${port}; printf 'no HTTP\\r\\n\\r\\n' >&3; cat <&3`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*application\/problem\+json/s);
  });

  it('limits tenants by flags', async () => {
    const { url } = await serve(['catalog.ndjson', '--no-auth', '--max-records-per-job', '3', '--rate-limit', '0']);
    const request = ['--server', url, '--type', '_ALL', '--attributes', '_ALL', '-o', 'out'];
    expect(await run(['submit', ...request, '--max-records', '4'])).toMatchObject({ code: 6 });
    expect(await run(['submit', ...request, '--max-records', '3'])).toMatchObject({ code: 0 });
  });

  it('creates links with the given address', async () => {
    const { url } = await serve(['catalog.ndjson', '--no-auth', '--public-url', 'https://export.example/data']);
    const id = (await run(['submit', '--server', url, '--type', '_ALL', '--attributes', '_ALL'])).stdout.trim();
    await createClient({ server: url }).waitFor(id);
    const answer = await fetch(`${url}/jobs/${id}/links`, { method: 'POST' });
    expect(await answer.json()).toMatchObject({
      href: expect.stringMatching(/^https:\/\/export\.example\/data\/links\//),
    });
  });
});
