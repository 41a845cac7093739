/** A full disk: submissions are refused, running jobs wait, and both succeed once there is room. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FaultPoint } from '../../src/jobs/fault-points.js';
import type { FolderJobsOptions } from '../../src/jobs/jobs-options.js';
import type { Jobs } from '../../src/jobs/open-jobs.js';
import { SILENT } from '../../src/terms/logger.js';
import { spawnSync } from '../run-sync.js';
import { openJobs, type WithFaults } from './with-faults.js';

/** Whether this process may mount a small disk. */
const canMount = (() => {
  const place = join(tmpdir(), `sluice-mount-${process.pid}`);
  const made = spawnSync('sh', ['-c', `mkdir ${place} && mount -t tmpfs -o size=1m tmpfs ${place} && umount ${place}`]);
  spawnSync('rmdir', [place]);
  return made.status === 0;
})();

describe.skipIf(!canMount)('on a disk of a few megabytes', () => {
  let folder: string;
  let disk: string;
  let jobs: Jobs | undefined;
  let unhandled: unknown[];
  const note = (cause: unknown) => unhandled.push(cause);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-full-'));
    disk = join(folder, 'disk');
    await mkdir(disk);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]).status).toBe(0);
    const lines = Array.from({ length: 5000 }, (_, n) => `{"id":"${n}","type":"product"}\n`);
    await writeFile(join(folder, 'catalog.ndjson'), lines.join(''));
    unhandled = [];
    process.on('unhandledRejection', note);
  });
  afterEach(async () => {
    process.off('unhandledRejection', note);
    await jobs?.close();
    jobs = undefined;
    spawnSync('umount', [disk]);
    await rm(folder, { recursive: true });
  });

  async function opened(options: Partial<WithFaults<FolderJobsOptions>> = {}): Promise<Jobs> {
    const source = join(folder, 'catalog.ndjson');
    jobs = await openJobs({ dataDir: join(disk, 'data'), source, retry: { minDelayMs: 1 }, ...options });
    return jobs;
  }

  function fill(): void {
    const file = openSync(join(disk, 'ballast'), 'w');
    try {
      for (;;) writeSync(file, Buffer.alloc(4096));
    } catch {
      // Full.
    } finally {
      closeSync(file);
    }
  }

  const empty = () => unlink(join(disk, 'ballast'));

  test('refuses submissions as DISK_FULL, still reads jobs, and accepts submissions once there is room', async () => {
    // Results are stored elsewhere: the write of the row fails.
    const tenant = (await opened({ results: join(folder, 'results') })).forTenant('acme');
    const { job } = await tenant.submit({ request: {} });
    await tenant.waitFor(job.id, { timeoutMs: 60_000 });
    fill();
    const request = { clientState: { text: 'x'.repeat(50_000) } };
    for (let times = 0; times < 5; times++) {
      await expect(tenant.submit({ request })).rejects.toMatchObject({
        ...{ name: 'SluiceError', code: 'DISK_FULL', path: join(disk, 'data', 'jobs.lmdb') },
      });
    }
    const refused = await Promise.allSettled(Array.from({ length: 20 }, () => tenant.submit({ request })));
    expect(refused.filter(({ status }) => status === 'fulfilled')).toStrictEqual([]);
    expect((await tenant.get(job.id)).state).toBe('completed');
    expect((await tenant.list()).jobs).toHaveLength(1);
    await empty();
    const later = await tenant.submit({ request });
    expect((await tenant.waitFor(later.job.id, { timeoutMs: 60_000 })).state).toBe('completed');
    expect((await tenant.list()).jobs).toHaveLength(2);
    expect(unhandled).toStrictEqual([]);
  });

  test.each<FaultPoint>(['after-claim', 'after-part', 'before-checkpoint'])(
    'lets a job wait when the disk fills %s, and completes its result',
    async (point) => {
      let isFull = false;
      let told = () => {};
      const waits = new Promise<void>((resolve) => (told = resolve));
      const tenant = (
        await opened({
          slice: { bytes: 20_000 },
          logger: { ...SILENT, warn: (_, message) => message === 'an attempt waits for disk space' && told() },
          onFaultPoint: (at) => {
            if (at !== point || isFull) return;
            isFull = true;
            fill();
          },
        })
      ).forTenant('acme');
      const { job } = await tenant.submit({ request: {} });
      await waits;
      await empty();
      const done = await tenant.waitFor(job.id, { timeoutMs: 60_000 });
      expect(done).toMatchObject({ state: 'completed', receipt: { read: 5000, written: 5000 } });
      expect(unhandled).toStrictEqual([]);
    },
  );

  test('reports the service as unhealthy until there is room, whether or not anything was written', async () => {
    const open = await opened();
    const tenant = open.forTenant('acme');
    await open.check();
    fill();
    await expect(open.check()).rejects.toMatchObject({ code: 'DISK_FULL' });
    await expect(tenant.submit({ request: {} })).rejects.toMatchObject({ code: 'DISK_FULL' });
    await expect(open.check()).rejects.toMatchObject({ code: 'DISK_FULL' });
    await empty();
    await open.check();
    const { job } = await tenant.submit({ request: {} });
    expect((await tenant.waitFor(job.id, { timeoutMs: 60_000 })).state).toBe('completed');
    await open.check();
    expect((await readdir(join(disk, 'data'), { recursive: true })).filter((name) => name.endsWith('.tmp'))).toEqual(
      [],
    );
  });

  test('reports a full disk of the results, and accepts no jobs', async () => {
    const open = await opened({ dataDir: join(folder, 'data'), results: join(disk, 'results') });
    fill();
    const full = { code: 'DISK_FULL', path: join(disk, 'results') };
    await expect(open.check()).rejects.toMatchObject(full);
    await expect(open.forTenant('acme').submit({ request: {} })).rejects.toMatchObject(full);
    await empty();
    await open.check();
    await open.forTenant('acme').submit({ request: {} });
  });

  test('reports a full disk when jobs are opened', async () => {
    fill();
    await expect(opened()).rejects.toMatchObject({ name: 'SluiceError', code: 'DISK_FULL' });
    await empty();
    await opened();
  });
});
