/** Webhooks reach their receivers, signed, and nobody else; what is not accepted is repeated, then given up. */
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import type { FolderJobsOptions, Jobs, TenantJobs } from '../../src/jobs.js';
import { openJobs } from '../../src/jobs.js';
import { SILENT } from '../../src/terms/logger.js';
import { Courier } from '../../src/webhooks/courier.js';
import { isPublic, isWebhookUrl, lookupPublic } from '../../src/webhooks/endpoint-address.js';
import { sendWebhook } from '../../src/webhooks/send-webhook.js';
import { makeReceiver, type Receiver } from './receiver.js';

let folder: string;
const opened: (Jobs | Receiver)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-webhooks-'));
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  await rm(folder, { recursive: true });
});

async function receiver(...respond: Parameters<typeof makeReceiver>): Promise<Receiver> {
  const made = await makeReceiver(...respond);
  opened.push(made);
  return made;
}

async function open(webhooks: FolderJobsOptions['webhooks']): Promise<TenantJobs> {
  const jobs = await openJobs({ dataDir: folder, source: Buffer.from('{"id":"1"}\n'), webhooks });
  opened.push(jobs);
  return jobs.forTenant('acme');
}

const isOk = (response: { end: () => void }) => response.end();

test('the end of a job is told to the addresses of its tenant and of its submission, signed by the secret', async () => {
  const [ofTenant, own] = [await receiver(isOk), await receiver(isOk)];
  const acme = await open({ urls: { acme: ofTenant.url }, allowPrivate: true });
  const { job } = await acme.submit({ request: {}, webhook: own.url });
  await expect
    .poll(async () => (await acme.deliveries({ state: 'delivered' })).deliveries.length, { timeout: 20_000 })
    .toBe(2);
  const secret = Buffer.from((await acme.webhookSecret()).replace('whsec_', ''), 'base64');
  for (const { received } of [ofTenant, own]) {
    const [{ headers, body }] = received;
    const { 'webhook-id': id, 'webhook-timestamp': seconds } = headers;
    const digest = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${digest}`);
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(300);
    expect(JSON.parse(body)).toMatchObject({
      type: 'job.settled',
      data: { id: job.id, tenant: 'acme', state: 'completed', read: 1, written: 1 },
    });
    expect(received).toHaveLength(1);
  }
  expect(await acme.get(job.id)).not.toHaveProperty('webhooks');
  expect(await acme.get(job.id)).not.toHaveProperty('ownWebhook');
  // A repetition is told to the same address, or to another one.
  const other = await receiver(isOk);
  await acme.rerun(job.id);
  await acme.rerun(job.id, { webhook: other.url });
  await expect
    .poll(() => [ofTenant, own, other].map((one) => one.received.length), { timeout: 20_000 })
    .toStrictEqual([3, 2, 1]);
});

test('addresses of this machine and its networks are refused: as such, and as what a name leads to', async () => {
  const { url, received } = await receiver(isOk);
  const acme = await open({ urls: { acme: url.replace('127.0.0.1', 'localhost') } });
  for (const webhook of [url, url.replace('127.0.0.1', '[::1]'), 'http://localhost/', 'http://169.254.169.254/meta']) {
    await expect(acme.submit({ request: {}, webhook })).rejects.toMatchObject({ code: 'INVALID', path: 'webhook' });
  }
  for (const webhook of ['ftp://x', 'x', 'http://user:password@x.example/']) {
    await expect(acme.submit({ request: {}, webhook })).rejects.toMatchObject({ path: 'webhook' });
  }
  await acme.submit({ request: {} });
  await expect.poll(async () => (await acme.deliveries()).deliveries[0]?.error, { timeout: 20_000 }).toMatch(/private/);
  expect(received).toStrictEqual([]);
  // A name that is checked when it is resolved for the connection.
  const refused = await new Promise((resolve) => lookupPublic('localhost', { all: true }, resolve));
  expect(refused).toMatchObject({ message: expect.stringMatching(/private/) });
});

test.each([
  ...['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '169.254.1.1', '100.64.0.1', '0.0.0.0', '255.255.255.255'],
  ...[
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
  ],
  'not an address',
])('%s is not public', (address) => {
  expect(isPublic(address)).toBe(false);
});

test.each(['8.8.8.8', '172.32.0.1', '2606:4700::1111'])('%s is public', (address) => {
  expect(isPublic(address)).toBe(true);
});

test('an address is one of http or https without a user', () => {
  expect(['https://x.example/a?b=c', 'http://1.2.3.4:8'].every(isWebhookUrl)).toBe(true);
  expect(
    ['https://x.example/\0', 'https://x.example/a b', 'https://x.example/\n', 'https://x.example/\ud800'].some(
      isWebhookUrl,
    ),
  ).toBe(false);
  expect(['', 5, 'file:///etc/passwd', 'https://u@x.example', 'https://x.example/#a'].some(isWebhookUrl)).toBe(false);
});

test('a redirect is not followed, a long response is cut off, a silent receiver is left', async () => {
  const target = await receiver(isOk);
  const redirecting = await receiver((response) => response.writeHead(307, { location: target.url }).end());
  const endless = await receiver((response) => {
    const more = () => response.write(Buffer.alloc(65_536)) && setImmediate(more);
    response.on('drain', more).on('error', () => {});
    more();
  });
  const silent = await receiver(() => {});
  const options = { headers: {}, body: '{}', allowPrivate: true, signal: new AbortController().signal };
  const send = (url: string, timeoutMs = 10_000) => sendWebhook(url, { ...options, timeoutMs });
  expect(await send(redirecting.url)).toMatchObject({ kind: 'refused', why: expect.stringContaining('307') });
  expect(target.received).toStrictEqual([]);
  expect(await send(endless.url)).toStrictEqual({ kind: 'accepted' });
  expect(await send(silent.url, 50)).toMatchObject({ kind: 'refused', why: expect.stringContaining('50 ms') });
});

test.each([
  ['switches to another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', ''],
  ['never ends its headers', 'HTTP/1.1 200 OK\r\n', 'x: y\r\n'],
  ['promises a response again and again', 'HTTP/1.1 102 Processing\r\n\r\n', 'HTTP/1.1 102 Processing\r\n\r\n'],
])('a receiver that %s is left', async (_, first, then) => {
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', () => {
        socket.write(first);
        const timer = setInterval(() => socket.write(then), 5);
        socket.once('close', () => clearInterval(timer));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const options = { headers: {}, body: '{}', allowPrivate: true, signal: new AbortController().signal };
  expect(await sendWebhook(`http://127.0.0.1:${port}/`, { ...options, timeoutMs: 100 })).toMatchObject({
    kind: 'refused',
    why: expect.stringMatching(/101|100 ms/),
  });
  await new Promise((resolve) => server.close(resolve));
});

