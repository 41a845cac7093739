/** The grammar of `--where`: what is written is what is meant, and faults have their column. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseWhere, type Where } from '../../src/cli/where.js';
import { acceptRequest } from '../../src/request/accept/accept-request.js';
import { SluiceError } from '../../src/terms/errors.js';
import { runs } from '../runs.js';

describe('a condition', () => {
  const meant: readonly (readonly [text: string, path: string, condition: Where['condition']])[] = [
    ['price.amount >= 10', 'price.amount', { gte: '10' }],
    ['price.amount>=10', 'price.amount', { gte: '10' }],
    ['n = 9007199254740993', 'n', { exact: '9007199254740993', type: '_DECIMAL' }],
    ['n != -0.50', 'n', { exact: '-0.50', type: '_DECIMAL', not: true }],
    ['status = active', 'status', { exact: 'active' }],
    ["status = 'on hold'", 'status', { exact: 'on hold' }],
    ['zip = "02134"', 'zip', { exact: '02134' }],
    ['a = "q\\"\\u00e9\\n"', 'a', { exact: 'q"é\n' }],
    ['flag = true', 'flag', { exact: true }],
    ['flag = "true"', 'flag', { exact: 'true' }],
    ['x = null', 'x', { hasvalue: false }],
    ['x != null', 'x', { hasvalue: true }],
    ['x is null', 'x', { hasvalue: false }],
    ['x IS NOT NULL', 'x', { hasvalue: true }],
    ['x exists', 'x', { hasvalue: true }],
    ['x not exists', 'x', { hasvalue: false }],
    ['at >= 2024-01-31', 'at', { gte: '2024-01-31' }],
    ['at < now-7d/d', 'at', { lt: 'now-7d/d' }],
    ['at > "2024-01-31T08:00:00Z"', 'at', { gt: '2024-01-31T08:00:00Z' }],
    ['at = 2024-01-31T08:00:00Z', 'at', { exact: '2024-01-31T08:00:00Z', type: '_DATETIME' }],
    ['name >= "M"', 'name', { gte: 'M', type: '_STRING' }],
    ['tags contains sale', 'tags', { contains: 'sale' }],
    ['tags contains "navy blue"', 'tags', { contains: '"navy blue"' }],
    ['tags not contains sale', 'tags', { contains: 'sale', not: true }],
    ['sku startswith A-', 'sku', { startswith: ['A-'] }],
    ['sku startswith (A-, "B ")', 'sku', { startswith: ['A-', 'B '] }],
    ['c in (a, "b c")', 'c', { exacts: ['a', 'b c'] }],
    ['n in (1,2.0)', 'n', { exacts: ['1', '2.0'], type: '_DECIMAL' }],
    ['l.*."".\\* = 1', 'l.*."".\\*', { exact: '1', type: '_DECIMAL' }],
    ['n in (1.50, a, "2")', 'n', { exacts: [1.5, 'a', '2'] }],
    ['c not in ("a")', 'c', { exacts: ['a'], not: true }],
    ['n > 1 and <= 5', 'n', { gt: '1', lte: '5' }],
    ['lines.0.sku exists', 'lines.0.sku', { hasvalue: true }],
    ['"/a b/c~1d" = 1', '/a b/c~1d', { exact: '1', type: '_DECIMAL' }],
    ['a\\ b.c\\=d = 1', 'a\\ b.c\\=d', { exact: '1', type: '_DECIMAL' }],
  ];
  for (const [text, path, condition] of meant) {
    it(`${text} has its path and its operators, which a request accepts`, () => {
      expect(parseWhere(text)).toEqual({ path, condition });
      expect(acceptRequest({ criteria: { fields: { [path]: condition } } }).criteria).toBeDefined();
    });
  }
});

describe('a fault has its column, and what was meant', () => {
  const faults: readonly (readonly [text: string, column: number, words: string])[] = [
    ['', 1, 'expected a path'],
    ['price', 6, 'expected an operator'],
    ['price => 10', 7, 'did you mean ">="?'],
    ['price == 10', 7, 'did you mean "="?'],
    ['price <> 10', 7, 'did you mean "!="?'],
    ['tags contain sale', 6, 'did you mean "contains"?'],
    ['tags like sale', 6, 'did you mean "contains"?'],
    ['sku starts_with A', 5, 'did you mean "startswith"?'],
    ['x isnull', 3, 'did you mean "is null"?'],
    ['x is missing', 6, 'expected "null" or "not null"'],
    ['x >=', 5, 'expected a value'],
    ['x > big', 5, 'text in quotes'],
    ['x > true', 5, 'text in quotes'],
    ['x = now-1d', 5, 'date math'],
    ['city = New York', 12, 'a value with blanks needs quotes'],
    ['x > 1 or < 0', 7, '"in (…)" takes several values'],
    ['x > 1 && < 0', 7, 'did you mean "and"?'],
    ['x > 1 and > 2', 11, 'the same operator'],
    ['price.net>9 and price.net<13', 17, 'without a path'],
    ['x > 1 and "a b" < 3', 11, 'without a path'],
    ['x > 1 and lt 3', 11, 'did you mean "<"?'],
    ['x > 1 and != 5', 7, 'a --where of their own'],
    ['x = 1 and = a', 11, 'the same operator'],
    ['x = "a', 5, 'is not closed'],
    ['x = "\\q"', 5, 'escape'],
    ['x in a', 6, 'expected a list'],
    ['x in ()', 7, 'expected a value'],
    ['x in (a b)', 9, 'expected "," or ")"'],
    ['x in (a, 9007199254740993)', 10, 'in quotes it is a text'],
    ['x in (a, null)', 10, 'null is no value'],
    ['x in (a,', 9, 'expected a value'],
    ['a..b = 1', 1, 'a step is empty'],
    ['x = a=b', 5, 'in quotes'],
  ];
  for (const [text, column, words] of faults) {
    it(`in ${JSON.stringify(text)}`, () => {
      const act = () => parseWhere(text);
      expect(act).toThrow(`--where: column ${column}: `);
      expect(act).toThrow(words);
    });
  }
});

const anyText = fc.string({ unit: fc.constantFrom(...'ab1 .,()=<>!"\'\\/né*😀\n') });
/** More digits than a double has. */
const TOO_LONG = '9007199254740993';
const number = fc.constantFrom('0', '-1.50', TOO_LONG, '1e3');

