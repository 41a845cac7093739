/** The package: its entry points, command and dependencies. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/terms/version.js';
import { ROOT, readPackageFile, readSource } from './source-files.js';

const PACKAGE = JSON.parse(readPackageFile('package.json'));

/** Dependencies at run time; docs/architecture.md has the purpose of each. */
const DEPENDENCIES = [
  'cli-progress',
  'commander',
  'content-disposition',
  'fast-json-stringify',
  'leven',
  'pino',
  'range-parser',
  'stream-chain',
  'stream-json',
  'tinyglobby',
  'yauzl',
  'yazl',
];

/** Optional peers of some parts; docs/architecture.md has the purpose of each. */
const PEERS = [
  '@aws-sdk/client-s3',
  '@aws-sdk/s3-request-presigner',
  '@fastify/rate-limit',
  '@fastify/swagger',
  'croner',
  'fastify',
  'https-proxy-agent',
  'jose',
  'lmdb',
  'pg',
  'pg-boss',
  'prom-client',
  'undici',
];

/** What is inside the console, and installed by nobody else. */
const IN_THE_CONSOLE = ['@noble/hashes', '@preact/signals', 'lossless-json', 'preact', 'uplot'];

/** The source of a built file. */
const sourceOf = (target: string) => target.replace(/^(\.\/)?dist\//, 'src/').replace(/(\.d\.ts|\.js)$/, '.ts');

test('the entry points are exactly these, types first', () => {
  // Compared as text, because the order of members counts.
  expect(JSON.stringify(PACKAGE.exports, null, 2)).toBe(
    JSON.stringify(
      {
        '.': { types: './dist/index.d.ts', default: './dist/index.js' },
        './stages': { types: './dist/stages.d.ts', default: './dist/stages.js' },
        './jobs': { types: './dist/jobs.d.ts', default: './dist/jobs.js' },
        './jobs/postgres': { types: './dist/jobs-postgres.d.ts', default: './dist/jobs-postgres.js' },
        './http': { types: './dist/http.d.ts', default: './dist/http.js' },
        './http/oidc': { types: './dist/http-oidc.d.ts', default: './dist/http-oidc.js' },
        './client': { types: './dist/client.d.ts', default: './dist/client.js' },
        './metrics': { types: './dist/metrics.d.ts', default: './dist/metrics.js' },
        './read/postgres': { types: './dist/read-postgres.d.ts', default: './dist/read-postgres.js' },
        './read/rdp': { types: './dist/read-rdp.d.ts', default: './dist/read-rdp.js' },
        './read/s3': { types: './dist/read-s3.d.ts', default: './dist/read-s3.js' },
        './write/s3': { types: './dist/write-s3.d.ts', default: './dist/write-s3.js' },
        './testing': { types: './dist/testing.d.ts', default: './dist/testing.js' },
        './package.json': './package.json',
      },
      null,
      2,
    ),
  );
});

test('every entry point has a source file', () => {
  const targets = Object.values<string | Record<string, string>>(PACKAGE.exports)
    .flatMap((target) => (typeof target === 'string' ? [] : Object.values(target)))
    .map(sourceOf);
  expect(targets.filter((target) => !existsSync(join(ROOT, target)))).toStrictEqual([]);
  expect(targets).toHaveLength(26);
});

test('the command exists and names its interpreter', () => {
  expect(PACKAGE.bin).toStrictEqual({ sluice: 'dist/cli/main.js' });
  const main = join(ROOT, sourceOf(PACKAGE.bin.sluice));
  expect(existsSync(main)).toBe(true);
  expect(readPackageFile('src/cli/main.ts').split('\n', 1)[0]).toBe('#!/usr/bin/env node');
});

test('the version in the code is that of the package', () => {
  expect(VERSION).toBe(PACKAGE.version);
});

test('the package is ESM only, without side effects at import', () => {
  expect(PACKAGE.type).toBe('module');
  expect(PACKAGE.sideEffects).toBe(false);
});

describe('dependencies', () => {
  test('at run time are exactly these', () => {
    expect(Object.keys(PACKAGE.dependencies).sort()).toStrictEqual(DEPENDENCIES);
  });

  /** The packages that files import. */
  function importedBy(isMeant: (path: string) => boolean): readonly string[] {
    const imported = new Set<string>();
    for (const { path, imports } of readSource().values()) {
      for (const { specifier } of imports) {
        if (specifier.startsWith('.') || specifier.startsWith('node:') || !isMeant(path)) continue;
        imported.add(
          specifier
            .split('/')
            .slice(0, specifier.startsWith('@') ? 2 : 1)
            .join('/'),
        );
      }
    }
    return [...imported].sort();
  }

  test('are exactly what the source imports', () => {
    const imported = importedBy((path) => !path.startsWith('console/'));
    expect(imported).toStrictEqual([...DEPENDENCIES, ...PEERS].sort());
  });

  test('of the console are inside its files, and no dependency of the package', () => {
    const imported = importedBy((path) => path.startsWith('console/'));
    expect(imported).toStrictEqual(IN_THE_CONSOLE);
    expect(Object.keys(PACKAGE.devDependencies)).toEqual(expect.arrayContaining(IN_THE_CONSOLE));
  });

  test('of some parts are optional peers', () => {
    expect(Object.keys(PACKAGE.peerDependencies).sort()).toStrictEqual(PEERS);
    expect(PACKAGE.peerDependenciesMeta).toStrictEqual(
      Object.fromEntries(PEERS.map((name) => [name, { optional: true }])),
    );
  });

  test('of some parts are loaded on demand, except for types', () => {
    const early = [...readSource().values()].flatMap(({ path, text }) =>
      PEERS.filter((name) => new RegExp(`^import (?!type )[^;]*from '${name}'`, 'm').test(text)).map(
        (name) => `${path} imports ${name}`,
      ),
    );
    expect(early).toStrictEqual([]);
  });

  test('are named in docs/architecture.md', () => {
    const page = readPackageFile('docs/architecture.md');
    expect([...DEPENDENCIES, ...PEERS, ...IN_THE_CONSOLE].filter((name) => !page.includes(name))).toStrictEqual([]);
  });
});
