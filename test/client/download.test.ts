/** Downloads of results: over lost connections, resumed, and verified. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, lstat, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.js';
import type { Downloaded } from '../../src/client/download.js';
import type { Retry } from '../../src/remote/back-off.js';
import { spawnSync } from '../run-sync.js';
import { type Asked, type FakeServer, fakeServer, json, problem } from './fake-server.js';

const RETRY = { retries: 2, minDelayMs: 0, maxDelayMs: 0 };

/** Bytes without repetition. */
const content = (seed: number, length: number) =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
      createHash('sha256').update(`${seed}/${index}`).digest(),
    ),
  ).subarray(0, length);

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();

/** A served file. */
interface Served {
  bytes: Buffer;
  etag: string | undefined;
  /** Sizes after which the next responses are cut. */
  cuts: number[];
  /** The digest in the job; undefined for none. */
  told: string | undefined;
  reprDigest?: string;
  ignoresRange?: boolean;
  state?: string;
  /** Cuts the connection; called after the client has received bytes, since a cut drops those in flight. */
  hangUp?: () => void;
}

function served(bytes: Buffer): Served {
  return { bytes, etag: `"${sha256(bytes).toString('hex')}"`, cuts: [], told: sha256(bytes).toString('hex') };
}

/** Serves a job and its file, with Range and If-Range. */
async function serve(file: Served) {
  return fakeServer(({ url, headers }, response) => {
    if (url === '/jobs/j1') return json(response, viewOf(file));
    if (url !== '/jobs/j1/files/out%20put.zip') return problem(response, 404, 'NO_SUCH_FILE');
    sendFile(file, headers, response);
  });
}

function viewOf({ bytes, told, state = 'completed' }: Served): object {
  const entry = { name: 'out put.zip', mediaType: 'application/zip', bytes: bytes.length, sha256: told };
  return { id: 'j1', state, status: 'Completed', progress: {}, files: [entry] };
}

