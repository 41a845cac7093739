/** Date-times in every documented spelling, and date math by the calendar. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDateMath, parseDateTime, resolveDateMath } from '../../src/values/date-time.js';

const at = (text: string) => Date.parse(text);

describe('a date-time', () => {
  test.each([
    ['2018-07-19T03:18:30.557-0500', '2018-07-19T08:18:30.557Z'],
    ['2018-07-19T03:18:30.557-07:00', '2018-07-19T10:18:30.557Z'],
    ['2018-07-19T03:18:30.557+0530', '2018-07-18T21:48:30.557Z'],
    ['2018-07-19T03:18:30.557Z', '2018-07-19T03:18:30.557Z'],
    ['2018-07-19T03:18:30.557', '2018-07-19T03:18:30.557Z'],
    ['2018-07-19T03:18:30', '2018-07-19T03:18:30Z'],
    ['2018-07-19T03:18Z', '2018-07-19T03:18:00Z'],
    ['2018-07-19T03:18:30.5Z', '2018-07-19T03:18:30.500Z'],
    ['2018-07-19T03:18:30.123999Z', '2018-07-19T03:18:30.123Z'],
    ['2018-05-21', '2018-05-21T00:00:00Z'],
    ['2020-02-29', '2020-02-29T00:00:00Z'],
    ['0001-01-01', '0001-01-01T00:00:00Z'],
  ])('%s', (text, same) => {
    expect(parseDateTime(text)).toBe(at(same));
  });

  test.each([
    ...['2018-02-30', '2019-02-29', '2018-00-01', '2018-13-01', '2018-04-31', '2018-01-00', '2018-01-01T24:00:00Z'],
    ...['2018-01-01T00:60:00Z', '2018-01-01T00:00:60Z', '2018-01-01T00:00:00+2400', '2018-01-01T00:00:00-0060'],
    ...['', '2018', '2018-1-1', '2018-01-01Z', '2018-01-01T', ' 2018-01-01', '2018-01-01 00:00:00', 'now', '10'],
  ])('does not exist, or is other text: %j', (text) => {
    expect(parseDateTime(text)).toBeUndefined();
  });

  test('is the same instant as its ISO form in JavaScript', () => {
    const instants = fc.integer({ min: at('0000-01-01T00:00:00Z'), max: at('9999-12-31T23:59:59.999Z') });
    fc.assert(fc.property(instants, (instant) => parseDateTime(new Date(instant).toISOString()) === instant));
  });
});

describe('date math', () => {
  const now = at('2024-03-31T10:20:30.400Z');
  test.each([
    ['now', '2024-03-31T10:20:30.400Z', undefined],
    ['NOW', '2024-03-31T10:20:30.400Z', undefined],
    ['Now-7d', '2024-03-24T10:20:30.400Z', undefined],
    ['now-7d/d', '2024-03-24T00:00:00.000Z', '2024-03-24T23:59:59.999Z'],
    ['now+1h-30m+5s', '2024-03-31T10:50:35.400Z', undefined],
    ['now-2H', '2024-03-31T08:20:30.400Z', undefined],
    ['now-1M', '2024-02-29T10:20:30.400Z', undefined],
    ['now-13M', '2023-02-28T10:20:30.400Z', undefined],
    ['now+1y', '2025-03-31T10:20:30.400Z', undefined],
    ['now/M', '2024-03-01T00:00:00.000Z', '2024-03-31T23:59:59.999Z'],
    ['now/y', '2024-01-01T00:00:00.000Z', '2024-12-31T23:59:59.999Z'],
    ['now/w', '2024-03-25T00:00:00.000Z', '2024-03-31T23:59:59.999Z'],
    ['now/h', '2024-03-31T10:00:00.000Z', '2024-03-31T10:59:59.999Z'],
    ['now/m', '2024-03-31T10:20:00.000Z', '2024-03-31T10:20:59.999Z'],
    ['now/s', '2024-03-31T10:20:30.000Z', '2024-03-31T10:20:30.999Z'],
    ['now/d+6h', '2024-03-31T06:00:00.000Z', '2024-04-01T05:59:59.999Z'],
    ['now-1w/w', '2024-03-18T00:00:00.000Z', '2024-03-24T23:59:59.999Z'],
  ])('%s', (text, down, up) => {
    expect(isDateMath(text)).toBe(true);
    expect(resolveDateMath(text, now, false)).toBe(at(down));
    expect(resolveDateMath(text, now, true)).toBe(at(up ?? down));
  });

  test.each(['now-7D', 'now-7', 'now7d', 'now-d', 'now/', 'now/q', 'nowhere', '-7d', 'now -7d', 'now-7d/D', ''])(
    'is not %j',
    (text) => {
      expect(isDateMath(text)).toBe(false);
      expect(resolveDateMath(text, now, false)).toBeUndefined();
    },
  );

  test('is refused beyond the years 0 to 9999', () => {
    expect(resolveDateMath('now+7976y', now, false)).toBeUndefined();
    expect(resolveDateMath('now-2025y', now, false)).toBeUndefined();
    expect(resolveDateMath('now+999999999y', now, false)).toBeUndefined();
  });
});
