/** Runs that fail, end early or are aborted: their output and receipt, and that nothing stays open. */
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRun } from '../../src/export/create-run.js';
import type { ExportOptions } from '../../src/export/export-options.js';
import { exportEntities } from '../../src/export/run-export.js';
import { type CatalogOptions, catalog, catalogId } from '../../src/generate/catalog.js';
import { bytes } from '../../src/sources/bytes.js';
import { files } from '../../src/sources/files.js';
import { objects } from '../../src/sources/objects.js';
import type { Source } from '../../src/sources/source.js';
import * as stages from '../../src/stages.js';
import type { SluiceError } from '../../src/terms/errors.js';
import type { JsonFormat, Pack } from '../../src/terms/profile.js';
import type { Receipt, Reject } from '../../src/terms/receipt.js';
import { lowestLevel, PACKS_HERE } from '../packs.js';
import { runs } from '../runs.js';
import { type Watched, watched, watchedCatalog } from '../sources/fake-source.js';
import { exported, failureOf, outcomeOf } from '../sources/outcome.js';

const unhandled: unknown[] = [];
const note = (reason: unknown) => void unhandled.push(reason);
beforeAll(() => process.on('unhandledRejection', note));
afterAll(() => {
  process.off('unhandledRejection', note);
  expect(unhandled).toStrictEqual([]);
});

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-failures-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const MB = 1_000_000;

/** The outcome of a run, however it was composed. */
interface Ended {
  readonly output: Buffer;
  /** The failure of the stream. */
  readonly thrown?: unknown;
  readonly receipt?: Receipt;
  /** The rejection of the receipt. */
  readonly error?: SluiceError;
}

interface Asked {
  readonly format: JsonFormat;
  readonly pack: Pack;
  readonly types?: readonly string[];
  readonly maxRecords?: number;
}

const ID = 'job-1';
const FILE_NAMES = { json: `${ID}_out.json`, array: `${ID}_out.json`, ndjson: `${ID}_out.ndjson` } as const;

/** The export in one call. */
async function fused(source: Source, { format, pack, types, maxRecords }: Asked, signal?: AbortSignal): Promise<Ended> {
  const request = { ...(types ? { types } : {}), ...(maxRecords === undefined ? {} : { maxRecords }) };
  const stream = exportEntities({ source, format, pack, id: ID, request, signal });
  const chunks: Buffer[] = [];
  const thrown = await pipeline(stream, collector(chunks)).then(
    () => undefined,
    (error: unknown) => error,
  );
  return ending(stream.receipt, chunks, thrown);
}

/** Foreign streams, by their position. */
type Between = (index: number, holds: 'batches' | 'bytes') => readonly Transform[];

/** The same export composed of its stages. */
async function composed(
  source: Source,
  { format, pack, types, maxRecords }: Asked,
  signal?: AbortSignal,
  between: Between = () => [],
): Promise<Ended> {
  const run = createRun({ id: ID, signal });
  const first = stages.readEntities(source, { run });
  const parts: Transform[] = [...between(0, 'batches')];
  let gaps = 1;
  const add = (holds: 'batches' | 'bytes', part: Transform) => parts.push(part, ...between(gaps++, holds));
  if (types) add('batches', stages.filterByType(types));
  if (maxRecords !== undefined) add('batches', stages.limit(maxRecords, { run }));
  add('bytes', stages.encodeJson({ format, run }));
  if (pack === 'gzip') add('bytes', stages.gzip({ run }));
  if (pack === 'zstd') add('bytes', stages.zstd({ run }));
  if (pack === 'zip' || pack === 'envelope') add('bytes', stages.zip({ name: FILE_NAMES[format], run }));
  if (pack === 'envelope') {
    add('bytes', stages.base64({ run }));
    add('bytes', stages.envelope({ run, fileName: FILE_NAMES[format] }));
  }
  const chunks: Buffer[] = [];
  const thrown = await pipeline([first, ...parts, collector(chunks)]).then(
    () => undefined,
    (error: unknown) => error,
  );
  return ending(run.receipt, chunks, thrown);
}

