/** A plan explained: every decision has its sentence. */
import { describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import type { PlanOptions } from '../../../src/export/plan-options.js';
import { explainPlan } from '../../../src/request/explain/explain-plan.js';
import { hasZstd } from '../../../src/zstd/node-zstd.js';

const explain = (options: PlanOptions) => explainPlan(planExport({ id: 'job-1', ...options }));
const sentences = (options: PlanOptions) => explain(options).split('\n');

test('explains a plain export', () => {
  const lines = sentences({});
  expect(lines[0]).toBe('Export job-1:');
  expect(lines).toContain('- Keep every entity.');
  expect(lines).toContain('- Stop at the first fault.');
  expect(lines).toContain('- Write complete entities, byte for byte.');
  expect(lines).toContain('- Format: a document {"entities":[…]}.');
  for (const line of lines.slice(1)) expect(line).toMatch(/^- [A-Z].*\.$/);
});

describe('the sentence of each decision', () => {
  test.each<[string, PlanOptions, string]>([
    ['types', { request: { types: ['Product', 'sku'] } }, '- Keep entities of type "product", "sku".'],
    ['one id', { request: { ids: ['a'] } }, '- Keep the 1 id "a"; stop reading when all were found.'],
    ['every match', { request: { ids: ['a', 'b'] }, uniqueIds: false }, 'Keep the 2 ids "a", "b"; read on'],
    ['a name', { request: { name: 'a "b"\n' } }, '- Keep entities called "a \\"b\\"\\n".'],
    ['a limit', { request: { maxRecords: 10 } }, '- Stop after 10 records.'],
    ['a limit of one', { request: { maxRecords: 1 } }, '- Stop after 1 record.'],
    ['no fields', { request: { fields: {} } }, '- Of each write id, name, type and action.'],
    ['fields', { request: { fields: { attributes: ['title'] } } }, 'attributes "title", properties (all).'],
    ['all relationships', { request: { fields: { relationships: 'all' } } }, 'relationships (all)'],
    ['trust', { trust: true }, 'Trust it'],
    ['checking', {}, 'Check it'],
    ['skipping', { onError: 'skip' }, 'Reject faulty lines'],
    ['lines', { input: 'lines' }, '- Read the input as lines.'],
    ['a path to the entities', { path: 'response.entities' }, 'the array at response.entities'],
    ['an unknown form', {}, 'found by its first bytes'],
    ['an array', { format: 'array' }, '- Format: a bare array.'],
    ['NDJSON', { format: 'ndjson' }, '- Format: one entity per line.'],
    ['a table', { format: 'dsv' }, '- Format: delimiter-separated values.'],
    ['the values of a table', { format: 'dsv' }, '- Write the values of entities.'],
    [
      'the members of a table',
      { format: 'dsv', dsv: { layout: 'entities' } },
      '- Of each write id, name, type, action, attributes and relationships.',
    ],
    ['the buffered rows', { format: 'dsv' }, 'until the last entity has shown the columns.'],
    ['its delimiter', { format: 'dsv', dsv: { delimiter: '\t' } }, '- Separate values by "\\t".'],
    ['a layout that is not known', { format: 'dsv' }, '- Find the layout by the first entities'],
    ['the columns of locales', { format: 'dsv' }, 'values of other locales than en-US have columns of their own.'],
    ['joined arrays', { format: 'dsv' }, 'arrays of plain values are joined by "||", others are JSON.'],
    [
      'exploded arrays, and nulls',
      { format: 'dsv', dsv: { arrays: 'explode', nullText: '\\N' } },
      'each element of an array has a row, nulls are "\\\\N".',
    ],
    ['Excel', { format: 'dsv', dsv: { excel: 'de' } }, 'Excel in the locale de opens'],
    ['relationships after the entities', { format: 'dsv' }, '- Write relationships after the entities;'],
    [
      'relationships in a file',
      { format: 'dsv', pack: 'zip', dsv: { multiFile: true } },
      'in job-1_out_relationships.csv;',
    ],
    ['the guard', { format: 'dsv' }, "- Put a ' before"],
    ['no guard', { format: 'dsv', dsv: { guardFormulas: false } }, 'formula unchanged.'],
    ['gzip', { pack: 'gzip', level: 6 }, '- Pack with gzip, level 6.'],
    ['threads', { pack: 'gzip', threads: 3 }, '- Deflate 3 blocks at a time.'],
    ['one thread', { pack: 'envelope', threads: 1 }, '- Deflate 1 block at a time.'],
    ['zip', { pack: 'zip', request: { fileName: 'catalog' } }, '- Pack as catalog.json in a zip, level 1.'],
    ['tenant', { pack: 'envelope', tenant: 'acme' }, 'id job-1, tenant acme, version 1.1.'],
    ['profile', { request: { profile: 'downloadDataJSONJob' } }, 'Export job-1 by profile downloadDataJSONJob:'],
  ])('%s', (_case, options, sentence) => {
    expect(explain(options)).toContain(sentence);
  });

  test('lists the first of many ids, and their number', () => {
    const ids = Array.from({ length: 100 }, (_, index) => `id${index}`);
    const line = sentences({ request: { ids } }).find((one) => one.includes('100 ids'));
    expect(line).toContain('"id0"');
    expect(line).toContain('100');
    expect(line?.length).toBeLessThan(200);
  });
});

describe('explains every decision', () => {
  test.each<[string, PlanOptions]>([
    ['id', { id: 'job-2' }],
    ['input', { input: 'array' }],
    ['path', { path: 'a.b' }],
    ['idField', { idField: 'sku', request: { ids: ['a'] } }],
    ['typeField', { typeField: 'kind', request: { types: ['a'] } }],
    ['trust', { trust: true }],
    ['onError', { onError: 'skip' }],
    ['uniqueIds', { uniqueIds: false, request: { ids: ['a'] } }],
    ['maxDepth', { maxDepth: 5 }],
    ['maxEntityBytes', { maxEntityBytes: 5 }],
    ['format', { format: 'array' }],
    ['pack', { pack: 'zip' }],
    ['level', { level: 9, pack: 'zip' }],
    ['threads', { threads: 77, pack: 'zip' }],
    ['tenant', { tenant: 'acme', pack: 'envelope' }],
    ['fileName', { pack: 'zip', request: { fileName: 'catalog' } }],
  ])('%s changes the text', (name, options) => {
    const without = Object.fromEntries(Object.entries(options).filter(([key]) => key !== name));
    const { fileName, ...request } = (options.request ?? {}) as { fileName?: string };
    const base = name === 'fileName' ? { ...without, request } : without;
    expect(explain(options)).not.toBe(explain(base));
  });

  test('names and ids of a request cannot forge a sentence', () => {
    const forged = 'a\n- Keep every entity.';
    const lines = sentences({ id: 'x', request: { name: forged, ids: [forged], fields: { attributes: [forged] } } });
    expect(lines).not.toContain('- Keep every entity.');
  });
});

test.skipIf(!hasZstd())('explains Zstandard', () => {
  const text = explainPlan(planExport({ id: 'job-1', pack: 'zstd', level: 12, threads: 3 }));
  expect(text).toContain('- Pack with Zstandard, level 12, in frames of 1 MiB.');
  expect(text).toContain('- Compress 3 blocks at a time.');
});
