/** Damaged results: the client gets an error, and the log has its cause. */
import { cp, mkdtemp, readdir, rm, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Jobs, openJobs } from '../../src/jobs/open-jobs.js';
import { type Logger, SILENT } from '../../src/terms/logger.js';

let folder: string;
let told: string[];
let open: Jobs[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-damaged-'));
  await writeFile(join(folder, 'catalog.ndjson'), '{"id":"a","type":"product"}\n'.repeat(100));
  told = [];
  open = [];
});
afterEach(async () => {
  for (const jobs of open) await jobs.close();
  await rm(folder, { recursive: true });
});

const logger: Logger = { ...SILENT, error: (_facts, message) => void told.push(message) };

async function opened(name: string, results?: string): Promise<Jobs> {
  const source = join(folder, 'catalog.ndjson');
  const jobs = await openJobs({ dataDir: join(folder, name), source, logger, ...(results && { results }) });
  open.push(jobs);
  return jobs;
}

describe.each([
  ['gone', unlink],
  ['cut', (path: string) => truncate(path, 5)],
])('a file of a result that is %s', (_how, damage) => {
  test('fails the reader, breaks the envelope, and is logged', async () => {
    const acme = (await opened('data', join(folder, 'results'))).forTenant('acme');
    const { job } = await acme.submit({ request: {} });
    const done = await acme.waitFor(job.id, { timeoutMs: 60_000 });
    const results = join(folder, 'results', job.id);
    for (const name of await readdir(results)) await damage(join(results, name));
    await expect(text(await acme.openFile(job.id, done.files[0].name))).rejects.toMatchObject({ code: 'READ_FAILED' });
    const envelope = await text(await acme.openEnvelope(job.id)).catch((cause: unknown) => cause);
    if (typeof envelope === 'string') expect(JSON.parse(envelope).response.status).toBe('error');
    else expect(envelope).toMatchObject({ code: 'READ_FAILED' });
    expect(told).toStrictEqual(Array(2).fill('the stored result of a job is unreadable'));
    await acme.cancel(job.id);
    expect((await acme.list()).jobs).toStrictEqual([]);
  });
});

test('a data directory copied while jobs run opens in a past state, or is refused; its results are complete', async () => {
  const jobs = await opened('data');
  const acme = jobs.forTenant('acme');
  const copies: string[] = [];
  for (let index = 0; index < 60; index++) {
    await acme.submit({ request: {} });
    if (index % 15 !== 14) continue;
    const copy = `copy-${index}`;
    const isNoSocket = (path: string) => !path.endsWith('.sock');
    // A file may be deleted during the copy, as with any other tool.
    await cp(join(folder, 'data'), join(folder, copy), { recursive: true, filter: isNoSocket }).catch(() => {});
    copies.push(copy);
  }
  for (const name of copies) {
    const copy = await opened(name).catch((cause: unknown) => {
      expect(cause).toMatchObject({ code: 'DATA_DIR_DAMAGED' });
    });
    if (!copy) continue;
    const tenant = copy.forTenant('acme');
    const { jobs: known } = await tenant.list({ limit: 500 });
    expect(known.length).toBeGreaterThan(0);
    for (const { id } of known) {
      const { state, files } = await tenant.waitFor(id, { timeoutMs: 60_000 });
      expect(state).toBe('completed');
      // Missing files are errors, never an incomplete result that looks complete.
      const read = await text(await tenant.openFile(id, files[0].name)).catch((cause: unknown) => cause);
      if (typeof read !== 'string') expect(read).toMatchObject({ code: 'READ_FAILED' });
    }
  }
});