/** A value as it is written, and what it means. */
const value = fc.oneof(
  anyText.map((text) => ({ written: JSON.stringify(text), text, type: undefined })),
  anyText
    .filter((text) => !/[\\"\n]/.test(text))
    .map((text) => ({ written: `'${text.replaceAll("'", "\\'")}'`, text, type: undefined })),
  number.map((text) => ({ written: text, text, type: '_DECIMAL' as const })),
);
const blanks = fc.constantFrom(' ', '  ', '\t');

test('text and numbers come back as they were, with any characters in paths, values and lists', () => {
  const steps = fc.array(
    anyText.filter((one) => one !== ''),
    { minLength: 1, maxLength: 3 },
  );
  const property = fc.property(
    steps,
    fc.array(value, { minLength: 1, maxLength: 3 }),
    blanks,
    fc.boolean(),
    (names, values, blank, isList) => {
      fc.pre(
        !(isList && values.some(({ text }) => text === TOO_LONG) && new Set(values.map(({ type }) => type)).size > 1),
      );
      const dotted = names.map((name) => name.replace(/[^a-z1]/gu, '\\$&')).join('.');
      const path = /^\w/.test(dotted) ? dotted : JSON.stringify(dotted);
      const [first] = values;
      const kinds = new Set(values.map(({ type }) => type));
      const type = kinds.size === 1 ? first.type : undefined;
      const written = isList
        ? `in${blank}(${values.map((one) => one.written).join(',')})`
        : `=${blank}${first.written}`;
      const { path: parsed, condition } = parseWhere(`${path}${blank}${written}`);
      expect(parsed).toBe(dotted);
      const isMixed = isList && type === undefined;
      const exacts = values.map((one) => (isMixed && one.type !== undefined ? Number(one.text) : one.text));
      const operand = isList ? { exacts } : { exact: first.text };
      const used = isList ? type : first.type;
      expect(condition).toEqual(used === undefined ? operand : { ...operand, type: used });
    },
  );
  fc.assert(property, runs(500));
});

test('any text is a condition or a fault of the command line', () => {
  const words = fc.constantFrom(
    ...['a', '=', '>=', 'in', '(', ')', ',', 'and', 'not', 'is', 'null', 'exists', '"', "'", '\\', ' ', '10'],
  );
  const property = fc.property(
    fc.array(words, { maxLength: 10 }).map((all) => all.join('')),
    (text) => {
      try {
        expect(Object.keys(parseWhere(text).condition).length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(SluiceError);
        expect(error).toMatchObject({ code: 'INVALID' });
      }
    },
  );
  fc.assert(property, runs(1000));
});
