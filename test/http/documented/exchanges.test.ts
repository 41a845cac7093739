/** Complete exchanges of the platform's clients with a service: from the request to the saved file. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportEntities } from '../../../src/export/run-export.js';
import { bearerTokens, sluiceHttp } from '../../../src/http.js';
import { isEnded } from '../../../src/jobs/job.js';
import { type Jobs, openJobs } from '../../../src/jobs/open-jobs.js';
import { rdpEntities } from '../../../src/sources/rdp/rdp-entities.js';
import { VendorClient } from './vendor-client.js';

const CATALOG = join(import.meta.dirname, '../../fixtures/catalog.ndjson');

const HEADERS = {
  'auth-client-id': 'client',
  'auth-client-secret': 'secret-of-acme',
  'x-rdp-clientId': 'rufClient',
  'x-rdp-userId': 'ann@x.example_user',
  'x-rdp-tenantId': 'acme',
  'x-rdp-userRoles': 'admin',
};

/** The documented request, for one product. */
const request = (id: string) => ({
  params: {
    query: { id, filters: { typesCriterion: ['product'] } },
    fields: { attributes: ['_ALL'] },
    options: { maxRecords: '10' },
    rsconnect: { profiles: ['nightly'] },
  },
  clientState: { notificationInfo: { userId: 'ann@x.example_user' } },
});

let folder = '';
let jobs: Jobs;
let app: FastifyInstance;
let server = '';
let client: VendorClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-exchanges-'));
  const nightly = { name: 'nightly', format: 'json', pack: 'envelope', mode: 'ASYNC' } as const;
  jobs = await openJobs({ dataDir: join(folder, 'data'), source: CATALOG, plan: { profiles: [nightly] } });
  app = fastify();
  const authenticate = bearerTokens(new Map([['secret-of-acme', 'acme']]));
  await app.register(sluiceHttp, { jobs, authenticate, maxScrolls: 2 });
  server = `${await app.listen({ port: 0, host: '127.0.0.1' })}/acme`;
  client = new VendorClient(server, HEADERS);
});
afterEach(async () => {
  await app.close();
  await jobs.close();
  await rm(folder, { recursive: true });
});

async function firstProduct(): Promise<string> {
  const lines = (await readFile(CATALOG, 'utf8')).split('\n');
  const products = lines.filter(Boolean).flatMap((line) => {
    const { id, type } = JSON.parse(line);
    return type === 'product' ? [String(id)] : [];
  });
  return products[0];
}

async function ended(id: string): Promise<void> {
  const { state } = await jobs.forTenant('acme').waitFor(id, { timeoutMs: 60_000 });
  expect(isEnded(state)).toBe(true);
}

describe("the user interface's exchange", () => {
  test('completes: the job is submitted, tracked, listed among the tasks of its user, and its file saved', async () => {
    const product = await firstProduct();
    const id = await client.submit(request(product));
    if (id === undefined) throw new Error('the interface does nothing with this answer');
    await ended(id);
    const details = await client.taskDetails(id);
    if (!details) throw new Error('there is no such task');
    expect(details).toMatchObject({
      ...{ taskType: 'Entity Data Exports', taskStatus: 'Completed', fileType: 'RSJSON', totalRecords: 1 },
      ...{ submittedBy: 'ann@x.example', hasChildTasks: false, message: 'N/A' },
      startTime: expect.stringMatching(/^20\d\d-.*\+0000$/),
      endTime: expect.stringMatching(/^20\d\d-.*\+0000$/),
    });
    expect(await client.statusByEvents(id)).toBe('Completed');
    expect(await client.statusByPipeline(id)).toBe('Completed');
    expect(await client.taskList('ann@x.example', 'Completed')).toStrictEqual([id]);
    expect(await client.taskList('bob@x.example', 'Completed')).toStrictEqual([]);
    expect(await client.taskList('ann@x.example', 'Errored')).toStrictEqual([]);
    const { bytes } = await client.save(details);
    const prepared = await client.savePrepared(details.fileId);
    // A saved file is what its first bytes say; both hold the entity.
    for (const saved of [bytes, prepared.bytes]) {
      const path = join(folder, saved.subarray(0, 2).toString() === 'PK' ? 'saved.zip' : 'saved.json');
      await writeFile(path, saved);
      const again = await exportEntities({ source: path, format: 'ndjson', pack: 'none' }).toBuffer();
      expect(JSON.parse(again.toString())).toMatchObject({ id: product, type: 'product' });
    }
  });

  test('shows a task that is not there, and one without records', async () => {
    expect(await client.taskDetails('none')).toBeUndefined();
    expect(await client.statusByPipeline('none')).toBe('No objects found');
    const id = (await client.submit(request('no such product'))) ?? '';
    await ended(id);
    expect(await client.taskDetails(id)).toMatchObject({
      ...{ taskStatus: 'Completed with no records', totalRecords: 0, message: 'No file available to process' },
    });
  });
});