test('a host without a receiver has a reason, and an attempt that the end of the service stops, too', async () => {
  const options = { headers: {}, body: '{}', allowPrivate: true, timeoutMs: 10_000 };
  const refused = await sendWebhook('http://localhost:1/', { ...options, signal: new AbortController().signal });
  expect(refused).toMatchObject({ kind: 'refused', why: expect.stringContaining('ECONNREFUSED') });
  const silent = await receiver(() => {});
  for (const signal of [AbortSignal.abort(), AbortSignal.timeout(20)]) {
    expect(await sendWebhook(silent.url, { ...options, signal })).toMatchObject({
      why: expect.stringContaining('closed'),
    });
  }
});

test('receivers that never respond delay neither those of other tenants nor the end of the service', async () => {
  const silent = await receiver(() => {});
  const quick = await receiver(isOk);
  const jobs = await openJobs({
    ...{ dataDir: folder, source: Buffer.from('{"id":"1"}\n'), concurrency: 0 },
    webhooks: { urls: { slow: silent.url, quick: quick.url }, allowPrivate: true, timeoutMs: 60_000 },
  });
  opened.push(jobs);
  const [slow, other] = [jobs.forTenant('slow'), jobs.forTenant('quick')];
  const settle = async (tenant: TenantJobs) => tenant.cancel((await tenant.submit({ request: {} })).job.id);
  for (let number = 0; number < 40; number++) await settle(slow);
  await expect.poll(() => silent.received.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(8);
  await settle(other);
  await expect.poll(() => quick.received.length, { timeout: 20_000 }).toBe(1);
  expect(silent.received.length).toBeLessThan(16);
  // It ends before any of them.
  await jobs.close();
});

test('what is not accepted is repeated with growing delays for a day, then given up until it is sent again', async () => {
  let status = 503;
  const { url, received } = await receiver((response) => response.writeHead(status).end());
  let time = Date.UTC(2026, 0, 1);
  const engine = await openEmbeddedEngine(folder, { running: 1, queued: 1 }, () => time);
  const { row } = await engine.submit({
    id: '00000000-0000-4000-8000-000000000000',
    tenant: 'acme',
    request: {},
    webhooks: [url],
  });
  await engine.cancel(row.id);
  const courier = new Courier({
    ...{ store: engine.deliveries, now: () => time, logger: SILENT },
    options: { allowPrivate: true, minDelayMs: 60_000, maxDelayMs: 4 * 3_600_000 },
    secretOf: async () => 'whsec_c2VjcmV0',
  });
  const newest = async () => (await engine.deliveries.list('acme', { limit: 1 })).deliveries[0];
  courier.start();
  const delays: number[] = [];
  for (let next = await engine.deliveries.nextAt(); next !== undefined; next = await engine.deliveries.nextAt()) {
    delays.push(next - time);
    time = next;
    courier.wake();
    // While it is attempted, it is due again in seconds, in case that the process dies.
    const isSettled = async () => ((await engine.deliveries.nextAt()) ?? Number.POSITIVE_INFINITY) - time > 15_000;
    await expect.poll(isSettled, { timeout: 20_000, interval: 2 }).toBe(true);
    expect(received).toHaveLength(delays.length);
  }
  for (const [index, delay] of delays.slice(1).entries()) {
    const most = Math.min(60_000 * 2 ** index, 4 * 3_600_000);
    expect(delay).toBeGreaterThanOrEqual(0.75 * most);
    expect(delay).toBeLessThanOrEqual(most);
  }
  expect(time - Date.UTC(2026, 0, 1)).toBeGreaterThan(18 * 3_600_000);
  expect(time - Date.UTC(2026, 0, 1)).toBeLessThanOrEqual(24 * 3_600_000);
  const { deliveries } = await engine.deliveries.list('acme', { state: 'failed', limit: 5 });
  expect(deliveries).toMatchObject([{ error: 'the receiver responded 503', attempts: received.length }]);
  expect(new Set(received.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
  status = 204;
  await engine.deliveries.redeliver('acme', deliveries[0].id, time);
  courier.wake();
  await expect.poll(async () => (await newest()).state, { timeout: 20_000, interval: 2 }).toBe('delivered');
  await courier.close();
  await engine.close();
});
