/** What the blob of an envelope holds: decided by option, request or profile, and named by the envelope. */
import { describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import type { PlanOptions } from '../../../src/export/plan-options.js';
import { explainPlan } from '../../../src/request/explain/explain-plan.js';
import type { Profile } from '../../../src/terms/profile.js';
import { refusalOf } from '../accept/refusal.js';

const envelopeOf = (options: PlanOptions) => planExport({ id: 'j', pack: 'envelope', ...options });

const PLAIN: Profile = { name: 'p', format: 'json', pack: 'envelope', content: 'plain' };

describe('the content', () => {
  test.each<[string, PlanOptions, string]>([
    ['a zip by default', {}, 'zip'],
    ['by the profile', { profiles: [PLAIN], request: { profile: 'p' } }, 'plain'],
    ['by the request, before the profile', { profiles: [PLAIN], request: { profile: 'p', content: 'zip' } }, 'zip'],
    ['by the option, before the request', { content: 'plain', request: { content: 'zip' } }, 'plain'],
    ['a workbook itself', { format: 'xlsx' }, 'plain'],
    ['a zip of a workbook, if asked for', { format: 'xlsx', content: 'zip' }, 'zip'],
    ['a zip of several workbooks', { format: 'xlsx', batchSize: 5 }, 'zip'],
  ])('is %s', (_what, options, content) => {
    expect(envelopeOf(options).output.content).toBe(content);
  });

  test('has no effect without an envelope, and the plan says so', () => {
    const plan = planExport({ pack: 'zip', content: 'plain' });
    expect(plan.output).not.toHaveProperty('content');
    expect(plan.idleOptions).toStrictEqual([
      { path: 'content', reason: 'only an envelope has a blob, and the pack is zip' },
    ]);
    expect(explainPlan(plan)).toContain('only an envelope has a blob');
  });

  test('is refused if it is nothing known', () => {
    expect(refusalOf(() => envelopeOf({ request: { content: JSON.parse('"tar"') } })).path).toBe('content');
  });
});

describe('a plain file', () => {
  test.each<[string, PlanOptions]>([
    ['batchSize', { batchSize: 10 }],
    ['maxBytesPerFile', { maxBytesPerFile: 1000 }],
    ['splitBy', { splitBy: 'type' }],
    ['manifest', { manifest: true }],
    ['dsv.multiFile', { format: 'dsv', dsv: { multiFile: true } }],
  ])('is refused where %s may make several', (name, options) => {
    const { code, path, message } = refusalOf(() => envelopeOf({ content: 'plain', ...options }));
    expect({ code, path }).toStrictEqual({ code: 'INVALID', path: 'content' });
    expect(message).toContain(name);
  });

  test('may be split by records if the request allows no more than one file has', () => {
    const plan = envelopeOf({ content: 'plain', batchSize: 10, request: { maxRecords: 10 } });
    expect(plan.output).toMatchObject({ content: 'plain' });
    expect(plan.output).not.toHaveProperty('split');
  });

  test('is explained', () => {
    expect(explainPlan(envelopeOf({ content: 'plain' }))).toContain('- Wrap j_out.json itself in the envelope');
  });
});

describe('the envelope names what is inside', () => {
  test.each<[PlanOptions, object]>([
    [{}, { fileName: 'j_out.zip', extension: 'zip' }],
    [{ request: { fileName: 'EntityData' } }, { fileName: 'EntityData.zip', extension: 'zip' }],
    [{ content: 'plain' }, { fileName: 'j_out.json' }],
    [{ content: 'plain', format: 'array' }, { fileName: 'j_out.json' }],
    [
      { content: 'plain', format: 'ndjson' },
      { fileName: 'j_out.ndjson', extension: 'ndjson' },
    ],
    [
      { content: 'plain', format: 'dsv' },
      { fileName: 'j_out.csv', extension: 'csv', objectType: 'DSVObject' },
    ],
    [{ format: 'dsv' }, { fileName: 'j_out.zip', extension: 'zip', objectType: 'DSVObject' }],
    [{ format: 'xlsx' }, { fileName: 'j_out.xlsx', extension: 'xlsx', objectType: 'excelObject', version: '0.14' }],
  ])('%j', (options, members) => {
    expect(envelopeOf(options).envelope).toEqual({ tenant: 'local', version: '1.1', ...members });
  });
});
