/** Globs over folders with more entries than are matched at once: the matches are those of small folders. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { matchFiles } from '../../src/sources/match-files.js';

let root = '';
const all: string[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sluice-large-'));
  const add = async (name: string) => {
    await writeFile(join(root, name), '');
    all.push(name);
  };
  await mkdir(join(root, 'a/deep/b'), { recursive: true });
  for (let number = 0; number < 1500; number++) {
    await add(`${number}.json`);
    await add(`a/deep/b/${number % 2 === 0 ? 'x' : 'y'}${number}.json`);
    await mkdir(join(root, `sub${number}`));
    if (number % 100 === 0) await add(`sub${number}/one.json`);
  }
  await add('a/deep/.hidden.json');
  await symlink('a/deep', join(root, 'link'));
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

/** The names below the folder that match, through the link too. */
function naive(matches: RegExp): readonly string[] {
  const linked = all.filter((name) => name.startsWith('a/deep/')).map((name) => name.replace('a/deep/', 'link/'));
  return [...all, ...linked].filter((name) => matches.test(name)).sort();
}

test.each([
  ['*.json', /^[^/]*\.json$/],
  ['**/*.json', /(^|\/)[^./][^/]*$/],
  ['**/x*.json', /(^|\/)x[^/]*$/],
  ['*/*.json', /^sub[^/]*\/[^/]*\.json$/],
  ['a/*/b/{x1,y1}*.json', /^a\/deep\/b\/[xy]1[^/]*$/],
  ['sub1?00/one.json', /^sub1.00\//],
  ['{a,link}/**/y7*.json', /^(a|link)\/.*y7[^/]*$/],
  ['a/deep/.*.json', /^a\/deep\/\./],
])('%s', async (pattern, matches) => {
  const found = await matchFiles(`${root}/${pattern}`, 'name');
  expect(found).toEqual(naive(matches).map((name) => `${root}/${name}`));
});
