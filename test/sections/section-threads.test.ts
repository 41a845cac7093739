/** An export by several threads is that by one: bytes, receipt, faults, rejects and notes, for any input. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { PlanOptions } from '../../src/export/plan-options.js';
import { damaged, FIELDS, IDS, inputText, NAMES, TYPES } from '../naive/arbitraries.js';
import { runs } from '../runs.js';
import {
  changing,
  losing,
  nothingAsked,
  type Outcome,
  outcomeOf,
  ownThreads,
  resumedAttempts,
  slowFiles,
} from './own-threads.js';

const folder = mkdtempSync(join(tmpdir(), 'sections-'));
const path = join(folder, 'in.ndjson');
afterAll(() => rmSync(folder, { recursive: true }));

/** Lines of all kinds; more than a section, so that some of it is in the middle of a file. */
const texts = fc
  .tuple(
    fc.array(inputText('lines'), { minLength: 4, maxLength: 12 }),
    fc.array(
      fc.tuple(fc.nat({ max: 11 }), fc.constantFrom('\n', '\r\n', '\n\n \n', `{"id":"e9","x":"${'y'.repeat(900)}"}\n`)),
      {
        maxLength: 4,
      },
    ),
    fc.boolean(),
  )
  .map(([parts, more, isEnded]) => {
    const lines = parts.map((part, index) => (index === 0 ? part : part.replace(/^\ufeff/, '')));
    for (const [at, text] of more) lines[at % lines.length] += `\n${text}`;
    return lines.join('\n') + (isEnded ? '\n' : '');
  });

/** The same with damage: changed, lost and added bytes, and holes of NUL. */
const inputs = fc.oneof(
  { weight: 2, arbitrary: texts.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: damaged(texts) },
  {
    weight: 1,
    arbitrary: fc.tuple(texts, fc.nat(), fc.integer({ min: 1, max: 40 })).map(([text, at, length]) => {
      const bytes = Buffer.from(text);
      const start = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, start), Buffer.alloc(length), bytes.subarray(start)]);
    }),
  },
);

const list = fc.oneof(fc.constant('all' as const), fc.subarray(FIELDS));

const requests = fc.record(
  {
    types: fc.subarray(TYPES, { minLength: 1, maxLength: 4 }),
    ids: fc.subarray(IDS, { minLength: 1, maxLength: 4 }),
    name: fc.constantFrom(...NAMES),
    criteria: fc.constantFrom(
      { keywords: { keywords: 'lamp', operator: '_AND' as const } },
      { properties: [{ a: { hasvalue: true } }] },
      { fields: [{ 'data.attributes.a': { hasvalue: true } }] },
      { fields: [{ name: { exact: 'Lamp' } }, { id: { hasvalue: true } }] },
    ),
    maxRecords: fc.integer({ min: 1, max: 30 }),
    skip: fc.integer({ min: 0, max: 8 }),
    fields: fc.oneof(
      fc.record({ attributes: list, relationships: list, properties: list }, { requiredKeys: [] }),
      fc.constant({ include: ['id', 'data.attributes', 'nothing'] }),
    ),
    sort: fc.constant([{ property: 'a' }]),
  },
  { requiredKeys: [] },
);

const asked = fc
  .tuple(
    requests,
    fc.subarray(['types', 'ids', 'name', 'criteria', 'maxRecords', 'skip', 'fields', 'sort'] as const, {
      maxLength: 3,
    }),
  )
  .map(([all, some]) => Object.fromEntries(Object.entries(all).filter(([name]) => some.some((one) => one === name))));

const options: fc.Arbitrary<PlanOptions> = fc
  .record(
    {
      format: fc.constantFrom('json', 'array', 'ndjson', 'dsv'),
      pack: fc.constantFrom('none', 'gzip', 'zip', 'envelope'),
      uniqueIds: fc.boolean(),
      trust: fc.boolean(),
      onError: fc.constantFrom('stop', 'skip', 'skip-file'),
      maxEntityBytes: fc.constantFrom(120, 2 ** 20),
      batchSize: fc.constantFrom(undefined, 3),
    },
    { requiredKeys: ['onError'] },
  )
  .map(({ batchSize, ...rest }) => (batchSize && rest.pack === 'zip' ? { ...rest, batchSize } : rest));