function collector(chunks: Buffer[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
}

async function ending(receipt: Promise<Receipt>, chunks: readonly Buffer[], thrown: unknown): Promise<Ended> {
  const output = Buffer.concat(chunks);
  const settled = await receipt.then(
    (proof) => ({ receipt: proof }),
    (error: SluiceError) => ({ error }),
  );
  return { output, ...(thrown === undefined ? {} : { thrown }), ...settled };
}

const WAYS = [
  ['in one call', fused],
  ['as a pipeline of stages', composed],
] as const;

const FORMATS: readonly JsonFormat[] = ['json', 'array', 'ndjson'];
const PACKS = PACKS_HERE;
const COMBINATIONS = FORMATS.flatMap((format) => PACKS.map((pack) => ({ format, pack })));

interface EnvelopeText {
  readonly response: {
    readonly binaryObjects: readonly [{ readonly id: string; readonly data: { readonly blob: string } }];
    readonly status: string;
    readonly statusDetail: { readonly code?: string; readonly message?: string; readonly messageType?: string };
    readonly totalRecords: number;
  };
}

/** Checks the output before a failure. */
function expectCut({ output, thrown, error, receipt }: Ended, { format, pack }: Asked, code: string): void {
  expect(receipt).toBeUndefined();
  expect(error).toMatchObject({ code });
  expect(output.length).toBeGreaterThan(0);
  if (pack === 'envelope') {
    expect(thrown).toBeUndefined();
    const { response }: EnvelopeText = JSON.parse(output.toString());
    const { message } = error ?? {};
    expect(response).toMatchObject({ status: 'error', statusDetail: { code, message, messageType: 'error' } });
    const { blob } = response.binaryObjects[0].data;
    expect(Buffer.from(blob, 'base64').toString('base64')).toBe(blob);
    expect(Buffer.from(blob, 'base64').subarray(0, 2).toString()).toBe('PK');
    return;
  }
  expect(thrown).toBe(error);
  if (pack === 'gzip') expect(() => gunzipSync(output)).toThrow();
  // The directory of a zip is at its end.
  if (pack === 'zip') expect(output.includes('PK\u0005\u0006')).toBe(false);
  if (pack !== 'none') return;
  const text = output.toString();
  if (format === 'ndjson') {
    expect(text.endsWith('\n')).toBe(true);
    for (const line of text.split('\n').slice(0, -1)) expect(Object.keys(JSON.parse(line))).toContain('id');
    return;
  }
  expect(text.startsWith(format === 'json' ? '{"entities":[{' : '[{')).toBe(true);
  expect(() => JSON.parse(text)).toThrow();
  // Everything before the fault is there: adding the missing brackets completes it.
  expect(() => JSON.parse(`${text}${format === 'json' ? ']}' : ']'}`)).not.toThrow();
}

/** Lines of more than the streams buffer: their buffers are lost when Node destroys them. */
const LARGE = (() => {
  const { bytes: good, facts } = catalog({ seed: 2, form: 'lines', bytes: 16 * MB });
  return { good, count: facts.entities };
})();

describe.each(WAYS)('a failure after the first byte, %s', (_way, run) => {
  test.each(COMBINATIONS)('of the source: $format, $pack', async (asked) => {
    const seen = watchedCatalog({ bytes: 8 * MB }, { failAfter: 4 * MB });
    const outcome = await run(seen.source, asked);
    expectCut(outcome, asked, 'READ_FAILED');
    expect(outcome.error).toMatchObject({ stage: 'read', source: 'the fake' });
    expect(seen).toMatchObject({ opened: 1, closed: 1 });
  });

  test.each(COMBINATIONS)('of the input: $format, $pack', async (asked) => {
    const { good, count } = LARGE;
    const seen = watched([good, Buffer.from('{"id":"bad",}\n'), good]);
    const outcome = await run(seen.source, asked);
    expectCut(outcome, asked, 'INVALID_JSON');
    expect(outcome.error).toMatchObject({ recordIndex: count, byteOffset: good.length + 12 });
    if (asked.pack === 'envelope') {
      const { response }: EnvelopeText = JSON.parse(outcome.output.toString());
      expect(response.totalRecords).toBe(count);
    }
    expect(seen).toMatchObject({ opened: 1, closed: 1 });
  });

  test('of an iterable that throws, after its return was called', async () => {
    const calls: string[] = [];
    const { bytes: good } = catalog({ seed: 2, form: 'lines', bytes: 2 * MB });
    const chunks: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]() {
        let turn = 0;
        return {
          async next() {
            calls.push('next');
            if (turn++ === 3) throw new Error('no more');
            return { value: good, done: false };
          },
        };
      },
    };
    const asked = { format: 'ndjson', pack: 'none' } as const;
    const outcome = await run(bytes(chunks, 'the feed'), asked);
    expectCut(outcome, asked, 'READ_FAILED');
    expect(outcome.error).toMatchObject({ message: 'the feed: no more', cause: { message: 'no more' } });
    expect(calls).toHaveLength(4);
  });

  test('of a stream that is destroyed with an error', async () => {
    const { bytes: good } = catalog({ seed: 2, form: 'lines', bytes: 2 * MB });
    let turn = 0;
    const stream = new Readable({
      read() {
        if (turn++ < 3) this.push(good);
        else this.destroy(new Error('reset by peer'));
      },
    });
    const asked = { format: 'json', pack: 'envelope' } as const;
    const outcome = await run(bytes(stream), asked);
    expectCut(outcome, asked, 'READ_FAILED');
    expect(outcome.error?.message).toContain('reset by peer');
    expect(stream.destroyed).toBe(true);
  });

  test('of objects that throw', async () => {
    function* entities() {
      for (let id = 0; id < 5000; id++) yield { id: String(id), type: 't', text: 'x'.repeat(1000) };
      throw new Error('the cursor is gone');
    }
    const asked = { format: 'ndjson', pack: 'none' } as const;
    const outcome = await run(objects(entities(), 'the table'), asked);
    expectCut(outcome, asked, 'READ_FAILED');
    expect(outcome.error).toMatchObject({ source: 'the table' });
  });
});

