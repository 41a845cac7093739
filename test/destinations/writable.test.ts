/** Node streams as destinations. */
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { deliver } from '../../src/destinations/deliver.js';
import { writable } from '../../src/destinations/writable.js';
import { exportEntities } from '../../src/index.js';
import { SluiceError } from '../../src/terms/errors.js';

const output = () => Readable.from([Buffer.from('a'), Buffer.from('b')]);

test('gets the bytes and is ended', async () => {
  const stream = new PassThrough();
  const received = text(stream);
  await deliver(output(), writable(stream), Promise.resolve());
  expect(await received).toBe('ab');
});

test('is destroyed when the run fails, because written bytes cannot be undone', async () => {
  const stream = new PassThrough().resume();
  const failure = new SluiceError('INVALID_JSON', 'scan', 'broken');
  const proof = Promise.reject(failure);
  proof.catch(() => {});
  await expect(deliver(output(), writable(stream), proof)).rejects.toBe(failure);
  expect(stream.destroyed).toBe(true);
});

test('is named in the error when it fails', async () => {
  const stream = new PassThrough();
  stream.destroy();
  await expect(deliver(output(), writable(stream, 'the response'), Promise.resolve())).rejects.toMatchObject({
    code: 'WRITE_FAILED',
    path: 'the response',
  });
});

test('standard output stays open after a failed run, for later messages', async () => {
  const { discard } = await writable(process.stdout).open();
  await discard();
  expect(process.stdout.destroyed).toBe(false);
});

test('a response of HTTP, which is no instance of Writable, needs no wrapper', async () => {
  const server = createServer((_request, response) => {
    exportEntities({ source: Buffer.from('{"id":"1"}\n'), format: 'ndjson', pack: 'none' })
      .to(response)
      .catch(() => {});
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('{"id":"1"}\n');
  expect((await fetch(`http://127.0.0.1:${port}`, { method: 'HEAD' })).status).toBe(200);
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
});
