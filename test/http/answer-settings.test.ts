/** How a service answers: what the blob holds, with the result or the job, and who runs the export; by tenant, too. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answersOf, tenantsOf } from '../../src/cli/tenant-settings.js';
import type { SluiceHttpOptions } from '../../src/http.js';
import type { FolderJobsOptions } from '../../src/jobs/jobs-options.js';
import { type Jobs, openJobs } from '../../src/jobs/open-jobs.js';
import type { Profile } from '../../src/terms/profile.js';
import { type CheckedServer, OTHER, openServer } from './checked-server.js';

const DOWNLOAD = '/api/rsConnectService/downloadDataJob';
const OF_OTHER = { authorization: `Bearer ${OTHER}` };

const PROFILES: readonly Profile[] = [
  { name: 'lines', format: 'ndjson', pack: 'envelope' },
  { name: 'zipped', format: 'json', pack: 'envelope', content: 'zip' },
  { name: 'batches', format: 'json', pack: 'envelope', batchSize: 2 },
  { name: 'listed', format: 'json', pack: 'envelope', batchSize: 2 },
  { name: 'sync', format: 'json', pack: 'envelope', mode: 'SYNC' },
  {
    ...{ name: 'recorded', format: 'json', pack: 'envelope' },
    entityProperties: { by: 'executionContext.userId', mail: 'executionContext.userEmail' },
  },
];

const body = (profile?: string, more: object = {}) => ({
  params: {
    query: { filters: { typesCriterion: ['product'] } },
    fields: { attributes: ['_ALL'] },
    rsconnect: profile === undefined ? undefined : { profiles: [profile] },
    ...more,
  },
});

let folder = '';
let jobs: Jobs;
const servers: CheckedServer[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-answers-'));
  const source = join(folder, 'catalog.ndjson');
  const lines = ['a', 'b', 'c'].map((id) => `{"id":"${id}","type":"product","data":{"attributes":{}}}\n`);
  await writeFile(source, lines.join(''));
  await open({ source });
});
afterEach(async () => {
  for (const { app } of servers.splice(0)) await app.close();
  await jobs.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(options: Pick<FolderJobsOptions, 'source'>): Promise<void> {
  jobs = await openJobs({ dataDir: join(folder, 'data'), plan: { profiles: PROFILES }, ...options });
}

async function serve(options: Partial<SluiceHttpOptions> = {}): Promise<CheckedServer> {
  const server = await openServer({ jobs, ...options });
  servers.push(server);
  return server;
}

/** What a client does that saves the decoded blob as `fileName.extension`. */
function saved(answer: { json(): { response: { binaryObjects: { properties: object; data: { blob: string } }[] } } }) {
  const [{ properties, data }] = answer.json().response.binaryObjects;
  const { fileName, extension }: Record<string, unknown> = { ...properties };
  return { name: `${fileName}.${extension}`, bytes: Buffer.from(data.blob, 'base64') };
}

describe('the blob', () => {
  test('is the document itself, which a client parses that never unzips', async () => {
    const { name, bytes } = saved(await (await serve()).post(DOWNLOAD, body('downloadDataJSONJob')));
    expect(name).toMatch(/_out\.json\.JSON$/);
    expect(JSON.parse(bytes.toString()).entities).toHaveLength(3);
  });

  test('is a table, and lines, as they are', async () => {
    const server = await serve();
    const table = saved(await server.post(DOWNLOAD, body('downloadDataDSVJob')));
    expect(table.name).toMatch(/_out\.csv\.csv$/);
    expect(table.bytes.toString()).toMatch(/^Action,Type,ID,Name/);
    const lines = saved(await server.post(DOWNLOAD, body('lines')));
    expect(lines.name).toMatch(/\.ndjson\.ndjson$/);
    expect(lines.bytes.toString().trimEnd().split('\n')).toHaveLength(3);
  });

  test('stays a zip by the profile, and if the result is several files', async () => {
    const server = await serve();
    for (const profile of ['zipped', 'batches']) {
      const { name, bytes } = saved(await server.post(DOWNLOAD, body(profile)));
      expect(name).toMatch(/\.zip\.zip$/);
      expect(bytes.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04');
    }
  });

  test('is the only file, with its name, if the result could have been several', async () => {
    const answer = await (await serve()).post(DOWNLOAD, body('batches', { options: { maxRecords: '2' } }));
    expect(JSON.parse(saved(answer).bytes.toString()).entities).toHaveLength(2);
  });

  test('is what the service says, and before that what the tenant does', async () => {
    const server = await serve({ content: 'zip', tenants: { other: { content: 'plain' } } });
    expect(saved(await server.post(DOWNLOAD, body())).name).toMatch(/zip$/);
    expect(saved(await server.post(DOWNLOAD, body(), OF_OTHER)).name).toMatch(/JSON$/);
  });

  test('is the same where the result is fetched later, while the stored file stays a zip', async () => {
    const server = await serve();
    const answer = await server.post(DOWNLOAD, body());
    const job = String(answer.headers.location);
    expect((await server.get(`${job}/result`)).body).toBe(answer.body);
    const { files } = (await server.get(job)).json();
    expect(files[0].name).toMatch(/\.zip$/);
  });
});

describe('the answer', () => {
  const statusOf = async (server: CheckedServer, profile?: string, headers: Record<string, string> = {}) =>
    (await server.post(DOWNLOAD, body(profile), headers)).statusCode;

  test('is the job if the service says so, unless the client prefers to wait', async () => {
    const server = await serve({ answer: 'job' });
    const answer = await server.post(DOWNLOAD, body());
    expect(answer.statusCode).toBe(202);
    expect(answer.json().dataObjectOperationResponse.statusDetail.code).toBe('RSC2162');
    expect(await statusOf(server, undefined, { prefer: 'wait=30' })).toBe(200);
  });

  test('is what the tenant says', async () => {
    const server = await serve({ tenants: { other: { answer: 'job' } } });
    expect(await statusOf(server)).toBe(200);
    expect(await statusOf(server, undefined, OF_OTHER)).toBe(202);
  });

  test('of a synchronous profile is the result, whatever the service and the client prefer', async () => {
    const server = await serve({ answer: 'job', waitMs: 0 });
    for (const prefer of ['wait=1', 'respond-async', 'wait=0']) {
      const answer = await server.post(DOWNLOAD, body('sync'), { prefer });
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['preference-applied']).toBeUndefined();
    }
  });
});

