/** The log of jobs has codes, counts and positions, but no content of requests and entities. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJobs } from '../../src/jobs/open-jobs.js';
import type { Logger } from '../../src/terms/logger.js';

const PAYLOAD = 'Very-Private';

let folder: string;
let told: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-log-'));
  told = [];
});
afterEach(() => rm(folder, { recursive: true }));

const at = (level: string) => (facts: object, message: string) => {
  told.push(`${level}: ${message} ${JSON.stringify(facts)}`);
};
const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };

async function settled(lines: readonly string[], request: object, onError: 'stop' | 'skip' = 'skip') {
  const source = join(folder, 'catalog.ndjson');
  await writeFile(source, lines.join('\n'));
  const jobs = await openJobs({ dataDir: join(folder, 'data'), source, logger, plan: { onError } });
  const acme = jobs.forTenant('acme');
  const { job } = await acme.submit({ request: { ...request, clientState: { note: PAYLOAD } } });
  const done = await acme.waitFor(job.id, { timeoutMs: 60_000 });
  await jobs.close();
  return done;
}

test('logs notes by code and counts, and keeps them complete in the receipt', async () => {
  const request = {
    ids: ['a', `${PAYLOAD}-id`],
    types: ['product', `${PAYLOAD}-type`],
    fields: { attributes: [`${PAYLOAD}-attribute`] },
  };
  const done = await settled(['{"id":"a","type":"product"}'], request);
  expect(done.receipt?.notes.map(({ text }) => text).join()).toContain(`${PAYLOAD}-id`);
  const log = told.join('\n');
  expect(log).toContain('IDS_NOT_FOUND');
  expect(log).toContain('TYPES_NOT_FOUND');
  expect(log).not.toContain(PAYLOAD);
});

test('logs as information what a request asked for in vain', async () => {
  const query = { ids: ['a', 'b'], filters: { typesCriterion: ['product'] } };
  const params = { query, fields: { attributes: ['_ALL'] }, rsconnect: { includeValidationData: true } };
  await settled(['{"id":"a","type":"product"}'], { params });
  for (const code of ['IDS_NOT_FOUND', 'OPTIONS_WITHOUT_EFFECT']) {
    expect(told.filter((line) => line.includes(code))).toStrictEqual([expect.stringMatching(/^info: /)]);
  }
  expect(told.filter((line) => /^(?:warn|error)/.test(line))).toStrictEqual([]);
});

test('logs rejected records by their position', async () => {
  const lines = [
    `{"id":"${PAYLOAD}","type":"product","${PAYLOAD}":tru}`,
    `{"id":"${PAYLOAD}","id":"${PAYLOAD}"}`,
    `${PAYLOAD}`,
    '{"id":"a"}',
  ];
  const done = await settled(lines, {});
  expect(done).toMatchObject({ state: 'completedWithErrors', receipt: { rejected: 3 } });
  const log = told.join('\n');
  expect(log).toContain('"recordIndex":1');
  expect(log).not.toContain(PAYLOAD);
});

test('logs a job with faulty input by its code', async () => {
  const done = await settled([`{"id":"${PAYLOAD}","${PAYLOAD}":tru}`], {}, 'stop');
  expect(done.state).toBe('failed');
  expect(told.join('\n')).toContain('INVALID_JSON');
  expect(told.join('\n')).not.toContain(PAYLOAD);
});

test('logs a system error with its reason, which clients do not see', async () => {
  const jobs = await openJobs({ dataDir: join(folder, 'data'), source: join(folder, 'gone.ndjson'), logger });
  const { job } = await jobs.forTenant('acme').submit({ request: {} });
  await jobs.forTenant('acme').waitFor(job.id, { timeoutMs: 60_000 });
  await jobs.close();
  expect(told.join('\n')).toContain(join(folder, 'gone.ndjson'));
});
