/** Flags of jobs: each one is an accepted option. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addJobFlags, addPlanFlags, type JobFlags, openJobsOf } from '../../src/cli/job-flags.js';
import { SILENT } from '../../src/terms/logger.js';

function parse(...args: string[]): JobFlags {
  const command = addPlanFlags(addJobFlags(new Command()))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(args, { from: 'user' }).opts<JobFlags>();
}

test('opens jobs with every flag', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-job-flags-'));
  try {
    const input = join(folder, 'entities.ndjson');
    await writeFile(input, '{"id":"a","type":"product"}\n');
    const storage = ['--result-ttl', '2d', '--job-ttl', '30d', '--link-ttl', '90s'];
    const limits = ['--max-running', '1', '--max-queued', '5', '--max-stored', '1GB', '--max-records-per-job', '9'];
    const slices = ['--concurrency', '1', '--slice', '1MB', '--slice-duration', '500ms'];
    const retries = ['--retries', '2', '--retry-delay', '10ms'];
    const flags = parse(...storage, ...limits, ...slices, ...retries, '--level', '1', '--max-depth', '20');
    const jobs = await openJobsOf([input], { ...flags, dataDir: join(folder, 'data'), postgres: '' }, SILENT);
    const acme = jobs.forTenant('acme');
    const { job } = await acme.submit({ request: {} });
    expect(await acme.waitFor(job.id, { timeoutMs: 60_000 })).toMatchObject({ state: 'completed' });
    const { expiresAt = 0, endedAt = 0 } = await acme.get(job.id);
    expect(expiresAt - endedAt).toBeGreaterThan(1.9 * 86_400_000);
    await jobs.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.each(['--result-ttl', '--job-ttl', '--link-ttl', '--slice-duration', '--retry-delay'])(
  'refuses a bare number for %s',
  (flag) => {
    expect(() => parse(flag, '5')).toThrow('with a unit: 500ms, 90s, 5m, 2h or 1d');
  },
);
