/** The documented services for files of tasks: prepared downloads, binary objects, metadata and deletion. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CheckedServer, OTHER, openServer } from '../checked-server.js';
import { CONTENT, FakeJobs } from '../fake-jobs.js';

const BODY = { params: { query: { filters: { typesCriterion: ['product'] } } } };
const PREPARE = '/v1/api/binarystreamobjectservice/prepareDownload';

let jobs: FakeJobs;
let server: CheckedServer;
let id = '';
beforeEach(async () => {
  jobs = new FakeJobs();
  server = await openServer({ jobs, prefix: '/v1' });
  id = await submit();
});
afterEach(() => server.app.close());

async function submit(): Promise<string> {
  await server.post('/v1/api/rsConnectService/downloadDataJob', BODY, { prefer: 'respond-async' });
  return jobs.newest;
}

const prepared = (objectKey: string, headers?: Record<string, string>) =>
  server.post(
    PREPARE,
    { binaryStreamObject: { id: 'guid', type: 'binarystreamobject', properties: { objectKey } } },
    headers,
  );

/** Fetches without a token. */
const fetched = (href: string) => {
  const { pathname, search } = new URL(href);
  return server.ask({ method: 'GET', url: `${pathname}${search}`, headers: { authorization: '' } });
};

describe('prepareDownload', () => {
  test('returns a URL for the fileId of a task', async () => {
    const task = { params: { query: { id } } };
    const { response } = (await server.post('/v1/api/requesttrackingservice/get', task)).json();
    const objectKey: string = response.requestObjects[0].data.attributes.fileId.values[0].value;
    const answer = (await prepared(objectKey)).json();
    expect(answer).toStrictEqual({
      request: { returnRequest: false, params: {}, requestId: expect.any(String) },
      response: {
        binaryStreamObjects: [
          {
            ...{ id: 'guid', type: 'binarystreamobject', systemInfo: { tenantId: 'acme' } },
            properties: { objectKey, downloadURL: expect.any(String) },
          },
        ],
        status: 'success',
        totalRecords: 1,
      },
    });
    const { downloadURL } = answer.response.binaryStreamObjects[0].properties;
    expect((await fetched(downloadURL)).rawPayload).toStrictEqual(CONTENT);
  });

  test('does the same with the tenant in the path', async () => {
    const body = { binaryStreamObject: { properties: { objectKey: `${id}/${jobs.fileName}` } } };
    const answer = await server.post(`/v1/acme${PREPARE.slice(3)}`, body);
    expect(answer.json().response.binaryStreamObjects[0].id).toBe(`${id}/${jobs.fileName}`);
  });

  test('finds no object that is missing or of another tenant', async () => {
    const key = `${id}/${jobs.fileName}`;
    const answers = [
      await prepared(key, { authorization: `Bearer ${OTHER}` }),
      await prepared(`${id}/another`),
      await prepared('no key at all'),
      await prepared(`../${key}`),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(404);
      expect(answer.json().response).toMatchObject({ status: 'error', statusDetail: { code: 'E0129' } });
    }
  });

  test.each([
    ['expired', 410],
    ['failed', 409],
  ] as const)('of a job that is %s returns %d', async (state, status) => {
    jobs.next = state;
    expect((await prepared(`${await submit()}/x`)).statusCode).toBe(status);
  });

  test('reports all faults of a body', async () => {
    const body = { binaryStreamObject: { kind: 1, type: 7, properties: { objectKey: 5, more: 1 } }, other: 1 };
    const answer = await server.post(PREPARE, body);
    expect(answer.statusCode).toBe(400);
    const { statusDetail } = answer.json().response;
    expect(statusDetail.code).toBe('AE001');
    expect(statusDetail.faults.map(({ path }: { path: string }) => path).sort()).toStrictEqual([
      'binaryStreamObject.kind',
      'binaryStreamObject.properties.more',
      'binaryStreamObject.properties.objectKey',
      'binaryStreamObject.type',
      'other',
    ]);
    const missing = await server.post(PREPARE, { binaryStreamObject: { properties: {} } });
    expect(missing.json().response.statusDetail.faults[0].path).toBe('binaryStreamObject.properties.objectKey');
  });

  test.each([
    ['an import', { type: 'importDataStream', data: {} }],
    ['a seed', { type: 'seedDataStream', data: {}, properties: {} }],
    ['a connector', { type: 'BinaryStreamObject', properties: { originalFileName: 'a.zip' } }],
    ['an application', { type: 'app-shopify-report', name: 'report', data: {} }],
    [
      'the documentation',
      {
        type: 'binarystreamobject',
        properties: { originalFileName: 'a.jpg', user: 'u@x.example', role: 'admin', ownershipData: 'Admin1' },
      },
    ],
  ])('accepts the body of %s, with the key as the id or among the properties', async (_who, object) => {
    const objectKey = `${id}/${jobs.fileName}`;
    const properties = { ...('properties' in object ? object.properties : {}), objectKey };
    for (const body of [
      { binaryStreamObject: { ...object, id: objectKey } },
      { binaryStreamObject: { ...object, id: 'guid', properties }, params: {}, returnRequest: false, clientState: {} },
    ]) {
      const answer = await server.post(PREPARE, body);
      expect(answer.statusCode, answer.payload).toBe(200);
      const [{ type, properties: told }] = answer.json().response.binaryStreamObjects;
      expect(type).toBe(object.type);
      expect((await fetched(told.downloadURL)).rawPayload).toStrictEqual(CONTENT);
    }
  });
});

