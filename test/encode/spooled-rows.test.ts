/** Spooled rows return in order, however the spool cuts their bytes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Row } from '../../src/encode/dsv-rows.js';
import { SpooledRows } from '../../src/encode/spooled-rows.js';
import { temporarySpool } from '../../src/temporary-files/temporary-spool.js';
import type { Spool } from '../../src/terms/spool.js';

/** A spool with chunks of this many bytes, all in the same memory. */
function choppingSpool(size: number): Spool {
  const written: Buffer[] = [];
  return {
    write: (bytes) => void written.push(Buffer.from(bytes)),
    async *chunks() {
      const all = Buffer.concat(written);
      const memory = Buffer.alloc(size);
      for (let at = 0; at < all.length; at += size) yield memory.subarray(0, all.copy(memory, 0, at, at + size));
    },
    close: async () => {},
  };
}

const rows = fc.array(
  fc.tuple(
    fc.nat({ max: 3 }),
    fc.array(fc.tuple(fc.nat(), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 3 }),
  ),
  { maxLength: 8 },
);
const spools = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((size) => () => choppingSpool(size)),
  fc.constantFrom(0, 30).map((memory) => () => temporarySpool(memory)),
);

test('returns the rows of records before one, then the others', async () => {
  await fc.assert(
    fc.asyncProperty(rows, spools, fc.nat({ max: 8 }), async (steps, openSpool, split) => {
      const spooled = new SpooledRows(openSpool());
      const added: [record: number, row: Row][] = [];
      let record = 0;
      for (const [step, cells] of steps) {
        record += step;
        const row = cells.flat();
        added.push([record, row]);
        spooled.add(record, row);
        if (step > 0) await spooled.settle();
      }
      await spooled.settle();
      for (const [from, to] of [
        [0, split],
        [split, Number.POSITIVE_INFINITY],
      ]) {
        const back: Row[] = [];
        for await (const { row } of spooled.before(to)) back.push(row);
        expect(back).toEqual(added.filter(([of]) => of >= from && of < to).map(([, row]) => row));
      }
      await spooled.close();
    }),
    { numRuns: 200 },
  );
});

test('returns none when none was added', async () => {
  const spooled = new SpooledRows(temporarySpool());
  expect(spooled.settle()).toBeUndefined();
  for await (const entry of spooled.before(1)) expect.fail(JSON.stringify(entry));
  await spooled.close();
});