describe('a failure and a file', () => {
  test.each(COMBINATIONS)('no file appears: $format, $pack', async ({ format, pack }) => {
    const seen = watchedCatalog({ bytes: 6 * MB }, { failAfter: 4 * MB });
    const stream = exportEntities({ source: seen.source, format, pack });
    expect(await failureOf(stream.toFile(join(folder, 'out')))).toMatchObject({ code: 'READ_FAILED' });
    expect(await failureOf(stream.receipt)).toMatchObject({ code: 'READ_FAILED' });
    expect(await readdir(folder)).toStrictEqual([]);
    expect(seen.closed).toBe(1);
  });

  test('a failure of the destination closes the source, and is reported', async () => {
    const seen = watchedCatalog({ bytes: 50 * MB });
    const stream = exportEntities({ source: seen.source });
    let written = 0;
    const full = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written += chunk.length;
        done(written > 3 * MB ? Object.assign(new Error('no space'), { code: 'ENOSPC' }) : null);
      },
    });
    const destination = {
      name: 'the shelf',
      open: async () => ({ writable: full, commit: async () => {}, discard: async () => {} }),
    };
    expect(await failureOf(stream.to(destination))).toMatchObject({ code: 'DISK_FULL', path: 'the shelf' });
    expect(await failureOf(stream.receipt)).toMatchObject({ code: 'ABORTED' });
    expect(seen.closed).toBe(1);
    expect(seen.bytes).toBeLessThan(10 * MB);
  });
});

describe('a failure before the first byte', () => {
  test.each(COMBINATIONS)('destroys the stream: $format, $pack', async ({ format, pack }) => {
    for (const source of [files(join(folder, 'missing')), bytes(['{"id":']), bytes(['[1]'])]) {
      const { output, error } = await exported({ source, format, pack });
      expect(output.length).toBe(0);
      expect(['NOT_FOUND', 'TRUNCATED', 'NOT_AN_ENTITY']).toContain(error?.code);
    }
  });

  test('is reported by the error event and the receipt', async () => {
    const stream = exportEntities({ source: join(folder, 'missing') });
    const event = new Promise<unknown>((resolve) => stream.once('error', resolve));
    stream.resume();
    expect(await event).toBe(await failureOf(stream.receipt));
  });

  test('of a source whose inputs throw is not an uncaught exception', async () => {
    const broken: Source = {
      inputs() {
        throw new Error('out of order');
      },
    };
    for (const pack of PACKS) {
      const { error } = await exported({ source: broken, pack });
      expect(error).toMatchObject({ code: 'READ_FAILED', message: expect.stringContaining('out of order') });
    }
  });

  test('of an invalid source is refused, by the call and by the stream', async () => {
    // Values that plain JavaScript can pass.
    const nonsense: unknown = JSON.parse('42');
    const options: ExportOptions = { source: '' };
    Reflect.set(options, 'source', nonsense);
    const failure = await new Promise<unknown>((resolve) => {
      try {
        exportEntities(options).on('error', resolve).resume();
      } catch (error) {
        resolve(error);
      }
    });
    expect(failure).toMatchObject({ name: 'SluiceError' });
  });
});

