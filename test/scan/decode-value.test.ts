/** JSON text as values: numbers keep their digits, everything else is as JSON.parse returns it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeValue, NumberText, parseText, textOf } from '../../src/scan/decode-value.js';
import { entityText } from '../naive/arbitraries.js';

/** The value with numbers as JSON.parse returns them. */
function plain(value: unknown): unknown {
  if (value instanceof NumberText) return JSON.parse(value.text);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

test('decodes any entity as JSON.parse does, with any numbers, escapes and repeated keys', () => {
  fc.assert(
    fc.property(entityText, (text) => {
      expect(plain(decodeValue(text))).toEqual(JSON.parse(text));
      // Such a number makes the slow reader parse the complete text.
      expect(plain(decodeValue(`[1.0,${text}]`))).toEqual([1, JSON.parse(text)]);
    }),
    { numRuns: 2000 },
  );
});

test.each(['1.0', '12345678901234567890', '1e400', '-0', '1E2', '0.10', '7', '-1.5'])(
  '%s keeps its digits',
  (digits) => {
    expect(decodeValue(`[ ${digits} ]`)).toSatisfy((value) => Array.isArray(value) && textOf(value[0]) === digits);
    expect(decodeValue(`{"a" :\n${digits}}`)).toSatisfy(
      (value) => typeof value === 'object' && value !== null && textOf(Reflect.get(value, 'a')) === digits,
    );
  },
);

describe('a name with an escape is what it says, whatever was parsed before', () => {
  test.each([
    [
      '{"h":[],"\\\\":0}',
      '{"h":1,"\\"":2}',
      [
        ['h', 1],
        ['"', 2],
      ],
    ],
    [
      '{"i":[],"\\\\":0}',
      '{"i":1.0,"\\n" :2}',
      [
        ['i', 1],
        ['\n', 2],
      ],
    ],
    [
      '{"j":[],"\\\\":0}',
      '{"j":"\\\\","\\t":"\\":"}',
      [
        ['j', '\\'],
        ['\t', '":'],
      ],
    ],
    [
      '{"k":[],"\\\\":0}',
      '{"k":"x\\"","\\u0022":{"7":1,"__proto__":2}}',
      [
        ['k', 'x"'],
        ['"', JSON.parse('{"7":1,"__proto__":2}')],
      ],
    ],
    [
      '{"l":[],"\\\\":0}',
      '{"l":"\\"x\\\\","\\f"\n:1,"\\f":12345678901234567890}',
      [
        ['l', '"x\\'],
        ['\f', 12345678901234567000],
      ],
    ],
  ])('%s, %s', (before, text, members) => {
    JSON.parse(before);
    expect(Object.entries(Object(parseText(text)))).toEqual(members);
    JSON.parse(before);
    expect(Object.keys(Object(decodeValue(text)))).toEqual(members.map(([name]) => name));
  });

  test('any text is parsed as JSON.parse does on other engines', () => {
    const name = fc.string({ unit: fc.constantFrom('\\', '"', '\n', 'a', '\u{1F600}', '0'), maxLength: 3 });
    const tree = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, name, fc.integer(), tie('list'), tie('members')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      members: fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    }));
    fc.assert(
      fc.property(tree.value, fc.constantFrom(undefined, 1), (value, indent) => {
        expect(parseText(JSON.stringify(value, undefined, indent))).toEqual(value);
      }),
      { numRuns: 1000 },
    );
  });
});

test('reads nesting of any depth', () => {
  const depth = 200_000;
  expect(() => decodeValue(`${'['.repeat(depth)}1.0${']'.repeat(depth)}`)).not.toThrow();
});

describe('text that is not JSON is refused', () => {
  test.each([
    ...['[1.0', '[1.0}', '{"a":1.0]', '[1.0,]', '{"a" 1.0}', '{a:1.0,"b":1.0}', '[1.0] x', '["a\\q",1.0]', '["a,1.0]'],
    ...['[1.0.0]', '[01,1.0]', '[1.0 1.0]', '{"a":1.0,}', '[tru,1.0]', '', '{"a":1', '[-]'],
  ])('%s', (text) => {
    expect(() => decodeValue(text)).toThrow(SyntaxError);
  });
});
