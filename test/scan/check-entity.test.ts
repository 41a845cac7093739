/** The check of entities accepts what JSON.parse accepts, and reports the first faulty byte. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CheckRules, EntityChecker } from '../../src/scan/check-entity.js';
import { KernelChecker } from '../../src/scan/kernel-checker.js';
import type { TextFault } from '../../src/scan/text-faults.js';
import { DEFAULT_MEMBER_NAMES } from '../../src/terms/batch.js';
import { damaged, entityText, similarTexts } from '../naive/arbitraries.js';
import { Fault, firstBadByte, readValue } from '../naive/json-text.js';
import { runs } from '../runs.js';

/** The kernel, in parts of many sizes. */
class CheckerInSteps {
  readonly #checker: KernelChecker;

  constructor(rules: CheckRules) {
    this.#checker = new KernelChecker(rules);
  }

  check(bytes: Buffer, start: number, end: number): TextFault | undefined {
    const steps = this.#checker.checkInSteps(bytes, start, end, 1 + (end % 150));
    for (;;) {
      const { done, value } = steps.next();
      if (done) return value;
    }
  }
}

const CHECKERS: readonly (readonly [string, new (rules: CheckRules) => Pick<EntityChecker, 'check'>])[] = [
  ['EntityChecker', EntityChecker],
  ['KernelChecker', KernelChecker],
  ['KernelChecker, in steps', CheckerInSteps],
];

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const STRUCTURES = ['{}', '{ }', '{"a":1}', ' {"a" : [ ] } ', '{"a":1,}', '{,}', '{"a":1 "b":2}', '{"a" 1}', '{"a"}'];
const BROKEN = [
  '{',
  '}',
  '{"a":1',
  '{"a":1}}',
  '{"a":1}{}',
  '{a:1}',
  "{'a':1}",
  '{1:2}',
  '{null:1}',
  '{"a":1]',
  '',
  ' ',
];
const KEYS = [
  '{"":1}',
  '{"\\u0000":1}',
  '{"a\tb":1}',
  '{"a\\x":1}',
  '{"__proto__":{}}',
  '{"a":1,"a":2}',
  '{"a":1/**/}',
];

/** Values that are put into an entity. */
const VALUES = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '10',
    '1.0',
    '0.1',
    '1e1',
    '1E+1',
    '1e-1',
    '0e0',
    '0.0E-00',
    '1e400',
    '123456789012345678901',
  ],
  ...[
    '01',
    '-01',
    '-',
    '+1',
    '.1',
    '1.',
    '-.1',
    '1e',
    '1e+',
    '1.e1',
    '1.1.1',
    '1e1.1',
    '0x1',
    '1_0',
    '1-',
    '--1',
    '1 2',
  ],
  ...['true', 'false', 'null', 'True', 'tru', 'truee', 'nul', 'NaN', 'Infinity', '-Infinity', 'undefined', ''],
  ...[
    '""',
    '"a"',
    '"é"',
    '"😀"',
    '"\u2028"',
    '"\u007f"',
    '"\ufeff"',
    '"\\"',
    '"',
    '"a',
    '"a""',
    "'a'",
    '"\t"',
    '"\0"',
    '"\n"',
  ],
  ...['"\\""', '"\\\\"', '"\\/"', '"\\b\\f\\n\\r\\t"', '"\\a"', '"\\\'"', '"\\0"', '"\\U0041"', '"\\ "', '"\\'],
  ...['"\\u0041"', '"\\uD834\\uDD1E"', '"\\uD800"', '"\\uDC00\\uD800"', '"\\u"', '"\\u00"', '"\\u00g0"', '"\\u 041"'],
  ...[
    '[]',
    '[ ]',
    '[1]',
    '[1,2]',
    '[1,[2,[3]]]',
    '[,]',
    '[1,]',
    '[,1]',
    '[1,,2]',
    '[1 2]',
    '[1:2]',
    '[',
    ']',
    '[1',
    '[}',
    '[1}',
  ],
  ...[
    '{}',
    '{"b":{}}',
    '{"b":}',
    '{:1}',
    '{"b":1,}',
    '{"b" 1}',
    '{b:1}',
    '{"b":1',
    '{"b":1]',
    '{"b":1,"b":2}',
    '\v1',
    '\u00a01',
  ],
];

