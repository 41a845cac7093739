/** The conformance suite of stores of results. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { acceptOptions, callback, type OptionTable } from '../options/accept-options.js';
import {
  BLOB_KINDS,
  type BlobOwner,
  type BlobStore,
  type ByteRange,
  blobName,
  type Part,
} from '../results/blob-store.js';
import { SluiceError } from '../terms/errors.js';
import { type ConformanceCase, settles } from './conformance-case.js';

/** A store under test. */
export interface BlobStoreUnderTest {
  /**
   * Opens an empty store.
   * @param isOther opens the newest one once more, as another process does
   */
  readonly open: (isOther: boolean) => BlobStore | Promise<BlobStore>;
  /** Called after each case. */
  readonly close?: () => void | Promise<void>;
}

/** A store, the same for another process, and an owner. */
interface Stores {
  readonly store: BlobStore;
  readonly other: BlobStore;
  readonly owner: BlobOwner;
}

const UNDER_TEST: OptionTable<BlobStoreUnderTest> = { open: callback, close: callback };

/**
 * The cases that a store must pass: a blob exists complete or not at all, is read in any range from any process, and is
 * deleted with its job and never with another; the storage belongs to those who claimed it.
 * @throws SluiceError `UNKNOWN_KEY`, `INVALID` for invalid options
 * @example
 * for (const { name, run } of blobStoreCases({ open: () => new MyStore(place) })) test(name, run);
 */