const sizes = fc.record({
  sectionBytes: fc.integer({ min: 16, max: 700 }),
  pieceBytes: fc.integer({ min: 8, max: 300 }),
});

function codeOf(error: unknown): unknown {
  return error instanceof Object && 'code' in error ? error.code : undefined;
}

/** Bytes that were read are known only at the end of an input. */
function comparable({ receipt, ...rest }: Outcome): unknown {
  if (!receipt || (receipt.stoppedBy === 'end' && !receipt.setAside)) return { receipt, ...rest };
  const { bytesIn: _, ...others } = receipt;
  return { receipt: others, ...rest };
}

/** Lines that have 20 bytes each. */
const lines = (count: number) =>
  Array.from({ length: count }, (_, index) => `{"id":"e${String(index).padStart(8, '0')}"}\n`).join('');

const SMALL = { sectionBytes: 100, leastBytes: 0, firstBytes: 0 };
const NDJSON = { input: 'lines', format: 'ndjson', threads: 2 } as const;

describe('an export by threads', () => {
  const total = nothingAsked();

  it('equals that by one, for any lines and requests', async () => {
    const property = fc.asyncProperty(
      inputs,
      asked,
      options,
      sizes,
      fc.constantFrom(2, 4),
      fc.nat({ max: 5 }),
      async (input, request, given, { sectionBytes, pieceBytes }, threads, delay) => {
        writeFileSync(path, input);
        const plan: PlanOptions = { ...given, input: 'lines', request };
        const one = await outcomeOf(slowFiles([path], pieceBytes), { ...plan, threads: 1 });
        const began = nothingAsked();
        const several = await outcomeOf(
          slowFiles([path], pieceBytes),
          { ...plan, threads },
          {
            start: ownThreads(began, () => delay),
            sizes: { sectionBytes, leastBytes: 0, firstBytes: 0 },
          },
        );
        for (const [kind, count] of Object.entries(began.results))
          total.results[kind] = (total.results[kind] ?? 0) + count;
        expect(comparable(several)).toEqual(comparable(one));
        expect(began.ended).toBe(began.started);
      },
    );
    await fc.assert(property, runs(150));
  }, 120_000);

  it('has scanned sections, found some without a line, and returned some', () => {
    expect(total.results).toMatchObject({
      scanned: expect.any(Number),
      nothing: expect.any(Number),
      returned: expect.any(Number),
    });
  });

  it('equals that by one for deltas, whose index is the same', async () => {
    const property = fc.asyncProperty(texts, asked, options, sizes, async (input, request, given, sizes) => {
      const { sectionBytes, pieceBytes } = sizes;
      writeFileSync(path, input);
      const plan: PlanOptions = { ...given, input: 'lines', request };
      const outcome = async (threads: number) => {
        const index: string[] = [];
        const sink = { write: (bytes: Buffer) => void index.push(String(bytes)) };
        const sections = {
          start: ownThreads(nothingAsked()),
          sizes: { sectionBytes, leastBytes: 0, firstBytes: 0 },
        };
        const delta = { sink, plan: { filters: '', fields: '', shape: '' } };
        const source = slowFiles([path], pieceBytes);
        const result = await outcomeOf(source, { ...plan, threads }, sections, undefined, delta);
        return { ...result, index: index.join('') };
      };
      const { index, ...one } = await outcome(1);
      const { index: other, ...several } = await outcome(2);
      // What was written before the first entity without an id depends on batches.
      expect(codeOf(several.error)).toBe(codeOf(one.error));
      if (one.error) return;
      expect(comparable(several)).toEqual(comparable(one));
      expect(other).toBe(index);
    });
    await fc.assert(property, runs(60));
  }, 120_000);

  it('is cut at checkpoints from which any number of threads continues', async () => {
    writeFileSync(path, lines(200));
    const whole = await outcomeOf(slowFiles([path], 90), { ...NDJSON, threads: 1 });
    const property = fc.asyncProperty(
      fc.array(fc.constantFrom(1, 2, 4), { minLength: 1, maxLength: 6 }),
      async (counts) => {
        const { output, receipt } = await resumedAttempts(path, counts, SMALL);
        expect(output).toBe(whole.output);
        expect(receipt).toMatchObject({ read: 200, written: 200, bytesIn: whole.receipt?.bytesIn });
      },
    );
    await fc.assert(property, runs(15));
  });

  it('can be aborted at any moment', async () => {
    writeFileSync(path, lines(100));
    const property = fc.asyncProperty(fc.nat({ max: 120 }), fc.nat({ max: 3 }), async (turns, delay) => {
      const began = nothingAsked();
      const aborting = new AbortController();
      const sections = { start: ownThreads(began, () => delay), sizes: SMALL };
      const exporting = outcomeOf(slowFiles([path], 50), NDJSON, sections, aborting.signal);
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      aborting.abort();
      const { error, receipt } = await exporting;
      if (!receipt) expect(error).toMatchObject({ code: 'ABORTED' });
      expect(began.ended).toBe(began.started);
    });
    await fc.assert(property, runs(60));
  });

  it('goes on by one where a thread is lost, or none can be started', async () => {
    writeFileSync(path, lines(100));
    const one = await outcomeOf(slowFiles([path], 50), { ...NDJSON, threads: 1 });
    const none = await outcomeOf(slowFiles([path], 50), NDJSON, { start: () => undefined, sizes: SMALL });
    expect(none).toEqual(one);
    for (let answers = 0; answers < 20; answers++) {
      const began = nothingAsked();
      const start = losing(ownThreads(began), answers);
      const lost = await outcomeOf(slowFiles([path], 50), NDJSON, { start, sizes: SMALL });
      expect(lost).toEqual(one);
      expect(began.ended).toBe(began.started);
    }
  });

  it('starts no thread for a small file, and where the end may come early', async () => {
    writeFileSync(path, lines(100));
    const began = nothingAsked();
    const start = ownThreads(began);
    await outcomeOf(slowFiles([path], 50), NDJSON, { start });
    const sizes = { ...SMALL, firstBytes: 1000 };
    await outcomeOf(slowFiles([path], 50), { ...NDJSON, request: { maxRecords: 10 } }, { start, sizes });
    expect(began.started).toBe(0);
    await outcomeOf(slowFiles([path], 50), { ...NDJSON, request: { maxRecords: 90 } }, { start, sizes });
    expect(began.started).toBe(1);
  });

  it('reads all of several files, the threads of the first also for the others', async () => {
    writeFileSync(path, lines(100));
    const one = await outcomeOf(slowFiles([path, path, path], 50), { ...NDJSON, threads: 1 });
    const began = nothingAsked();
    const sections = { start: ownThreads(began), sizes: SMALL };
    expect(await outcomeOf(slowFiles([path, path, path], 50), NDJSON, sections)).toEqual(one);
    expect(began).toMatchObject({ started: 1, ended: 1, results: { scanned: expect.any(Number) } });
    // The others are scanned here.
    expect(began.results.scanned).toBeGreaterThan(20);
  });

  it('fails where the file is overwritten between two sections', async () => {
    writeFileSync(path, lines(100));
    const start = changing(ownThreads(nothingAsked()), 10);
    const { error } = await outcomeOf(slowFiles([path], 50), NDJSON, { start, sizes: SMALL });
    expect(error).toMatchObject({ code: 'SOURCE_CHANGED', source: 'in.ndjson' });
  });
});
