/** The documented platform: tracking of tasks, prepared downloads, and the protection of secrets. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.js';
import { fakeServer, json } from './fake-server.js';

const TOKEN = 'token-that-nobody-else-may-hear';
const HEADERS = { 'auth-client-secret': 'secret-of-the-client', 'x-rdp-userId': 'me' };
const RETRY = { retries: 2, minDelayMs: 0, maxDelayMs: 0 };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-platform-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A task as returned by the request tracking. */
function task(values: Readonly<Record<string, string | boolean>>): object {
  const attributes = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { values: [{ value, locale: 'en-US', source: 'internal' }] }]),
  );
  const requestObjects =
    Object.keys(values).length > 0 ? [{ id: 't1', type: 'tasksummaryobject', data: { attributes } }] : [];
  return { response: { status: 'success', requestObjects, totalRecords: requestObjects.length } };
}

/** A platform whose task passes through these states, and whose file is on another origin. */
async function platform(tasks: Readonly<Record<string, string>>[], downloadURL = '') {
  return fakeServer(({ url }, response) => {
    if (url === '/api/requesttrackingservice/get') {
      return json(response, task(tasks.length > 1 ? (tasks.shift() ?? {}) : tasks[0]));
    }
    if (url === '/api/binarystreamobjectservice/prepareDownload') {
      const properties = { objectKey: 'k1.zip', downloadURL };
      return json(response, { response: { status: 'success', binaryStreamObjects: [{ id: 'k1.zip', properties }] } });
    }
    response.writeHead(404).end('<html>no such page');
  });
}

describe('a task', () => {
  it.each([
    ['Completed', 'completed'],
    ['COMPLETED WITH Errors', 'completedWithErrors'],
    ['Completed with no records', 'completedWithNoRecords'],
    ['Errorred', 'failed'],
    ['Queued', 'queued'],
    ['inProgress', 'running'],
  ])('that is %s is a job that is %s', async (status, state) => {
    const server = await platform([{ status, totalRecords: '7', totalRecordsSuccess: '5', errorMessage: 'why' }]);
    const job = await createClient({ server: server.url }).get('t1');
    expect(job).toMatchObject({ id: 't1', state, status, progress: { read: 7, written: 5 } });
    expect(job.error).toStrictEqual(state === 'failed' ? { code: status, message: 'why' } : undefined);
    expect(JSON.parse(server.asked[1].body)).toStrictEqual({
      params: {
        query: {
          filters: { typesCriterion: ['tasksummaryobject'], attributesCriterion: [{ taskId: { exact: 't1' } }] },
        },
        fields: { attributes: ['_ALL'] },
      },
    });
  });

  it('is retried until it is tracked, with a limit', async () => {
    const tracked = await platform([{}, {}, { status: 'Completed' }]);
    const follow = (server: string) => createClient({ server, retry: RETRY }).waitFor('t1');
    expect(await follow(tracked.url)).toMatchObject({ state: 'completed' });
    await expect(follow((await platform([{}])).url)).rejects.toMatchObject({ code: 'NO_SUCH_JOB' });
  });

  it('without a file has no result', async () => {
    const server = await platform([{ status: 'Completed with no records' }]);
    const downloading = createClient({ server: server.url }).download('t1', join(folder, 'out'));
    await expect(downloading).rejects.toMatchObject({ code: 'NO_RESULT' });
  });
});

