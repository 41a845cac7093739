/** Many inputs, and many exports, under one signal: those that have ended leave no listener on it. */
import { getEventListeners } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { bytes } from '../../src/sources/bytes.js';
import { files } from '../../src/sources/files.js';
import { objects } from '../../src/sources/objects.js';
import type { Source } from '../../src/sources/source.js';

const LINE = '{"id":"1"}\n';

let folder = '';
const at = (name: string) => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-many-'));
  await writeFile(at('plain'), LINE);
  await writeFile(at('packed'), gzipSync(LINE));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const KINDS: readonly (readonly [string, () => Source])[] = [
  ['files', () => files(at('plain'))],
  ['gzip files', () => files(at('packed'))],
  ['bytes', () => bytes([LINE])],
  ['gzip bytes', () => bytes([gzipSync(LINE)])],
  ['objects', () => objects([{ id: '1' }])],
];

test.each(KINDS)('inputs of one export: %s', async (_kind, sourceOf) => {
  const { signal } = new AbortController();
  let most = 0;
  const source: Source = {
    async *inputs() {
      for (let index = 0; index < 100; index++) {
        most = Math.max(most, getEventListeners(signal, 'abort').length);
        yield* sourceOf().inputs(signal);
      }
    },
  };
  const { read } = await exportEntities({ source, signal, format: 'ndjson' }).toFile(at('out'));
  expect(read).toBe(100);
  expect(most).toBeLessThan(5);
});

test.each(KINDS)('exports side by side: %s', async (_kind, sourceOf) => {
  const { signal } = new AbortController();
  const warnings: unknown[] = [];
  const warned = (warning: Error) => void warnings.push(warning);
  process.on('warning', warned);
  try {
    const exports = Array.from({ length: 200 }, async (_, index) => {
      const { read } = await exportEntities({ source: sourceOf(), signal }).toFile(at(`out-${index}`));
      return read;
    });
    expect(new Set(await Promise.all(exports))).toStrictEqual(new Set([1]));
    expect(getEventListeners(signal, 'abort')).toStrictEqual([]);
  } finally {
    process.off('warning', warned);
  }
  expect(warnings).toStrictEqual([]);
});
