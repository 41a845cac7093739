/** Keys of files. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileKey, readFileKey } from '../../src/http/file-key.js';

test('decodes to the file it was made from', () => {
  const names = fc.string({ minLength: 1, maxLength: 255 }).filter((name) => !/[/\\]/.test(name));
  fc.assert(
    fc.property(fc.uuid(), names, (id, name) => {
      expect(readFileKey(fileKey({ id, name }))).toStrictEqual({ id, name });
    }),
  );
});

test.each(['', '/', 'a', 'a/', '/a', 'a/b/c', 'a/..\\b', 'ü/b', `a/${'b'.repeat(256)}`])('%j is not a key', (key) => {
  expect(readFileKey(key)).toBeUndefined();
});
