/** Date-times as entities and requests write them, and date math such as `now-7d/d`, to milliseconds since 1970. */

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d{2}):?(\d{2}))?)?$/;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The instant of a date-time: `2018-07-19T03:18:30.557-0500`, `…-05:00`, `…Z`; without an offset it is UTC, a date
 * alone is its midnight in UTC. Seconds and their fraction are optional; digits beyond milliseconds are dropped.
 * @returns milliseconds since 1970; undefined for other text and for dates that do not exist
 */
export function parseDateTime(text: string): number | undefined {
  // Length and first digits exclude most other text, at less cost than the pattern.
  if (text.length < 10 || text.length > 40) return undefined;
  const match = DATE_TIME.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0));
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  // Unlike Date.UTC, this accepts the years below 100.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const [fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = match.slice(7);
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offset = Number(offsetHours) * HOUR + Number(offsetMinutes) * MINUTE;
  const time = hour * HOUR + minute * MINUTE + second * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
  return date.getTime() + time - (sign === '-' ? -offset : offset);
}

/** The calendar date of a date-time, in its own offset, as milliseconds; undefined as for `parseDateTime`. */
export function parseDate(text: string): number | undefined {
  return parseDateTime(text) === undefined ? undefined : parseDateTime(text.slice(0, 'yyyy-mm-dd'.length));
}

const DATE_MATH = /^now((?:[+-]\d{1,9}[yMwdhHms]|\/[yMwdhHms])*)$/i;
/** Units differ by their case, so that only `now` may be in any case. */
const STEP = /([+-]\d+|\/)([yMwdhHms])/g;
const STEPS = /^(?:[+-]\d+[yMwdhHms]|\/[yMwdhHms])*$/;

/** Whether the text is date math: `now`, with spans of time added or subtracted, and rounding. */
export function isDateMath(text: string): boolean {
  const steps = DATE_MATH.exec(text)?.[1];
  return steps !== undefined && STEPS.test(steps);
}

/** The last instant of the year 9999, and the first of the year 0. */
const LATEST = 253_402_300_799_999;
const EARLIEST = -62_167_219_200_000;

/**
 * Resolves date math, in UTC: spans are added from left to right, `/d` and the like round.
 * @param now milliseconds since 1970
 * @param roundUp whether to round to the last millisecond of the unit instead of the first, as for inclusive upper bounds
 *   and exclusive lower ones
 * @returns milliseconds since 1970; undefined for other text, and beyond the years 0 to 9999
 */
export function resolveDateMath(text: string, now: number, roundUp: boolean): number | undefined {
  if (!isDateMath(text)) return undefined;
  let at = now;
  for (const [, step, unit] of text.slice('now'.length).matchAll(STEP)) {
    if (step !== '/') at = plus(at, Number(step), unit);
    else at = roundUp ? plus(startOf(at, unit), 1, unit) - 1 : startOf(at, unit);
    if (!(at >= EARLIEST && at <= LATEST)) return undefined;
  }
  return at;
}

const SPANS: ReadonlyMap<string, number> = new Map([
  ['w', 7 * DAY],
  ['d', DAY],
  ['h', HOUR],
  ['H', HOUR],
  ['m', MINUTE],
  ['s', 1000],
]);

/** Adds units of time; a day that the month does not have becomes its last day. */
function plus(at: number, count: number, unit: string): number {
  const span = SPANS.get(unit);
  if (span !== undefined) return at + count * span;
  const date = new Date(at);
  const months = date.getUTCFullYear() * 12 + date.getUTCMonth() + count * (unit === 'y' ? 12 : 1);
  const [year, month] = [Math.floor(months / 12), ((months % 12) + 12) % 12];
  const last = new Date(0);
  last.setUTCFullYear(year, month + 1, 0);
  date.setUTCFullYear(year, month, Math.min(date.getUTCDate(), last.getUTCDate()));
  return date.getTime();
}

/** The first millisecond of the year, month, week (from Monday), day, hour, minute or second. */
function startOf(at: number, unit: string): number {
  const date = new Date(at);
  if (unit === 'y') date.setUTCMonth(0, 1);
  if (unit === 'M') date.setUTCDate(1);
  if (unit === 'w') date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  const span = unit === 'y' || unit === 'M' || unit === 'w' ? DAY : (SPANS.get(unit) ?? 1);
  return Math.floor(date.getTime() / span) * span;
}