describe.each(WAYS)('abort, %s', (_way, run) => {
  const moment = fc.record({
    /** Reads before the signal fires, some more than there are. */
    reads: fc.integer({ min: 0, max: 20 }),
    format: fc.constantFrom(...FORMATS),
    pack: fc.constantFrom(...PACKS),
  });

  test('at any moment of reading', async () => {
    const property = fc.asyncProperty(moment, async ({ reads, ...asked }) => {
      const controller = new AbortController();
      let last = false;
      const seen: Watched = watchedCatalog(
        { bytes: 3 * MB },
        {
          beforeRead(before) {
            last = seen.bytes >= 3 * MB;
            if (before === reads) controller.abort(new Error('enough'));
          },
        },
      );
      const outcome = await run(seen.source, asked, controller.signal);
      expect(seen).toMatchObject({ opened: 1, closed: 1 });
      if (!controller.signal.aborted) {
        expect(outcome).toMatchObject({ receipt: { stoppedBy: 'end' } });
        expect(outcome.thrown).toBeUndefined();
        return;
      }
      expect(outcome.receipt).toBeUndefined();
      expect(outcome.error).toMatchObject({ code: 'ABORTED', stage: 'run', cause: { message: 'enough' } });
      // After the complete input was read, the output may be complete before the signal is checked.
      if (last && outcome.thrown === undefined) return;
      if (asked.pack === 'envelope' && outcome.output.length > 0) {
        expect(JSON.parse(outcome.output.toString())).toMatchObject({ response: { status: 'error' } });
      } else {
        expect(outcome.thrown).toBe(outcome.error);
      }
    });
    await fc.assert(property, runs(20));
  });

  test('before the start opens nothing that stays open', async () => {
    const seen = watchedCatalog({ bytes: MB });
    const outcome = await run(seen.source, { format: 'json', pack: 'envelope' }, AbortSignal.abort());
    expect(outcome).toMatchObject({ error: { code: 'ABORTED' }, output: { length: 0 } });
    expect(seen.closed).toBe(seen.opened);
    expect(seen.bytes).toBeLessThan(MB);
  });

  test('after the end changes nothing', async () => {
    const controller = new AbortController();
    const seen = watchedCatalog({ entities: 10 });
    const { receipt } = await run(seen.source, { format: 'json', pack: 'none' }, controller.signal);
    controller.abort();
    expect(receipt).toMatchObject({ written: 10 });
  });

  test('while a source is silent', async () => {
    const silent = new Promise<never>(() => {});
    const returned: string[] = [];
    const asyncIterable = (result: Promise<IteratorResult<never>>): AsyncIterable<never> => ({
      [Symbol.asyncIterator]: () => ({
        next: () => result,
        return: async () => {
          returned.push('return');
          return { value: undefined, done: true };
        },
      }),
    });
    const stuck = new Readable({ read() {} });
    for (const source of [bytes(asyncIterable(silent)), objects(asyncIterable(silent)), bytes(stuck)]) {
      const controller = new AbortController();
      const outcome = run(source, { format: 'json', pack: 'zip' }, controller.signal);
      setImmediate(() => controller.abort());
      expect((await outcome).error).toMatchObject({ code: 'ABORTED' });
    }
    expect(returned).toStrictEqual(['return', 'return']);
    expect(stuck.destroyed).toBe(true);
  });

  test('while a generator waits', async () => {
    async function* stuck() {
      yield Buffer.from('{"id":"a"}\n');
      await new Promise<never>(() => {});
    }
    const controller = new AbortController();
    const outcome = run(bytes(stuck()), { format: 'ndjson', pack: 'none' }, controller.signal);
    setImmediate(() => controller.abort());
    expect((await outcome).error).toMatchObject({ code: 'ABORTED' });
  });
});

