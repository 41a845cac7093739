/** Batches: kept, dropped, rejected and cut entities stay accounted for, in both kinds. */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Batch,
  type ByteBatch,
  DEFAULT_MEMBER_NAMES,
  END,
  endAfter,
  entityCount,
  keep,
  type ObjectBatch,
  ORDINAL,
  ordinalAt,
  ROW_WIDTH,
  reject,
  START,
} from '../../src/terms/batch.js';
import { SluiceError } from '../../src/terms/errors.js';
import type { Reject } from '../../src/terms/receipt.js';

const FIRST = 100;

const facts = (count: number) => ({
  source: 'feed',
  memberNames: DEFAULT_MEMBER_NAMES,
  firstIndex: FIRST,
  covers: count,
  filtered: 0,
  rejects: [],
});

function byteBatch(count: number): ByteBatch {
  const rows = new Int32Array(count * ROW_WIDTH).fill(-1);
  for (let row = 0; row < count; row++) {
    rows[row * ROW_WIDTH + START] = row * 2;
    rows[row * ROW_WIDTH + END] = row * 2 + 2;
    rows[row * ROW_WIDTH + ORDINAL] = row;
  }
  return {
    ...facts(count),
    kind: 'bytes',
    bytes: Buffer.from('{}'.repeat(count)),
    rows,
    count,
    located: [],
    byteOffset: 0,
    singleLine: true,
    unended: false,
    checked: false,
    maxDepth: 10,
    onError: 'stop',
  };
}

function objectBatch(count: number): ObjectBatch {
  const ordinals = Array.from({ length: count }, (_, index) => index);
  return { ...facts(count), kind: 'objects', objects: ordinals.map((id) => ({ id })), ordinals };
}

function rejectOf(ordinal: number): Reject {
  const error = new SluiceError('INVALID_JSON', 'scan', 'x');
  return { source: 'feed', recordIndex: FIRST + ordinal, byteOffset: 0, error, raw: Buffer.alloc(0) };
}

const ordinals = (batch: Batch) => Array.from({ length: entityCount(batch) }, (_, at) => ordinalAt(batch, at));
const accounted = (batch: Batch) => entityCount(batch) + batch.filtered + batch.rejects.length;

describe.each([
  ['bytes', byteBatch],
  ['objects', objectBatch],
] as const)('a batch of %s', (_kind, make) => {
  test('is the same object when all entities are kept', () => {
    const batch = make(3);
    expect(keep(batch, [0, 1, 2])).toBe(batch);
    expect(reject(batch, [])).toBe(batch);
  });

  test('keeps the chosen entities and counts the others as filtered', () => {
    const kept = keep(make(5), [1, 3]);
    expect([ordinals(kept), kept.filtered, kept.covers]).toStrictEqual([[1, 3], 3, 5]);
    const fewer = keep(kept, [1]);
    expect([ordinals(fewer), fewer.filtered]).toStrictEqual([[3], 4]);
    expect(ordinals(keep(kept, []))).toStrictEqual([]);
  });

  test('is immutable', () => {
    const batch = make(5);
    keep(batch, [1]);
    reject(batch, [rejectOf(0)]);
    endAfter(batch, 2, { kind: 'stop', by: 'limit' });
    expect([ordinals(batch), batch.filtered, batch.rejects, batch.covers]).toStrictEqual([[0, 1, 2, 3, 4], 0, [], 5]);
  });

  test('loses the rejected entities, in the order of the input', () => {
    const once = reject(make(5), [rejectOf(3)]);
    const twice = reject(once, [rejectOf(1)]);
    expect(ordinals(twice)).toStrictEqual([0, 2, 4]);
    expect(twice.rejects.map(({ recordIndex }) => recordIndex)).toStrictEqual([101, 103]);
    expect(twice.filtered).toBe(0);
  });

  test('ends after a record, as if nothing after it had been read', () => {
    const batch = reject(keep(make(10), [1, 2, 4, 7, 8]), [rejectOf(2), rejectOf(8)]);
    const ended = endAfter(batch, 4, { kind: 'stop', by: 'limit' });
    expect(ordinals(ended)).toStrictEqual([1, 4]);
    expect([ended.covers, ended.filtered, ended.rejects.length]).toStrictEqual([5, 2, 1]);
    expect(ended.ending).toStrictEqual({ kind: 'stop', by: 'limit' });
  });

  test('ends before its first record', () => {
    const ended = endAfter(make(3), -1, { kind: 'stop', by: 'ids' });
    expect([entityCount(ended), ended.covers, ended.filtered]).toStrictEqual([0, 0, 0]);
  });

  test('accounts for every record it covers, after any operations', () => {
    const steps = fc.array(
      fc.record({ what: fc.constantFrom('keep', 'reject', 'end'), share: fc.array(fc.boolean(), { maxLength: 30 }) }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(fc.nat(30), steps, (count, todo) => {
        let batch: Batch = make(count);
        for (const { what, share } of todo) {
          const chosen = Array.from({ length: entityCount(batch) }, (_, at) => at).filter((at) => share[at]);
          if (what === 'keep') batch = keep(batch, chosen);
          if (what === 'reject')
            batch = reject(
              batch,
              chosen.map((at) => rejectOf(ordinalAt(batch, at))),
            );
          if (what === 'end' && chosen.length > 0) {
            batch = endAfter(batch, ordinalAt(batch, chosen[0]), { kind: 'stop', by: 'limit' });
          }
          expect(accounted(batch)).toBe(batch.covers);
          expect(ordinals(batch)).toStrictEqual([...ordinals(batch)].sort((a, b) => a - b));
        }
      }),
    );
  });
});

test('a byte batch keeps its spans', () => {
  const { rows, bytes } = keep(byteBatch(3), [2]) as ByteBatch;
  expect(bytes.toString('latin1', rows[START], rows[END])).toBe('{}');
  expect([rows[START], rows[END], rows.length]).toStrictEqual([4, 6, ROW_WIDTH]);
});
