/** The contract of all stores of results. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type BlobOwner,
  type BlobStore,
  blobName,
  type JoinProgress,
  type Part,
  type PartJoiner,
} from '../../src/results/blob-store.js';

/** A store under test. */
export interface StoreUnderTest {
  readonly store: BlobStore;
  /** Another store over the same bytes, as in another process. */
  readonly other: BlobStore;
  dispose(): Promise<void>;
}

const MIB = 1024 * 1024;
/** More than stores hold in memory: the rest of these bytes is on its way before the blob is committed. */
const LARGE = 9 * MIB;
const NEVER = new AbortController().signal;

/** Bytes that depend on their position. */
export function numbered(size: number, seed = 0): Buffer {
  const bytes = Buffer.alloc(size, seed);
  for (let at = 0; at + 4 <= size; at += 1024) bytes.writeUInt32LE(at + seed, at);
  return bytes;
}

export function blobStoreCases(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`store of results: ${name}`, () => {
    let under: StoreUnderTest;
    let store: BlobStore;
    let owner: BlobOwner;

    beforeEach(async () => {
      under = await make();
      store = under.store;
      owner = { tenant: 'acme', job: randomUUID() };
    });
    afterEach(() => under.dispose());

    async function put(bytes: Buffer, index = 0, epoch = 1, of = owner): Promise<Part> {
      const writer = await store.create(of, blobName('part', index, epoch));
      for (let at = 0; at < bytes.length; at += 700_000) await writer.write(bytes.subarray(at, at + 700_000));
      return writer.commit();
    }

    async function read(parts: readonly Part[], range?: { start: number; end: number }, of = owner): Promise<Buffer> {
      const chunks: Buffer[] = [];
      for await (const chunk of under.other.read(of, parts, range)) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    }

    async function jobs(): Promise<readonly string[]> {
      const found = new Set<string>();
      for await (const { job } of under.other.jobs()) found.add(job);
      return [...found].sort();
    }

    test.each([0, 1, 8 * MIB, 8 * MIB + 1, 17 * MIB])('stores committed bytes: %d bytes', async (size) => {
      const bytes = numbered(size);
      const part = await put(bytes);
      expect(part).toStrictEqual({ name: 'part-00000-e1', bytes: size });
      expect((await read([part])).equals(bytes)).toBe(true);
    });

    test('copies bytes, so that a buffer can be reused at once', async () => {
      const chunk = Buffer.alloc(3 * MIB, 'a');
      const writer = await store.create(owner, blobName('part', 0, 1));
      for (const letter of 'abcd') {
        chunk.fill(letter);
        await writer.write(chunk);
      }
      const bytes = await read([await writer.commit()]);
      expect([0, 1, 2, 3].map((index) => String.fromCharCode(bytes[index * 3 * MIB + 5]))).toStrictEqual([...'abcd']);
    });

    test.each([5, LARGE])('leaves nothing of discarded bytes: %d bytes', async (size) => {
      const writer = await store.create(owner, blobName('part', 0, 1));
      await writer.write(numbered(size));
      await writer.discard();
      await expect(read([{ name: 'part-00000-e1', bytes: size }])).rejects.toMatchObject({ stage: 'job' });
      await store.sweep(owner, new Set());
      expect(await jobs()).toStrictEqual([]);
    });

    test('reads consecutive parts as one, in any range', async () => {
      const pieces = [numbered(9 * MIB, 1), numbered(0, 2), numbered(1, 3), numbered(300_000, 4)];
      const parts: Part[] = [];
      for (const [index, bytes] of pieces.entries()) parts.push(await put(bytes, index));
      const whole = Buffer.concat(pieces);
      expect((await read(parts)).equals(whole)).toBe(true);
      const edge = 9 * MIB;
      for (const [start, end] of [
        [0, 1],
        [edge - 1, edge + 2],
        [edge, edge + 1],
        [edge + 1, whole.length],
        [whole.length - 1, whole.length],
        [5, 5],
        [edge - 2_000_000, whole.length],
      ]) {
        expect((await read(parts, { start, end })).equals(whole.subarray(start, end))).toBe(true);
      }
    });

    test('allows to stop reading at any time', async () => {
      const part = await put(numbered(LARGE));
      for (let times = 0; times < 5; times++) {
        for await (const chunk of under.other.read(owner, [part])) {
          expect(chunk.length).toBeGreaterThan(0);
          break;
        }
      }
      expect((await read([part])).length).toBe(LARGE);
    });

    test('fails at a missing part when it is reached', async () => {
      const part = await put(numbered(10));
      let seen = 0;
      const reading = (async () => {
        for await (const chunk of store.read(owner, [part, { name: 'part-00001-e1', bytes: 5 }])) seen += chunk.length;
      })();
      await expect(reading).rejects.toMatchObject({ name: 'SluiceError', stage: 'job' });
      expect(seen).toBe(10);
    });

    test('fails at a part that was truncated', async () => {
      const { name } = await put(numbered(10));
      await expect(read([{ name, bytes: 11 }])).rejects.toMatchObject({ code: 'READ_FAILED', stage: 'job' });
    });

    test('keeps the given names and those of newer attempts in a sweep', async () => {
      const parts = [await put(numbered(10), 0, 1), await put(numbered(11), 1, 1), await put(numbered(12), 1, 2)];
      const newer = await put(numbered(13), 2, 3);
      const unfinished = await store.create(owner, blobName('part', 3, 3));
      await unfinished.write(numbered(LARGE));
      await under.other.sweep(owner, new Set([parts[0].name]), 2);
      expect((await read([parts[0], newer])).length).toBe(23);
      await expect(read([parts[1]])).rejects.toMatchObject({ stage: 'job' });
      await expect(read([parts[2]])).rejects.toMatchObject({ stage: 'job' });
      expect((await read([await unfinished.commit()])).length).toBe(LARGE);
    });

    test('deletes unfinished blobs of older attempts in a sweep', async () => {
      const part = await put(numbered(10), 0, 2);
      const dead = await store.create(owner, blobName('part', 1, 1));
      await dead.write(numbered(LARGE));
      await under.other.sweep(owner, new Set([part.name]), 2);
      await expect(dead.commit()).rejects.toMatchObject({ name: 'SluiceError' });
      await dead.discard();
      expect((await read([part])).length).toBe(10);
    });

    test('lists the jobs of all processes, also with unfinished blobs only, until they are forgotten', async () => {
      expect(await jobs()).toStrictEqual([]);
      const owners = [owner, { tenant: 'acme', job: randomUUID() }, { tenant: 'ümläut / ..', job: randomUUID() }];
      await put(numbered(10), 0, 1, owners[0]);
      const unfinished = await store.create(owners[1], blobName('part', 0, 1));
      await unfinished.write(numbered(LARGE));
      await put(numbered(10), 0, 1, owners[2]);
      expect(await jobs()).toStrictEqual(owners.map(({ job }) => job).sort());
      for await (const found of under.other.jobs()) {
        const known = owners.find(({ job }) => job === found.job);
        expect(found.tenant ?? known?.tenant).toBe(known?.tenant);
        await under.other.forget(found);
      }
      await unfinished.discard();
      expect(await jobs()).toStrictEqual([]);
    });

    test('forgets one job by its tenant and its id', async () => {
      const neighbour = { tenant: 'acme2', job: randomUUID() };
      await put(numbered(10), 0, 1);
      await put(numbered(10), 0, 1, neighbour);
      await store.forget(owner);
      expect(await jobs()).toStrictEqual([neighbour.job]);
      await store.forget({ job: neighbour.job });
      expect(await jobs()).toStrictEqual([]);
      await store.forget(owner);
      await store.sweep(owner, new Set());
    });

    describe('the storage', () => {
      const OWNERS = [randomUUID(), randomUUID()];

      test('belongs to the jobs that claimed it, and to no others', async () => {
        expect(await store.own?.(OWNERS[0])).toBe(0);
        await put(numbered(10));
        expect(await under.other.own?.(OWNERS[0])).toBe(0);
        await expect(under.other.own?.(OWNERS[1])).rejects.toMatchObject({ code: 'NOT_OWNED', stage: 'job' });
        expect(await jobs()).toStrictEqual([owner.job]);
      });

      test('without a mark is taken over, with the number of its jobs', async () => {
        const part = await put(numbered(10));
        await put(numbered(10), 0, 1, { tenant: 'acme', job: randomUUID() });
        expect(await store.own?.(OWNERS[0])).toBe(2);
        expect((await read([part])).length).toBe(10);
        await expect(under.other.own?.(OWNERS[1])).rejects.toMatchObject({ code: 'NOT_OWNED' });
      });

      test('keeps foreign names', async () => {
        await put(numbered(10));
        const odd = await store.create(owner, 'holiday');
        await odd.write(numbered(5));
        const foreign = await odd.commit();
        await store.sweep(owner, new Set(), 7);
        await store.sweep(owner, new Set());
        await store.forget(owner);
        expect((await read([foreign])).length).toBe(5);
        await expect(read([{ name: 'part-00000-e1', bytes: 10 }])).rejects.toMatchObject({ stage: 'job' });
      });
    });

    describe('joining', () => {
      let joiner: PartJoiner;
      beforeEach(({ skip }) => {
        const { joiner: able } = store;
        if (!able) return skip('this store does not join');
        joiner = able;
      });

      /** Parts of these sizes, and their content. */
      async function partsOf(...sizes: readonly number[]): Promise<{ parts: Part[]; whole: Buffer }> {
        const pieces = sizes.map((size, index) => numbered(size, index + 1));
        const parts: Part[] = [];
        for (const [index, bytes] of pieces.entries()) parts.push(await put(bytes, index));
        return { parts, whole: Buffer.concat(pieces) };
      }

      async function begun(parts: readonly Part[], from: string | JoinProgress): Promise<JoinProgress> {
        const standing = await joiner.join(owner, parts, from, NEVER);
        if (!standing) throw new Error('nothing was begun');
        // It is stored in a checkpoint, as JSON.
        return JSON.parse(JSON.stringify(standing));
      }

      test.each([
        ['small ones', [1, 2, 0, 3]],
        ['one and a byte', [6 * MIB, 1]],
        ['large ones', [6 * MIB, 7 * MIB, 9 * MIB]],
        ['small ones between large ones', [6 * MIB, 1, 9 * MIB, 3 * MIB, 1, 11 * MIB, 2]],
        ['blobs of exactly one piece', [2 * MIB, 3 * MIB, 5 * MIB, 5 * MIB]],
        ['blobs below the size of a piece', Array.from({ length: 9 }, () => 1.5 * MIB)],
      ])('makes one blob of %s', async (_, sizes) => {
        const { parts, whole } = await partsOf(...sizes);
        const joined = await joiner.finish(owner, parts, 'joined-00000-e1', NEVER);
        expect(joined).toStrictEqual({ name: 'joined-00000-e1', bytes: whole.length });
        expect((await read([joined])).equals(whole)).toBe(true);
        await store.sweep(owner, new Set([joined.name]), 1);
        const range = { start: 5, end: Math.min(whole.length, 6 * MIB) };
        expect((await read([joined], range)).equals(whole.subarray(range.start, range.end))).toBe(true);
      });

      test('waits for enough bytes, and continues part by part, in any process', async () => {
        const { parts, whole } = await partsOf(2 * MIB, 4 * MIB, 1 * MIB, 9 * MIB, 7);
        expect(await joiner.join(owner, parts.slice(0, 1), 'joined-00000-e1', NEVER)).toBeUndefined();
        let standing = await begun(parts.slice(0, 2), 'joined-00000-e1');
        expect(standing.bytes).toBe(5 * MIB);
        const elsewhere = under.other.joiner ?? joiner;
        for (const count of [3, 4]) {
          standing = (await elsewhere.join(owner, parts.slice(0, count), standing, NEVER)) ?? standing;
        }
        const joined = await elsewhere.finish(owner, parts, standing, NEVER);
        expect((await read([joined])).equals(whole)).toBe(true);
      });

      test('is swept with its attempt, and kept by its name', async () => {
        const { parts } = await partsOf(6 * MIB, 6 * MIB);
        const standing = await begun(parts, 'joined-00000-e1');
        await store.sweep(owner, new Set([...parts.map(({ name }) => name), standing.name]), 1);
        const more = await begun([...parts, await put(numbered(6 * MIB), 2)], standing);
        await store.sweep(owner, new Set(parts.map(({ name }) => name)), 1);
        await expect(joiner.finish(owner, parts, more, NEVER)).rejects.toMatchObject({ name: 'SluiceError' });
        expect((await read(parts)).length).toBe(12 * MIB);
      });

      test('cannot be continued after it was abandoned, and leaves nothing', async () => {
        const { parts } = await partsOf(6 * MIB, 6 * MIB);
        const standing = await begun(parts.slice(0, 1), 'joined-00000-e1');
        await joiner.abandon(owner, standing);
        await joiner.abandon(owner, standing);
        await expect(joiner.join(owner, parts, standing, NEVER)).rejects.toMatchObject({ name: 'SluiceError' });
        await store.forget(owner);
        expect(await jobs()).toStrictEqual([]);
      });

      test('is refused if another attempt has overwritten a piece', async () => {
        const { parts } = await partsOf(6 * MIB, 6 * MIB, 5);
        const standing = await begun(parts.slice(0, 1), 'joined-00000-e1');
        const mine = await begun(parts.slice(0, 2), standing);
        const theirs = [parts[0], await put(numbered(6 * MIB, 99), 1, 2)];
        await joiner.join(owner, theirs, standing, NEVER);
        await expect(joiner.finish(owner, parts, mine, NEVER)).rejects.toMatchObject({ name: 'SluiceError' });
        // The parts are unchanged.
        const again = await joiner.finish(owner, parts, 'joined-00001-e1', NEVER);
        expect((await read([again])).equals(await read(parts))).toBe(true);
      });

      test('ends with its signal', async () => {
        const { parts } = await partsOf(6 * MIB, 6 * MIB);
        const joining = joiner.finish(owner, parts, 'joined-00000-e1', AbortSignal.abort());
        await expect(joining).rejects.toMatchObject({ code: 'ABORTED' });
        await store.sweep(owner, new Set());
        expect(await jobs()).toStrictEqual([]);
      });
    });

    describe('presigned links', () => {
      beforeEach(({ skip }) => {
        if (!store.presign) skip('this store signs no links');
      });

      test('serve the blob, complete and in ranges, with its headers', async () => {
        const bytes = numbered(9 * MIB);
        const part = await put(bytes);
        const link = await store.presign?.(owner, part, {
          fileName: 'ü "x".zip',
          mediaType: 'application/zip',
          expiresInMs: 60_000,
        });
        const whole = await fetch(link ?? '');
        expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
        expect(Object.fromEntries(whole.headers)).toMatchObject({
          'content-type': 'application/zip',
          'content-disposition': expect.stringMatching(/^attachment; filename/),
          'cache-control': 'private, no-store',
        });
        const range = await fetch(link ?? '', { headers: { range: 'bytes=5-9' } });
        expect(range.status).toBe(206);
        expect(Buffer.from(await range.arrayBuffer()).equals(bytes.subarray(5, 10))).toBe(true);
      });

      test('end with their lifetime, and with their blob', async () => {
        const part = await put(numbered(10));
        const options = { fileName: 'x', mediaType: 'text/plain', expiresInMs: 1_000 };
        const link = (await store.presign?.(owner, part, options)) ?? '';
        const answers = async () => (await fetch(link)).status;
        await expect.poll(answers, { timeout: 10_000 }).toBe(403);
        const later = (await store.presign?.(owner, part, { ...options, expiresInMs: 60_000 })) ?? '';
        expect((await fetch(later)).status).toBe(200);
        await store.forget(owner);
        expect((await fetch(later)).status).toBe(404);
      });
    });
  });
}
