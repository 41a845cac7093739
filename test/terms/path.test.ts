import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVERY, formatPath, parsePath } from '../../src/terms/path.js';

describe('a path', () => {
  test.each([
    ['id', ['id']],
    ['price.amount', ['price', 'amount']],
    ['entry.*.resource', ['entry', EVERY, 'resource']],
    ['*', [EVERY]],
    ['_id.$oid', ['_id', '$oid']],
    ['a\\.b.c', ['a.b', 'c']],
    ['\\*', ['*']],
    ['a*', ['a*']],
    ['/entry/0/a~1b', ['entry', '0', 'a/b']],
    ['/~01', ['~1']],
    ['/a.b/*', ['a.b', '*']],
    ['/', ['']],
    ['""', ['']],
    ['rows.*."".""', ['rows', EVERY, '', '']],
    ['\\""', ['""']],
    ['a""', ['a""']],
  ])('%s has its steps', (text, steps) => {
    expect(parsePath(text, 'path')).toEqual(steps);
  });

  test.each(['', '.', 'a.', '.a', 'a..b', 'a\\', '/a~2', '/~'])('refuses %j, naming its option', (text) => {
    expect(() => parsePath(text, 'path')).toThrow(expect.objectContaining({ code: 'INVALID', path: 'path' }));
  });

  test('of any steps is parsed again from its text', () => {
    const step = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('*', '""', '"', EVERY));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), (steps) => {
        expect(parsePath(formatPath(steps), 'path')).toEqual(steps);
      }),
    );
  });

  test('with empty names is written as a JSON Pointer', () => {
    expect(formatPath(['', 'a/b', '~'])).toBe('//a~1b/~0');
    const names = fc.array(fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme' })), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(names, (steps) => {
        expect(parsePath(formatPath(steps), 'path')).toEqual(steps);
      }),
    );
  });
});