describe('binaryobjectservice/getById', () => {
  const BY_ID = '/v1/api/binaryobjectservice/getById';

  test('returns the export in the envelope, by its fileId or the id of the task', async () => {
    const envelope = (await server.get(`/v1/jobs/${id}/result`)).json();
    for (const key of [`${id}/${jobs.fileName}`, id]) {
      const body = { params: { query: { id: key } }, fileName: 'a', fileType: 'RSJSON', fileExtension: 'zip' };
      const answer = await server.post(BY_ID, { ...body, taskType: 'Entity Data Exports' });
      expect(answer.json()).toStrictEqual(envelope);
    }
  });

  test('returns another file of the result as it is', async () => {
    const [file] = (await jobs.forTenant('acme').get(id)).files;
    jobs.set(id, { files: [file, { ...file, name: 'rejects.ndjson' }] });
    const answer = await server.post(BY_ID, { params: { query: { id: `${id}/rejects.ndjson` } } });
    expect(answer.json().response.binaryObjects[0]).toStrictEqual({
      ...{ id: `${id}/rejects.ndjson`, type: 'binaryObject', systemInfo: { tenantId: 'acme' } },
      properties: { fileName: 'rejects.ndjson', version: '1.0', extension: 'ndjson' },
      data: { blob: CONTENT.toString('base64') },
    });
  });

  test.each([
    [{ params: { query: { id: 'no such/file' } } }, 404],
    [{ params: { query: { id: 'no such object' } } }, 404],
    [{ params: { query: {} } }, 400],
    [{ params: { query: { ids: ['a'] } } }, 400],
    [{ params: { query: { id: 'a' } }, other: 1 }, 400],
  ])('refuses %j with %d', async (body, status) => {
    expect((await server.post(BY_ID, body)).statusCode).toBe(status);
  });
});

describe('binarystreamobjectservice', () => {
  const key = () => `${id}/${jobs.fileName}`;
  const get = async (...ids: readonly string[]) =>
    (
      await server.post('/v1/api/binarystreamobjectservice/get', {
        params: {
          query: { ids, filters: { typesCriterion: ['binarystreamobject'] } },
          fields: { attributes: ['_ALL'] },
        },
      })
    ).json().response;
  const remove = (objectId: string) =>
    server.post('/v1/api/binarystreamobjectservice/delete', {
      binaryStreamObject: { id: objectId, type: 'binarystreamobject', data: {} },
    });

  test('get tells what is known of files, and nothing of those that are missing', async () => {
    const { binaryStreamObjects, totalRecords } = await get('none', key(), `${id}/other`);
    expect(totalRecords).toBe(1);
    expect(binaryStreamObjects[0]).toMatchObject({
      ...{ id: key(), type: 'binarystreamobject' },
      properties: { objectKey: key(), originalFileName: jobs.fileName, contentSize: CONTENT.length },
    });
    expect(await get('none')).toMatchObject({ status: 'success', totalRecords: 0 });
  });

  test('delete deletes the result, and leaves the task', async () => {
    const answer = await remove(key());
    expect(answer.json().response).toMatchObject({ status: 'success', totalRecords: 0 });
    expect(await get(key())).toMatchObject({ totalRecords: 0 });
    expect((await prepared(key())).statusCode).toBe(410);
    expect((await server.get(`/v1/jobs/${id}`)).json().state).toBe('expired');
    expect((await remove(key())).statusCode).toBe(410);
  });

  test('delete refuses what would take another file with it, and what is not there', async () => {
    const [file] = (await jobs.forTenant('acme').get(id)).files;
    jobs.set(id, { files: [file, { ...file, name: 'rejects.ndjson' }] });
    const refused = await remove(`${id}/rejects.ndjson`);
    expect(refused.statusCode).toBe(409);
    expect(refused.json().response.statusDetail.message).toContain(jobs.fileName);
    expect((await server.get(`/v1/jobs/${id}`)).json().files).toHaveLength(2);
    expect((await remove(`${id}/other`)).statusCode).toBe(404);
    expect((await remove('nothing')).statusCode).toBe(404);
  });
});
