/** Several files in one zip: when the first one is released, where it waits, and how it is discarded. */
import { Buffer } from 'node:buffer';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import { BLOCK_BYTES } from '../../src/pack/deflate-blocks.js';
import type { FileNames } from '../../src/pack/file-names.js';
import { zipStage } from '../../src/pack/zip.js';
import { type ZipFilesOptions, zipFilesStage } from '../../src/pack/zip-files.js';
import { temporarySpool } from '../../src/temporary-files/temporary-spool.js';
import type { FilePiece, MeasuredEnd } from '../../src/terms/file-piece.js';
import type { FileReceipt } from '../../src/terms/receipt.js';
import type { Spool } from '../../src/terms/spool.js';
import { NOTHING, type StageOutput } from '../../src/terms/stage.js';
import { runs } from '../runs.js';
import { chunksOf, drive, someBytes } from './drive.js';
import { listed, unzip } from './unzip.js';

const run = newRun();

const NAMES: FileNames = { plain: 'all.json', numbered: { before: 'part-', after: '.json' } };

function stageOf(options: Partial<ZipFilesOptions> = {}) {
  const told: FileReceipt[] = [];
  const stage = zipFilesStage({ names: NAMES, report: (files) => told.push(...files), ...options });
  /** The complete answer of a call. */
  const all = async (answer: StageOutput<Buffer>): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for (let items = await answer; items.length > 0; items = await (stage.more?.(run) ?? NOTHING))
      pieces.push(...items);
    return Buffer.concat(pieces);
  };
  const push = (piece: FilePiece<MeasuredEnd>) => all(stage.push(piece, run));
  const put = async (content: Buffer, sizes: number | readonly number[]) => {
    const out: Buffer[] = [];
    for (const chunk of chunksOf(content, sizes)) out.push(await push(chunk));
    out.push(await push({ kind: 'end', records: 1, bytes: content.length }));
    return Buffer.concat(out);
  };
  const drain = () => all(stage.drain?.(run) ?? NOTHING);
  const end = async () => {
    const rest = await all(stage.flush(run));
    await stage.close?.();
    return rest;
  };
  return { stage, told, push, put, drain, end };
}

async function archiveOf(contents: readonly Buffer[], sizes: number, options: Partial<ZipFilesOptions> = {}) {
  const { put, end, told } = stageOf(options);
  const out: Buffer[] = [];
  for (const content of contents) out.push(await put(content, sizes));
  return { archive: Buffer.concat([...out, await end()]), told };
}

const CONTENT = someBytes(2.3 * BLOCK_BYTES);

test.each([0, 1, 9])('makes the archive of one file when only one comes, level %d', async (level) => {
  const { archive, told } = await archiveOf([CONTENT], 99_999, { level });
  expect(archive.equals(await drive(zipStage({ name: 'all.json', level }), [CONTENT]))).toBe(true);
  expect(told).toStrictEqual([{ name: 'all.json', records: 1, bytes: CONTENT.length }]);
});

test('restores files of any sizes, for any chunks, threads and memory', async () => {
  const sizes = fc.array(fc.oneof(fc.nat(50), fc.nat(3000), fc.constantFrom(BLOCK_BYTES, BLOCK_BYTES + 1)), {
    minLength: 1,
    maxLength: 6,
  });
  const property = fc.asyncProperty(
    sizes,
    fc.constantFrom(0, 1, 6),
    fc.integer({ min: 1, max: 4 }),
    fc.nat(4000),
    fc.integer({ min: 500, max: 300_000 }),
    async (lengths, level, threads, memory, chunk) => {
      const contents = lengths.map((length, index) => CONTENT.subarray(index, index + length));
      const openSpool = () => temporarySpool(memory);
      const { archive } = await archiveOf(contents, chunk, { level, threads, openSpool });
      const entries = await unzip(archive);
      expect(entries.map(({ entry }) => entry.fileName)).toStrictEqual(
        lengths.length === 1 ? ['all.json'] : lengths.map((_, index) => `part-${index + 1}.json`),
      );
      for (const [index, { content, entry }] of entries.entries()) {
        expect(content.equals(contents[index])).toBe(true);
        expect(entry.crc32).toBe(crc32(contents[index]));
      }
      const { archive: again } = await archiveOf(contents, CONTENT.length, { level, threads: 1 });
      expect(archive.equals(again)).toBe(true);
    },
  );
  await fc.assert(property, runs(12));
});

