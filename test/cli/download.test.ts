/** `sluice download`: waits for the job, resumes an interrupted download, and reports the result. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeServer, json } from '../client/fake-server.js';
import { ended, filesIn, sluice, startSluice, until } from './run-sluice.js';

const BYTES = Buffer.from(Array.from({ length: 50_000 }, (_, index) => `${index}\n`).join(''));
const SHA256 = createHash('sha256').update(BYTES).digest('hex');

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-download-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function view(state: string, more: object = {}): object {
  const files = state.startsWith('completed') ? [{ name: 'out.zip', bytes: BYTES.length, sha256: SHA256 }] : [];
  const progress = { read: 2, written: 2, bytesIn: 1, totalBytes: 2, bytesPerSecond: 1, recordsPerSecond: 1 };
  return { id: 'j1', state, status: `is ${state}`, progress, files, ...more };
}

/** A service whose job passes through these states; sends the file, or a limited part of it. */
async function service(states: object[], send: (response: ServerResponse, start: number) => void) {
  return fakeServer(({ url, headers }, response) => {
    if (url === '/jobs/j1') {
      const now = states.length > 1 ? states.shift() : states[0];
      return json(response, now, 200, { 'retry-after': '0' });
    }
    const start = headers['if-range'] === '"e"' ? Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0) : 0;
    response.writeHead(start > 0 ? 206 : 200, {
      etag: '"e"',
      'content-length': BYTES.length - start,
      ...(start > 0 ? { 'content-range': `bytes ${start}-${BYTES.length - 1}/${BYTES.length}` } : {}),
    });
    send(response, start);
  });
}

const sendAll = (response: ServerResponse, start: number) => void response.end(BYTES.subarray(start));

async function run(...args: readonly string[]) {
  const { code, stdout, stderr } = await sluice(args, { cwd: folder, env: { SLUICE_TOKEN: '' } });
  return { code, stdout: stdout.toString(), stderr };
}

it('waits for the end, downloads and verifies', async () => {
  const { url } = await service([view('queued'), view('running'), view('completed')], sendAll);
  const { code, stderr } = await run('download', '--server', url, 'j1', '-o', 'out.zip');
  expect({ code, stderr }).toStrictEqual({
    code: 0,
    stderr: 'sluice: job j1: is completed, 2 records written; 288.9 KB to out.zip, SHA-256 verified\n',
  });
  expect((await readFile(join(folder, 'out.zip'))).equals(BYTES)).toBe(true);
  expect(await run('download', '--server', url, 'j1', '-o', 'out.zip')).toMatchObject({ code: 5 });
});

it('resumes after an interruption', async () => {
  const { url, asked } = await service([view('completed')], (response, start) => {
    if (start > 0) return sendAll(response, start);
    response.write(BYTES.subarray(0, 100_000));
  });
  const child = startSluice(['download', '--server', url, 'j1', '-o', 'out.zip'], {
    cwd: folder,
    env: { SLUICE_TOKEN: '' },
  });
  const end = ended(child);
  const part = async () => {
    const name = (await filesIn(folder)).find((one) => one.endsWith('.part'));
    return name === undefined ? 0 : (await readFile(join(folder, name))).length;
  };
  await until(async () => (await part()) > 0);
  child.kill('SIGINT');
  expect((await end).code).toBe(130);
  expect(await run('download', '--server', url, 'j1', '-o', 'out.zip')).toMatchObject({ code: 0 });
  expect(asked.at(-1)?.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
  expect((await readFile(join(folder, 'out.zip'))).equals(BYTES)).toBe(true);
  expect(await filesIn(folder)).toStrictEqual(['out.zip']);
});

it.each([
  ['completedWithErrors', {}, 7],
  ['failed', { error: { code: 'INVALID_JSON', message: 'it is no JSON' } }, 4],
  ['failed', { error: { code: 'OF_ANOTHER_TIME', message: 'whatever' } }, 4],
  ['cancelled', {}, 6],
  ['expired', {}, 6],
])('exits after a job that ended %s %j with code %i', async (state, more, exit) => {
  const { url } = await service([view(state, more)], sendAll);
  expect(await run('download', '--server', url, 'j1', '-o', 'out.zip')).toMatchObject({ code: exit });
});
