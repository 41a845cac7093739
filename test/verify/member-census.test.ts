/** Counting the members of a large entity, in steps. */
import { expect, test } from 'vitest';
import { MemberCensus } from '../../src/verify/member-census.js';

test('a large entity is examined in steps: its values, and texts of any length', () => {
  const elements = Array.from({ length: 3000 }, (_, n) => ({
    n,
    tags: n % 2 === 0 ? ['a', null] : [],
    deep: { x: { y: {} } },
  }));
  const entity = { id: 'e1', elements, empty: {}, text: 'x"'.repeat(200_000), last: true };
  const bytes = Buffer.from(JSON.stringify(entity));
  const census = new MemberCensus();
  expect([...census.add(bytes, 0, bytes.length)].length).toBeGreaterThan(20);
  const found = census.members.map(({ path, records, kinds }) => [path, records, kinds]);
  expect(found).toEqual([
    ['id', 1, { string: 1 }],
    ['elements', 1, { array: 1 }],
    ['elements.*', 1, { object: 3000 }],
    ['elements.*.n', 1, { number: 3000 }],
    ['elements.*.tags', 1, { array: 3000 }],
    ['elements.*.tags.*', 1, { string: 1500, null: 1500 }],
    ['elements.*.deep', 1, { object: 3000 }],
    ['elements.*.deep.x', 1, { object: 3000 }],
    ['empty', 1, { object: 1 }],
    ['text', 1, { string: 1 }],
    ['last', 1, { boolean: 1 }],
  ]);
  expect(census.values.map(({ path, compared }) => [path.join(), compared])).toEqual([
    ['id', 1],
    ['text', 0],
  ]);
});
