/** The bar and the lines around it, as written to a terminal. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openConsole } from '../../src/cli/console.js';
import { loadProgress } from '../../src/cli/progress.js';

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

/** The output for a half-done run, on a terminal of this width. */
async function shownAt(width: number, totalBytes?: number): Promise<string> {
  process.stderr.columns = width;
  const view = (await loadProgress(openConsole({})))(totalBytes);
  view.update(PROGRESS);
  view.update(PROGRESS);
  view.stop();
  return shown;
}

test('a warning clears the line of the bar', async () => {
  process.stderr.columns = 120;
  const out = openConsole({});
  const view = (await loadProgress(out))(1000);
  view.update(PROGRESS);
  shown = '';
  out.logger.warn({}, 'look here');
  expect(shown).toBe('\r\u001b[2Ksluice: warning: look here\n');
  view.stop();
  shown = '';
  out.report('done', {});
  expect(shown).toBe('sluice: done\n');
});

describe('the remaining time', () => {
  test.each([120, 80, 30])('is labelled ETA in %d columns, and the line fits', async (width) => {
    const line = await shownAt(width, 1000);
    expect(line).toContain('ETA ');
    expect(line).toContain('50%');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences of a terminal
    const parts = line.split(/\u001b\[[?0-9;]*[a-zA-Z]|[\r\n]/);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(width);
  });

  test('is left out if the size of the input is unknown', async () => {
    expect(await shownAt(120)).not.toContain('ETA');
  });
});

test('a dumb terminal shows lines', async () => {
  vi.stubEnv('TERM', 'dumb');
  expect(await shownAt(80, 1000)).toBe('sluice: 500 B (50 %), 5 read, 4 written, 100 B/s\n');
});
