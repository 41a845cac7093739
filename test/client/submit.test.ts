/** Submissions: every documented response, and every kind of refusal. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.js';
import type { Submitted } from '../../src/client/submit.js';
import { fakeServer, json, problem } from './fake-server.js';

const ID = '0b9ac1d2-5f3e-4c7b-8a66-3f2b1c0d9e8f';
const BODY = { params: { query: { filters: { typesCriterion: ['_ALL'] } } } };
const RETRY = { retries: 3, minDelayMs: 0, maxDelayMs: 0 };

const ACCEPTED = {
  dataObjectOperationResponse: {
    status: 'success',
    dataObjects: [{ properties: { workAutomationId: ID } }],
    statusDetail: { code: 'RSC2162', message: `Download data job has been initiated with work automation id : ${ID}.` },
    totalRecords: 0,
  },
};
const PUBLISHED = {
  dataObjectOperationResponse: {
    status: 'success',
    statusDetail: {
      code: 'RSC1002',
      message: `Binary object has been submitted for create with work automation id :   ${ID}. Please check back after 10 mins.`,
    },
    totalRecords: 0,
  },
};
const TRACKED = { dataObjectOperationRequest: { requestId: ID, taskId: ID }, ...ACCEPTED };
const ENVELOPE = {
  response: {
    binaryObjects: [{ id: ID, type: 'JSONObject', data: { blob: Buffer.from('the result').toString('base64') } }],
    status: 'success',
    totalRecords: 1,
  },
};

/** The envelope's bytes. */
async function blobOf(submitted: Submitted): Promise<string> {
  if (submitted.kind !== 'envelope') throw new Error('no envelope');
  return (await buffer(submitted.envelope)).toString();
}