describe('a consumer', () => {
  const CATALOG: Partial<CatalogOptions> = { bytes: 60 * MB };

  test.each(COMBINATIONS)('that leaves ends the run: $format, $pack', async ({ format, pack }) => {
    const seen = watchedCatalog(CATALOG);
    const stream = exportEntities({ source: seen.source, format, pack });
    for await (const chunk of stream) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(await failureOf(stream.receipt)).toMatchObject({ code: 'ABORTED' });
    expect(seen).toMatchObject({ opened: 1, closed: 1 });
    expect(seen.bytes).toBeLessThan(40 * MB);
  });

  test('that leaves a pipeline of stages ends the run', async () => {
    const seen = watchedCatalog(CATALOG);
    const run = createRun();
    const parts = [stages.readEntities(seen.source, { run }), stages.encodeJson({ run }), stages.gzip({ run })];
    const gone = pipeline([...parts, goesAway()]);
    await expect(gone).rejects.toThrow('seen enough');
    expect(await failureOf(run.receipt)).toMatchObject({ code: 'ABORTED' });
    expect(seen.closed).toBe(1);
  });

  test('that never begins causes no read', async () => {
    const seen = watchedCatalog(CATALOG);
    const stream = exportEntities({ source: seen.source });
    stream.destroy();
    expect(await failureOf(stream.receipt)).toMatchObject({ code: 'ABORTED' });
    expect(seen).toMatchObject({ opened: 0, closed: 0 });
  });

  test('that fails ends the run with its error', async () => {
    const stream = exportEntities({ source: watchedCatalog(CATALOG).source });
    await expect(pipeline(stream, goesAway())).rejects.toThrow('seen enough');
    expect(await failureOf(stream.receipt)).toMatchObject({ code: 'ABORTED' });
  });

  test.each(PACKS)('that stops reading stops the source: %s', async (pack) => {
    const seen = watchedCatalog(CATALOG);
    const stream = exportEntities({ source: seen.source, pack, level: lowestLevel(pack) });
    await new Promise<void>((resolve) => stream.once('readable', resolve));
    await untilQuiet(seen);
    expect(seen.bytes).toBeLessThan(8 * MB);
    stream.destroy();
    expect(await failureOf(stream.receipt)).toMatchObject({ code: 'ABORTED' });
    expect(seen.closed).toBe(1);
  });

  /** Waits until nothing was read for many turns of the event loop, which include zlib's threads. */
  async function untilQuiet(seen: Watched): Promise<void> {
    for (let turns = 0, before = -1; turns < 2000; turns++) {
      if (seen.bytes !== before) turns = 0;
      before = seen.bytes;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  function goesAway(): Writable {
    return new Writable({
      write(_chunk, _encoding, done) {
        done(new Error('seen enough'));
      },
    });
  }
});

describe('nothing stays open', () => {
  const HANDLES = '/proc/self/fd';
  const handles = () => readdirSync(HANDLES).length;

  test('of the sources when the receipt settles', async () => {
    const ends: readonly [string, Asked & { readonly failAfter?: number }][] = [
      ['end', { format: 'json', pack: 'none' }],
      ['limit', { format: 'json', pack: 'zip', maxRecords: 3 }],
      ['failure', { format: 'json', pack: 'gzip', failAfter: 2 * MB }],
      ['failure in an envelope', { format: 'json', pack: 'envelope', failAfter: 2 * MB }],
    ];
    for (const [name, { failAfter, ...asked }] of ends) {
      for (const [way, run] of WAYS) {
        const seen = watchedCatalog({ bytes: 3 * MB }, failAfter === undefined ? {} : { failAfter });
        await run(seen.source, asked);
        expect([seen.opened, seen.closed], `${name}, ${way}`).toStrictEqual([1, 1]);
      }
    }
  });

  test('because the receipt waits for a source that closes slowly', async () => {
    const order: string[] = [];
    const source: Source = {
      async *inputs() {
        yield {
          kind: 'bytes',
          name: 'slow',
          read: async () => 0,
          async close() {
            for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
            order.push('closed');
          },
        };
      },
    };
    const stream = exportEntities({ source });
    const done = stream.receipt.then(() => order.push('receipt'));
    stream.resume();
    await done;
    expect(order).toStrictEqual(['closed', 'receipt']);
  });

  test('of earlier inputs: they are open one at a time', async () => {
    const order: string[] = [];
    const source: Source = {
      async *inputs() {
        for (const name of ['one', 'two']) {
          order.push(`open ${name}`);
          let text = Buffer.from(`{"id":"${name}"}\n`);
          yield {
            kind: 'bytes',
            name,
            async read(into) {
              const length = text.copy(into);
              text = text.subarray(length);
              return length;
            },
            close: async () => void order.push(`close ${name}`),
          };
        }
      },
    };
    expect((await exported({ source, format: 'ndjson' })).output.toString()).toBe('{"id":"one"}\n{"id":"two"}\n');
    expect(order).toStrictEqual(['open one', 'close one', 'open two', 'close two']);
  });

  test('after any kind of end', async () => {
    if (!existsSync(HANDLES)) return console.info(`there is no ${HANDLES} here: handles were not counted`);
    const { bytes: good } = catalog({ seed: 3, form: 'lines', bytes: 3 * MB });
    const [whole, faulty] = [join(folder, 'whole.ndjson'), join(folder, 'faulty.ndjson')];
    await writeFile(whole, good);
    await writeFile(faulty, Buffer.concat([good, Buffer.from('{')]));
    const run = async (path: string, pack: Pack) => {
      await fused(files(path), { format: 'json', pack });
      await composed(files(path, path), { format: 'json', pack, maxRecords: 5 });
      const left = exportEntities({ source: path, pack });
      for await (const _chunk of left) break;
      await left.receipt.catch(() => {});
      const controller = new AbortController();
      const aborted = fused(files(path), { format: 'json', pack }, controller.signal);
      setImmediate(() => controller.abort());
      await aborted;
      await exportEntities({ source: path, pack })
        .toFile(join(folder, `out-${pack}`), { overwrite: true })
        .catch(() => {});
    };
    await run(whole, 'zip');
    const before = handles();
    for (const pack of PACKS) for (const path of [whole, faulty]) await run(path, pack);
    expect(handles()).toBe(before);
  });
});

describe('foreign streams', () => {
  /** Passes everything on, with other cuts for bytes. */
  function passOn(holds: 'batches' | 'bytes'): Transform {
    if (holds === 'batches')
      return new Transform({ objectMode: true, transform: (batch, _, done) => done(null, batch) });
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        for (let at = 0; at < chunk.length; at += 1000) this.push(chunk.subarray(at, at + 1000));
        done();
      },
    });
  }

  test.each(COMBINATIONS)('between any two stages change nothing: $format, $pack', async (combination) => {
    const asked: Asked = { ...combination, types: ['product'], maxRecords: 40 };
    const catalogue = { bytes: MB };
    const expected = await fused(watchedCatalog(catalogue).source, asked);
    const bare = await composed(watchedCatalog(catalogue).source, asked);
    const crowded = await composed(watchedCatalog(catalogue).source, asked, undefined, (_index, holds) => [
      passOn(holds),
    ]);
    for (const { output, receipt, thrown } of [bare, crowded]) {
      expect(thrown).toBeUndefined();
      expect(output.equals(expected.output)).toBe(true);
      expect(receipt).toMatchObject({ written: 40, stoppedBy: 'limit', read: expected.receipt?.read });
    }
  });

  test('that drop a batch are detected', async () => {
    let batches = 0;
    const dropping = new Transform({
      objectMode: true,
      transform: (batch, _encoding, done) => (batches++ === 1 ? done() : done(null, batch)),
    });
    const { error, thrown } = await composed(
      watchedCatalog({ bytes: 3 * MB }).source,
      { format: 'json', pack: 'none' },
      undefined,
      (index) => (index === 0 ? [dropping] : []),
    );
    expect(batches).toBeGreaterThan(2);
    expect(thrown).toBeUndefined();
    expect(error).toMatchObject({ code: 'UNBALANCED' });
  });

  test('that pass a batch twice are detected', async () => {
    const doubling = new Transform({
      objectMode: true,
      transform(batch, _encoding, done) {
        this.push(batch);
        done(null, batch);
      },
    });
    const { error } = await composed(bytes(['{"id":"a"}\n']), { format: 'json', pack: 'none' }, undefined, (index) =>
      index === 0 ? [doubling] : [],
    );
    expect(error).toMatchObject({ code: 'UNBALANCED' });
  });

  test('that fail end the run with their error', async () => {
    for (const place of [0, 1, 2]) {
      const seen = watchedCatalog({ bytes: 20 * MB });
      const failing = new Transform({ objectMode: true, transform: (_item, _, done) => done(new Error('my own')) });
      const asked = { format: 'json', pack: 'zip' } as const;
      const { thrown, error } = await composed(seen.source, asked, undefined, (at) => (at === place ? [failing] : []));
      expect(thrown).toMatchObject({ message: 'my own' });
      expect(error?.message).toContain('my own');
      expect(seen.closed).toBe(1);
    }
  });

  test('mapEntities changes, drops and counts', async () => {
    const run = createRun();
    const chunks: Buffer[] = [];
    await pipeline(
      stages.readEntities(bytes(['{"id":"a","n":1}\n{"id":"b","n":2}\n{"id":"c","n":3}\n']), { run }),
      stages.mapEntities(({ id, n }, index) => (n === 2 ? undefined : { id, index, twice: Number(n) * 2 })),
      stages.encodeJson({ run, format: 'ndjson' }),
      collector(chunks),
    );
    expect(Buffer.concat(chunks).toString()).toBe('{"id":"a","index":0,"twice":2}\n{"id":"c","index":2,"twice":6}\n');
    expect(await run.receipt).toMatchObject({ read: 3, written: 2, filtered: 1 });
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('cannot map this');
      },
      'cannot map this',
      'CALLBACK_FAILED',
    ],
    ['answers nonsense', () => JSON.parse('7'), 'must return plain objects', 'INVALID'],
  ] as const)('mapEntities that %s fails with the record', async (_what, map, message, code) => {
    const run = createRun();
    const source = bytes(['{"id":"a"}\n']);
    const failure = pipeline([
      stages.readEntities(source, { run }),
      stages.mapEntities(map),
      stages.encodeJson({ run }),
      collector([]),
    ]);
    expect(await failureOf(failure)).toMatchObject({
      code,
      stage: 'select',
      recordIndex: 0,
      message: expect.stringContaining(message),
    });
    expect(await failureOf(run.receipt)).toMatchObject({ code });
  });
});

