/** The values of an entity are compared one by one, in turns of the event loop, and not collected first. */
import { expect, test } from 'vitest';
import { newRun } from '../../src/export/create-run.js';
import { SortKeys } from '../../src/select/sort-keys.js';
import { DEFAULT_MEMBER_NAMES, type ObjectBatch } from '../../src/terms/batch.js';
import { SELF_ONLY } from '../../src/terms/context.js';

const MANY = 400;

/** Takes longer for some dozens than a turn of the event loop. */
function takeTime(): void {
  for (const end = performance.now() + 0.2; performance.now() < end; );
}

test.each([
  ['a path', { field: 'list' }, (values: readonly unknown[]) => ({ list: values })],
  [
    'an attribute',
    { attribute: 'a' },
    (values: readonly unknown[]) => ({ data: { attributes: { a: { values: values.map((value) => ({ value })) } } } }),
  ],
])('by %s', async (_, key, entityOf) => {
  const turnsAt: number[] = [];
  let turns = 0;
  let turning = setImmediate(function turn() {
    turns++;
    turning = setImmediate(turn);
  });
  const values = Array.from({ length: MANY }, (_, index) => ({
    toJSON: () => {
      takeTime();
      turnsAt.push(turns);
      return index;
    },
  }));
  const objects = [entityOf(values)];
  const counts = { firstIndex: 0, covers: 1, filtered: 0, rejects: [], ordinals: [0] };
  const batch: ObjectBatch = {
    ...{ kind: 'objects', source: 'test', memberNames: DEFAULT_MEMBER_NAMES, objects },
    ...counts,
  };
  await new SortKeys({ keys: [{ ...key, order: 'asc' }] }, SELF_ONLY).of(batch, newRun());
  clearImmediate(turning);
  expect(turnsAt).toHaveLength(MANY);
  expect(turnsAt[MANY - 1] - turnsAt[0]).toBeGreaterThan(2);
});