test('deflates each file independently: equal contents give equal bytes', async () => {
  const { archive } = await archiveOf([CONTENT, CONTENT, CONTENT], 77_777);
  const entries = await unzip(archive);
  expect(new Set(entries.map(({ entry }) => entry.compressedSize)).size).toBe(1);
});

test('holds the first file until the second begins, then passes bytes on', async () => {
  const { push, put, drain, end, stage } = stageOf({ threads: 1 });
  expect((await put(CONTENT, 50_000)).length).toBe(0);
  expect((await drain()).length).toBe(0);
  expect(stage.held).toBe(true);
  const out = [await push(CONTENT.subarray(0, 10))];
  expect(out[0].length).toBeGreaterThan(1000);
  expect(stage.held).toBe(false);
  out.push(await push(CONTENT));
  expect(out[1].length).toBeGreaterThan(0);
  out.push(await push({ kind: 'end', records: 2, bytes: CONTENT.length + 10 }), await end());
  const entries = await unzip(Buffer.concat(out));
  expect(entries.map(({ content }) => content.length)).toStrictEqual([CONTENT.length, CONTENT.length + 10]);
});

test('holds nothing where only one file is possible', async () => {
  const { push, stage } = stageOf({ names: { plain: 'one.json' }, threads: 1 });
  expect((await push(Buffer.from('x'))).includes('one.json')).toBe(true);
  expect(stage.held).toBe(false);
  await stage.close?.();
});

test('takes very many files', async () => {
  const contents = Array.from({ length: 70_000 }, () => Buffer.from('{}'));
  const { archive, told } = await archiveOf(contents, 2, { level: 0 });
  expect(told).toHaveLength(70_000);
  const entries = await listed(archive);
  expect(entries).toHaveLength(70_000);
  expect(entries[69_999].fileName).toBe('part-70000.json');
});

describe('the held file', () => {
  let folder = '';
  const temporary = process.env.TMPDIR;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-held-'));
    process.env.TMPDIR = folder;
  });
  afterEach(async () => {
    if (temporary === undefined) Reflect.deleteProperty(process.env, 'TMPDIR');
    else process.env.TMPDIR = temporary;
    expect(await readdir(folder)).toStrictEqual([]);
    await rm(folder, { recursive: true });
  });

  /** A spool that records its calls. */
  function watchedSpool() {
    const seen = { opened: 0, closed: 0, written: 0, largest: 0 };
    const openSpool = (): Spool => {
      seen.opened++;
      const spool = temporarySpool(0);
      return {
        write(bytes) {
          seen.written += bytes.length;
          return spool.write(bytes);
        },
        async *chunks() {
          for await (const chunk of spool.chunks()) {
            seen.largest = Math.max(seen.largest, chunk.length);
            yield chunk;
          }
        },
        async close() {
          seen.closed++;
          await spool.close();
        },
      };
    };
    return { seen, openSpool };
  }

  test.each([1, 2])('is released in pieces, and its spool closed after them: %d files', async (files) => {
    const { seen, openSpool } = watchedSpool();
    const { stage, put, push } = stageOf({ openSpool, level: 0 });
    const large = Buffer.alloc(5 * BLOCK_BYTES, 'x');
    await put(large, 300_000);
    expect(seen).toMatchObject({ opened: 1, closed: 0, written: large.length });
    let pieces = 0;
    let answer = files === 1 ? await stage.flush(run) : await stage.push(Buffer.from('y'), run);
    for (; answer.length > 0; answer = await (stage.more?.(run) ?? NOTHING)) {
      pieces++;
      expect(answer.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(BLOCK_BYTES);
    }
    expect(pieces).toBeGreaterThan(5);
    expect(seen.closed).toBe(1);
    if (files === 2) await push({ kind: 'end', records: 1, bytes: 1 });
    await stage.close?.();
    expect(seen).toMatchObject({ opened: 1, closed: 1 });
  });

  test('is discarded when the stage is closed, at any time', async () => {
    for (const pieces of [0, 1, 2]) {
      const { seen, openSpool } = watchedSpool();
      const { stage, put, drain } = stageOf({ openSpool });
      await put(CONTENT, 300_000);
      await drain();
      if (pieces > 0) await stage.push(Buffer.from('y'), run);
      if (pieces > 1) await stage.more?.(run);
      await stage.close?.();
      expect(seen).toMatchObject({ opened: 1, closed: 1 });
    }
  });
});
