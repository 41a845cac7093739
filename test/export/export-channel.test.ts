/** The diagnostics channel of exports: its messages, and exports without subscribers. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writable } from '../../src/destinations/writable.js';
import { type ExportTrace, exportEntities } from '../../src/index.js';
import { bytes } from '../../src/sources/bytes.js';

const CHANNEL = tracingChannel<unknown, ExportTrace>('sluice:export');
const LINES = Buffer.from('{"id":"1","type":"product"}\n{"id":"2","type":"sku"}\n');

let told: [event: string, trace: ExportTrace][] = [];
const note = (event: string) => (trace: ExportTrace) => void told.push([event, trace]);
const SUBSCRIBERS = {
  start: note('start'),
  end: note('end'),
  asyncStart: note('asyncStart'),
  asyncEnd: note('asyncEnd'),
  error: note('error'),
};
beforeEach(() => {
  told = [];
  CHANNEL.subscribe(SUBSCRIBERS);
});
afterEach(() => void CHANNEL.unsubscribe(SUBSCRIBERS));

const events = () => told.map(([event]) => event);
const source = (content = LINES) => bytes([content]);

test('publishes the request of the first byte, and the end with the receipt', async () => {
  const stream = exportEntities({ source: source(), id: 'run-1', request: { types: ['product'] }, format: 'ndjson' });
  expect(told).toStrictEqual([]);
  await buffer(stream);
  const receipt = await stream.receipt;
  await new Promise(setImmediate);
  expect(events()).toStrictEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
  const [[, trace]] = told;
  expect(told.every(([, other]) => other === trace)).toBe(true);
  expect(trace).toMatchObject({ id: 'run-1', output: { format: 'ndjson', pack: 'none' } });
  expect(trace.receipt).toBe(receipt);
  expect(trace.error).toBeUndefined();
});

test('publishes the error of a failed export', async () => {
  const stream = exportEntities({ source: source(Buffer.from('{"id":')), id: 'run-2' });
  await expect(buffer(stream)).rejects.toMatchObject({ code: 'TRUNCATED' });
  await new Promise(setImmediate);
  expect(events()).toStrictEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
  expect(told[0][1].error).toMatchObject({ code: 'TRUNCATED' });
  expect(told[0][1].receipt).toBeUndefined();
});

test('publishes an export as aborted when its reader leaves', async () => {
  const stream = exportEntities({ source: source() });
  for await (const _ of stream) break;
  await expect(stream.receipt).rejects.toMatchObject({ code: 'ABORTED' });
  await new Promise(setImmediate);
  expect(told.at(-1)?.[1].error).toMatchObject({ code: 'ABORTED' });
});

test('publishes nothing of an export that is never read', async () => {
  const stream = exportEntities({ source: source() });
  stream.destroy();
  await expect(stream.receipt).rejects.toMatchObject({ code: 'ABORTED' });
  expect(told).toStrictEqual([]);
});

test('publishes the output that was planned for the destination', async () => {
  const sink = new PassThrough();
  const delivered = exportEntities({ source: source() }).to({ ...writable(sink), stored: true, name: 'a.ndjson.gz' });
  const [content] = await Promise.all([buffer(sink), delivered]);
  expect(content.subarray(0, 2)).toStrictEqual(Buffer.from([0x1f, 0x8b]));
  expect(told[0][1].output).toMatchObject({ format: 'ndjson', pack: 'gzip' });
});

test('shares the context of subscribers between start and end', async () => {
  const context = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const nothing = () => {};
  const rest = { start: nothing, end: nothing, asyncStart: nothing, error: nothing };
  const look = { ...rest, asyncEnd: () => void seen.push(context.getStore()) };
  CHANNEL.start.bindStore(context, ({ id }: ExportTrace) => `span of ${id}`);
  CHANNEL.subscribe(look);
  try {
    const stream = exportEntities({ source: source(), id: 'run-3' });
    await context.run('request', () => buffer(stream));
    await stream.receipt;
    await new Promise(setImmediate);
    expect(seen).toStrictEqual(['span of run-3']);
  } finally {
    CHANNEL.unsubscribe(look);
    CHANNEL.start.unbindStore(context);
  }
});

test('publishes to later subscribers from the next export on', async () => {
  CHANNEL.unsubscribe(SUBSCRIBERS);
  const stream = exportEntities({ source: source() });
  const reader = stream[Symbol.asyncIterator]();
  await reader.next();
  CHANNEL.subscribe(SUBSCRIBERS);
  for (let next = await reader.next(); !next.done; ) next = await reader.next();
  await stream.receipt;
  await new Promise(setImmediate);
  expect(told).toStrictEqual([]);
});
