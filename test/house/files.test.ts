/** Source files: captions, names, sizes, and no unfinished work. */
import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/terms/errors.js';
import { readSource } from './source-files.js';

/** Maximum lines of a file; longer ones have more than one subject. */
const LONGEST_FILE = 320;

const FILES = [...readSource().values()];
const pathsOf = (files: typeof FILES) => files.map(({ path }) => path);

test('every file begins with a caption of one line', () => {
  const firstLine = (text: string) => text.replace(/^#!.*\n/, '').split('\n', 1)[0];
  expect(pathsOf(FILES.filter(({ text }) => !/^\/\*\* \S.*\S \*\/$/.test(firstLine(text))))).toStrictEqual([]);
});

test('captions are unique', () => {
  const captions = FILES.map(({ text }) => text.replace(/^#!.*\n/, '').split('\n', 1)[0]);
  expect(captions.filter((caption, index) => captions.indexOf(caption) !== index)).toStrictEqual([]);
});

test('file names are lower-case words with hyphens between them', () => {
  expect(pathsOf(FILES.filter(({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*\.tsx?$/.test(basename(path))))).toStrictEqual([]);
});

test('no folder or file is named like a collection of odds and ends', () => {
  const drawer = /^(utils?|helpers?|common|lib|misc|shared|types|constants|interfaces)$/;
  const odd = FILES.filter(({ path }) =>
    [...dirname(path).split('/'), basename(path).replace(/\.tsx?$/, '')].some((word) => drawer.test(word)),
  );
  expect(pathsOf(odd)).toStrictEqual([]);
});

test('no file is longer than the maximum', () => {
  const long = FILES.filter(({ lines }) => lines > LONGEST_FILE).map(({ path, lines }) => `${path}: ${lines}`);
  expect(long).toStrictEqual([]);
});

test('no comment announces unfinished work', () => {
  expect(pathsOf(FILES.filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text)))).toStrictEqual([]);
});

test('no type is cast away and no compiler error suppressed', () => {
  const hush = /@ts-(ignore|expect-error|nocheck)|\bas any\b|\bas unknown as\b|biome-ignore/;
  expect(pathsOf(FILES.filter(({ text }) => hush.test(text)))).toStrictEqual([]);
});

test('errors are recognized in any realm', () => {
  const oneRealm = /instanceof (Aggregate)?Error\b/;
  const files = FILES.filter(({ path, text }) => path !== 'terms/any-error.ts' && oneRealm.test(text));
  // The console runs in the realm of its page.
  expect(pathsOf(files).filter((path) => !path.startsWith('console/'))).toStrictEqual([]);
});

test('there are no default exports', () => {
  expect(pathsOf(FILES.filter(({ text }) => /^export default\b/m.test(text)))).toStrictEqual([]);
});

test('every error code is used', () => {
  const elsewhere = FILES.filter(({ path }) => path !== 'terms/errors.ts')
    .map(({ text }) => text)
    .join('\n');
  const unused = Object.keys(ERROR_CODES).filter((code) => !new RegExp(`['"]${code}['"]`).test(elsewhere));
  expect(unused).toStrictEqual([]);
});
