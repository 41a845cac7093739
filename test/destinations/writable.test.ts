/** Node streams as destinations. */
import { Buffer } from 'node:buffer';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { deliver } from '../../src/destinations/deliver.js';
import { writable } from '../../src/destinations/writable.js';
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
