/** Texts that no cell holds: their parts are rows, which are added in steps. */
import { expect, test } from 'vitest';
import { MAX_CELL_UNITS } from '../../../src/encode/xlsx/cell-text.js';
import { LongTexts } from '../../../src/encode/xlsx/long-texts.js';
import { temporarySpool } from '../../../src/temporary-files/temporary-spool.js';

test('a long text takes many steps, none of which adds more than some parts', async () => {
  const long = new LongTexts(temporarySpool());
  const place = { sheet: 'Data', row: 2, column: 0 };
  const text = 'ab😀'.repeat(1_000_000);
  expect(text.startsWith(long.add(text, 0, place).slice(0, 32_000))).toBe(true);
  long.add('x'.repeat(MAX_CELL_UNITS + 1), 0, { ...place, row: 3 });
  expect(long.rows.waiting).toBe(0);
  let count = 0;
  let before = 0;
  for (const _ of long.steps()) {
    expect(long.rows.waiting - before).toBeLessThan(9 * 4 * MAX_CELL_UNITS);
    before = long.rows.waiting;
    count++;
  }
  expect(count).toBeGreaterThan(10);
  await long.rows.close();
});
