/** Folders of jobs and results: taken only without foreign entries, then marked; foreign files are never deleted. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FolderJobsOptions } from '../../src/jobs/jobs-options.js';
import type { Jobs } from '../../src/jobs/open-jobs.js';
import { MARK } from '../../src/results/folder-owner.js';
import { SILENT } from '../../src/terms/logger.js';
import { jobsIn } from './jobs-in.js';
import { openJobs, type WithFaults } from './with-faults.js';

let folder: string;
let source: string;
let open: Jobs[] = [];
let told: object[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-owned-'));
  source = join(folder, 'catalog.ndjson');
  await writeFile(source, '{"id":"1","type":"product"}\n');
  told = [];
});
afterEach(async () => {
  await Promise.all(open.map((jobs) => jobs.close()));
  open = [];
  await rm(folder, { recursive: true });
});

async function opened(name: string, options: Partial<WithFaults<FolderJobsOptions>> = {}): Promise<Jobs> {
  const warn = (facts: object, message?: string) => told.push({ ...facts, message });
  const jobs = await openJobs({ dataDir: join(folder, name), source, logger: { ...SILENT, warn }, ...options });
  open.push(jobs);
  return jobs;
}

async function closed(jobs: Jobs): Promise<void> {
  open = open.filter((one) => one !== jobs);
  await jobs.close();
}

/** A data directory with one result. */
async function used(name: string, options: Partial<WithFaults<FolderJobsOptions>> = {}): Promise<string> {
  const jobs = await opened(name, options);
  const { job } = await jobs.forTenant('acme').submit({ request: {} });
  expect((await jobs.forTenant('acme').waitFor(job.id, { timeoutMs: 60_000 })).state).toBe('completed');
  await closed(jobs);
  return job.id;
}

/** Results of one entity lie in the database, unless they have a place. */
const asFiles = (name: string) => ({ results: join(folder, name, 'results') });

/** Reverts to the state of a version without marks. */
async function unmarked(name: string): Promise<string> {
  const id = await used(name, asFiles(name));
  await rm(join(folder, name, MARK));
  await rm(join(folder, name, 'results', MARK));
  for (const path of ['', 'results', join('results', id)]) await chmod(join(folder, name, path), 0o755);
  for (const path of ['jobs.lmdb', 'jobs.lmdb-lock', join('results', id, 'part-00000-e1')]) {
    await chmod(join(folder, name, path), 0o644);
  }
  return id;
}

const everything = async (path: string) => (await readdir(path, { recursive: true })).sort();
const modeOf = async (...path: string[]) => ((await stat(join(folder, ...path))).mode & 0o777).toString(8);
const NOT_OWNED = { name: 'SluiceError', code: 'NOT_OWNED', stage: 'job' };

describe.each(['jobs', 'results'])('a folder for %s', (use) => {
  const taking = async (path: string) =>
    use === 'jobs' ? opened(path) : opened('jobs', { results: join(folder, path) });

  test.each([
    ['a file', async (path: string) => writeFile(join(path, 'photo.jpg'), 'x')],
    ['a repository', async (path: string) => mkdir(join(path, '.git'))],
    ['a file called as a job', async (path: string) => writeFile(join(path, crypto.randomUUID()), 'x')],
    ['a link called as a job', async (path: string) => symlink('nowhere', join(path, crypto.randomUUID()))],
  ])('that contains %s is refused, and stays unchanged', async (_, put) => {
    const path = join(folder, 'foreign');
    await mkdir(path);
    await put(path);
    const before = await everything(path);
    await expect(taking('foreign')).rejects.toMatchObject(NOT_OWNED);
    expect(await everything(path)).toStrictEqual(before);
  });

  test.each([
    ['nothing', async () => {}],
    ['what its file system creates', async (path: string) => mkdir(join(path, 'lost+found'))],
    ['a partly written mark', async (path: string) => writeFile(join(path, MARK), '')],
    [
      'an unfinished mark',
      async (path: string) => writeFile(join(path, `${MARK}.${crypto.randomUUID()}.tmp`), '{"use"'),
    ],
  ])('that contains %s is taken', async (_, put) => {
    const path = join(folder, 'prepared');
    await mkdir(path);
    await put(path);
    await closed(await taking('prepared'));
    await taking('prepared');
    expect(JSON.parse(await readFile(join(path, MARK), 'utf8'))).toMatchObject({ use });
  });

  test('with an unreadable mark is refused', async () => {
    const path = join(folder, 'odd');
    await mkdir(path);
    await writeFile(join(path, MARK), '{"use":"results"');
    await expect(taking('odd')).rejects.toMatchObject(NOT_OWNED);
  });

  test('may be a link to one', async () => {
    await mkdir(join(folder, 'far'));
    await symlink(join(folder, 'far'), join(folder, 'near'));
    await taking('near');
    expect(await readdir(join(folder, 'far'))).toContain(MARK);
  });

  test('that is a file is refused by its path', async () => {
    await writeFile(join(folder, 'taken'), '');
    await expect(taking('taken')).rejects.toMatchObject({ name: 'SluiceError', path: join(folder, 'taken') });
  });
});

