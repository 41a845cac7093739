/** `--tenants`: sources, profiles, limits and lifetimes of single tenants from a file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJobsOf } from '../../src/cli/job-flags.js';
import { answersOf, tenantsOf } from '../../src/cli/tenant-settings.js';
import type { Job } from '../../src/jobs/job.js';
import type { Jobs } from '../../src/jobs/open-jobs.js';
import { SILENT } from '../../src/terms/logger.js';

let folder = '';
let jobs: Jobs | undefined;
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-tenants-'));
  await writeFile(at('one.ndjson'), '{"id":"1"}\n');
  await writeFile(at('two.ndjson'), '{"id":"1"}\n{"id":"2"}\n');
});
afterEach(async () => {
  await jobs?.close();
  await rm(folder, { recursive: true });
});

async function open(inputs: readonly string[], tenants: object): Promise<Jobs> {
  await writeFile(at('tenants.json'), JSON.stringify(tenants));
  jobs = await openJobsOf(inputs, { dataDir: at('data'), tenants: at('tenants.json') }, SILENT);
  return jobs;
}

async function ended(opened: Jobs, tenant: string, request = {}) {
  const { job } = await opened.forTenant(tenant).submit({ request });
  return opened.forTenant(tenant).waitFor(job.id, { timeoutMs: 30_000 });
}

test('tenants have inputs, profiles, limits and lifetimes of their own', async () => {
  const profile = { name: 'mine', format: 'ndjson', pack: 'none' };
  await writeFile(at('profiles.json'), JSON.stringify(profile));
  const opened = await open([at('two.ndjson')], {
    acme: { inputs: [at('one.ndjson')], profiles: [at('profiles.json')], resultTtlMs: 60_000 },
    small: { limits: { queued: 0 }, answer: 'job' },
  });
  const ofAcme = await ended(opened, 'acme', { profile: 'mine' });
  expect(ofAcme).toMatchObject({ state: 'completed', receipt: { read: 1 } });
  const lifetime = ({ createdAt, expiresAt = 0 }: Job) => Math.round((expiresAt - createdAt) / 60_000);
  expect(lifetime(ofAcme)).toBe(1);
  const ofOther = await ended(opened, 'other');
  expect(ofOther.receipt?.read).toBe(2);
  expect(lifetime(ofOther)).toBe(24 * 60);
  await expect(ended(opened, 'other', { profile: 'mine' })).rejects.toMatchObject({ code: 'UNKNOWN_PROFILE' });
  await expect(ended(opened, 'small')).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
  expect(answersOf(await tenantsOf({ tenants: at('tenants.json') })).small).toMatchObject({ answer: 'job' });
});

test('without inputs of the command, only tenants with some exist', async () => {
  const opened = await open([], { acme: { inputs: [at('one.ndjson')] } });
  expect((await ended(opened, 'acme')).receipt?.read).toBe(1);
  expect(await ended(opened, 'nobody')).toMatchObject({ state: 'failed', error: { code: 'NO_SUCH_TENANT' } });
});

test.each([
  [{ acme: { input: ['a'] } }, 'UNKNOWN_KEY', 'acme.input'],
  [{ acme: { inputs: [] } }, 'INVALID', 'acme.inputs'],
  [{ acme: { inputs: 'a.ndjson' } }, 'INVALID', 'acme.inputs'],
  [{ acme: { limits: { running: 0 } } }, 'INVALID', 'acme.limits.running'],
  [{ acme: { resultTtlMs: -1 } }, 'INVALID', 'acme.resultTtlMs'],
])('%j is refused with the path of its fault and the name of the file', async (tenants, code, path) => {
  await expect(open([at('one.ndjson')], tenants)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(new RegExp(`tenants.json.*${path}`, 's')),
  });
});