describe('submit', () => {
  it.each([
    ['accepted', 202, ACCEPTED],
    ['accepted with 200', 200, ACCEPTED],
    ['published, the id in the message only', 200, PUBLISHED],
    ['tracked, the request first', 202, TRACKED],
  ])('returns the job: %s', async (_, status, body) => {
    const server = await fakeServer((_asked, response) => json(response, body, status));
    const client = createClient({ server: `${server.url}/tenant`, token: 'secret-token' });
    const options = { respondAsync: true, waitMs: 5000, idempotencyKey: 'k1' };
    expect(await client.submit(BODY, options)).toStrictEqual({ kind: 'job', id: ID });
    const [asked] = server.asked;
    expect(asked).toMatchObject({ method: 'POST', url: '/tenant/api/rsConnectService/downloadDataJob' });
    expect(asked.headers).toMatchObject({
      authorization: 'Bearer secret-token',
      'content-type': 'application/json',
      'idempotency-key': 'k1',
      prefer: 'respond-async, wait=5',
    });
    expect(JSON.parse(asked.body)).toStrictEqual(BODY);
  });

  it('returns the envelope, decoded as it arrives', async () => {
    const text = JSON.stringify(ENVELOPE, null, 2);
    const server = await fakeServer(async (_asked, response) => {
      response.writeHead(200, { 'content-location': `/jobs/${ID}` });
      for (const character of `  ${text}`) {
        response.write(character);
        await new Promise(setImmediate);
      }
      response.end();
    });
    const submitted = await createClient({ server: server.url }).submit(BODY);
    expect(submitted).toMatchObject({ kind: 'envelope', id: ID });
    expect(await blobOf(submitted)).toBe('the result');
  });

  it('writes the blob of the envelope to a file only when it is complete', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-submit-'));
    let cut = false;
    const server = await fakeServer((_asked, response) => {
      const text = JSON.stringify(ENVELOPE);
      response.writeHead(200, { 'content-length': text.length });
      if (!cut) return void response.end(text);
      response.write(text.slice(0, -20), () => response.destroy());
    });
    const client = createClient({ server: server.url });
    const path = join(folder, 'out.zip');
    const take = async (name: string) => {
      const submitted = await client.submit(BODY);
      if (submitted.kind === 'envelope') await submitted.envelope.toFile(name);
    };
    await take(path);
    expect(await readFile(path, 'utf8')).toBe('the result');
    cut = true;
    await expect(take(join(folder, 'cut.zip'))).rejects.toMatchObject({ name: 'SluiceError', code: 'SERVICE_FAILED' });
    await expect(readFile(join(folder, 'cut.zip'))).rejects.toThrow('ENOENT');
    await rm(folder, { recursive: true });
  });

  it('reports an envelope with a failure', async () => {
    const failure = { status: 'error', statusDetail: { code: 'E0029', message: 'it broke' }, totalRecords: 0 };
    const server = await fakeServer((_asked, response) => json(response, { response: failure }));
    const submitted = await createClient({ server: server.url }).submit(BODY);
    await expect(blobOf(submitted)).rejects.toMatchObject({ code: 'EXPORT_FAILED', message: /it broke \(E0029\)/ });
  });

  it('keeps the code and the faults of the service', async () => {
    const faults = [
      { code: 'UNKNOWN_KEY', path: 'params.qery', message: 'is not a known member' },
      { code: 'NEWER_THAN_US', path: 'params', message: 'unknown here' },
    ];
    const server = await fakeServer((_asked, response) => problem(response, 400, 'UNKNOWN_KEY', { faults }));
    await expect(createClient({ server: server.url }).submit(BODY)).rejects.toMatchObject({
      code: 'UNKNOWN_KEY',
      stage: 'client',
      message: 'the service responded 400: it says UNKNOWN_KEY',
      faults: faults.slice(0, 1),
    });
  });

  it('finds them in the documented shape, too', async () => {
    const faults = [{ code: 'INVALID', path: 'params', message: 'must be an object' }];
    const statusDetail = { code: 'AE001', message: 'Failed to process request.', sluiceCode: 'INVALID', faults };
    const body = { dataObjectOperationResponse: { status: 'error', statusDetail, totalRecords: 0 } };
    const server = await fakeServer((_asked, response) => json(response, body, 400));
    await expect(createClient({ server: server.url }).submit(BODY)).rejects.toMatchObject({
      code: 'INVALID',
      message: 'the service responded 400: Failed to process request.',
      faults,
    });
  });

  it.each([
    [401, {}, 'UNAUTHENTICATED'],
    [500, { response: { status: 'error', statusDetail: { code: 'GE001', message: 'x' } } }, 'UNAUTHENTICATED'],
    [500, { response: { status: 'error', statusDetail: { messages: [{ messageCode: 'E1' }] } } }, 'SERVICE_FAILED'],
    [429, {}, 'TOO_MANY_REQUESTS'],
    [404, '<html>', 'SERVICE_FAILED'],
    [204, '', 'SERVICE_FAILED'],
    [200, {}, 'SERVICE_FAILED'],
    [200, { dataObjectOperationResponse: { status: 'error', statusDetail: { message: 'no' } } }, 'SERVICE_FAILED'],
    [200, { dataObjectOperationResponse: { status: 'success' } }, 'SERVICE_FAILED'],
  ])('rejects a response of %i with %j', async (status, body, code) => {
    const server = await fakeServer((_asked, response) => json(response, body, status));
    await expect(createClient({ server: server.url }).submit(BODY)).rejects.toMatchObject({ code });
    expect(server.asked).toHaveLength(1);
  });

  it('retries an outage with a key, and not without one', async () => {
    let calls = 0;
    const server = await fakeServer((_asked, response) => {
      if (++calls % 3 === 0) return json(response, ACCEPTED, 202);
      if (calls % 3 === 1) return void response.destroy();
      problem(response, 503, 'SHUTTING_DOWN');
    });
    const client = createClient({ server: server.url, retry: RETRY });
    expect(await client.submit(BODY, { idempotencyKey: 'k' })).toStrictEqual({ kind: 'job', id: ID });
    expect(server.asked).toHaveLength(3);
    await expect(client.submit(BODY)).rejects.toMatchObject({ code: 'SERVICE_FAILED' });
    expect(server.asked).toHaveLength(4);
  });
});

it('refuses empty ids and paths before any request', async () => {
  const client = createClient({ server: 'http://127.0.0.1:1' });
  for (const asked of [client.get(''), client.cancel(''), client.waitFor(''), client.download('', 'x')]) {
    await expect(asked).rejects.toMatchObject({ code: 'INVALID', path: 'id' });
  }
  await expect(client.download('x', '')).rejects.toMatchObject({ code: 'INVALID', path: 'path' });
});
