/** The conformance suite of destinations. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Delivery, Destination } from '../destinations/destination.js';
import { exportEntities } from '../export/run-export.js';
import { acceptOptions, callback, type OptionTable } from '../options/accept-options.js';
import { objects } from '../sources/objects.js';
import { SluiceError } from '../terms/errors.js';
import { type ConformanceCase, settles } from './conformance-case.js';

/** A destination under test. */
export interface DestinationUnderTest {
  /** Makes a destination of a place where nothing is. */
  readonly open: () => Destination | Promise<Destination>;
  /** What is visible at the place of the newest destination: its bytes, or undefined if there is nothing. */
  readonly read: () => Promise<Uint8Array | undefined>;
  /** Called after each case. */
  readonly close?: () => void | Promise<void>;
}

/** Chunks of a large result, and bytes of each. */
const [CHUNKS, CHUNK_BYTES] = [48, 64 * 1024];

const UNDER_TEST: OptionTable<DestinationUnderTest> = { open: callback, read: callback, close: callback };

/**
 * The cases that a destination must pass: a result arrives byte for byte, is visible once it is complete and not before, and
 * leaves nothing if it fails.
 * @throws SluiceError `UNKNOWN_KEY`, `INVALID` for invalid options
 * @example
 * const cases = destinationCases({ open: () => webDav(url), read: () => stored(url) });
 * for (const { name, run } of cases) test(name, run);
 */
export function destinationCases(under: DestinationUnderTest): readonly ConformanceCase[] {
  acceptOptions(under, UNDER_TEST, ['open', 'read']);
  const { open, read, close } = under;
  const visible = async () => {
    const bytes = await read();
    return bytes && digestOf([bytes]);
  };
  const cases: Readonly<Record<string, () => Promise<void>>> = {
    'takes a complete export': async () => {
      const source = objects([1, 2, 3].map((n) => ({ id: String(n), type: 'x' })));
      const options = { source, format: 'ndjson', pack: 'none' } as const;
      await settles(exportEntities(options).to(await open()), 'the export');
      const lines = [1, 2, 3].map((n) => `{"id":"${n}","type":"x"}\n`).join('');
      assert.equal(Buffer.from((await read()) ?? []).toString(), lines);
    },
    'takes a large result in many writes, byte for byte': async () => {
      const delivery = await (await open()).open();
      const chunks = largeChunks();
      await settles(written(delivery.writable, chunks), 'writing');
      await settles(delivery.commit(), 'commit');
      assert.equal(await visible(), digestOf(largeChunks()));
    },
    'takes an empty result': async () => {
      const delivery = await (await open()).open();
      await settles(written(delivery.writable, []), 'writing');
      await settles(delivery.commit(), 'commit');
      assert.equal(await visible(), digestOf([]));
    },
    'shows nothing before the commit, if it stores results': async () => {
      const destination = await open();
      const delivery = await destination.open();
      await settles(written(delivery.writable, largeChunks()), 'writing');
      if (destination.stored) assert.equal(await visible(), undefined);
      await settles(delivery.commit(), 'commit');
      assert.notEqual(await visible(), undefined);
    },
    'counts what has arrived, if it counts': async () => {
      const delivery = await (await open()).open();
      await settles(written(delivery.writable, largeChunks()), 'writing');
      if (delivery.bytes) assert.equal(delivery.bytes(), CHUNKS * CHUNK_BYTES);
      await settles(delivery.commit(), 'commit');
    },
    'leaves nothing of a result that is discarded within it': async () => {
      const destination = await open();
      const delivery = await destination.open();
      delivery.writable.on('error', () => {});
      await settles(accepted(delivery.writable, largeChunks().slice(0, 3)), 'writing');
      await settles(delivery.discard(), 'discard');
      if (destination.stored) assert.equal(await visible(), undefined);
    },
    'leaves nothing of a result that is discarded before its first byte, and after its last': async () => {
      const destination = await open();
      await settles((await destination.open()).discard(), 'discard');
      const delivery = await destination.open();
      await settles(written(delivery.writable, largeChunks()), 'writing');
      await settles(delivery.discard(), 'discard');
      if (destination.stored) assert.equal(await visible(), undefined);
    },
    'leaves nothing of an export that fails': async () => {
      const destination = await open();
      const failing = exportEntities({ source: objects(broken()), format: 'ndjson', pack: 'none' });
      await assert.rejects(settles(failing.to(destination), 'the export'), (cause) => cause instanceof SluiceError);
      if (destination.stored) assert.equal(await visible(), undefined);
    },
    'leaves nothing of an export that is aborted': async () => {
      const destination = await open();
      const signal = AbortSignal.abort();
      const aborted = exportEntities({ source: objects([{ id: '1', type: 'x' }]), pack: 'none', signal });
      await assert.rejects(settles(aborted.to(destination), 'the export'), (cause) => cause instanceof SluiceError);
      if (destination.stored) assert.equal(await visible(), undefined);
    },
  };
  return Object.entries(cases).map(([name, run]) => ({
    name,
    run: () => run().finally(() => close?.()),
  }));
}

function* broken() {
  for (let n = 0; n < 5; n++) yield { id: String(n), type: 'x' };
  throw new Error('the source broke');
}

/** Chunks that differ from each other. */
function largeChunks(): readonly Buffer[] {
  return Array.from({ length: CHUNKS }, (_, index) => Buffer.alloc(CHUNK_BYTES, `${index} `));
}

function digestOf(chunks: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

type Sink = Delivery['writable'];

/** Writes as fast as the stream takes it. */
async function accepted(stream: Sink, chunks: readonly Buffer[]): Promise<void> {
  for (const chunk of chunks) if (!stream.write(chunk)) await once(stream, 'drain');
}

/** Writes, ends, and waits until the stream has passed everything on. */
async function written(stream: Sink, chunks: readonly Buffer[]): Promise<void> {
  const finished = once(stream, 'finish');
  finished.catch(() => {});
  await accepted(stream, chunks);
  stream.end();
  await finished;
}