describe('who runs the export', () => {
  const HEADERS = { 'X-RDP-userId': 'ann@example.com_user', 'x-rdp-userEmail': 'ann@example.com' };
  const notified = { ...body('recorded'), clientState: { notificationInfo: { userId: 'bob@example.com_user' } } };
  const propertiesIn = (answer: Parameters<typeof saved>[0]) =>
    JSON.parse(saved(answer).bytes.toString()).entities[0].properties;

  test('is the user of the headers, before the one whom the body notifies', async () => {
    const server = await serve();
    const by = { by: 'ann@example.com_user', mail: 'ann@example.com' };
    expect(propertiesIn(await server.post(DOWNLOAD, body('recorded'), HEADERS))).toStrictEqual(by);
    expect(propertiesIn(await server.post(DOWNLOAD, notified, HEADERS))).toStrictEqual(by);
    expect(propertiesIn(await server.post(DOWNLOAD, notified))).toMatchObject({ by: 'bob@example.com_user' });
  });

  test('is remembered with the job, for a later process', async () => {
    const server = await serve({ answer: 'job' });
    const location = String((await server.post(DOWNLOAD, body('recorded'), HEADERS)).headers.location);
    const id = location.split('/').at(-1) ?? '';
    await jobs.forTenant('acme').waitFor(id);
    await servers.pop()?.app.close();
    await jobs.close();
    await open({ source: join(folder, 'catalog.ndjson') });
    const again = await serve();
    expect(propertiesIn(await again.get(`/jobs/${id}/result`))).toMatchObject({ by: 'ann@example.com_user' });
  });

  test('is not said by headers where the service or the tenant does not let clients', async () => {
    const closed = await serve({ userHeaders: false });
    const answer = await closed.post(DOWNLOAD, body('recorded'), HEADERS);
    expect(answer.statusCode).toBe(400);
    expect(propertiesIn(await closed.post(DOWNLOAD, notified, HEADERS))).toMatchObject({ by: 'bob@example.com_user' });
    const tenants = { acme: { userHeaders: false } };
    expect((await (await serve({ tenants })).post(DOWNLOAD, body('recorded'), HEADERS)).statusCode).toBe(400);
  });

  test('is no text with control characters, and none that is longer than names are: nothing runs', async () => {
    const server = await serve();
    for (const [name, value] of [
      ['x-rdp-userid', 'a\x07b'],
      ['x-rdp-userid', 'a'.repeat(256)],
      ['x-rdp-useremail', 'a\x7f'],
    ] as const) {
      const answer = await server.post(DOWNLOAD, body(), { [name]: value });
      expect(answer.statusCode).toBe(400);
      const { statusDetail } = answer.json().dataObjectOperationResponse;
      expect(statusDetail).toMatchObject({ sluiceCode: 'INVALID', message: expect.stringContaining(name) });
    }
    expect((await jobs.forTenant('acme').list()).jobs).toStrictEqual([]);
    expect((await server.post(DOWNLOAD, body(), { 'x-rdp-userid': '' })).statusCode).toBe(200);
  });

  test('is read as UTF-8, and as Latin-1 where it is none', async () => {
    const server = await serve();
    const asUtf8 = Buffer.from('Jörg').toString('latin1');
    expect(
      propertiesIn(await server.post(DOWNLOAD, body('recorded'), { ...HEADERS, 'x-rdp-userid': asUtf8 })),
    ).toMatchObject({ by: 'Jörg' });
    expect(
      propertiesIn(await server.post(DOWNLOAD, body('recorded'), { ...HEADERS, 'x-rdp-userid': 'Jörg' })),
    ).toMatchObject({ by: 'Jörg' });
  });
});

describe('the file with settings of tenants', () => {
  const read = async (text: string) => {
    const path = join(folder, 'tenants.json');
    await writeFile(path, text);
    return answersOf(await tenantsOf({ tenants: path }));
  };

  test('is read', async () => {
    expect(await read('{"acme":{"content":"zip","answer":"job","userHeaders":false}}')).toStrictEqual({
      acme: { content: 'zip', answer: 'job', userHeaders: false },
    });
    expect(answersOf(await tenantsOf({}))).toStrictEqual({});
  });

  test('is refused by the path of what is wrong', async () => {
    await expect(read('{"acme":{"contents":"zip"}}')).rejects.toMatchObject({ path: 'tenants.acme.contents' });
    await expect(read('{"acme":{"answer":"later"}}')).rejects.toMatchObject({ path: 'tenants.acme.answer' });
    await expect(read('[]')).rejects.toMatchObject({ path: 'tenants' });
  });
});
