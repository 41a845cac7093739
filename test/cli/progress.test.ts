/** The bar and the lines beside it, as a terminal is given them. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openConsole } from '../../src/cli/console.js';
import { showProgress } from '../../src/cli/progress.js';

const { isTTY, columns } = process.stderr;
let shown = '';

beforeEach(() => {
  shown = '';
  vi.stubEnv('TERM', 'xterm');
  process.stderr.isTTY = true;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    shown += String(text);
    return true;
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.stderr.isTTY = isTTY;
  process.stderr.columns = columns;
});

const PROGRESS = { bytesIn: 500, read: 5, written: 4, elapsedMs: 6000, bytesPerSecond: 100, recordsPerSecond: 1 };

/** What is shown of a run that is half done, on a terminal of so many columns. */
function shownAt(width: number, totalBytes?: number): string {
  process.stderr.columns = width;
  const view = showProgress(openConsole({}), totalBytes);
  view.update(PROGRESS);
  view.update(PROGRESS);
  view.stop();
  return shown;
}

test('a warning has a line of its own, and the bar is drawn anew behind it', () => {
  process.stderr.columns = 120;
  const out = openConsole({});
  const view = showProgress(out, 1000);
  view.update(PROGRESS);
  shown = '';
  out.logger.warn({}, 'look here');
  expect(shown).toBe('\r\u001b[2Ksluice: warning: look here\n');
  view.stop();
  shown = '';
  out.say('done', {});
  expect(shown).toBe('sluice: done\n');
});

describe('the time that is left is called so', () => {
  test.each([120, 80, 30])('in %d columns, and the line fits', (width) => {
    const line = shownAt(width, 1000);
    expect(line).toContain('ETA ');
    expect(line).toContain('50%');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's own words
    const parts = line.split(/\u001b\[[?0-9;]*[a-zA-Z]|[\r\n]/);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(width);
  });

  test('where it is not known, nothing is said of it', () => {
    expect(shownAt(120)).not.toContain('ETA');
  });
});

test('a terminal that can do nothing is given lines', () => {
  vi.stubEnv('TERM', 'dumb');
  expect(shownAt(80, 1000)).toBe('sluice: 500 B (50 %), 5 read, 4 written, 100 B/s\n');
});
