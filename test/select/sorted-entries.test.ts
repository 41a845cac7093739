/** Sorting in a bounded amount of memory: every number of runs gives the order of a stable sort. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EntrySorter } from '../../src/select/sorted-entries.js';
import { temporarySpool } from '../../src/temporary-files/temporary-spool.js';
import type { Spool } from '../../src/terms/spool.js';
import { runs } from '../runs.js';

interface Sorted {
  readonly texts: readonly string[];
  readonly opened: number;
  readonly closed: number;
  /** Most spools that were open at a time. */
  readonly most: number;
}

/** Sorts entries, each with its key and its number. */
async function sorted(
  keys: readonly string[],
  memoryBytes: number,
  most?: number,
  text = 'x',
  written = { longest: 0 },
): Promise<Sorted> {
  const spools = { opened: 0, closed: 0, most: 0 };
  const openSpool = (): Spool => {
    spools.opened++;
    spools.most = Math.max(spools.most, spools.opened - spools.closed);
    const spool = temporarySpool(1000);
    const write = (chunk: Buffer) => {
      written.longest = Math.max(written.longest, chunk.length);
      return spool.write(chunk);
    };
    return { write, chunks: () => spool.chunks(), close };
    function close(): Promise<void> {
      spools.closed++;
      return spool.close();
    }
  };
  const sorter = new EntrySorter({ memoryBytes, openSpool, most });
  for (const [number, key] of keys.entries()) {
    if (sorter.isNeeded(key) && text.length < 100_000) sorter.add(key, `${text}${number}`);
    else if (sorter.isNeeded(key)) await sorter.addLarge(key, Buffer.from(`${text}${number}`, 'latin1'));
    await sorter.settle();
  }
  const texts: string[] = [];
  for await (const piece of sorter.sorted()) texts.push(...piece.map((one) => one.text.slice(text.length)));
  await sorter.close();
  return { texts, ...spools };
}

function stable(keys: readonly string[]): string[] {
  return [...keys.keys()]
    .sort((one, other) => (keys[one] < keys[other] ? -1 : keys[one] > keys[other] ? 1 : one - other))
    .map(String);
}

const key = fc.string({ unit: fc.constantFrom('\0', 'a', 'b', '\xff'), maxLength: 3 });

test('entries are whole where the chunks of a file end inside them', async () => {
  const keys = Array.from({ length: 40 }, (_, number) => String((number * 7) % 40).padStart(2, '0'));
  const { texts, opened } = await sorted(keys, 600_000, undefined, 'x'.repeat(70_000));
  expect(opened).toBeGreaterThan(3);
  expect(texts).toStrictEqual(stable(keys));
});

test('any memory and any number of entries gives the same order', async () => {
  const property = fc.asyncProperty(
    fc.array(key, { maxLength: 300, size: 'max' }),
    fc.integer({ min: 1, max: 40_000 }),
    fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined }),
    fc.constantFrom('', 'x'.repeat(100), '\xff\0'),
    async (keys, memoryBytes, most, text) => {
      const { texts, opened, closed } = await sorted(keys, memoryBytes, most, text);
      expect(texts).toStrictEqual(stable(keys).slice(0, most));
      expect(closed).toBe(opened);
    },
  );
  await fc.assert(property, runs(150));
});

test('thousands of runs are merged level by level, a bounded number open at a time', async () => {
  const keys = Array.from({ length: 6000 }, (_, index) => String((index * 7919) % 1000).padStart(4, '0'));
  const { texts, opened, most } = await sorted(keys, 1);
  expect(texts).toStrictEqual(stable(keys));
  expect(opened).toBeGreaterThan(6000);
  expect(most).toBeLessThan(200);
});

test('an entry may be larger than the chunks of a run and the memory', async () => {
  const { texts } = await sorted(['b', 'a', 'b', 'a'], 1000, undefined, 'y'.repeat(700_000));
  expect(texts).toStrictEqual(['1', '3', '0', '2']);
});

test('entries of megabytes are written and read in pieces, whatever is around them', async () => {
  const large = `\xff${'z'.repeat(5_000_000)}`;
  for (const keys of [
    ['b', `${large}b`, 'a', `${large}a`, 'c'],
    [large, large],
    ['a', large, 'b', 'b'],
  ]) {
    const written = { longest: 0 };
    const { texts } = await sorted(keys, 1000, undefined, 'y'.repeat(3_000_000), written);
    expect(texts).toStrictEqual(stable(keys));
    expect(written.longest).toBeLessThan(2_500_000);
    // Short texts with long keys, all in one run.
    const short = await sorted(keys, 20_000_000, undefined, 'y', written);
    expect(short.texts).toStrictEqual(stable(keys));
    expect((await sorted(keys, 20_000_000, 2, 'y'.repeat(3_000_000))).texts).toStrictEqual(stable(keys).slice(0, 2));
    expect(written.longest).toBeLessThan(2_500_000);
  }
});

test('a large entry begins a piece', async () => {
  const sorter = new EntrySorter();
  for (const [key, size] of [
    ['a', 9],
    ['b', 9],
    ['c', 400_000],
    ['d', 400_000],
    ['e', 9],
  ] as const) {
    if (size > 9) await sorter.addLarge(key, Buffer.alloc(size, key));
    else sorter.add(key, key.repeat(size));
  }
  const pieces: string[] = [];
  for await (const piece of sorter.sorted()) pieces.push(piece.map((one) => one.key).join(''));
  await sorter.close();
  expect(pieces).toEqual(['ab', 'c', 'de']);
});

test('entries that cannot be among the first ones are not taken', async () => {
  const sorter = new EntrySorter({ most: 2 });
  const keys = Array.from({ length: 3000 }, (_, index) => String(index).padStart(4, '0'));
  let taken = 0;
  for (const one of keys) {
    if (!sorter.isNeeded(one)) continue;
    taken++;
    sorter.add(one, one);
    await sorter.settle();
  }
  expect(taken).toBeLessThan(1100);
  expect(sorter.isNeeded('0001')).toBe(false);
  expect(sorter.isNeeded('0000')).toBe(true);
  await sorter.close();
});
