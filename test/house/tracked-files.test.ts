/** Tracked files: only what belongs at the top level, and nothing large. */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { execFileSync } from '../run-sync.js';

const ROOT = resolve(import.meta.dirname, '../..');

/** Larger files are made by tests, not stored. */
const LARGEST_BYTES = 512 * 1024;

const TOP_LEVEL = new Set([
  ...[
    '.ci',
    '.editorconfig',
    '.gitattributes',
    '.gitignore',
    '.npmrc',
    'biome.json',
    'knip.json',
    'package-lock.json',
    'package.json',
  ],
  ...['tsconfig.build.json', 'tsconfig.json', 'vitest.config.ts'],
  ...['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md'],
  ...['bench', 'docs', 'src', 'test'],
]);

describe.skipIf(!existsSync(join(ROOT, '.git')))('tracked files', () => {
  // Also a skipped block is collected.
  const tracked = () =>
    execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0').slice(0, -1);

  test('at the top level are those of a package, and no output of a run', () => {
    const names = new Set(tracked().map((path) => path.split('/', 1)[0]));
    expect([...names].filter((name) => !TOP_LEVEL.has(name))).toStrictEqual([]);
  });

  test('are small', () => {
    const large = tracked().filter(
      (path) => existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).size > LARGEST_BYTES,
    );
    expect(large).toStrictEqual([]);
  });
});
