/** Schedules whose process is killed within a run: before its submission, after it, and while its job runs. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';

const KILLED = fileURLToPath(new URL('./killed-schedule.mjs', import.meta.url));

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-killed-schedule-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.each(['before-submission', 'submitted', 'started'])(
  'one job for a due time, over kill -9 at %s',
  async (point) => {
    const run = async (at: number | 'add', killedAt = 'never') =>
      (await promisify(execFile)(process.execPath, [KILLED, folder, `${at}`, killedAt], { timeout: 60_000 })).stdout;
    await run('add');
    await expect(run(60_000, point)).rejects.toMatchObject({ signal: 'SIGKILL' });
    const { schedule, jobs } = JSON.parse(await run(60_000));
    expect(jobs).toHaveLength(1);
    expect(schedule).toMatchObject({ runs: 1, leftOut: 0, lastJob: jobs[0].id, lastRunAt: 60_000, nextAt: 120_000 });
  },
);
