/** `sluice schedules`: a table of schedules, adding, running and removing one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fakeServer, json } from '../client/fake-server.js';
import { sluice } from './run-sluice.js';

const HOURLY = { id: 's1', everyMs: 3_600_000, nextAt: '2026-01-02T03:00:00.000Z', runs: 2, leftOut: 1, lastJob: 'j1' };

async function service() {
  const asked: string[] = [];
  const { url } = await fakeServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url === '/schedules/s1/pause') return json(response, { ...HOURLY, paused: true });
    if (request.url === '/schedules/s1/run') return json(response, { id: 'j2', state: 'queued', files: [] });
    return json(response, request.method === 'GET' ? { schedules: [HOURLY] } : HOURLY);
  });
  const run = async (...args: readonly string[]) => {
    const ended = await sluice(['schedules', ...args, '--server', url], { env: { SLUICE_TOKEN: '' } });
    return { code: ended.code, stdout: ended.stdout.toString(), stderr: ended.stderr };
  };
  return { asked, run };
}

it('prints a table, adds from a file, runs, pauses and removes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-schedules-'));
  const file = join(folder, 'request.json');
  await writeFile(file, '{}');
  const { asked, run } = await service();
  const table =
    'ID  NAME  WHEN         NEXT                      RUNS  LEFT OUT  LAST JOB  ERROR\n' +
    's1        every 3600s  2026-01-02T03:00:00.000Z  2     1         j1\n';
  expect(await run()).toMatchObject({ code: 0, stdout: table });
  expect(await run('add', '--every', '1h', '--request', file)).toMatchObject({ code: 0, stdout: table });
  expect(await run('run', 's1')).toMatchObject({ code: 0, stdout: 'j2\n' });
  const paused = table.replace('2026-01-02T03:00:00.000Z', 'paused').replace('NEXT                    ', 'NEXT  ');
  expect(await run('pause', 's1')).toMatchObject({ code: 0, stdout: paused });
  expect(await run('remove', 's1')).toMatchObject({ code: 0, stdout: table });
  expect(asked).toStrictEqual([
    ...['GET /schedules', 'POST /schedules', 'POST /schedules/s1/run', 'POST /schedules/s1/pause'],
    'DELETE /schedules/s1',
  ]);
  for (const wrong of [['add'], ['remove'], ['list', 's1'], ['list', '--every', '1h'], ['stop', 's1']]) {
    expect(await run(...wrong)).toMatchObject({ code: 2, stdout: '' });
  }
  expect(asked).toHaveLength(5);
  await rm(folder, { recursive: true });
});
