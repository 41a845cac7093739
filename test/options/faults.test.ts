/** Faults of a request: how many are reported, and their messages. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Faults, join } from '../../src/options/faults.js';
import { refusalOf } from '../request/accept/refusal.js';

const refusedWith = (act: (faults: Faults) => void) =>
  refusalOf(() => {
    const faults = new Faults();
    act(faults);
    faults.throwIfAny();
  });

test('reports all of twenty faults', () => {
  const error = refusedWith((faults) => void faults.strings(Array(20).fill(1), 'types', true));
  expect(error.faults).toHaveLength(20);
  expect(error.moreFaults).toBeUndefined();
  expect(error.toJSON()).not.toHaveProperty('moreFaults');
});

test('reports the first twenty of half a million faults, and the number of the others', () => {
  const error = refusedWith((faults) => void faults.strings(Array(500_000).fill(1), 'types', true));
  expect(error.faults).toHaveLength(20);
  expect(error.faults?.[19].path).toBe('types[19]');
  expect(error).toMatchObject({ moreFaults: 499_980, path: 'types[0]' });
  expect(error.message).toMatch(/\(INVALID\); and 499980 more$/);
  expect(JSON.stringify(error).length).toBeLessThan(5000);
});

test.each(['foo', 'x', 'a', 'sku', 'list'])('suggests no word that has little in common with %s', (key) => {
  const known = ['ids', 'types', 'name', 'fields', 'criteria', 'profile'];
  expect(refusedWith((faults) => faults.checkKeys({ [key]: 1 }, '', known)).message).not.toContain('did you mean');
});

test.each([
  ['id', 'ids'],
  ['tpyes', 'types'],
  ['nmae', 'name'],
  ['feilds', 'fields'],
  ['criterion', 'criteria'],
])('suggests for %s the word that is meant', (key, meant) => {
  const known = ['ids', 'types', 'name', 'fields', 'criteria', 'profile'];
  const { message } = refusedWith((faults) => faults.checkKeys({ [key]: 1 }, '', known));
  expect(message).toContain(`did you mean "${meant}"?`);
});

test('lists the known words where none is similar, unless they are too many to read', () => {
  const [few, many] = [['ids', 'types', 'name'], Array.from({ length: 50 }, (_, number) => `member${number}`)];
  expect(refusedWith((faults) => faults.checkKeys({ where: 1 }, '', few)).message).toContain(
    '; known are ids, types, name',
  );
  expect(refusedWith((faults) => faults.checkKeys({ where: 1 }, '', many)).message).not.toContain('known are');
});

test('shortens a long path in the middle', () => {
  const path = `a${'.bcd'.repeat(5000)}.end`;
  const [fault] = refusedWith((faults) => faults.add('INVALID', path, 'is wrong')).faults ?? [];
  expect(fault.path).toMatch(/^a\.bcd.*….*\.bcd\.end$/);
  expect(fault.path).toHaveLength(1001);
});

test('counts unknown members like other faults', () => {
  const keys = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`key${index}`, 1]));
  const error = refusedWith((faults) => faults.checkKeys(keys, '', ['types']));
  expect(error).toMatchObject({ moreFaults: 980, code: 'UNKNOWN_KEY' });
});

test('shortens long words, and suggests none for them', () => {
  const error = refusedWith((faults) => {
    faults.checkKeys({ [`types${'x'.repeat(1_000_000)}`]: 1 }, '', ['types']);
    faults.word('y'.repeat(1_000_000), 'format', ['json']);
  });
  expect(error.message.length).toBeLessThan(500);
  expect(error.message).toContain('… (1000005 characters)');
  expect(error.message).not.toContain('did you mean');
});

test('refuses a sparse array of great length without visiting its items', () => {
  const error = refusedWith((faults) => void faults.strings(new Array(4_000_000_000), 'ids', true));
  expect(error).toMatchObject({ code: 'INVALID', path: 'ids' });
});

test.each([
  ['color', 'a.color'],
  ['long description', 'a.long description'],
  ['größe', 'a.größe'],
  ['', 'a[""]'],
  ['b.c', 'a["b.c"]'],
  ['\u001b[31m', 'a["\\u001b[31m"]'],
  ['x\ny', 'a["x\\ny"]'],
  ['\u202eabc', 'a["\\u202eabc"]'],
  ['\ud800', 'a["\\ud800"]'],
])('the path of %j is %s', (key, path) => {
  expect(join('a', key)).toBe(path);
});

test('escapes control characters in paths', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (key) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(join('a', key))),
  );
});
