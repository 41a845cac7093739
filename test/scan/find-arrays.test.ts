/** Arrays of objects in a text of unclear form. */
import { describe, expect, test } from 'vitest';
import { describeArrays, findArrays } from '../../src/scan/find-arrays.js';
import { finished } from './finished.js';

const pathsOf = (text: string) => {
  const bytes = Buffer.from(text);
  return finished(findArrays(bytes, 0, bytes.length)).map(({ path }) => path.join('/'));
};

describe('arrays are found', () => {
  test.each<[string, string, readonly string[]]>([
    ['at the first level', '{"items":[{"id":1}]}', ['items']],
    ['at deeper levels', '{"a":{"b":{"c":[ {"id":1}]}}}', ['a/b/c']],
    ['several, in their order', '{"z":[{}],"a":{"b":[{}]},"m":[{}]}', ['z', 'a/b', 'm']],
    ['in text that ends in the array', '{"meta":1,"items":[{"id":1},{"id":"x', ['items']],
    ['in text that ends in a deeper array', '{"data":{"n":1,"items":[{"id":1},{"i', ['data/items']],
    ['before a fault', '{"items":[{"id":1}],"x":wrong}', ['items']],
    ['by a name with an escape', String.raw`{"\u0061b":[{}]}`, ['ab']],
  ])('%s', (_where, text, paths) => {
    expect(pathsOf(text)).toStrictEqual(paths);
  });

  test('at most five arrays are found', () => {
    expect(pathsOf(`{${Array.from({ length: 9 }, (_, index) => `"a${index}":[{}]`).join()}}`)).toHaveLength(5);
  });
});

test.each([
  ['an empty object', '{}'],
  ['an array of numbers', '{"a":[1,2]}'],
  ['an empty array', '{"a":[]}'],
  ['an array in an array', '{"a":[[{}]]}'],
  ['an array below the maximum depth', '{"a":{"b":{"c":{"d":{"e":[{}]}}}}}'],
  ['an array at the top', '[{"a":1}]'],
  ['nothing', ''],
  ['a truncated key', '{"items'],
  ['a key without a value', '{"items":'],
])('%s is not found', (_what, text) => {
  expect(pathsOf(text)).toStrictEqual([]);
});

test('arrays are reported with the option that reads them, if it can express the path', () => {
  const at = (...path: string[]) => ({ path, length: 1 });
  expect(describeArrays([])).toBeUndefined();
  expect(describeArrays([at('data', 'items')])).toBe(
    'an array of objects at data.items: to read it, set path data.items (--path data.items)',
  );
  expect(describeArrays([at('a.b'), at('c')])).toBe(
    "arrays of objects at a\\.b, c: to read one, set path a\\.b (--path 'a\\.b')",
  );
  expect(describeArrays([at('\u001b[2J')])).toBe(String.raw`an array of objects at "\u001b[2J"`);
});
