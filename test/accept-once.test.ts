/** A request is accepted once and planned once, whichever entry point it comes through. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { addExportCommand } from '../src/cli/export.js';
import { planExport } from '../src/export/plan-export.js';
import { exportEntities } from '../src/export/run-export.js';
import { type Jobs, openJobs } from '../src/jobs/open-jobs.js';
import { openServer } from './http/checked-server.js';

const calls = vi.hoisted(() => ({ accept: 0, plan: 0 }));

vi.mock('../src/request/accept/accept-request.js', async (original) => {
  const actual = await original<typeof import('../src/request/accept/accept-request.js')>();
  return {
    ...actual,
    acceptRequest: (input: unknown) => {
      calls.accept++;
      return actual.acceptRequest(input);
    },
  };
});

vi.mock('../src/request/plan/make-plan.js', async (original) => {
  const actual = await original<typeof import('../src/request/plan/make-plan.js')>();
  return {
    ...actual,
    makePlan: (...given: Parameters<typeof actual.makePlan>) => {
      calls.plan++;
      return actual.makePlan(...given);
    },
  };
});

const BODY = { params: { query: { filters: { typesCriterion: ['product'] } }, options: { maxRecords: 1 } } };

let folder = '';
let source = '';
let jobs: Jobs | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-once-'));
  source = join(folder, 'in.ndjson');
  await writeFile(source, '{"id":"1","type":"product"}\n{"id":"2","type":"product"}\n');
  await writeFile(join(folder, 'body.json'), JSON.stringify(BODY));
});
afterEach(async () => {
  await jobs?.close();
  jobs = undefined;
  await rm(folder, { recursive: true });
});

/** Counts from here on. */
function reset(): void {
  calls.accept = 0;
  calls.plan = 0;
}

test('planExport', () => {
  reset();
  planExport({ request: BODY });
  expect(calls).toStrictEqual({ accept: 1, plan: 1 });
});

test('exportEntities, delivered to a file whose suffix decides the packing', async () => {
  reset();
  const receipt = await exportEntities({ source, request: BODY }).toFile(join(folder, 'out.zip'));
  expect(receipt).toMatchObject({ written: 1, files: [{ records: 1 }] });
  expect(calls).toStrictEqual({ accept: 1, plan: 1 });
});

test('sluice export, with a body whose members flags replace', async () => {
  const out = join(folder, 'out.json.gz');
  const program = new Command().exitOverride();
  let code: number | undefined;
  addExportCommand(program, async (act) => {
    code = await act();
  });
  reset();
  const flags = ['--request', join(folder, 'body.json'), '--max-records', '2', '--quiet'];
  await program.parseAsync(['export', source, '-o', out, ...flags], { from: 'user' });
  expect(code).toBe(0);
  expect(calls).toStrictEqual({ accept: 1, plan: 1 });
});

test('a POST that waits for its result', async () => {
  jobs = await openJobs({ dataDir: join(folder, 'data'), source });
  const server = await openServer({ jobs });
  reset();
  const response = await server.post('/api/rsConnectService/downloadDataJob', BODY);
  expect(response.json().response).toMatchObject({ status: 'success', totalRecords: 1 });
  expect(calls).toStrictEqual({ accept: 1, plan: 1 });
  await server.app.close();
});

test('jobs.submit, the attempt, and the envelope', async () => {
  jobs = await openJobs({ dataDir: join(folder, 'data'), source });
  const tenant = jobs.forTenant('acme');
  reset();
  const { job } = await tenant.submit({ request: BODY });
  await tenant.waitFor(job.id, { timeoutMs: 60_000 });
  expect((await (await tenant.openEnvelope(job.id)).toArray()).length).toBeGreaterThan(0);
  expect(calls).toStrictEqual({ accept: 1, plan: 1 });
});

test('an attempt after the process that took the submission has ended', async () => {
  const waiting = await openJobs({ dataDir: join(folder, 'data'), source, concurrency: 0 });
  const { job } = await waiting.forTenant('acme').submit({ request: BODY });
  await waiting.close();
  reset();
  jobs = await openJobs({ dataDir: join(folder, 'data'), source });
  const { state } = await jobs.forTenant('acme').waitFor(job.id, { timeoutMs: 60_000 });
  expect(state).toBe('completed');
  // Once for the options of the service, once for the stored request.
  expect(calls).toStrictEqual({ accept: 2, plan: 2 });
});