function naiveFault(bytes: Buffer, maxDepth = 1024): { code: string; at: number } | undefined {
  try {
    const end = readValue(bytes, 0, bytes.length, maxDepth);
    const rest = bytes.toString('latin1', end).search(/[^ \t\r\n]/);
    return rest < 0 ? undefined : { code: 'INVALID_JSON', at: end + rest };
  } catch (fault) {
    if (fault instanceof Fault) return { code: fault.code, at: fault.at };
    throw fault;
  }
}

/** The names of the first level of a valid text, in order. */
function keysOnFirst(bytes: Buffer): readonly string[] {
  const names: string[] = [];
  let depth = 0;
  for (const [token] of bytes.toString().matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}[\]]/g)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':')) names.push(JSON.parse(token.slice(0, -1)));
  }
  return names;
}

function isOnce(names: readonly string[]): boolean {
  return ['id', 'type'].every((name) => names.filter((one) => one === name).length <= 1);
}

describe.each(CHECKERS)('%s', (_, Checker) => {
  const checker = new Checker({ memberNames: DEFAULT_MEMBER_NAMES, maxDepth: 1024 });

  function check(text: string | Buffer): { code: string; at: number } | undefined {
    const bytes = Buffer.from(text);
    // Text around the entity must not matter.
    const padded = Buffer.concat([Buffer.from('"{'), bytes, Buffer.from('}"')]);
    const fault = checker.check(padded, 2, 2 + bytes.length);
    return fault && { code: fault.code, at: fault.at - 2 };
  }

  describe('small texts, judged as JSON.parse does', () => {
    for (const text of [...STRUCTURES, ...BROKEN, ...KEYS, ...VALUES.map((value) => `{"a":${value}}`)]) {
      // White space before the entity belongs to the line.
      it(JSON.stringify(text), () => expect(check(text.trimStart()) === undefined).toBe(parses(text)));
    }
  });

  describe('random texts', () => {
    it('have the verdict of JSON.parse and of the naive judge', () => {
      const texts = fc.oneof(
        entityText.map((text) => Buffer.from(text)),
        damaged(entityText),
        // After a key of any length the rest is at any offset in a block of 64 bytes.
        fc
          .tuple(fc.nat({ max: 130 }), damaged(entityText))
          .map(([length, bytes]) => Buffer.concat([Buffer.from(`{"${'k'.repeat(length)}":0,`), bytes.subarray(1)])),
        fc
          .string({ unit: fc.constantFrom(...'{}[]":,0-1.eE+tfn\\u \n'), maxLength: 12 })
          .map((text) => Buffer.from(`{${text}`)),
      );
      const property = fc.property(texts, (bytes) => {
        fc.pre(bytes[0] === 0x7b && firstBadByte(bytes, 0, bytes.length) < 0);
        const fault = check(bytes);
        if (fault?.code === 'DUPLICATE_KEY') return;
        expect(fault === undefined).toBe(parses(bytes.toString()));
        expect(fault).toEqual(naiveFault(bytes));
      });
      fc.assert(property, runs(1500));
    }, 30_000);
  });

  describe('random texts among similar ones', () => {
    it('have the verdict of the naive judge, whatever came before', () => {
      const property = fc.property(similarTexts, fc.constantFrom(3, 5, 1024), (texts, maxDepth) => {
        const own = new Checker({ memberNames: DEFAULT_MEMBER_NAMES, maxDepth });
        for (const bytes of texts) {
          if (bytes[0] !== 0x7b || firstBadByte(bytes, 0, bytes.length) >= 0) continue;
          const fault = own.check(bytes, 0, bytes.length);
          if (fault?.code === 'DUPLICATE_KEY') continue;
          expect(fault && { code: fault.code, at: fault.at }).toEqual(naiveFault(bytes, maxDepth));
          if (fault === undefined) expect(keysOnFirst(bytes)).toSatisfy(isOnce);
        }
      });
      fc.assert(property, runs(300));
    }, 30_000);
  });

  describe('a text whose parts were valid in others', () => {
    const long = '"a name of many bytes"';
    const first = '"another name that is long"';
    const gap = ' '.repeat(20);
    it.each([
      ['begins with a comma', [`{"b":1,${long}:2}`], `{,${long}:2}`],
      ['has a key in an array', [`{"a":[1],"b":1,${long}:2}`], `{"a":[1,${long}:2]}`],
      ['has a value without a key', [`{"a":["a text of many bytes","b"]}`], '{"a":"a text of many bytes","b"}'],
      ['closes too much', [`{"a":{"b":1${gap}}}`], `{"a":1${gap}}}`],
      ['closes too little', ['{"a":{"b":1}}', '{"a":1}'], '{"a":{"b":1}'],
      ['closes another bracket', ['{"a":[{"b":1}]}', '{"a":{"b":1}}'], '{"a":[{"b":1}}}'],
      [
        'goes on behind its end',
        [`{${first}:1${gap}}`, `{"q":{${first}:1},${long}:2${gap}}`, `{${first}:1,${long}:{"w":4${gap}}${gap}}`],
        `{${first}:1},${long}:2,${long}:{"w":4${gap}}`,
      ],
      ['has a number with a zero', ['{"a":10,"b":1}'], '{"a":01,"b":1}'],
      ['has a word that goes on', ['{"a":true,"b":1}'], '{"a":truer,"b":1}'],
      ['has two values', ['{"a":1,"b":[1,2]}'], '{"a":1"b","b":[1,2]}'],
    ])('%s', (_, valid, text) => {
      const own = new Checker({ memberNames: DEFAULT_MEMBER_NAMES, maxDepth: 9 });
      const fault = (one: string) => own.check(Buffer.from(one), 0, one.length);
      for (let round = 0; round < 30; round++) for (const one of valid) expect(fault(one)).toBeUndefined();
      expect(fault(text)).toMatchObject(naiveFault(Buffer.from(text)) ?? { code: 'a fault' });
    });
  });

  describe('a second id or type', () => {
    it('is refused at its place, in any spelling', () => {
      expect(check('{"id":1,"type":2,"id":3}')).toEqual({ code: 'DUPLICATE_KEY', at: 17 });
      expect(check('{"type":1,"t\\u0079pe":1}')).toEqual({ code: 'DUPLICATE_KEY', at: 10 });
    });

    it('is accepted below the first level, and of other members', () => {
      expect(check('{"id":1,"x":{"id":1,"id":2,"type":1,"type":2},"y":[{"id":3}]}')).toBeUndefined();
      expect(check('{"name":1,"name":2}')).toBeUndefined();
    });

    it('is found by the member names of the entities', () => {
      const own = new Checker({ memberNames: { id: 'sku', type: 'sku', name: 'name' }, maxDepth: 9 });
      const judge = (text: string) => own.check(Buffer.from(text), 0, text.length)?.code;
      expect(judge('{"id":1,"id":2,"sku":3}')).toBeUndefined();
      expect(judge('{"sku":1,"sku":2}')).toBe('DUPLICATE_KEY');
    });

    it('is independent of the previous entity', () => {
      expect(check('{"id":1}')).toBeUndefined();
      expect(check('{"id":1}')).toBeUndefined();
    });
  });

  describe('nesting', () => {
    const shallow = new Checker({ memberNames: DEFAULT_MEMBER_NAMES, maxDepth: 3 });
    const judge = (text: string) => shallow.check(Buffer.from(text), 0, text.length);

    it('is accepted up to the limit, repeatedly', () => {
      expect(judge('{"a":[{}],"b":{"c":[]},"d":[[]]}')).toBeUndefined();
    });

    it('is refused at the bracket beyond the limit', () => {
      expect(judge('{"a":[{"b":[]}]}')).toMatchObject({ code: 'TOO_DEEP', at: 11 });
    });

    it('of a hundred thousand brackets does not use the call stack', () => {
      const deep = new Checker({ memberNames: DEFAULT_MEMBER_NAMES, maxDepth: 200_000 });
      const text = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
      expect(deep.check(Buffer.from(text), 0, text.length)).toBeUndefined();
    });

    it('has a limit that does not reserve memory', () => {
      const boundless = new Checker({ memberNames: DEFAULT_MEMBER_NAMES, maxDepth: Number.MAX_SAFE_INTEGER });
      expect(boundless.check(Buffer.from('{"a":[]}'), 0, 8)).toBeUndefined();
    });
  });
});
