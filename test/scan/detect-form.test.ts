/** The form of an input, detected from its first megabyte. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideForm, type StatedForm } from '../../src/scan/detect-form.js';
import type { DetectedForm } from '../../src/scan/form.js';
import { DEFAULT_MEMBER_NAMES } from '../../src/terms/batch.js';
import { FORMS, inputText } from '../naive/arbitraries.js';
import { finished } from './finished.js';

const MORE = undefined;
const at = (...path: string[]) => `document at ${path.join('.')}`;
const assumed = (...path: string[]) => `${at(...path)}, assumed`;

/** The form of a text, and of the same as the whole input. */
function decide(text: string, complete: boolean, stated: Partial<StatedForm> = {}): string | undefined {
  const bytes = Buffer.from(`#${text}`);
  return shown(
    finished(decideForm(bytes, 1, bytes.length, complete, { memberNames: DEFAULT_MEMBER_NAMES, ...stated })),
  );
}

function shown(decided: DetectedForm | 'undecided' | undefined): string | undefined {
  if (decided === undefined || decided === 'undecided') return decided;
  const { form, path, isEntity, remark } = decided;
  const where = form === 'document' ? `${form} at ${path.join('.')}` : form;
  return `${where}${isEntity ? ', one entity' : ''}${remark ? (remark.kind === 'records' ? ', of arrays' : ', assumed') : ''}`;
}

/** What is known while more may come, and at the end. */
const CASES: readonly (readonly [text: string, soFar: string | undefined, atEnd: string])[] = [
  ['[', 'array', 'array'],
  ['7', 'lines', 'lines'],
  ['x', 'lines', 'lines'],
  ['\x1e', 'sequence', 'sequence'],
  ['{', MORE, 'lines'],
  ['{}', MORE, 'lines'],
  ['{}\n', 'lines', 'lines'],
  ['{"id":1}', MORE, 'lines'],
  ['{"id":1} \r\n', 'lines', 'lines'],
  ['{"id":1}\n{', 'lines', 'lines'],
  ['{"id":1}\n\n7', 'lines', 'lines'],
  ['{"id":1}x', 'lines', 'lines'],
  ['{"id":1}{', 'sequence', 'sequence'],
  ['{"id":1} {', 'sequence', 'sequence'],
  ['{"id":1},', 'sequence', 'sequence'],
  ['{"id":1}\n,', 'lines', 'lines'],
  ['{"id":1}\x1e', 'sequence', 'sequence'],
  ['{\n', MORE, 'lines'],
  ['{\n}', 'sequence', 'sequence'],
  ['{\n"id":1', MORE, 'sequence'],
  ['{"id":1,\n{"id":2}', 'lines', 'lines'],
  ['{"id":', MORE, 'lines'],
  ['{"x":1}\n{"entities":[', 'lines', 'lines'],
  ['{"x":oops,"entities":[', 'lines', 'lines'],
  ['{"x":"cut', MORE, 'lines'],
  ['{"entities"', MORE, 'lines'],
  ['{"entities" : ', MORE, 'lines'],
  ['{"entities" : [', MORE, at('entities')],
  ['{\n"entities" : [', at('entities'), at('entities')],
  ['{"\\u0065ntities":[', MORE, at('entities')],
  ['{"entities":[]}', MORE, at('entities')],
  ['{"entities":[]}\n', MORE, at('entities')],
  ['{"entities":[]}\n{', 'lines, of arrays', 'lines, of arrays'],
  ['{"entities":[]}{', 'sequence, of arrays', 'sequence, of arrays'],
  ['{"entities":[]}\n7', at('entities'), at('entities')],
  ['{"entities":[],"x":nul}', at('entities'), at('entities')],
  ['{"entities":{},"response":{"entities":[', MORE, at('response', 'entities')],
  ['{"response":{"id":1,"entities":[', MORE, at('response', 'entities')],
  ['{"response":[],"entities":[', MORE, at('entities')],
  ['{"type":{"entities":[', MORE, 'lines'],
  ['{"name":1,"id":1,"entities":[]}', MORE, 'lines'],
  ['{"items":[{"a":1}]}', MORE, assumed('items')],
  ['{"items":[{"a":1}]}\n', MORE, assumed('items')],
  ['{"items":[{"a":1}]}\n{', 'lines', 'lines'],
  ['{\n"items":[{"a":1}]}\n{', 'sequence', 'sequence'],
  ['{"items":[{"a":1', MORE, 'lines'],
  ['{"x":[{"a":1}\n{"x":1}', MORE, 'lines'],
  ['{"x":[\n{"a":1}', MORE, 'sequence'],
  ['{"a":{"b":[{"a":1},{"a":1}]}}', MORE, assumed('a', 'b')],
  ['{"a":{"b":{"c":[{"a":1},{"a":1}]}}}', MORE, 'lines'],
  ['{"tags":["a","b"]}', MORE, 'lines'],
  ['{"value":[]}', MORE, assumed('value')],
  ['{"sku":1,"value":[]}', MORE, 'lines'],
  ['{"type":"FeatureCollection","features":[]}', MORE, assumed('features')],
  ['{"type":"room","features":[]}', MORE, 'lines'],
  ['{"entity":{"id":1}}', MORE, `${at('entity')}, one entity, assumed`],
];

