/** When schedules are due: intervals, patterns, changes of summer time, what is refused. */
import { expect, test } from 'vitest';
import { checkTimes, nextDue } from '../../src/schedules/due-time.js';
import type { ScheduleTimes } from '../../src/schedules/schedule.js';

/** The first times that a schedule is due, in ISO 8601. */
async function timesOf(times: ScheduleTimes, since: string, count: number): Promise<readonly string[]> {
  const found: string[] = [];
  const start = Date.parse(since);
  for (let at = start; found.length < count; ) {
    at = await nextDue(times, start, at);
    found.push(new Date(at).toISOString());
  }
  return found;
}

test('an interval counts from the addition, and leaves out what has passed', async () => {
  expect(await nextDue({ everyMs: 1000 }, 500, 500)).toBe(1500);
  expect(await nextDue({ everyMs: 1000 }, 500, 1499)).toBe(1500);
  expect(await nextDue({ everyMs: 1000 }, 500, 1500)).toBe(2500);
  expect(await nextDue({ everyMs: 1000 }, 500, 99_700)).toBe(100_500);
  // The clock was set back.
  expect(await nextDue({ everyMs: 1000 }, 500, 0)).toBe(1500);
  expect(await nextDue({ everyMs: 1000 }, 5500, 100)).toBe(500);
});

test('a pattern means the time of its zone, on both sides of a change of summer time', async () => {
  const nightly = { cron: '30 4 * * *', timeZone: 'Europe/Berlin' };
  expect(await timesOf(nightly, '2026-03-28T00:00:00Z', 3)).toStrictEqual([
    '2026-03-28T03:30:00.000Z',
    '2026-03-29T02:30:00.000Z',
    '2026-03-30T02:30:00.000Z',
  ]);
  expect(await timesOf({ cron: '30 4 * * *' }, '2026-03-28T12:00:00Z', 1)).toStrictEqual(['2026-03-29T04:30:00.000Z']);
});

test('a time that a day lacks or has twice is due once on that day', async () => {
  const nightly = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };
  for (const [since, days] of [
    ['2026-03-27T12:00:00Z', ['28', '29', '30']],
    ['2026-10-23T12:00:00Z', ['24', '25', '26']],
  ] as const) {
    const times = await timesOf(nightly, since, 3);
    expect(times.map((time) => time.slice(8, 10))).toStrictEqual(days);
  }
});

test('wrong times are refused by their member', async () => {
  const refused: readonly (readonly [ScheduleTimes, string])[] = [
    [{}, 'cron'],
    [{ everyMs: 1000, cron: '* * * * *' }, 'cron'],
    [{ everyMs: 1000, timeZone: 'UTC' }, 'timeZone'],
    [{ cron: '* * * * *', timeZone: 'Mars/Olympus' }, 'timeZone'],
  ];
  for (const [times, path] of refused) {
    expect(() => checkTimes(times)).toThrow(expect.objectContaining({ code: 'INVALID', path }));
  }
  for (const cron of ['nightly', '2999-01-01T00:00:00', '61 * * * *', '* * * * * *', '0 0 30 2 *']) {
    await expect(nextDue({ cron }, 0, 0)).rejects.toMatchObject({ code: 'INVALID', path: 'cron' });
  }
});