describe.each(WAYS)('enough ends reading, %s', (_way, run) => {
  test('a limit', async () => {
    const seen = watchedCatalog({ bytes: 100 * MB });
    const { receipt } = await run(seen.source, { format: 'json', pack: 'zip', maxRecords: 10 });
    expect(receipt).toMatchObject({ read: 10, written: 10, stoppedBy: 'limit' });
    expect(seen.bytes).toBeLessThan(4 * MB);
    expect(seen.closed).toBe(1);
  });

  test('a limit of 0', async () => {
    const seen = watchedCatalog({ bytes: 100 * MB });
    const { receipt, output } = await run(seen.source, { format: 'json', pack: 'none', maxRecords: 0 });
    expect(output.toString()).toBe('{"entities":[]}');
    expect(receipt).toMatchObject({ read: 0, written: 0, stoppedBy: 'limit' });
    expect(seen.bytes).toBeLessThan(4 * MB);
    expect(seen.closed).toBe(seen.opened);
  });

  test('a limit, with endless objects', async () => {
    let made = 0;
    let returned = false;
    function* endless() {
      try {
        for (;;) yield { id: String(made++), type: 't' };
      } finally {
        returned = true;
      }
    }
    const { receipt } = await run(objects(endless()), { format: 'ndjson', pack: 'none', maxRecords: 10 });
    expect(receipt).toMatchObject({ written: 10, stoppedBy: 'limit' });
    expect(made).toBeLessThan(5000);
    expect(returned).toBe(true);
  });
});

