/** Parsing of JSON that people write: everything is kept, or refused by path. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keepsDigits } from '../../src/options/json-steps.js';
import { parseJson, parseJsonSteps } from '../../src/options/parse-json.js';
import { refusalOf } from '../request/accept/refusal.js';

const refusal = (text: string) => refusalOf(() => parseJson(text, 'the body'));

test('parses what JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }), (value) => {
      const text = JSON.stringify(value, undefined, 1);
      fc.pre(!text.includes('__proto__'));
      expect(parseJson(text, 'the body')).toStrictEqual(JSON.parse(text));
    }),
  );
});

test('returns for any text what JSON.parse returns, or throws a SluiceError', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\""',
    '"\\\\"',
    '1',
    '-0',
    '1e5',
    'true',
    ' ',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        expect(refusal(text)).toMatchObject({ code: 'INVALID', stage: 'accept' });
        return;
      }
      try {
        expect(parseJson(text, 'x')).toStrictEqual(value);
      } catch (error) {
        expect(error).toMatchObject({
          code: 'INVALID',
          message: expect.stringMatching(/is given twice|has more digits than/),
        });
      }
    }),
    { numRuns: 3000 },
  );
});

test('refuses damaged text exactly if JSON.parse does', () => {
  const text = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }).map((value) => JSON.stringify(value));
  const scrap = fc.constantFrom(
    '',
    ' ',
    '"',
    '\\',
    '\\u12',
    '\u0001',
    '0',
    '-',
    '.',
    'e9',
    ',',
    ':',
    '[',
    '}',
    'tru',
    '\ufeff',
    '\u00a0',
  );
  fc.assert(
    fc.property(text, fc.nat(), fc.nat(3), scrap, (whole, place, cut, put) => {
      const at = place % (whole.length + 1);
      const damaged = whole.slice(0, at) + put + whole.slice(at + cut);
      fc.pre(!damaged.includes('__proto__'));
      let value: unknown;
      try {
        value = JSON.parse(damaged);
      } catch {
        expect(refusal(damaged)).toMatchObject({ code: 'INVALID', message: expect.stringContaining('is not JSON') });
        return;
      }
      try {
        expect(parseJson(damaged, 'x')).toStrictEqual(value);
      } catch (error) {
        expect(error).toMatchObject({ message: expect.stringMatching(/is given twice|has more digits than/) });
      }
    }),
    { numRuns: 3000 },
  );
});

test('parses a long text in many steps', () => {
  const value = { ids: Array.from({ length: 50_000 }, (_, index) => `p${index}`) };
  const steps = parseJsonSteps(JSON.stringify(value), 'the body');
  let count = 0;
  let step = steps.next();
  for (; !step.done; step = steps.next()) count++;
  expect(step.value).toStrictEqual(value);
  expect(count).toBeGreaterThan(100);
});

describe('refuses duplicate members', () => {
  test.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":1,"\\u0061":1}', 'a'],
    ['{"x":[{"b":{}},{"b":[],"c":{"b":1},"b":2}]}', 'x[1].b'],
    ['{"":1,"":2}', '[""]'],
    ['{"\\"":1,"\\"":2}', '["\\""]'],
  ])('%s', (text, path) => {
    expect(refusal(text)).toMatchObject({ code: 'INVALID', path });
  });

  test('accepts a name once in each object', () => {
    expect(parseJson('[{"a":{"a":[]},"b":"a"},{"a":"a"}]', 'x')).toStrictEqual([{ a: { a: [] }, b: 'a' }, { a: 'a' }]);
  });
});

describe('numbers', () => {
  test.each(['9007199254740993', '-9007199254740993', '1e400', '1e-400', '1.00000000000000001', `1${'0'.repeat(400)}`])(
    '%s has digits that would be lost',
    (digits) => {
      expect(refusal(`{"a":[1,{"eq":${digits}}]}`)).toMatchObject({ code: 'INVALID', path: 'a[1].eq' });
    },
  );

  test.each(['0', '-0', '1E5', '0.1', '1.50', '1e21', '9007199254740992', '5e-324', '1.7976931348623157e308', '0e999'])(
    '%s keeps its digits',
    (digits) => {
      expect(parseJson(digits, 'x')).toBe(Number(digits));
    },
  );

  test('accepts the digits of every double', () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => keepsDigits(String(value))));
  });

  test('does not check digits in strings', () => {
    expect(parseJson('["9007199254740993"]', 'x')).toStrictEqual(['9007199254740993']);
  });
});

describe('members that could pollute a prototype', () => {
  test.each([
    '{"__proto__":{}}',
    '{"\\u005f_proto__":1}',
    '[{"a":{"__proto__":1}}]',
    '{"constructor":{"prototype":{}}}',
  ])('%s is refused', (text) => {
    expect(refusal(text)).toMatchObject({ code: 'INVALID' });
  });

  test('accepts names of methods', () => {
    const value = { constructor: 'a', toJSON: 1, hasOwnProperty: null, prototype: [] };
    expect(parseJson(JSON.stringify(value), 'x')).toStrictEqual(value);
  });
});

test('accepts 200 levels of nesting', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  expect(() => parseJson(nested(200), 'x')).not.toThrow();
  expect(refusal(nested(201)).message).toContain('200 brackets');
  expect(refusal(nested(500_000)).message.length).toBeLessThan(1000);
});

test('reports the line of invalid JSON, with control characters escaped', () => {
  expect(refusal('')).toMatchObject({
    code: 'INVALID',
    path: 'the body',
    message: 'the body is not JSON: it is empty',
  });
  const error = refusal('{\n "a": 1,\n "b": \u001b[31m}');
  expect(error.message).toMatch(/^the body is not JSON: /);
  expect(error.message).not.toContain('\u001b');
});