function sendFile(file: Served, headers: Asked['headers'], response: ServerResponse): void {
  const { bytes, etag, ignoresRange } = file;
  const asked = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const isPart = !ignoresRange && headers.range !== undefined && headers['if-range'] === etag;
  const start = isPart ? asked : 0;
  if (start > bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  const rest = bytes.subarray(start);
  response.writeHead(isPart ? 206 : 200, {
    'content-length': rest.length,
    ...(etag === undefined ? {} : { etag }),
    ...(isPart ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
    ...(file.reprDigest === undefined ? {} : { 'repr-digest': file.reprDigest }),
  });
  const cut = file.cuts.shift();
  if (cut === undefined) return void response.end(rest);
  if (cut === 0) return void response.destroy();
  response.write(rest.subarray(0, cut));
  file.hangUp = () => response.destroy();
}

let folder = '';
const path = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-download-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Downloads the file and makes the planned cuts. */
async function download(file: Served, { url }: FakeServer, retry: Retry = RETRY): Promise<Downloaded> {
  const client = createClient({ server: url, retry });
  return client.download('j1', path('out.zip'), { overwrite: true, onProgress: () => file.hangUp?.() });
}

const ranges = (asked: readonly Asked[]) =>
  asked.filter(({ url }) => url.includes('/files/')).map(({ headers }) => headers.range);

describe('download', () => {
  it('downloads the export and verifies it', async () => {
    const file = served(content(1, 200_000));
    const server = await serve(file);
    const seen: number[] = [];
    const client = createClient({ server: server.url });
    const downloaded = await client.download('j1', path('out.zip'), { onProgress: ({ bytes }) => seen.push(bytes) });
    expect(downloaded).toStrictEqual({
      path: path('out.zip'),
      name: 'out put.zip',
      bytes: 200_000,
      sha256: file.told,
      verified: true,
      resumedFrom: 0,
      notes: [],
    });
    expect((await readFile(path('out.zip'))).equals(file.bytes)).toBe(true);
    expect(seen.at(-1)).toBe(200_000);
    expect(await readdir(folder)).toStrictEqual(['out.zip']);
  });

  it('resumes after cuts at any position', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 300_000 }),
        fc.array(fc.integer({ min: 1, max: 200_000 }), { maxLength: 5 }),
        async (length, cuts) => {
          const file = { ...served(content(2, length)), cuts: [...cuts] };
          const server = await serve(file);
          await download(file, server, { ...RETRY, retries: cuts.length });
          expect((await readFile(path('out.zip'))).equals(file.bytes)).toBe(true);
          expect(ranges(server.asked).slice(1).includes(undefined)).toBe(false);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('resumes an earlier call', async () => {
    const file = { ...served(content(3, 500_000)), cuts: [100_000, 0, 0, 0] };
    const server = await serve(file);
    await expect(download(file, server)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    expect(await readdir(folder)).toHaveLength(2);
    expect((await readdir(folder)).every((name) => /^\.sluice-.*\.part(\.etag)?$/.test(name))).toBe(true);
    file.cuts = [];
    const { resumedFrom } = await createClient({ server: server.url }).download('j1', path('out.zip'));
    expect(resumedFrom).toBeGreaterThan(0);
    expect(ranges(server.asked).at(-1)).toBe(`bytes=${resumedFrom}-`);
    expect((await readFile(path('out.zip'))).equals(file.bytes)).toBe(true);
    expect(await readdir(folder)).toStrictEqual(['out.zip']);
  });

  it('resumes after an abort', async () => {
    const file = served(content(3, 3_000_000));
    const server = await serve(file);
    const client = createClient({ server: server.url });
    const controller = new AbortController();
    const aborted = client.download('j1', path('out.zip'), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    const { resumedFrom } = await client.download('j1', path('out.zip'));
    expect(resumedFrom).toBeGreaterThan(0);
    expect((await readFile(path('out.zip'))).equals(file.bytes)).toBe(true);
  });

  it('gives up without new bytes, even if the first ones are repeated', async () => {
    const file = { ...served(content(4, 100_000)), etag: undefined, cuts: Array(20).fill(1000) };
    const server = await serve(file);
    await expect(download(file, server)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    expect(file.cuts.length).toBeGreaterThan(10);
    expect(await readdir(folder)).toStrictEqual([]);
  });

  it('gives up where each response is cut after a few bytes', async () => {
    const file = { ...served(content(4, 100_000)), cuts: Array(100).fill(100) };
    await expect(download(file, await serve(file))).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    expect(file.cuts.length).toBeGreaterThan(80);
  });

  it('restarts if the file has changed', async () => {
    const file = { ...served(content(5, 100_000)), told: undefined, cuts: [50_000] };
    const changed = served(content(6, 100_000));
    const server = await fakeServer(({ url, headers }, response) => {
      if (url === '/jobs/j1') return json(response, viewOf(file));
      sendFile(file.cuts.length > 0 ? file : changed, headers, response);
    });
    await download(file, server);
    expect(ranges(server.asked)).toStrictEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
    expect((await readFile(path('out.zip'))).equals(changed.bytes)).toBe(true);
  });

  it('restarts if the service does not support ranges', async () => {
    const file = { ...served(content(7, 100_000)), ignoresRange: true, cuts: [50_000] };
    const server = await serve(file);
    await download(file, server);
    expect((await readFile(path('out.zip'))).equals(file.bytes)).toBe(true);
  });

  it('restarts if the part is longer than the file', async () => {
    const file = { ...served(content(8, 100_000)), told: undefined, cuts: [90_000, 0, 0, 0] };
    const server = await serve(file);
    await expect(download(file, server)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    Object.assign(file, { bytes: file.bytes.subarray(0, 10), cuts: [] });
    await download(file, server);
    expect((await readFile(path('out.zip'))).equals(file.bytes)).toBe(true);
  });

  it.each([
    ['the job', { told: 'ab'.repeat(32) }],
    ['the answer', { reprDigest: `sha-256=:${sha256(Buffer.from('else')).toString('base64')}:` }],
  ])('deletes bytes that differ from those that %s promises', async (_, lie) => {
    const server = await serve({ ...served(content(9, 5000)), ...lie });
    const downloading = createClient({ server: server.url }).download('j1', path('out.zip'));
    await expect(downloading).rejects.toMatchObject({ code: 'VERIFY_FAILED', path: path('out.zip') });
    expect(await readdir(folder)).toStrictEqual([]);
  });

  it('detects a part that was damaged on disk', async () => {
    const file = { ...served(content(10, 100_000)), cuts: [50_000, 0, 0, 0] };
    const server = await serve(file);
    await expect(download(file, server)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    const part = (await readdir(folder)).find((name) => name.endsWith('.part')) ?? '';
    await writeFile(path(part), 'zeros', { flag: 'r+' });
    file.cuts = [];
    await expect(download(file, server)).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
    await download(file, server);
    expect((await readFile(path('out.zip'))).equals(file.bytes)).toBe(true);
  });

  it('locks the part, and takes over the lock of a dead process', async () => {
    const file = { ...served(content(14, 100_000)), cuts: [50_000] };
    const server = await serve(file);
    const client = createClient({ server: server.url, retry: RETRY });
    let second: Promise<unknown> | undefined;
    const first = client.download('j1', path('out.zip'), {
      onProgress: () => {
        second ??= client.download('j1', path('out.zip')).catch((cause: unknown) => cause);
        second.then(() => file.hangUp?.());
      },
    });
    await first;
    expect(await second).toMatchObject({ code: 'WRITE_FAILED', message: expect.stringContaining('already') });
    expect(await readdir(folder)).toStrictEqual(['out.zip']);

    file.cuts = [50_000, 0, 0, 0];
    await rm(path('out.zip'));
    await expect(download(file, server)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    const part = (await readdir(folder)).find((name) => name.endsWith('.part')) ?? '';
    // Above the maximum pid.
    await writeFile(path(`${part}.lock`), '2147483646');
    file.cuts = [];
    expect((await download(file, server)).resumedFrom).toBeGreaterThan(0);
    expect(await readdir(folder)).toStrictEqual(['out.zip']);
  });

  it('replaces a file only on request', async () => {
    const file = served(content(11, 100));
    const server = await serve(file);
    const client = createClient({ server: server.url });
    await writeFile(path('out.zip'), 'mine');
    await expect(client.download('j1', path('out.zip'))).rejects.toMatchObject({ code: 'DESTINATION_EXISTS' });
    expect(await readFile(path('out.zip'), 'utf8')).toBe('mine');
    await client.download('j1', path('out.zip'), { overwrite: true });
    expect((await readFile(path('out.zip'))).equals(file.bytes)).toBe(true);
  });

  it('respects the lock of a process on another machine while it is touched', async () => {
    const file = served(content(14, 100_000));
    const server = await serve(file);
    file.cuts = [50_000, 0, 0, 0];
    await expect(download(file, server)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    const part = (await readdir(folder)).find((name) => name.endsWith('.part')) ?? '';
    await writeFile(path(`${part}.lock`), '0123456789ab-1-1');
    file.cuts = [];
    await expect(download(file, server)).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    await utimes(path(`${part}.lock`), 1, 1);
    expect((await download(file, server)).resumedFrom).toBeGreaterThan(0);
    expect(await readdir(folder)).toStrictEqual(['out.zip']);
  });

  it('follows a link, and keeps the mode of the replaced file', async () => {
    const file = served(content(15, 1000));
    const server = await serve(file);
    await writeFile(path('target.zip'), 'old');
    await chmod(path('target.zip'), 0o600);
    await symlink('target.zip', path('out.zip'));
    await createClient({ server: server.url }).download('j1', path('out.zip'), { overwrite: true });
    expect((await lstat(path('out.zip'))).isSymbolicLink()).toBe(true);
    expect((await readFile(path('target.zip'))).equals(file.bytes)).toBe(true);
    expect((await lstat(path('target.zip'))).mode & 0o777).toBe(0o600);
  });

  it('writes to a FIFO over lost connections', async () => {
    if (spawnSync('mkfifo', [path('fifo')]).status !== 0) return console.info('there are no FIFOs here');
    const file = served(content(16, 300_000));
    file.cuts = [100_000, 50_000];
    const server = await serve(file);
    const reading = buffer(createReadStream(path('fifo')));
    const client = createClient({ server: server.url, retry: RETRY });
    const got = await client.download('j1', path('fifo'), { onProgress: () => file.hangUp?.() });
    expect((await reading).equals(file.bytes)).toBe(true);
    expect(got).toMatchObject({ bytes: 300_000, verified: true, resumedFrom: 0 });
    expect(await readdir(folder)).toStrictEqual(['fifo']);
  });

  it('fails on a FIFO if the file changes after bytes were written', async () => {
    if (spawnSync('mkfifo', [path('fifo')]).status !== 0) return console.info('there are no FIFOs here');
    const file = served(content(17, 300_000));
    file.cuts = [100_000];
    const server = await serve(file);
    const reading = buffer(createReadStream(path('fifo')));
    const client = createClient({ server: server.url, retry: RETRY });
    const downloading = client.download('j1', path('fifo'), {
      onProgress: () => {
        file.etag = '"another"';
        file.hangUp?.();
      },
    });
    await expect(downloading).rejects.toMatchObject({ code: 'WRITE_FAILED' });
    await reading;
  });

  it.each([
    ['running', undefined, 'NO_RESULT'],
    ['cancelled', undefined, 'NO_RESULT'],
    ['expired', undefined, 'RESULT_EXPIRED'],
    ['failed', undefined, 'EXPORT_FAILED'],
    ['completed', 'other', 'NO_SUCH_FILE'],
  ])('of a job that is %s, file %s, fails with %s', async (state, file, code) => {
    const server = await serve({ ...served(content(12, 1)), state });
    const downloading = createClient({ server: server.url }).download('j1', path('out.zip'), file ? { file } : {});
    await expect(downloading).rejects.toMatchObject({ code });
    expect(await readdir(folder)).toStrictEqual([]);
  });

  it('reports a missing folder as a write error', async () => {
    const server = await serve(served(content(13, 1)));
    const downloading = createClient({ server: server.url }).download('j1', path('no/out.zip'));
    await expect(downloading).rejects.toMatchObject({ code: 'WRITE_FAILED', stage: 'write' });
  });
});
