/** Aborts without a reader: streams are destroyed with the reason, receipts settle, nothing stays open. */
import { getEventListeners } from 'node:events';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writable } from '../../src/destinations/writable.js';
import { createRun } from '../../src/export/create-run.js';
import { exportEntities } from '../../src/export/run-export.js';
import { base64, encodeJson, envelope, readEntities, scanEntities, zip } from '../../src/export/stage-streams.js';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { unwrapEnvelope } from '../../src/verify/unwrap-envelope.js';
import { lowestLevel, PACKS_HERE } from '../packs.js';
import { failureOf } from '../sources/outcome.js';

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => {
  process.on('unhandledRejection', note);
  process.on('uncaughtException', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
  process.off('uncaughtException', note);
  expect(unhandled).toStrictEqual([]);
});

let folder = '';
let input = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-aborts-'));
  input = join(folder, 'in.ndjson');
  await writeFile(input, '{"id":"a","type":"t"}\n'.repeat(300_000));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const REASON = new Error('enough of it');
const ABORTED = { code: 'ABORTED', cause: REASON };

/** Open handles on files in the folder; undefined where the system cannot list them. */
function handles(): readonly string[] {
  const HANDLES = '/proc/self/fd';
  if (!existsSync(HANDLES)) return [];
  return readdirSync(HANDLES).flatMap((name) => {
    try {
      const target = readlinkSync(join(HANDLES, name));
      return target.startsWith(folder) ? [target] : [];
    } catch {
      return [];
    }
  });
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

/** A reader that takes some chunks, acts at the last of them, and never takes another. */
function stuckAfter(chunks: number, act: () => void): Writable {
  let taken = 0;
  return new Writable({
    highWaterMark: 1,
    write(_chunk, _encoding, callback) {
      if (++taken < chunks) return callback();
      act();
    },
  });
}

const silent = (stream: Readable) => stream.on('error', () => {});

describe('destroys an export', () => {
  const PACKS = PACKS_HERE;

  test.each(PACKS)('that has no reader yet: %s', async (pack) => {
    const abort = new AbortController();
    const stream = exportEntities({ source: input, pack, signal: abort.signal });
    abort.abort(REASON);
    expect(stream.destroyed).toBe(true);
    expect(await failureOf(stream.receipt)).toMatchObject(ABORTED);
    expect(stream.errored).toMatchObject(ABORTED);
    expect(getEventListeners(abort.signal, 'abort')).toStrictEqual([]);
  });

  test.each(PACKS)('that is paused: %s', async (pack) => {
    const abort = new AbortController();
    const stream = silent(exportEntities({ source: input, pack, level: lowestLevel(pack), signal: abort.signal }));
    stream.once('data', () => stream.pause());
    await until(() => stream.isPaused());
    expect(handles()).toHaveLength(1);
    abort.abort(REASON);
    await new Promise((resolve) => stream.once('close', resolve));
    expect(stream.errored).toMatchObject(ABORTED);
    expect(handles()).toStrictEqual([]);
  });

  test.each(PACKS)('whose reader has stopped: %s', async (pack) => {
    const abort = new AbortController();
    const stream = exportEntities({ source: input, pack, level: lowestLevel(pack), signal: abort.signal });
    const stuck = new Writable({ highWaterMark: 1, write() {} });
    const delivering = failureOf(stream.to(writable(stuck)));
    await until(() => stuck.writableNeedDrain);
    abort.abort(REASON);
    expect(await delivering).toMatchObject(ABORTED);
    expect(await failureOf(stream.receipt)).toMatchObject(ABORTED);
    expect(stuck.destroyed).toBe(true);
    expect(handles()).toStrictEqual([]);
  });

  test.each(PACKS)('whose reader stops after the abort: %s', async (pack) => {
    const abort = new AbortController();
    const stream = exportEntities({ source: input, pack, level: lowestLevel(pack), signal: abort.signal });
    const delivering = failureOf(stream.to(writable(stuckAfter(3, () => abort.abort(REASON)))));
    expect(await delivering).toMatchObject(ABORTED);
    expect(await failureOf(stream.receipt)).toMatchObject(ABORTED);
    expect(handles()).toStrictEqual([]);
  });

  test('whose reader stops at the abort: an envelope', async () => {
    const abort = new AbortController();
    const stream = exportEntities({ source: input, pack: 'envelope', signal: abort.signal });
    silent(stream);
    // A manual reader: it requests the first bytes, aborts while more are made, and never reads again.
    await new Promise((resolve) => stream.once('readable', resolve));
    stream.read();
    abort.abort(REASON);
    expect(await failureOf(stream.receipt)).toMatchObject(ABORTED);
    expect(handles()).toStrictEqual([]);
  });

  test.each([
    ['writing', { write() {} }],
    ['ending', { write: (_chunk: unknown, _encoding: unknown, taken: () => void) => taken(), final() {} }],
  ] as const)('whose last bytes are with a destination that is stuck in %s', async (_what, methods) => {
    await writeFile(input, '{"id":"a"}\n');
    const abort = new AbortController();
    const stream = exportEntities({ source: input, signal: abort.signal });
    const stuck = new Writable(methods);
    const delivering = failureOf(stream.to(stuck));
    await until(() => stream.readableEnded && stream.destroyed);
    abort.abort(REASON);
    expect(await delivering).toMatchObject(ABORTED);
    expect(stuck.destroyed).toBe(true);
    expect(getEventListeners(abort.signal, 'abort')).toStrictEqual([]);
  });

  test('whose signal has fired already, without opening or writing anything', async () => {
    const signal = AbortSignal.abort(REASON);
    expect(await failureOf(exportEntities({ source: input, signal }).toFile(join(folder, 'out')))).toMatchObject(
      ABORTED,
    );
    const stream = exportEntities({ source: input, signal });
    await expect(stream.toArray()).rejects.toMatchObject(ABORTED);
    expect(await readdir(folder)).toStrictEqual(['in.ndjson']);
    expect(handles()).toStrictEqual([]);
  });

  test('whose source is stuck and does not close', async () => {
    const forever = new Promise<never>(() => {});
    const stuck: AsyncIterable<object> = {
      [Symbol.asyncIterator]: () => ({ next: () => forever, return: () => forever }),
    };
    const full: AsyncIterable<object> = {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ value: { id: 1 } }), return: () => forever }),
    };
    for (const [source, maxRecords] of [[stuck, 10] as const, [full, 1] as const]) {
      const abort = new AbortController();
      const stream = exportEntities({ source: objects(source), request: { maxRecords }, signal: abort.signal });
      const delivering = failureOf(stream.toFile(join(folder, 'out')));
      for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
      abort.abort(REASON);
      expect(await delivering).toMatchObject(ABORTED);
      expect(await readdir(folder)).toStrictEqual(['in.ndjson']);
    }
  });

  test('and leaves no listener on the signal', async () => {
    const abort = new AbortController();
    const warnings: unknown[] = [];
    const warn = (warning: unknown) => void warnings.push(warning);
    process.on('warning', warn);
    for (let turn = 0; turn < 200; turn++) {
      const stream = exportEntities({ source: bytes('{"id":"a"}\n'), signal: abort.signal });
      if (turn % 3 === 0) stream.destroy();
      else await stream.to(writable(new PassThrough().resume()));
    }
    process.off('warning', warn);
    expect(getEventListeners(abort.signal, 'abort')).toStrictEqual([]);
    expect(warnings).toStrictEqual([]);
  });
});

