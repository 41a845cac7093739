/** Settings of delimiter-separated values: their precedence, and refusals. */
import { describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import type { PlanOptions } from '../../../src/export/plan-options.js';
import { SluiceError } from '../../../src/terms/errors.js';
import type { DsvSettings, Profile } from '../../../src/terms/profile.js';

const DEFAULTS = {
  minWidth: 8,
  maxWidth: 60,
  delimiter: ',',
  quote: '"',
  startLine: 0,
  extension: 'csv',
  relationshipSeparator: 'Relationships',
  multiFile: false,
  sourceAttributes: [] as string[],
  sourcePrefix: 'FROM_ENTITY_',
  collectionSeparator: '||',
  guardFormulas: true,
  arrays: 'join',
  bom: false,
  decimalComma: false,
  locale: 'en-US',
  attributes: [],
  columns: [],
};

const PROFILE: Profile = { name: 'table', format: 'dsv', pack: 'none', dsv: { delimiter: ';', extension: 'txt' } };

function refusal(act: () => unknown): SluiceError {
  try {
    act();
  } catch (error) {
    if (error instanceof SluiceError) return error;
  }
  throw new Error('it was planned');
}

describe('settings', () => {
  test('have documented defaults', () => {
    expect(planExport({ format: 'dsv' }).output.dsv).toStrictEqual(DEFAULTS);
  });

  test.each<[string, DsvSettings | undefined, string | undefined, string | undefined, Partial<typeof DEFAULTS>]>([
    ['the suffix', undefined, undefined, 'a.tsv', { delimiter: '\t', extension: 'tsv' }],
    ['the suffix of a packed file', undefined, undefined, 'a.TSV.gz', { delimiter: '\t', extension: 'tsv' }],
    ['another suffix', undefined, undefined, 'a.dsv', { extension: 'dsv' }],
    ['the profile', undefined, 'table', undefined, { delimiter: ';', extension: 'txt' }],
    ['the profile, which overrides the suffix', undefined, 'table', 'a.tsv', { delimiter: ';', extension: 'txt' }],
    [
      'the options, which override the profile',
      { delimiter: '|' },
      'table',
      'a.csv',
      { delimiter: '|', extension: 'txt' },
    ],
    [
      'the options, which override the suffix',
      { delimiter: '|' },
      undefined,
      'a.tsv',
      { delimiter: '|', extension: 'tsv' },
    ],
  ])('are those of %s', (_who, dsv, profile, destination, expected) => {
    const options = { profiles: [PROFILE], request: profile ? { profile } : {}, ...(dsv ? { dsv } : {}) };
    const plan = planExport(options, { ...(destination ? { destination } : {}), fallbackFormat: 'dsv' });
    expect(plan.output.dsv).toStrictEqual({
      ...DEFAULTS,
      ...(profile ? { layout: 'entities' } : {}),
      ...expected,
    });
  });

  test('name the extension of the file, and the type in the envelope', () => {
    const plan = planExport({ id: 'j', format: 'dsv', pack: 'envelope', content: 'plain', dsv: { extension: 'txt' } });
    expect(plan.output.fileName).toBe('j_out.txt');
    expect(plan.envelope).toMatchObject({ objectType: 'DSVObject', fileName: 'j_out.txt', extension: 'txt' });
    expect(planExport({ pack: 'envelope' }).envelope).not.toHaveProperty('objectType');
  });

  test('name the file of relationships, however long the name', () => {
    const asked = { format: 'dsv', pack: 'zip', dsv: { multiFile: true } } as const;
    expect(planExport({ id: 'j', ...asked }).output.dsv?.relationshipsName).toBe('j_out_relationships.csv');
    const { fileName, dsv } = planExport({ ...asked, request: { fileName: 'x'.repeat(300) } }).output;
    expect(dsv?.relationshipsName).toMatch(/^x+_relationships\.csv$/);
    expect(dsv?.relationshipsName?.length).toBeLessThanOrEqual(200);
    expect(fileName).toMatch(/^x+\.csv$/);
  });

  test('name files that are split by records', () => {
    const { split } = planExport({
      id: 'j',
      format: 'dsv',
      pack: 'zip',
      batchSize: 5,
      dsv: { extension: 'txt' },
    }).output;
    expect(split).toStrictEqual({ maxRecords: 5, before: 'j_', after: '_out.txt' });
  });

  test('give a workbook its extension, and the type and version in the envelope', () => {
    const plan = planExport({ id: 'j', format: 'xlsx', pack: 'envelope' });
    expect(plan.output.fileName).toBe('j_out.xlsx');
    expect(plan.envelope).toMatchObject({ objectType: 'excelObject', extension: 'xlsx', version: '0.14' });
    expect(planExport({ id: 'j' }, { destination: 'a.XLSX' }).output).toMatchObject({ format: 'xlsx', pack: 'none' });
  });

  test('put relationships into a second file of a zip of .csv files, unless a profile or a setting says otherwise', () => {
    const multiFile = (options: PlanOptions) => planExport(options).output.dsv?.multiFile;
    expect(multiFile({ format: 'dsv', pack: 'zip' })).toBe(true);
    expect(multiFile({ format: 'dsv', pack: 'zip', dsv: { multiFile: false } })).toBe(false);
    expect(multiFile({ format: 'dsv', pack: 'zip', dsv: { extension: 'dsv' } })).toBe(false);
    expect(multiFile({ format: 'dsv', pack: 'zip', dsv: { layout: 'fields' } })).toBe(false);
    expect(multiFile({ format: 'dsv', pack: 'zip', batchSize: 5 })).toBe(false);
    expect(multiFile({ format: 'dsv' })).toBe(false);
    expect(multiFile({ profiles: [{ name: 'p', format: 'dsv', pack: 'zip' }], request: { profile: 'p' } })).toBe(false);
  });

  test('name the properties that have columns: those listed, or all of a profile', () => {
    const list = { fields: { properties: ['createdBy'] } };
    expect(planExport({ format: 'dsv', request: list }).output.dsv?.properties).toEqual(['createdBy']);
    const all = { name: 'all', format: 'dsv', pack: 'none', includeEntityProperties: true } as const;
    const request = { profile: 'all' };
    expect(planExport({ profiles: [all], request }).output.dsv?.properties).toBe('all');
  });

  test('other formats have none', () => {
    expect(planExport().output).not.toHaveProperty('dsv');
  });
});

test('a documented profile has them under other names', () => {
  const jsonData = {
    isEnabled: 'true',
    transform: { settings: { collectionSeparator: '##' } },
    publish: {
      format: {
        type: 'DSV',
        settings: {
          dsvSettings: { delimiter: '|', quotechar: "'", startLine: '1' },
          additionalSettings: { fileExtension: 'txt', relationshipSeparator: '--', multiFileExport: 'true' },
        },
      },
    },
  };
  const profile = {
    id: 'p',
    name: 'p',
    type: 'integrationprofile',
    data: { contexts: [{ context: { service: 'ENTITY_EXPORT', format: 'DSV' }, jsonData }] },
  };
  const plan = planExport({ id: 'j', profiles: [profile], request: { profile: 'p' } });
  expect(plan.output).toMatchObject({
    ...{ format: 'dsv', pack: 'envelope', fileName: 'j_out.txt' },
    dsv: {
      ...{ delimiter: '|', quote: "'", startLine: 1, extension: 'txt', relationshipSeparator: '--', multiFile: true },
      ...{ collectionSeparator: '##', relationshipsName: 'j_out_relationships.txt' },
    },
  });
});

describe('the request', () => {
  test('chooses the locale of the plain columns', () => {
    const request = { valueContexts: [{ source: 'internal' }, { locale: 'de-DE' }, { locale: 'fr-FR' }] };
    expect(planExport({ format: 'dsv', request }).output.dsv?.locale).toBe('de-DE');
  });

  test('chooses the first columns, except those that a profile excludes', () => {
    const fields = { attributes: ['b', 'a', 'b', 'x'] };
    expect(planExport({ format: 'dsv', request: { fields } }).output.dsv?.attributes).toStrictEqual(['b', 'a', 'x']);
    const profiles = [{ ...PROFILE, exclude: { _all: { attributes: ['x'] } } }];
    const plan = planExport({ profiles, request: { profile: 'table', fields } });
    expect(plan.output.dsv?.attributes).toStrictEqual(['b', 'a']);
  });

  test('chooses no columns if the profile changes names', () => {
    const profiles = [{ ...PROFILE, names: { caseFormat: 'uppercase' } as const }];
    const plan = planExport({ profiles, request: { profile: 'table', fields: { attributes: ['a'] } } });
    expect(plan.output.dsv?.attributes).toStrictEqual([]);
  });
});

describe('is refused', () => {
  test.each<[string, Parameters<typeof planExport>[0], string, string]>([
    ['a long delimiter', { format: 'dsv', dsv: { delimiter: '//' } }, 'INVALID', 'dsv.delimiter'],
    ['a line break as quote', { format: 'dsv', dsv: { quote: '\n' } }, 'INVALID', 'dsv.quote'],
    ['a path as extension', { format: 'dsv', dsv: { extension: '../x' } }, 'INVALID', 'dsv.extension'],
    ['settings for another format', { format: 'json', dsv: { delimiter: ';' } }, 'INVALID', 'dsv'],
    ['two files without a zip', { format: 'dsv', pack: 'none', dsv: { multiFile: true } }, 'INVALID', 'dsv.multiFile'],
    [
      'two files that are split again',
      { format: 'dsv', pack: 'zip', batchSize: 5, dsv: { multiFile: true } },
      'UNSUPPORTED',
      'dsv.multiFile',
    ],
    ['files split by bytes', { format: 'dsv', pack: 'zip', maxBytesPerFile: 500 }, 'UNSUPPORTED', 'maxBytesPerFile'],
    ['a delimiter of a workbook', { format: 'xlsx', dsv: { delimiter: ';' } }, 'INVALID', 'dsv.delimiter'],
    ['Excel of a locale, as a workbook', { format: 'xlsx', dsv: { excel: 'de' } }, 'INVALID', 'dsv.excel'],
    [
      'a workbook split by bytes',
      { format: 'xlsx', pack: 'zip', maxBytesPerFile: 9 },
      'UNSUPPORTED',
      'maxBytesPerFile',
    ],
    ['several workbooks in no zip', { format: 'xlsx', batchSize: 5, pack: 'none' }, 'INVALID', 'batchSize'],
  ])('%s', (_what, options, code, path) => {
    expect(refusal(() => planExport(options))).toMatchObject({ code, path });
  });

  test('an unknown setting', () => {
    const options = JSON.parse('{"format":"dsv","dsv":{"delimeter":";"}}');
    expect(refusal(() => planExport(options))).toMatchObject({
      code: 'UNKNOWN_KEY',
      path: 'dsv.delimeter',
    });
  });
});
