/** What of a stored job is shown. */
import { expect, test } from 'vitest';
import type { JobState } from '../../src/jobs/job.js';
import { summaryOf } from '../../src/jobs/public-job.js';
import { untyped } from '../untyped.js';

test.each<[JobState, boolean]>([
  ['running', true],
  ['queued', false],
  ['failed', false],
  ['cancelled', false],
  ['completed', false],
])('the end that an attempt of a %s job expects is shown: %s', (state, isShown) => {
  const progress = { read: 1, written: 1, bytesIn: 10, bytesPerSecond: 5, recordsPerSecond: 1 };
  const row = untyped<Parameters<typeof summaryOf>[0]>({
    state,
    files: [],
    progress: { ...progress, estimatedEnd: 9 },
  });
  expect(summaryOf(row).progress).toStrictEqual(isShown ? { ...progress, estimatedEnd: 9 } : progress);
});
