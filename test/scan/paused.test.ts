/** Few records at a time: stages hold the event loop for those of one batch, and so do records that the kernel leaves. */
import { expect, test } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import { scalarScanner } from '../../src/scan/scalar.js';
import { bytes } from '../../src/sources/bytes.js';
import { type ReadOptions, readBatches } from '../../src/sources/read-batches.js';
import { DEFAULT_MEMBER_NAMES } from '../../src/terms/batch.js';
import { EVERY } from '../../src/terms/path.js';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_ENTITY_BYTES } from '../../src/terms/plan.js';
import { DEFAULTS } from './scan-all.js';

const RECORDS = 50_000;

const OPTIONS: ReadOptions = {
  memberNames: DEFAULT_MEMBER_NAMES,
  locate: ['id'],
  trust: false,
  onError: 'stop',
  maxDepth: DEFAULT_MAX_DEPTH,
  maxEntityBytes: DEFAULT_MAX_ENTITY_BYTES,
  reader: 'scan',
  recycle: true,
};

/** The kernel leaves entities whose id may be hidden by an escape. */
const ESCAPED = '{"\\u0069d":"b"}';

const CHUNKS: readonly (readonly [name: string, text: string, options: Partial<ReadOptions>])[] = [
  ['lines', '{}\n'.repeat(RECORDS), { form: 'lines' }],
  ['lines with escapes', `${ESCAPED}\n`.repeat(RECORDS), { form: 'lines' }],
  ['faulty lines', '{"id":"a"\n'.repeat(RECORDS), { form: 'lines', onError: 'skip' }],
  ['elements', `[${Array(RECORDS).fill('{}').join(',')}]`, { form: 'array' }],
  ['elements with escapes', `[${Array(RECORDS).fill(ESCAPED).join(',')}]`, { form: 'array' }],
  ['a sequence', '{}'.repeat(RECORDS), { form: 'sequence' }],
  ['a sequence with escapes', ESCAPED.repeat(RECORDS), { form: 'sequence' }],
];

/** Large entities whose keys have escapes. */
const LARGE = `{"\\u0069d":"${'b'.repeat(60_000)}"}`;
const MANY = 40;

const LARGE_CHUNKS: readonly (readonly [name: string, text: string, options: Partial<ReadOptions>])[] = [
  ['lines', `${LARGE}\n`.repeat(MANY), { form: 'lines' }],
  ['elements', `[${Array(MANY).fill(LARGE).join(',')}]`, { form: 'array' }],
  [
    'members',
    `{"a":{${Array.from({ length: MANY }, (_, at) => `"${at}":${LARGE}`).join(',')}}}`,
    { path: ['a', EVERY] },
  ],
  ['a sequence', LARGE.repeat(MANY), { form: 'sequence' }],
];

test.each(LARGE_CHUNKS)('large entities: a chunk of %s makes several batches', async (_, text, options) => {
  const covers: number[] = [];
  for await (const batch of readBatches(bytes([Buffer.from(text)]), { ...OPTIONS, ...options }, newRun())) {
    covers.push(batch.covers);
  }
  expect(covers.reduce((sum, count) => sum + count, 0)).toBe(MANY);
  expect(Math.max(...covers)).toBeLessThan(MANY / 2);
});

/** Documents whose first megabyte does not show the form. */
const UNCLEAR = [
  ['many members', `{${Array.from({ length: 90_000 }, (_, at) => `"k${at}":${at}`).join(',')}}`],
  ['many arrays', `{${Array.from({ length: 90_000 }, (_, at) => `"k${at}":[{}]`).join(',')}}`],
  ['a long array', `{"x":[${'1,'.repeat(600_000)}1]}`],
] as const;

test.each(UNCLEAR)('the form of a document is detected in steps: %s', (_, text) => {
  const scanner = scalarScanner(DEFAULTS);
  const input = Buffer.from(text);
  let pauses = 0;
  let fault: string | undefined;
  for (let at = 0; fault === undefined; ) {
    const room = scanner.reserve(1_000_000);
    const length = input.copy(room, 0, at);
    at += length;
    scanner.accept(length);
    for (let isPaused = true; isPaused; ) {
      const piece = scanner.scan(length === 0);
      ({ isPaused } = piece);
      fault = piece.fault?.code;
      if (isPaused) pauses++;
    }
  }
  scanner.close();
  expect(fault).toBe('UNDECIDED_FORM');
  expect(pauses).toBeGreaterThan(2);
});

test.each(CHUNKS)('a chunk of %s makes several batches', async (_, text, options) => {
  const covers: number[] = [];
  for await (const batch of readBatches(bytes([Buffer.from(text)]), { ...OPTIONS, ...options }, newRun())) {
    covers.push(batch.covers);
  }
  expect(covers.reduce((sum, count) => sum + count, 0)).toBe(RECORDS);
  expect(Math.max(...covers)).toBeLessThan(RECORDS / 2);
});
