/** The form of an input, detected from as few bytes as possible. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectForm } from '../../src/scan/detect-form.js';
import { DEFAULT_MEMBER_NAMES, type MemberNames } from '../../src/terms/batch.js';
import { FORMS, inputText } from '../naive/arbitraries.js';

const LINES = { form: 'lines', path: [] };
const ARRAY = { form: 'array', path: [] };
const DOCUMENT = { form: 'document', path: ['entities'] };
const ANSWER = { form: 'document', path: ['response', 'entities'] };

function detect(text: string, names: MemberNames | undefined = DEFAULT_MEMBER_NAMES) {
  const bytes = Buffer.from(`#${text}`);
  return detectForm(bytes, 1, bytes.length, names);
}

const CASES: readonly (readonly [text: string, answer: object | undefined])[] = [
  ['[', ARRAY],
  ['7', LINES],
  ['x', LINES],
  ['{', undefined],
  ['{}', LINES],
  ['{"entities"', undefined],
  ['{"entities" : ', undefined],
  ['{"entities" : [', DOCUMENT],
  ['{"\\u0065ntities":[', DOCUMENT],
  ['{"entities":{', undefined],
  ['{"entities":{},"response":{"entities":[', ANSWER],
  ['{"response":{"status":"x","entities":[', ANSWER],
  ['{"response":[],"entities":[', DOCUMENT],
  ['{"response":{},"entities":[', DOCUMENT],
  ['{"response":{"entities":{}},"x":1', undefined],
  ['{"x":{"entities":[]}}', LINES],
  ['{"id":', undefined],
  ['{"id":"', LINES],
  ['{"type":{"entities":[', LINES],
  ['{"response":{"id":1,"entities":[', ANSWER],
  ['{"name":1,"id":1,"entities":[]}', LINES],
  ['{"x":1}\n{"entities":[', LINES],
  ['{"x":oops,"entities":[', LINES],
  ['{"x":"cut', undefined],
];

describe('the form of an input', () => {
  for (const [text, answer] of CASES) it(text, () => expect(detect(text)).toEqual(answer));

  it('depends on the member names of the entities', () => {
    const names = { id: 'sku', type: 'kind', name: 'name' };
    expect(detect('{"id":1,"entities":[', names)).toEqual(DOCUMENT);
    expect(detect('{"kind":1,"entities":[', names)).toEqual(LINES);
  });

  it('is found after an id, if the input is known not to be lines', () => {
    const bytes = Buffer.from('{"id":1,"response":{"entities":[');
    expect(detectForm(bytes, 0, bytes.length, undefined)).toEqual(ANSWER);
  });

  it('never changes when more bytes come', () => {
    const property = fc.property(fc.oneof(...FORMS.map(inputText)), (text) => {
      const bytes = Buffer.from(text.replace(/^[\ufeff \r\n]+/, ''));
      fc.pre(bytes.length > 0);
      const answers = Array.from({ length: bytes.length }, (_, index) =>
        detectForm(bytes, 0, index + 1, DEFAULT_MEMBER_NAMES),
      );
      const first = answers.findIndex((answer) => answer !== undefined);
      expect(first).toBeGreaterThanOrEqual(0);
      for (const answer of answers.slice(first)) expect(answer).toEqual(answers[first]);
    });
    fc.assert(property, { numRuns: 300 });
  }, 30_000);
});
