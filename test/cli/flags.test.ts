/** Parsers of flags. */
import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { ALL_COMMANDS } from '../../src/cli/all-commands.js';
import {
  choice,
  collect,
  collectList,
  collectPair,
  collectValues,
  durationIn,
  numberIn,
  sizeIn,
} from '../../src/cli/flags.js';
import { createProgram } from '../../src/cli/program.js';

const [duration, number, size] = [durationIn(), numberIn(), sizeIn()];

test('collects a repeated flag', () => {
  expect(collect('b', collect('a'))).toStrictEqual(['a', 'b']);
  expect(collect('a,b')).toStrictEqual(['a,b']);
});

test('splits a list at commas, also of a repeated flag', () => {
  expect(collectList('a,b')).toStrictEqual(['a', 'b']);
  expect(collectList('c', collectList('a,,b,'))).toStrictEqual(['a', 'b', 'c']);
});

test('splits values at commas, except after a backslash', () => {
  expect(collectValues('c', collectValues('a,b,'))).toStrictEqual(['a', 'b', 'c']);
  expect(collectValues('a\\,b,c')).toStrictEqual(['a,b', 'c']);
  expect(collectValues('')).toStrictEqual(['']);
});

test('accepts exactly the words of a choice', () => {
  const pick = choice('stop', 'skip');
  expect(pick('skip')).toBe('skip');
  for (const word of ['Skip', '', 'sto']) expect(() => pick(word)).toThrow(InvalidArgumentError);
});

test('says what the word of another tool is called here, among the words of a choice', () => {
  expect(() => choice('ndjson', 'dsv')('csv')).toThrow('It must be one of ndjson, dsv. csv is dsv here.');
  expect(() => choice('stop', 'skip')('csv')).toThrow(/^It must be one of stop, skip\.$/);
});

test('accepts digits as a number', () => {
  expect(number('007')).toBe(7);
  for (const text of ['', '-1', '1.5', '1e3', ' 1', 'x']) expect(() => number(text)).toThrow(InvalidArgumentError);
});

test('collects pairs with an equals sign', () => {
  expect(collectPair('b=c=d', collectPair('a='))).toStrictEqual({ a: '', b: 'c=d' });
  expect(JSON.stringify(collectPair('__proto__=x'))).toBe('{"__proto__":"x"}');
  for (const text of ['', 'a', '=a']) expect(() => collectPair(text)).toThrow(InvalidArgumentError);
});

test('parses a size with a unit, or in bytes', () => {
  expect([size('10MB'), size('512')]).toStrictEqual([10_000_000, 512]);
  for (const text of ['', 'MB', '-1', '10 apples']) expect(() => size(text)).toThrow(InvalidArgumentError);
});

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['0', 0],
  ['0s', 0],
])('parses %s as %d ms', (text, ms) => {
  expect(duration(text)).toBe(ms);
});

test.each(['', '5', 'm', '-5m', '1.5h', '5 m', '5M', '5min'])('%j is not a duration', (text) => {
  expect(() => duration(text)).toThrow(InvalidArgumentError);
});

test.each<[string, string, string]>([
  ['serve', '--link-ttl 0', 'at least 1ms'],
  ['serve', '--wait 30d', 'at most 596h'],
  ['serve', '--slice-duration 0', 'at least 1ms'],
  ['serve', '--slice 0', 'at least 1B'],
  ['serve', '--body-timeout 0', 'at least 1ms'],
  ['serve', '--port 70000', 'at most 65535'],
  ['serve', '--max-running 0', 'at least 1'],
  ['work', '--link-ttl 0', 'at least 1ms'],
  ['export', '--level 23', 'at most 22'],
  ['export', '--threads 0', 'at least 1'],
  ['export', '--page-size 0', 'at least 1'],
  ['jobs', '--limit 0', 'at least 1'],
  ['generate', '--entity-bytes 0', 'at least 1'],
])('%s refuses %s by the flag and its unit', async (name, words, bound) => {
  const program = createProgram(async () => {}, ALL_COMMANDS);
  const command = program.commands.find((one) => one.name() === name);
  if (!command) throw new Error(`there is no command ${name}`);
  const texts: string[] = [];
  command.configureOutput({ writeErr: (part) => void texts.push(part) });
  await expect(program.parseAsync([name, ...words.split(' ')], { from: 'user' })).rejects.toThrow();
  expect(texts.join('')).toContain(words.split(' ')[0]);
  expect(texts.join('')).toContain(`It must be ${bound}.`);
});