describe('results', () => {
  test('of other jobs are refused, and stay unchanged', async () => {
    const results = join(folder, 'shared');
    const id = await used('one', { results });
    const before = await everything(results);
    await expect(opened('two', { results })).rejects.toMatchObject(NOT_OWNED);
    await expect(opened('two', { results: join(folder, 'one', 'results') })).resolves.toBeDefined();
    expect(await everything(results)).toStrictEqual(before);
    const again = await opened('one', { results });
    expect((await again.forTenant('acme').get(id)).state).toBe('completed');
  });

  test('are not stored in a folder of jobs', async () => {
    await used('one');
    for (const name of ['one', 'two']) {
      await expect(opened(name, { results: join(folder, 'one') })).rejects.toMatchObject(NOT_OWNED);
    }
    await opened('one');
  });

  test('of one folder are given to one of two concurrent services', async () => {
    const results = join(folder, 'shared');
    const outcomes = await Promise.allSettled(['one', 'two', 'three', 'four'].map((name) => opened(name, { results })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(NOT_OWNED);
  });

  test.each([
    ['lost', (path: string) => rm(path)],
    ['lost with the folder', (path: string) => rm(join(path, '..', MARK)).then(() => rm(path))],
  ])('are kept and reported if the database of the jobs was %s', async (_, lose) => {
    const id = await used('data', asFiles('data'));
    await lose(join(folder, 'data', 'jobs.lmdb'));
    const outcome = await opened('data').then(
      async (jobs) => jobs.sweep(),
      (cause: unknown) => cause,
    );
    if (outcome !== undefined) expect(outcome).toMatchObject(NOT_OWNED);
    expect(await jobsIn(join(folder, 'data', 'results'))).toStrictEqual([id]);
  });

  test('of unknown jobs are counted in the log', async () => {
    await used('data', asFiles('data'));
    await rm(join(folder, 'data', 'jobs.lmdb'));
    await (await opened('data')).sweep();
    expect(told).toStrictEqual([
      { path: join(folder, 'data', 'jobs.lmdb'), message: expect.stringContaining('missing') },
      { jobs: 1, message: expect.stringContaining('unknown') },
    ]);
  });

  test('are not recreated if their folder is removed while in use, and no job is accepted', async () => {
    const results = join(folder, 'mounted');
    const away = `${results}.away`;
    let isThere = true;
    const takeAway = async () => {
      if (!isThere) return;
      isThere = false;
      await rename(results, away);
      // As below the mount point after an unmount.
      await mkdir(results);
    };
    const jobs = await opened('data', {
      results,
      retry: { minDelayMs: 1 },
      onFaultPoint: (point) => (point === 'after-claim' ? takeAway() : undefined),
    });
    const acme = jobs.forTenant('acme');
    const { job } = await acme.submit({ request: {} });
    expect(await acme.waitFor(job.id, { timeoutMs: 60_000 })).toMatchObject({
      state: 'failed',
      error: { code: 'WRITE_FAILED' },
    });
    expect(await readdir(results)).toStrictEqual([]);
    const unavailable = { name: 'SluiceError', code: 'RESULTS_UNAVAILABLE', path: results };
    await expect(jobs.check()).rejects.toMatchObject(unavailable);
    await expect(acme.submit({ request: {} })).rejects.toMatchObject(unavailable);
    expect((await acme.list()).jobs).toHaveLength(1);
    await rm(results, { recursive: true });
    await expect(acme.submit({ request: {} })).rejects.toMatchObject(unavailable);
    await rename(away, results);
    await jobs.check();
    expect((await acme.waitFor((await acme.submit({ request: {} })).job.id, { timeoutMs: 60_000 })).state).toBe(
      'completed',
    );
  });
});

describe('what a version without marks has left', () => {
  test('is taken over with a note, and becomes readable by its owner only', async () => {
    const id = await unmarked('data');
    const jobs = await opened('data');
    expect((await jobs.forTenant('acme').get(id)).state).toBe('completed');
    expect(told).toStrictEqual([
      { folder: join(folder, 'data'), message: expect.stringContaining('earlier version') },
      { results: join(folder, 'data', 'results'), jobs: 1, message: expect.stringContaining('earlier version') },
    ]);
    const folders = [['data'], ['data', 'results'], ['data', 'results', id]];
    const files = [['jobs.lmdb'], ['jobs.lmdb-lock'], [MARK], ['results', MARK], ['results', id, 'part-00000-e1']];
    expect(await Promise.all(folders.map((path) => modeOf(...path)))).toStrictEqual(folders.map(() => '700'));
    expect(await Promise.all(files.map((path) => modeOf('data', ...path)))).toStrictEqual(files.map(() => '600'));
  });

  test('is taken over beside foreign files in the folder of jobs, which stay', async () => {
    await unmarked('data');
    await writeFile(join(folder, 'data', 'tokens'), 'a=b');
    await opened('data');
    expect(await readFile(join(folder, 'data', 'tokens'), 'utf8')).toBe('a=b');
  });

  test('is not taken over with foreign files among the results', async () => {
    const id = await unmarked('data');
    await writeFile(join(folder, 'data', 'results', id, 'holiday.mov'), 'x');
    await expect(opened('data')).rejects.toMatchObject(NOT_OWNED);
  });
});

test('folders and files are readable by their owner only, whatever the umask', async () => {
  const before = process.umask(0);
  try {
    const id = await used('data', { results: join(folder, 'far', 'results') });
    expect([await modeOf('data'), await modeOf('far', 'results'), await modeOf('far', 'results', id)]).toStrictEqual([
      ...['700', '700', '700'],
    ]);
    for (const path of ['data/jobs.lmdb', 'data/jobs.lmdb-lock', `data/${MARK}`, `far/results/${id}/part-00000-e1`]) {
      expect(await modeOf(path)).toBe('600');
    }
  } finally {
    process.umask(before);
  }
});

describe.each(['data folder', 'folder of results'])('a %s that is not a folder', (kind) => {
  test.each<[string, string, string]>([
    ['a file', 'file', 'it is not a folder'],
    ['in a file', 'file/jobs', 'file is not a folder'],
    ['a link to nothing', 'link', 'it is a link that does not lead to a folder'],
  ])('is refused as that: %s', async (_what, name, words) => {
    await writeFile(join(folder, 'file'), 'mine');
    await symlink('nowhere', join(folder, 'link'));
    const path = join(folder, name);
    const opening = kind === 'data folder' ? opened(name) : opened('data', { results: path });
    const error: unknown = await opening.catch((cause: unknown) => cause);
    expect(error).toMatchObject({ name: 'SluiceError', code: 'NOT_OWNED', path });
    expect(error).toMatchObject({ message: expect.stringContaining(words) });
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('mine');
  });
});

// Node's own recursive mkdir tries again for ever there.
test.runIf(process.platform === 'linux')('a folder that can have no entries is refused at once', async () => {
  await expect(opened('data', { results: '/proc/results/of/jobs' })).rejects.toMatchObject({
    code: 'WRITE_FAILED',
    message: expect.stringContaining('/proc/results'),
  });
});