describe('ids', () => {
  const ids = [catalogId(3), catalogId(40)];
  const CATALOG: Partial<CatalogOptions> = { bytes: 50 * MB };

  test('end the run when all were found', async () => {
    const seen = watchedCatalog(CATALOG);
    const { receipt } = await exported({ source: seen.source, request: { ids } });
    expect(receipt).toMatchObject({ read: 41, written: 2, filtered: 39, stoppedBy: 'ids' });
    expect(seen.bytes).toBeLessThan(4 * MB);
    expect(seen.closed).toBe(1);
  });

  test('end the run in a pipeline of stages too', async () => {
    const seen = watchedCatalog(CATALOG);
    const run = createRun();
    const parts = [stages.readEntities(seen.source, { run }), stages.filterById(ids), stages.encodeJson({ run })];
    await pipeline([...parts, collector([])]);
    expect(await run.receipt).toMatchObject({ read: 41, written: 2, stoppedBy: 'ids' });
    expect(seen.bytes).toBeLessThan(8 * MB);
  });

  test('that may repeat are searched to the end', async () => {
    const seen = watchedCatalog({ bytes: 5 * MB });
    const { receipt } = await exported({ source: seen.source, request: { ids }, uniqueIds: false });
    expect(receipt).toMatchObject({ written: 2, stoppedBy: 'end', bytesIn: seen.bytes });
    expect(seen.bytes).toBeGreaterThan(4.9 * MB);
  });
});

