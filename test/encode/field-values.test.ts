/** Values as the cells of rows: a large array is written in steps, between which others have their turn. */
import { expect, test } from 'vitest';
import { FieldValues } from '../../src/encode/field-values.js';
import { PathColumns } from '../../src/encode/path-columns.js';
import { Cells } from '../../src/encode/table-cells.js';
import { decodeOrdered } from '../../src/scan/decode-in-steps.js';

function decoded(text: string): unknown {
  const steps = decodeOrdered(Buffer.from(text));
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

test.each(['json', 'join'] as const)('an array of 100,000 objects takes many steps: %s', (arrays) => {
  const text = JSON.stringify({ list: Array.from({ length: 100_000 }, (_, n) => ({ n, inner: [n, null, {}] })) });
  const values = new FieldValues(new PathColumns([]), { arrays, collectionSeparator: '|' });
  let steps = 0;
  let rows = 0;
  const take = () => {
    rows++;
    return [];
  };
  for (const _ of values.rows(decoded(text), new Cells(), take)) steps++;
  expect(rows).toBe(1);
  expect(steps).toBeGreaterThan(1000);
});
