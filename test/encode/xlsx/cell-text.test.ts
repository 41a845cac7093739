/** Texts and numbers of cells come back as they were, whatever they hold. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addEscaped, beginningOf, escaped, isKept, MAX_ESCAPED } from '../../../src/encode/xlsx/cell-text.js';
import { numberOf } from '../../naive/workbook.js';
import { runs } from '../../runs.js';

/** What readers make of the text of a cell. */
const read = (xml: string) =>
  xml
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/_x([0-9a-fA-F]{4})_/gi, (_, unit) => String.fromCharCode(Number.parseInt(unit, 16)));

const pieces = fc.constantFrom(
  '_',
  'x',
  'X',
  '0',
  '00',
  '41',
  'D',
  '_x0041_',
  '_x0041',
  '\u0000',
  '\r',
  '\n',
  '\t',
  ' ',
);
const others = fc.constantFrom(
  '&',
  '<',
  '>',
  '&amp;',
  ']]>',
  '\ufffe',
  '\uffff',
  '\ufffd',
  'é',
  '😀',
  '\u0085',
  '\u2028',
);
const halves = fc.constantFrom('\ud800', '\udfff', '\ud83d\ude00');
const texts = (...units: readonly fc.Arbitrary<string>[]) =>
  fc.array(fc.oneof(...units, fc.string({ maxLength: 3 })), { maxLength: 12 }).map((parts) => parts.join(''));

test('any text is one of XML, and is read back', () => {
  fc.assert(
    fc.property(texts(pieces, others, halves), (text) => {
      const xml = escaped(text);
      expect(xml.replace(/[\t\n\u007f-\u009f]/g, '')).not.toMatch(/[\p{Cc}<>\ufffe\uffff]|&(?!amp;|lt;|gt;)/u);
      expect(xml.isWellFormed()).toBe(true);
      expect(read(xml)).toBe(text);
    }),
    runs(2000),
  );
});

test('bytes are escaped as texts are', () => {
  fc.assert(
    fc.property(texts(pieces, others), (text) => {
      const bytes = Buffer.from(text);
      const out = Buffer.alloc(MAX_ESCAPED * bytes.length);
      expect(out.toString('utf8', 0, addEscaped(bytes, 0, bytes.length, out, 0))).toBe(escaped(text.toWellFormed()));
    }),
    runs(2000),
  );
});

describe('a number is one in the sheet', () => {
  test.each(['0', '7', '-7', '1.50', '0.1', '123456789012345', '-1.5e10', '1e307', '2.3e-308', '0.0', '0e5'])(
    'if Excel keeps it: %s',
    (number) => expect(isKept(number)).toBe(true),
  );

  test.each(['1234567890123456', '0.1234567890123456', '-0', '-0.0', '1e308', '1e400', '1e-320', '10000000000000000'])(
    'and a text if Excel would change it: %s',
    (number) => expect(isKept(number)).toBe(false),
  );

  test('exactly if a naive reading keeps all of it', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 18 });
    const exponent = fc.option(fc.integer({ min: -330, max: 330 }), { nil: undefined });
    const number = fc.tuple(fc.boolean(), digits, fc.option(digits, { nil: undefined }), exponent);
    fc.assert(
      fc.property(number, ([isNegative, whole, fraction, power]) => {
        const parts = [
          isNegative ? '-' : '',
          whole.replace(/^0+(?=\d)/, ''),
          fraction === undefined ? '' : `.${fraction}`,
        ];
        const text = parts.join('') + (power === undefined ? '' : `e${power}`);
        expect([text, isKept(text)]).toEqual([text, numberOf(text) !== undefined]);
      }),
      runs(2000),
    );
  });
});

test('the beginning of a text has no half of a pair at its end', () => {
  expect(beginningOf('a😀b', 2)).toBe('a');
  expect(beginningOf('a😀b', 3)).toBe('a😀');
  expect(beginningOf('\ud83d\ud83d', 1)).toBe('\ud83d');
});
