/** The conformance suite of clocks. */
import assert from 'node:assert/strict';
import { acceptArgument, callback } from '../options/accept-options.js';
import type { ConformanceCase } from './conformance-case.js';

/** Years 2000 and 9999: seconds, or microseconds, in place of milliseconds are outside. */
const [FIRST, LAST] = [Date.UTC(2000, 0, 1), Date.UTC(9999, 11, 31)];

/**
 * The cases that a clock must pass, such as the option `now` of jobs: whole milliseconds since 1970 that do not run
 * backwards.
 * @throws SluiceError `INVALID` for anything but a function
 */
export function clockCases(now: () => number): readonly ConformanceCase[] {
  acceptArgument('now', now, callback);
  return [
    {
      name: 'states whole milliseconds since 1970',
      run: async () => {
        const time = now();
        assert.ok(Number.isSafeInteger(time) && time >= FIRST && time <= LAST, `now() returned ${time}`);
      },
    },
    {
      name: 'does not run backwards',
      run: async () => {
        let before = now();
        for (let calls = 0; calls < 1000; calls++) {
          const time = now();
          assert.ok(time >= before, `now() returned ${time} after ${before}`);
          before = time;
        }
      },
    },
  ];
}
