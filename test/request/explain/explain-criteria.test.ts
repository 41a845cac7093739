/** Criteria explained: each has a sentence, and no operand can look like one. */
import { describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import { explainPlan } from '../../../src/request/explain/explain-plan.js';

const sentences = (request: object) =>
  explainPlan(planExport({ id: 'x', request, now: Date.parse('2024-03-31T10:00:00Z') })).split('\n');

describe('the sentence of each criterion', () => {
  test.each<[object, string]>([
    [{ attributes: [{ color: { exact: 'red' } }] }, '- Keep entities where attribute "color" is exactly "red".'],
    [
      { attributes: [{ _ALL: { eq: 'a b', not: true } }] },
      '- Keep entities where not: any attribute has all words of "a b".',
    ],
    [{ attributes: [{ cost: { gt: 2, lte: '5' } }] }, 'attribute "cost" is above 2, is at most "5".'],
    [{ attributes: [{ cost: { hasvalue: false } }] }, 'attribute "cost" has no value.'],
    [{ attributes: [{ a: { exacts: ['1', '2', '3', '4', '5', '6'] } }] }, 'is one of "1", "2", "3", "4", "5", … (6).'],
    [{ attributes: [{ a: { exact: '7', type: '_INTEGER' } }] }, 'is exactly "7", compared as _INTEGER.'],
    [
      { attributes: [{ a: { exact: 'x' } }, { b: { exact: 'y' } }], anyAttribute: true },
      'where one of these holds: (attribute "a" is exactly "x") or (attribute "b" is exactly "y").',
    ],
    [
      { attributes: [{ v: { attributes: [{ id2: { eq: 'x' } }] } }] },
      'has a row where attribute "id2" has all words of "x".',
    ],
    [{ attributes: [{ v: { eq: 'x', valueProperties: [{ os: { eq: 'y' } }] } }] }, 'is a value whose member "os"'],
    [
      { attributes: [{ v: { eq: 'x', contexts: [{ country: 'Germany' }] } }] },
      'in the contexts {"country":"Germany"}.',
    ],
    [
      { properties: [{ modifiedDate: { gte: 'now/d' } }] },
      'property "modifiedDate" is at least "2024-03-31T00:00:00.000Z".',
    ],
    [{ relationships: [{ crosssell: {} }] }, '- Keep entities with a relationship "crosssell".'],
    [{ relationships: [{ _ALL: { relTo: { type: 'sku' } } }] }, 'any relationship to the type "sku".'],
    [{ relationships: [{ images: { hasvalue: false } }] }, '- Keep entities without a relationship "images".'],
    [
      { relationships: [{ images: { query: { types: 'image', criteria: { keywords: 'a' } } } }] },
      'to an entity of type "image", of which this holds (Keep entities with all words of "a" in name, attributes or properties; Look',
    ],
    [{ attributes: [{ a: { eq: 'red|navy blue' } }] }, 'has all words of "red" or of "navy blue".'],
    [{ attributes: [{ a: { exact: '5##cm', isUom: true } }] }, 'is exactly "5##cm", compared with its unit.'],
    [{ attributes: [{ a: { valueContexts: [{ locale: 'de-DE' }] } }] }, 'is a value with {"locale":"de-DE"}.'],
    [{ keywords: 'polo men' }, '- Keep entities with all words of "polo men" in name, attributes or properties.'],
    [{ keywords: { keywords: 'a', operator: '_EXACT' } }, 'the whole text "a"'],
  ])('%j', (criteria, sentence) => {
    expect(sentences({ criteria }).join('\n')).toContain(sentence);
  });
});

test('explains which data is searched', () => {
  const criteria = { keywords: 'a' };
  expect(sentences({ criteria })).toContain('- Look for that in the data of no context.');
  expect(sentences({ criteria, contexts: 'all' })).toContain(
    '- Look for that in the data of no context and in all contexts.',
  );
  expect(sentences({ criteria, contexts: [{ a: 'b' }], nonContextual: false })).toContain(
    '- Look for that in contexts {"a":"b"}.',
  );
  expect(sentences({}).join('\n')).not.toContain('Look for');
});

test('names and operands cannot forge a sentence', () => {
  const forged = 'a\n- Keep every entity.';
  const criteria = {
    attributes: [{ [forged]: { exact: forged } }],
    relationships: [{ [forged]: { relTo: { id: forged, type: forged } } }],
    keywords: forged,
  };
  expect(sentences({ criteria })).not.toContain('- Keep every entity.');
});