describe('rejected lines', () => {
  const GOOD = ['{"id":"a","type":"t"}', '{"id":"b","type":"u"}', '{"id":"c","type":"t"}'];
  const text = `${GOOD[0]}\nnot json\n${GOOD[1]}\n{"id":"x",}\n\n${GOOD[2]}\n  [7]\r\n{"id":"\u0001"}\n`;

  /** An export that records its rejects at the moment of the call. */
  async function skipping(input: Buffer | string, options: Partial<ExportOptions> = {}) {
    const rejects: unknown[] = [];
    const onReject = async ({ error, raw, source, recordIndex, byteOffset }: Reject) => {
      await new Promise((resolve) => setImmediate(resolve));
      rejects.push({ source, recordIndex, byteOffset, code: error.code, raw: Buffer.from(raw).toString('latin1') });
    };
    const source = bytes([Buffer.from(input)], 'the feed');
    const outcome = await exported({ source, format: 'ndjson', onError: 'skip', onReject, ...options });
    return { ...outcome, rejects };
  }

  const reject = (recordIndex: number, code: string, raw: string) => ({
    ...{ source: 'the feed', recordIndex, code, raw },
    byteOffset: text.indexOf(raw),
  });
  const ALL = [
    reject(1, 'NOT_AN_ENTITY', 'not json'),
    reject(3, 'INVALID_JSON', '{"id":"x",}'),
    reject(5, 'NOT_AN_ENTITY', '[7]'),
    reject(6, 'INVALID_JSON', '{"id":"\u0001"}'),
  ];

  test('are counted, and passed in order with their bytes and positions', async () => {
    const { output, receipt, rejects } = await skipping(text);
    expect(output.toString()).toBe(`${GOOD.join('\n')}\n`);
    expect(receipt).toMatchObject({ read: 7, written: 3, filtered: 0, rejected: 4, stoppedBy: 'end' });
    expect(rejects).toStrictEqual(ALL);
  });

  test('need no handler', async () => {
    const { receipt } = await exported({ source: bytes([text]), onError: 'skip', format: 'ndjson' });
    expect(receipt).toMatchObject({ rejected: 4, written: 3 });
  });

  test('are not counted after the entity that ends the run', async () => {
    const { receipt, rejects } = await skipping(text, { request: { maxRecords: 2 } });
    expect(receipt).toMatchObject({ read: 3, written: 2, rejected: 1, stoppedBy: 'limit' });
    expect(rejects).toStrictEqual(ALL.slice(0, 1));
    const byId = await skipping(text, { request: { ids: ['c'] } });
    expect(byId.receipt).toMatchObject({ written: 1, stoppedBy: 'ids' });
  });

  test('are not detected in filtered records', async () => {
    const input = '{"type":"u","x":,}\n{"type":"t","x":,}\n';
    const { receipt, rejects } = await skipping(input, { request: { types: ['t'] } });
    expect(receipt).toMatchObject({ read: 2, filtered: 1, rejected: 1 });
    expect(rejects).toMatchObject([{ recordIndex: 1, raw: '{"type":"t","x":,}' }]);
  });

  test('that are not UTF-8 keep their bytes', async () => {
    const input = Buffer.from(`${GOOD[0]}\n{"id":"\xff\xfe"}\r\n${GOOD[2]}\n{"id":"\xc3`, 'latin1');
    const { output, rejects } = await skipping(input);
    expect(output.toString()).toBe(`${GOOD[0]}\n${GOOD[2]}\n`);
    expect(rejects).toMatchObject([
      { recordIndex: 1, code: 'INVALID_UTF8', raw: '{"id":"\xff\xfe"}' },
      { recordIndex: 3, code: 'INVALID_UTF8', raw: '{"id":"\xc3' },
    ]);
  });

  test('are passed by stages too', async () => {
    const rejects: string[] = [];
    const run = createRun({ onReject: ({ raw }) => void rejects.push(Buffer.from(raw).toString()) });
    const source = bytes([text]);
    const parts = [stages.readEntities(source, { run, onError: 'skip' }), stages.encodeJson({ run })];
    await pipeline([...parts, collector([])]);
    expect(rejects).toStrictEqual(ALL.map(({ raw }) => raw));
    expect(await run.receipt).toMatchObject({ read: 7, written: 3, rejected: 4 });
  });

  test('end the run with the error of a failing handler', async () => {
    const onReject = async () => {
      throw new Error('no room for rejects');
    };
    const { error } = await exported({ source: bytes([text]), onError: 'skip', onReject });
    expect(error?.message).toContain('no room for rejects');
  });

  test.each([
    ['an array', `[${GOOD[0]}]`],
    ['a document', `{"entities":[${GOOD[0]}]}`],
  ])('cannot be in %s', async (_form, input) => {
    const { error, output } = await skipping(input);
    expect(error).toMatchObject({ code: 'INVALID', message: expect.stringContaining('only faulty lines') });
    expect(output.length).toBe(0);
  });

  test('do not hide a fault of the complete input', async () => {
    const { error } = await skipping(`${GOOD[0]}\n${'x'.repeat(2000)}\n`, { maxEntityBytes: 1000 });
    expect(error).toMatchObject({ code: 'ENTITY_TOO_LARGE', recordIndex: 1 });
    const cut = await outcomeOf(exportEntities({ source: failing(), onError: 'skip' }));
    expect(cut.error).toMatchObject({ code: 'READ_FAILED' });
  });

  const failing = () => watchedCatalog({ bytes: MB }, { failAfter: MB / 2 }).source;
});
