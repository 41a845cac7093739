/** `sluice jobs`: a table of jobs, one job, its cancellation. */
import { expect, it } from 'vitest';
import { fakeServer, json, problem } from '../client/fake-server.js';
import { sluice } from './run-sluice.js';

const RUNNING = {
  id: 'j1',
  state: 'running',
  status: 'Processing',
  createdAt: '2026-01-02T03:04:05.000Z',
  attempts: 1,
  version: 3,
  progress: { read: 1200, written: 1000, bytesIn: 50, totalBytes: 100, bytesPerSecond: 1, recordsPerSecond: 1 },
  files: [],
};
const DONE = {
  ...RUNNING,
  id: 'job-2',
  state: 'completed',
  files: [{ name: 'a.zip', bytes: 1500, sha256: 'ab', mediaType: 'application/zip' }],
};

async function service() {
  return fakeServer(({ method, url }, response) => {
    if (method === 'DELETE') return json(response, { ...RUNNING, state: 'cancelled' });
    if (url.startsWith('/jobs?')) return json(response, { jobs: [RUNNING, DONE], next: 'more' });
    if (url === '/jobs/j1') return json(response, RUNNING);
    problem(response, 404, 'NO_SUCH_JOB');
  });
}

async function run(...args: readonly string[]) {
  const { code, stdout, stderr } = await sluice(['jobs', ...args], { env: { SLUICE_TOKEN: '' } });
  return { code, stdout: stdout.toString(), stderr };
}

it('prints a table', async () => {
  const { url } = await service();
  expect(await run('--server', url)).toStrictEqual({
    code: 0,
    stdout:
      'ID     STATE      CREATED                   WRITTEN  DONE    SIZE\n' +
      'j1     running    2026-01-02T03:04:05.000Z    1,000  50 %       -\n' +
      'job-2  completed  2026-01-02T03:04:05.000Z    1,000     -  1.5 KB\n',
    stderr: 'sluice: there are more: --after more\n',
  });
});

it('prints one job', async () => {
  const { url } = await service();
  const { code, stdout } = await run('--server', url, 'j1');
  expect({ code, lines: stdout.split('\n').slice(0, 3) }).toStrictEqual({
    code: 0,
    lines: ['id        j1', 'state     running', 'status    Processing'],
  });
  expect(await run('--server', url, 'j9')).toMatchObject({ code: 6, stdout: '' });
});

it('prints JSON', async () => {
  const { url } = await service();
  expect(JSON.parse((await run('--server', url, '--json')).stdout)).toMatchObject({
    jobs: [RUNNING, DONE],
    next: 'more',
  });
  expect(JSON.parse((await run('--server', url, '--json', 'j1')).stdout)).toMatchObject({ id: 'j1', state: 'running' });
});

it('cancels a job', async () => {
  const { url, asked } = await service();
  expect((await run('--server', url, 'j1', '--cancel')).stdout).toMatch(/^state {5}cancelled$/m);
  expect(asked).toMatchObject([{ method: 'DELETE', url: '/jobs/j1' }]);
  expect((await run('--server', url, '--cancel')).code).toBe(2);
});