describe('the form of an input', () => {
  for (const [text, soFar, atEnd] of CASES) {
    it(JSON.stringify(text), () => {
      expect([decide(text, false), decide(text, true)]).toEqual([soFar, atEnd]);
    });
  }

  it('depends on the member names of the entities', () => {
    const memberNames = { id: 'sku', type: 'kind', name: 'name' };
    expect(decide('{"id":1,"entities":[', true, { memberNames })).toBe(at('entities'));
    expect(decide('{"kind":1,"entities":[', true, { memberNames })).toBe('lines');
  });

  it('is found after an id, if the input is known to be a document', () => {
    expect(decide('{"id":1,"response":{"entities":[', false, { form: 'document' })).toBe(at('response', 'entities'));
    expect(decide('{"id":1,"x":[{"a":1}]}', false, { form: 'document' })).toBe(assumed('x'));
  });

  it('is lines in a file of that name, unless it has entities', () => {
    expect(decide('{"items":[{"a":1}]}', true, { isNamedLines: true })).toBe('lines');
    expect(decide('{"entities":[{"a":1}]}', true, { isNamedLines: true })).toBe(at('entities'));
  });

  it('is that of the first megabyte', () => {
    const long = 'x'.repeat(1024 * 1024);
    const items = '{"a":1},'.repeat(140_000);
    expect(decide(`{"x":"${long}`, false)).toBe('undecided');
    expect(decide(`{"x":"${long}`, false, { isNamedLines: true })).toBe('lines');
    expect(decide(`{"id":1,"x":"${long}`, false)).toBe('lines');
    expect(decide(`{\n"id":1,"x":"${long}`, false)).toBe('sequence');
    expect(decide(`{"type":"t","items":[${items}`, false)).toBe(assumed('items'));
    expect(decide(`{"id":"t","items":[${items}`, false)).toBe('lines');
    expect(decide(`{"entities":[${items}`, false)).toBe(at('entities'));
  });

  it('never changes when more bytes come', () => {
    const property = fc.property(fc.oneof(...FORMS.map(inputText)), (text) => {
      const trimmed = text.replace(/^[\ufeff \r\n]+/, '');
      fc.pre(trimmed.length > 0);
      const bytes = Buffer.from(trimmed);
      const stated = { memberNames: DEFAULT_MEMBER_NAMES };
      const answers = Array.from({ length: bytes.length }, (_, index) =>
        finished(decideForm(bytes, 0, index + 1, false, stated)),
      );
      const known = answers.filter((answer) => answer !== undefined);
      for (const answer of known) expect(answer).toEqual(known[0]);
      if (known.length > 0) expect(finished(decideForm(bytes, 0, bytes.length, true, stated))).toEqual(known[0]);
    });
    fc.assert(property, { numRuns: 300 });
  }, 30_000);
});