test('a deleted file is gone, and its task stays with what is known of it', async () => {
  const id = (await client.submit(request(await firstProduct()))) ?? '';
  await ended(id);
  const details = await client.taskDetails(id);
  if (!details) throw new Error('there is no such task');
  const object = { id: details.fileId, type: 'binarystreamobject', data: {} };
  const deleted = await client.post('binarystreamobjectservice/delete', { binaryStreamObject: object });
  expect(deleted.response).toMatchObject({ status: 'success' });
  await expect(client.savePrepared(details.fileId)).rejects.toThrow('expired');
  expect(await client.taskDetails(id)).toMatchObject({ taskStatus: 'Completed', totalRecords: 1, fileId: 'N/A' });
  expect(await client.statusByEvents(id)).toBe('Completed');
  expect((await readdir(join(folder, 'data', 'results'), { recursive: true })).join()).not.toContain('part-');
});

describe('a program that reads from the platform', () => {
  const everything = { types: ['product', 'sku', 'image', 'classification'] };

  test.each([70, 2000])('reads from a service in pages of %i exactly what the source has', async (pageSize) => {
    const source = rdpEntities({ server, headers: HEADERS, pageSize });
    const fields = { attributes: '_ALL', relationships: '_ALL', properties: '_ALL', relationshipAttributes: '_ALL' };
    const read = await exportEntities({ source, format: 'ndjson', pack: 'none' }).toBuffer();
    const given = await exportEntities({
      source: CATALOG,
      request: { fields, contexts: 'all' },
      ...{ format: 'ndjson', pack: 'none' },
    }).toBuffer();
    expect(read.length).toBeGreaterThan(1000);
    expect(read.equals(given)).toBe(true);
  });

  test('reads a selection of it, whose criteria are sent', async () => {
    const criteria = { properties: [{ createdDate: { gte: '2000-01-01', type: '_DATETIME' } }] } as const;
    const read = (source: Parameters<typeof exportEntities>[0]['source']) =>
      exportEntities({ source, request: { ...everything, criteria }, format: 'ndjson', pack: 'none' }).toBuffer();
    const ids = (lines: Buffer) =>
      lines
        .toString()
        .split('\n')
        .filter(Boolean)
        .map((line) => String(JSON.parse(line).id));
    expect(ids(await read(rdpEntities({ server, headers: HEADERS })))).toStrictEqual(ids(await read(CATALOG)));
  });

  test('is refused without the secret of a tenant', async () => {
    const headers = { ...HEADERS, 'auth-client-secret': 'another' };
    const read = exportEntities({ source: rdpEntities({ server, headers }) }).toBuffer();
    await expect(read).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test('leaves no scroll open', async () => {
    // The service refuses a third one.
    for (let count = 0; count < 4; count++) {
      await exportEntities({ source: rdpEntities({ server, headers: HEADERS, pageSize: 500 }) }).toBuffer();
    }
  });
});
