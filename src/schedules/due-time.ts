/** When a schedule is due next. */
import { invalid, messageOf } from '../terms/errors.js';
import { missingPeer } from '../terms/missing-peer.js';
import type { ScheduleTimes } from './schedule.js';

/** @throws SluiceError `INVALID` unless there is one interval or one pattern, in a known time zone */
export function checkTimes({ everyMs, cron, timeZone }: ScheduleTimes): void {
  if ((everyMs === undefined) === (cron === undefined)) {
    throw invalid('accept', 'a schedule needs either everyMs or cron', 'cron');
  }
  if (timeZone === undefined) return;
  if (cron === undefined) throw invalid('accept', 'has a meaning with cron only', 'timeZone');
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw invalid('accept', 'must be the name of a time zone, such as Europe/Berlin', 'timeZone');
  }
}

/**
 * The first time that a schedule is due after a moment: times in between are left out.
 * @param since when it was added
 * @throws SluiceError (rejects) `INVALID` for a pattern that is wrong or never due, `MISSING_PEER` (croner)
 */
export async function nextDue(
  { everyMs, cron = '', timeZone = 'UTC' }: ScheduleTimes,
  since: number,
  after: number,
): Promise<number> {
  if (everyMs !== undefined) {
    // Negative where the clock was set back, and never the addition itself.
    const intervals = Math.floor((after - since) / everyMs) + 1;
    return since + (intervals === 0 ? 1 : intervals) * everyMs;
  }
  // croner takes a date, too, at which a schedule would be due once, and not again.
  if (!/^\s*(@\w+|\S+(\s+\S+)+)\s*$/.test(cron))
    throw invalid('accept', 'must be five fields separated by blanks', 'cron');
  const { Cron } = await importCroner();
  let next: Date | null;
  try {
    next = new Cron(cron, { timezone: timeZone, mode: '5-part' }).nextRun(new Date(after));
  } catch (cause) {
    throw invalid('accept', messageOf(cause), 'cron');
  }
  if (!next) throw invalid('accept', 'is never due', 'cron');
  return next.getTime();
}

async function importCroner() {
  try {
    return await import('croner');
  } catch (cause) {
    throw missingPeer('cron of schedules', 'croner', cause);
  }
}
