/** Deliveries of webhooks over HTTP, by the client, and on the command line's service flags. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClient } from '../../src/client.js';
import { type Jobs, openJobs } from '../../src/jobs.js';
import { makeReceiver, type Receiver } from '../webhooks/receiver.js';
import { ACME, type CheckedServer, OTHER, openServer } from './checked-server.js';

let folder: string;
let jobs: Jobs;
let server: CheckedServer;
let receiver: Receiver;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-hooks-'));
  receiver = await makeReceiver((response, count) => response.writeHead(count === 1 ? 410 : 204).end());
  const webhooks = { allowPrivate: true };
  jobs = await openJobs({ dataDir: folder, source: '{"id":"1"}', concurrency: 0, webhooks });
  server = await openServer({ jobs, prefix: '/v1' });
});
afterEach(async () => {
  await server.app.close();
  await jobs.close();
  await receiver.close();
  await rm(folder, { recursive: true });
});

test('a delivery that was given up is listed, and sent again under its id, by its tenant only', async () => {
  const { id } = (await server.post('/v1/jobs', { request: {}, webhook: receiver.url })).json();
  await server.ask({ method: 'DELETE', url: `/v1/jobs/${id}` });
  const listed = async (query: string) => (await server.get(`/v1/webhooks/deliveries?${query}`)).json().deliveries;
  await expect.poll(() => listed('state=failed'), { timeout: 20_000 }).toHaveLength(1);
  const [failed] = await listed('');
  expect(failed).toMatchObject({
    ...{ url: receiver.url, attempts: 1, error: 'the receiver responded 410' },
    job: { id, state: 'cancelled', read: 0 },
  });
  const again = `/v1/webhooks/deliveries/${failed.id}/redeliver`;
  const theirs = await server.ask({ method: 'POST', url: again, headers: { authorization: `Bearer ${OTHER}` } });
  expect([theirs.statusCode, theirs.json().code]).toStrictEqual([404, 'NO_SUCH_DELIVERY']);
  const sent = await server.ask({ method: 'POST', url: again });
  expect(sent.json()).toMatchObject({ id: failed.id, state: 'pending' });
  await expect.poll(() => listed('state=delivered'), { timeout: 20_000 }).toHaveLength(1);
  const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
  expect(ids).toStrictEqual([failed.id, failed.id]);
  expect(await listed('state=failed&limit=1')).toStrictEqual([]);
  expect((await server.get('/v1/webhooks/deliveries?state=lost')).statusCode).toBe(400);
});

test('the client lists deliveries page by page, sends one again, and gets the secret', async () => {
  const address = await server.app.listen({ port: 0, host: '127.0.0.1' });
  const client = createClient({ server: `${address}/v1`, token: ACME });
  for (let count = 0; count < 3; count++) {
    const submitted = await client.submit({}, { webhook: receiver.url });
    await client.cancel(submitted.id ?? '');
  }
  const first = await client.deliveries({ limit: 2 });
  const second = await client.deliveries({ limit: 2, after: first.next });
  expect(new Set([...first.deliveries, ...second.deliveries].map(({ id }) => id)).size).toBe(3);
  expect(second.next).toBeUndefined();
  expect(await client.redeliver(second.deliveries[0].id)).toMatchObject({ state: 'pending', jobState: 'cancelled' });
  await expect(client.redeliver('msg_x')).rejects.toMatchObject({ code: 'NO_SUCH_DELIVERY' });
  const other = createClient({ server: `${address}/v1`, token: OTHER });
  expect(await client.webhookSecret()).toMatch(/^whsec_[\w+/]{43}=$/);
  expect(await client.webhookSecret()).not.toBe(await other.webhookSecret());
});
