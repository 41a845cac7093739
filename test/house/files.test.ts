/** The files of the source: captions, names, sizes, and no words about work to do. */
import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/terms/errors.js';
import { readSource } from './source-files.js';

/** Lines beyond which a file tells more than one thing. */
const LONGEST_FILE = 320;

const FILES = [...readSource().values()];
const pathsOf = (files: typeof FILES) => files.map(({ path }) => path);

test('each file begins with a caption of one line', () => {
  const firstLine = (text: string) => text.replace(/^#!.*\n/, '').split('\n', 1)[0];
  expect(pathsOf(FILES.filter(({ text }) => !/^\/\*\* \S.*\S \*\/$/.test(firstLine(text))))).toStrictEqual([]);
});

test('captions are sentences of their own: no two files bear the same', () => {
  const captions = FILES.map(({ text }) => text.replace(/^#!.*\n/, '').split('\n', 1)[0]);
  expect(captions.filter((caption, index) => captions.indexOf(caption) !== index)).toStrictEqual([]);
});

test('file names are words in lower case, with hyphens between', () => {
  expect(pathsOf(FILES.filter(({ path }) => !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(basename(path))))).toStrictEqual([]);
});

test('no folder and no file is a drawer for odds and ends', () => {
  const drawer = /^(utils?|helpers?|common|lib|misc|shared|types|constants|interfaces)$/;
  const odd = FILES.filter(({ path }) =>
    [...dirname(path).split('/'), basename(path, '.ts')].some((word) => drawer.test(word)),
  );
  expect(pathsOf(odd)).toStrictEqual([]);
});

test('no file is longer than can be read in one go', () => {
  const long = FILES.filter(({ lines }) => lines > LONGEST_FILE).map(({ path, lines }) => `${path}: ${lines}`);
  expect(long).toStrictEqual([]);
});

test('nothing is left to do in a comment', () => {
  expect(pathsOf(FILES.filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text)))).toStrictEqual([]);
});

test('no type is cast away and no compiler error hushed', () => {
  const hush = /@ts-(ignore|expect-error|nocheck)|\bas any\b|\bas unknown as\b|biome-ignore/;
  expect(pathsOf(FILES.filter(({ text }) => hush.test(text)))).toStrictEqual([]);
});

test('nothing is exported as default', () => {
  expect(pathsOf(FILES.filter(({ text }) => /^export default\b/m.test(text)))).toStrictEqual([]);
});

test('every error code can happen', () => {
  const elsewhere = FILES.filter(({ path }) => path !== 'terms/errors.ts')
    .map(({ text }) => text)
    .join('\n');
  const unused = Object.keys(ERROR_CODES).filter((code) => !new RegExp(`['"]${code}['"]`).test(elsewhere));
  expect(unused).toStrictEqual([]);
});