export function blobStoreCases(under: BlobStoreUnderTest): readonly ConformanceCase[] {
  acceptOptions(under, UNDER_TEST, ['open']);
  const { open, close } = under;
  const cases: Readonly<Record<string, (stores: Stores) => Promise<void>>> = {
    'keeps committed bytes under their name': async ({ store, other, owner }) => {
      for (const [index, size] of [0, 1, 100_000].entries()) {
        const part = await put(store, owner, numbered(size), index);
        assert.deepEqual(part, { name: blobName('part', index, 1), bytes: size });
        assert.ok(numbered(size).equals(await read(other, owner, [part])), `${size} bytes`);
      }
    },
    'copies bytes, so that a buffer can be reused at once': async ({ store, owner }) => {
      const writer = await store.create(owner, blobName('part', 0, 1));
      const chunk = Buffer.alloc(1000);
      for (const letter of 'abc') await writer.write(chunk.fill(letter));
      const bytes = await read(store, owner, [await writer.commit()]);
      assert.deepEqual(
        [0, 1, 2].map((at) => String.fromCharCode(bytes[at * 1000 + 5])),
        ['a', 'b', 'c'],
      );
    },
    'leaves nothing of discarded bytes': async ({ store, other, owner }) => {
      const writer = await store.create(owner, blobName('part', 0, 1));
      await writer.write(numbered(1000));
      await settles(writer.discard(), 'discard');
      await fails(read(other, owner, [{ name: blobName('part', 0, 1), bytes: 1000 }]));
      await store.sweep(owner, new Set());
      assert.deepEqual(await jobsIn(other), []);
    },
    'reads consecutive parts as one, in any range': async ({ store, other, owner }) => {
      const pieces = [numbered(3000, 1), numbered(0, 2), numbered(1, 3), numbered(2000, 4)];
      const parts: Part[] = [];
      for (const [index, bytes] of pieces.entries()) parts.push(await put(store, owner, bytes, index));
      const whole = Buffer.concat(pieces);
      const ranges = [
        [0, whole.length],
        [0, 1],
        [2999, 3002],
        [3000, 3001],
        [3001, 5001],
        [5000, 5001],
        [7, 7],
      ];
      for (const [start, end] of ranges) {
        const found = await read(other, owner, parts, { start, end });
        assert.ok(found.equals(whole.subarray(start, end)), `bytes ${start} to ${end}`);
      }
    },
    'allows to stop reading at any time': async ({ store, owner }) => {
      const part = await put(store, owner, numbered(500_000));
      for await (const chunk of store.read(owner, [part])) {
        assert.ok(chunk.length > 0);
        break;
      }
      assert.equal((await read(store, owner, [part])).length, 500_000);
    },
    'fails at a part that is missing or was truncated': async ({ store, owner }) => {
      const part = await put(store, owner, numbered(10));
      await fails(read(store, owner, [part, { name: blobName('part', 1, 1), bytes: 5 }]));
      await fails(read(store, owner, [{ name: part.name, bytes: 11 }]));
    },
    'keeps the given names and those of newer attempts in a sweep': async ({ store, other, owner }) => {
      const kept = await put(store, owner, numbered(10), 0, 1);
      const swept = [await put(store, owner, numbered(11), 1, 1), await put(store, owner, numbered(12), 1, 2)];
      const newer = await put(store, owner, numbered(13), 2, 3);
      await other.sweep(owner, new Set([kept.name]), 2);
      assert.equal((await read(store, owner, [kept, newer])).length, 23);
      for (const part of swept) await fails(read(store, owner, [part]));
      await other.sweep(owner, new Set());
      for (const part of [kept, newer]) await fails(read(store, owner, [part]));
    },
    'sweeps every kind of what attempts store': async ({ store, owner }) => {
      const parts: Part[] = [];
      for (const kind of BLOB_KINDS) parts.push(await write(store, owner, blobName(kind, 0, 1), numbered(5)));
      await store.sweep(owner, new Set());
      for (const part of parts) await fails(read(store, owner, [part]));
    },
    'lists the jobs of all processes, and forgets one without touching another': async ({ store, other, owner }) => {
      const owners = [
        owner,
        { tenant: `${owner.tenant}2`, job: randomUUID() },
        { tenant: 'ümläut / ..', job: randomUUID() },
      ];
      for (const one of owners) await put(store, one, numbered(10));
      assert.deepEqual(await jobsIn(other), owners.map(({ job }) => job).sort());
      for await (const { job, tenant } of other.jobs()) {
        if (tenant !== undefined) assert.equal(tenant, owners.find((one) => one.job === job)?.tenant);
      }
      await other.forget(owners[0]);
      await other.forget(owners[0]);
      assert.deepEqual(
        await jobsIn(store),
        owners
          .slice(1)
          .map(({ job }) => job)
          .sort(),
      );
      assert.equal((await read(store, owners[2], [{ name: blobName('part', 0, 1), bytes: 10 }])).length, 10);
    },
    'keeps bytes apart whose tenants or jobs differ': async ({ store, owner }) => {
      const neighbour = { tenant: 'other', job: randomUUID() };
      const part = await put(store, owner, numbered(10));
      await fails(read(store, neighbour, [part]));
    },
    'belongs to the jobs that claimed it, and to no others': async ({ store, other, owner }) => {
      if (!store.own) return;
      const [mine, theirs] = [randomUUID(), randomUUID()];
      assert.equal(await store.own(mine), 0);
      const part = await put(store, owner, numbered(10));
      assert.equal(await other.own?.(mine), 0);
      await assert.rejects(
        async () => other.own?.(theirs),
        (cause) => cause instanceof SluiceError && cause.code === 'NOT_OWNED',
      );
      assert.equal((await read(store, owner, [part])).length, 10);
    },
    'keeps names that sluice does not make': async ({ store, owner }) => {
      await put(store, owner, numbered(10));
      const foreign = await write(store, owner, 'holiday', numbered(5));
      await store.sweep(owner, new Set());
      await store.forget(owner);
      assert.equal((await read(store, owner, [foreign])).length, 5);
    },
    'can be checked at any time': async ({ store }) => {
      await settles(Promise.all([store.check?.(), store.check?.()]), 'check');
    },
    'signs links that serve the bytes, if it signs any': async ({ store, owner }) => {
      if (!store.presign) return;
      const part = await put(store, owner, numbered(2000));
      const options = { fileName: 'x.zip', mediaType: 'application/zip', expiresInMs: 60_000 };
      const response = await fetch(await store.presign(owner, part, options));
      assert.ok(numbered(2000).equals(Buffer.from(await response.arrayBuffer())));
      assert.equal(response.headers.get('content-type'), 'application/zip');
    },
    'joins parts to one blob, if it joins any': async ({ store, other, owner }) => {
      if (!store.joiner) return;
      const pieces = [numbered(1000, 1), numbered(0, 2), numbered(2000, 3)];
      const parts: Part[] = [];
      for (const [index, bytes] of pieces.entries()) parts.push(await put(store, owner, bytes, index));
      const { signal } = new AbortController();
      const joined = await store.joiner.finish(owner, parts, blobName('joined', 0, 1), signal);
      assert.ok(Buffer.concat(pieces).equals(await read(other, owner, [joined])));
      await fails(store.joiner.finish(owner, parts, blobName('joined', 1, 1), AbortSignal.abort()));
    },
  };
  return Object.entries(cases).map(([name, run]) => ({
    name,
    run: async () => {
      const [store, other] = [await open(false), await open(true)];
      const owner = { tenant: 'acme', job: randomUUID() };
      await run({ store, other, owner }).finally(() => close?.());
    },
  }));
}

/** Bytes that depend on their position. */
function numbered(size: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(size, seed);
  for (let at = 0; at + 4 <= size; at += 64) bytes.writeUInt32LE(at + seed, at);
  return bytes;
}

async function write(store: BlobStore, owner: BlobOwner, name: string, bytes: Buffer): Promise<Part> {
  const writer = await store.create(owner, name);
  for (let at = 0; at < bytes.length; at += 30_000)
    await settles(writer.write(bytes.subarray(at, at + 30_000)), 'write');
  return settles(writer.commit(), 'commit');
}

function put(store: BlobStore, owner: BlobOwner, bytes: Buffer, index = 0, epoch = 1): Promise<Part> {
  return write(store, owner, blobName('part', index, epoch), bytes);
}

async function read(store: BlobStore, owner: BlobOwner, parts: readonly Part[], range?: ByteRange): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of store.read(owner, parts, range)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function jobsIn(store: BlobStore): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const { job } of store.jobs()) found.add(job);
  return [...found].sort();
}

/** Jobs tell errors of a store apart by their codes. */
async function fails(promise: Promise<unknown>): Promise<void> {
  await assert.rejects(settles(promise, 'the call'), (cause) => cause instanceof SluiceError);
}
