/** Levels by packing, and packings that this version of Node does not have. */
import { describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import type { PlanOptions } from '../../../src/export/plan-options.js';
import { refusePacking } from '../../../src/request/plan/refuse-packing.js';
import { hasZstd } from '../../../src/zstd/node-zstd.js';

const form = { pack: 'zstd', format: 'ndjson', level: 1 } as const;

test('a packing that is missing is refused with the reason', () => {
  expect(() => refusePacking(form, { zstd: 'needs more' })).toThrow('pack: needs more');
  expect(() => refusePacking(form, {})).not.toThrow();
});

test.each([
  [{ ...form, level: 0 }, 'level: zstd has the levels 1 to 22, not 0'],
  [{ ...form, pack: 'gzip', level: 10 }, 'level: zip and gzip have the levels 0 to 9, not 10'],
  [{ ...form, pack: 'envelope', level: 22 }, 'level: zip and gzip have the levels 0 to 9, not 22'],
  [{ ...form, format: 'xlsx', level: 12 }, 'level: zip and gzip have the levels 0 to 9, not 12'],
] as const)('refuses the level of %j', (output, message) => {
  expect(() => refusePacking(output, {})).toThrow(message);
});

describe.skipIf(!hasZstd())('Zstandard', () => {
  test('holds one file', () => {
    for (const options of [{ batchSize: 2 }, { manifest: true }, { splitBy: 'type' }] satisfies PlanOptions[]) {
      expect(() => planExport({ ...options, pack: 'zstd' })).toThrow('pack zstd holds one file only');
    }
  });

  test('of a workbook has the levels of its zip', () => {
    expect(planExport({ format: 'xlsx', pack: 'zstd', level: 9 }).output).toMatchObject({ pack: 'zstd', level: 9 });
  });
});

test.skipIf(hasZstd())('Zstandard is refused with the versions of Node that have it', () => {
  expect(() => planExport({ pack: 'zstd' })).toThrow(/^pack: zstd needs Node 22\.15 or newer/);
});
