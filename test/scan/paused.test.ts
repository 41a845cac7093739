/** Few records at a time: stages hold the event loop for those of one batch, and so do records that the kernel leaves. */
import { expect, test } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import { bytes } from '../../src/sources/bytes.js';
import { type ReadOptions, readBatches } from '../../src/sources/read-batches.js';
import { DEFAULT_MEMBER_NAMES } from '../../src/terms/batch.js';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_ENTITY_BYTES } from '../../src/terms/plan.js';

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

test.each(CHUNKS)('a chunk of %s makes several batches', async (_, text, options) => {
  const covers: number[] = [];
  for await (const batch of readBatches(bytes([Buffer.from(text)]), { ...OPTIONS, ...options }, newRun())) {
    covers.push(batch.covers);
  }
  expect(covers.reduce((sum, count) => sum + count, 0)).toBe(RECORDS);
  expect(Math.max(...covers)).toBeLessThan(RECORDS / 2);
});
