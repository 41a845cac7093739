/** Types: the same results for bytes and for objects, in any spelling. */
import { describe, expect, it } from 'vitest';
import { bytes } from '../../src/sources/bytes.js';
import { objects } from '../../src/sources/objects.js';
import { collect } from './collect.js';

/** Indexes of the entities that pass; asserts the same for both kinds of batch. */
async function passing(types: readonly unknown[], wanted: string): Promise<readonly number[]> {
  const entities = types.map((type, index) => ({ type, index }));
  const lines = entities.map((entity) => `${JSON.stringify(entity)}\n`);
  const answers = [];
  for (const source of [bytes(lines), objects(entities)]) {
    const { text } = await collect({ source, request: { types: [wanted] }, format: 'array' });
    answers.push(JSON.parse(text).map((entity: { index: number }) => entity.index));
  }
  expect(answers[0]).toEqual(answers[1]);
  return answers[0];
}

describe('types', () => {
  it('match in any case of ASCII letters only', async () => {
    expect(await passing(['product', 'PRODUCT', 'pro duct', 'products'], 'Product')).toEqual([0, 1]);
    expect(await passing(['é', 'É', 'e'], 'é')).toEqual([0]);
    expect(await passing(['[x', '{x', '[X', '{X'], '[x')).toEqual([0, 2]);
    // The Kelvin sign is a capital K in Unicode, not in ASCII.
    expect(await passing(['k', 'K', '\u212a'], 'K')).toEqual([0, 1]);
  });

  it('match strings, and numbers by their digits', async () => {
    expect(await passing([7, '7', null, ['7'], { 7: 7 }, 70, true], '7')).toEqual([0, 1]);
    expect(await passing([null, 'null', true], 'null')).toEqual([1]);
  });

  it('match every entity as _ALL, even without a type', async () => {
    expect(await passing([7, 'x', null, undefined], '_All')).toEqual([0, 1, 2, 3]);
  });

  it('compare as text, not as the replacement bytes of unpaired surrogates', async () => {
    expect(await passing(['\ud800', '\ufffd', '\udc00'], '\ud800')).toEqual([0]);
  });
});