describe('a prepared download', () => {
  it('is fetched from another origin, which receives no secret', async () => {
    const bytes = Buffer.alloc(100_000, 'file');
    let cut = true;
    const storage = await fakeServer(({ headers }, response) => {
      const start = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0);
      response.writeHead(start > 0 ? 206 : 200, {
        etag: '"e1"',
        'content-length': bytes.length - start,
        ...(start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
      });
      if (!cut) return void response.end(bytes.subarray(start));
      cut = false;
      response.write(bytes.subarray(0, 50_000), () => response.destroy());
    });
    const server = await platform(
      [{ status: 'Completed', fileId: 'k1.zip', fileName: 'out.zip' }],
      `${storage.url}/container/k1.zip?sig=signature`,
    );
    const client = createClient({ server: server.url, token: TOKEN, headers: HEADERS, retry: RETRY });
    const downloaded = await client.download('t1', join(folder, 'out.zip'));
    expect(downloaded).toMatchObject({ name: 'out.zip', bytes: 100_000, verified: false });
    expect((await readFile(join(folder, 'out.zip'))).equals(bytes)).toBe(true);
    expect(storage.asked.map(({ url }) => url)).toStrictEqual(Array(2).fill('/container/k1.zip?sig=signature'));
    expect(JSON.stringify(storage.asked)).not.toMatch(/nobody-else|secret-of|authorization|x-rdp/i);
    expect(server.asked.every(({ headers }) => headers.authorization === `Bearer ${TOKEN}`)).toBe(true);
    const prepared = server.asked.filter(({ url }) => url.endsWith('prepareDownload'));
    expect(JSON.parse(prepared[0].body)).toStrictEqual({
      binaryStreamObject: { id: 'k1.zip', type: 'importDataStream', data: {}, properties: { objectKey: 'k1.zip' } },
    });
  });

  it('of a task without child tasks is a binary object, which is decoded as it arrives, again after a cut', async () => {
    const content = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    const properties = { fileName: 'out', version: '1.1', extension: 'zip' };
    const object = { id: 'k1.zip', type: 'JSONObject', properties, data: { blob: content.toString('base64') } };
    const answer = JSON.stringify({ response: { binaryObjects: [object], status: 'success', totalRecords: 1 } });
    let cut = true;
    const server = await fakeServer(({ url }, response) => {
      if (url === '/api/requesttrackingservice/get') {
        return json(response, task({ status: 'Completed', fileId: 'k1.zip', fileName: 'out.zip' }));
      }
      if (url !== '/api/binaryobjectservice/getById') return void response.writeHead(404).end('no such page');
      if (!cut) return void response.end(answer);
      cut = false;
      response.writeHead(200).write(answer.slice(0, 60_000), () => response.destroy());
    });
    const client = createClient({ server: server.url, retry: RETRY });
    const downloaded = await client.download('t1', join(folder, 'out.zip'));
    expect(downloaded).toMatchObject({ name: 'out.zip', bytes: content.length });
    expect((await readFile(join(folder, 'out.zip'))).equals(content)).toBe(true);
    const asked = server.asked.filter(({ url }) => url.endsWith('getById'));
    expect(asked.map(({ body }) => JSON.parse(body))).toStrictEqual(
      Array(2).fill({ params: { query: { id: 'k1.zip' } } }),
    );
  });

  it('of a task with child tasks is prepared for download at once', async () => {
    const storage = await fakeServer((_asked, response) => void response.end('content'));
    const server = await fakeServer(({ url }, response) => {
      const properties = { objectKey: 'k', downloadURL: `${storage.url}/k` };
      if (url.endsWith('prepareDownload'))
        return json(response, { response: { binaryStreamObjects: [{ properties }] } });
      const values = { status: 'Completed', fileId: 'k', hasChildTasks: true };
      if (url.endsWith('requesttrackingservice/get')) return json(response, task(values));
      response.writeHead(404).end('no such page');
    });
    await createClient({ server: server.url, retry: RETRY }).download('t1', join(folder, 'out'));
    expect(server.asked.map(({ url }) => url)).not.toContain('/api/binaryobjectservice/getById');
  });

  it.each([
    ['says that there is none', { response: { status: 'success', totalRecords: 0 } }],
    ['reports an error', { response: { status: 'error', statusDetail: { code: 'E0001', message: 'no' } } }],
  ])('is prepared for download where the binary object service %s', async (_what, refusal) => {
    const storage = await fakeServer((_asked, response) => void response.end('content'));
    const server = await fakeServer(({ url }, response) => {
      if (url.endsWith('getById')) return json(response, refusal);
      const properties = { objectKey: 'k', downloadURL: `${storage.url}/k` };
      if (url.endsWith('prepareDownload'))
        return json(response, { response: { binaryStreamObjects: [{ properties }] } });
      if (url.endsWith('requesttrackingservice/get')) return json(response, task({ status: 'Completed', fileId: 'k' }));
      response.writeHead(404).end('no such page');
    });
    await createClient({ server: server.url, retry: RETRY }).download('t1', join(folder, 'out'));
    expect(await readFile(join(folder, 'out'), 'utf8')).toBe('content');
  });

  it('that is refused does not reveal its signature', async () => {
    const storage = await fakeServer((_asked, response) => void response.writeHead(403).end('no'));
    const server = await platform([{ status: 'Completed', fileId: 'k' }], `${storage.url}/k?sig=signature`);
    const downloading = createClient({ server: server.url }).download('t1', join(folder, 'out'));
    const error = await downloading.catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(String(error)).not.toContain('signature');
  });

  it.each(['', 'no address', 'file:///etc/passwd'])('with the invalid URL %j is an error', async (address) => {
    const server = await platform([{ status: 'Completed', fileId: 'k' }], address);
    const downloading = createClient({ server: server.url }).download('t1', join(folder, 'out'));
    await expect(downloading).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
  });
});