describe('destroys streams of stages', () => {
  test('that have no reader yet', async () => {
    const abort = new AbortController();
    const run = createRun({ signal: abort.signal });
    const streams = [readEntities(input, { run }), encodeJson({ run }), zip({ name: 'x', run }), base64({ run })];
    abort.abort(REASON);
    expect(streams.map(({ destroyed }) => destroyed)).toStrictEqual([true, true, true, true]);
    expect(await failureOf(run.receipt)).toMatchObject(ABORTED);
    expect(getEventListeners(abort.signal, 'abort')).toStrictEqual([]);
  });

  test('into which a foreign stream is piped', async () => {
    const abort = new AbortController();
    const run = createRun({ signal: abort.signal });
    const entities = scanEntities({ run });
    abort.abort(REASON);
    expect(entities.destroyed).toBe(true);
    expect(await failureOf(run.receipt)).toMatchObject(ABORTED);
  });

  test.each([
    ['bytes', () => []],
    ['an envelope', (run: ReturnType<typeof createRun>) => [zip({ name: 'x', level: 0 }), base64(), envelope({ run })]],
  ] as const)('whose reader has stopped: %s', async (_what, rest) => {
    const abort = new AbortController();
    const run = createRun({ signal: abort.signal });
    const first = readEntities(input, { run });
    const parts = [first, encodeJson({ run }), ...rest(run)];
    const stuck = new Writable({ write() {} });
    const flowing = failureOf(pipeline([...parts, stuck]));
    await until(() => stuck.writableNeedDrain);
    abort.abort(REASON);
    expect(await flowing).toMatchObject(ABORTED);
    expect(await failureOf(run.receipt)).toMatchObject(ABORTED);
    expect(handles()).toStrictEqual([]);
  });

  test.each([1, 2, 3, 5])('with an envelope whose reader stops after the abort in its chunk %i', async (chunks) => {
    const abort = new AbortController();
    const run = createRun({ signal: abort.signal });
    const stages = [encodeJson({ run }), zip({ name: 'x', level: 0 }), base64(), envelope({ run })];
    const reader = stuckAfter(chunks, () => abort.abort(REASON));
    expect(await failureOf(pipeline([readEntities(input, { run }), ...stages, reader]))).toMatchObject(ABORTED);
    expect(await failureOf(run.receipt)).toMatchObject(ABORTED);
    expect(handles()).toStrictEqual([]);
  });

  test('that know the run only from the first batch', async () => {
    const abort = new AbortController();
    const run = createRun({ signal: abort.signal });
    const first = silent(readEntities(input, { run }));
    const last = encodeJson();
    silent(first.pipe(last));
    await new Promise((resolve) => last.once('readable', resolve));
    abort.abort(REASON);
    expect([first.destroyed, last.destroyed]).toStrictEqual([true, true]);
    expect(await failureOf(run.receipt)).toMatchObject(ABORTED);
  });
});

test('destroys an unwrapped envelope that has no reader yet', async () => {
  const abort = new AbortController();
  const stream = unwrapEnvelope(input, { signal: abort.signal });
  abort.abort(REASON);
  expect(stream.destroyed).toBe(true);
  expect(await failureOf(stream.envelope)).toMatchObject(ABORTED);
});
