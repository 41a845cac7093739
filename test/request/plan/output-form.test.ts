/** Format and packing by option, profile, suffix or default, in that order. */
import { describe, expect, test } from 'vitest';
import { decideOutput } from '../../../src/request/plan/output-form.js';
import { SluiceError } from '../../../src/terms/errors.js';
import { DOWNLOAD_DATA_JSON_JOB, type Format, type Pack, type Profile } from '../../../src/terms/profile.js';

const NIGHTLY: Profile = { name: 'nightly', format: 'ndjson', pack: 'gzip' };

function refusal(...given: Parameters<typeof decideOutput>): SluiceError {
  try {
    decideOutput(...given);
  } catch (error) {
    if (error instanceof SluiceError) return error;
  }
  throw new Error('it was decided');
}

describe('precedence', () => {
  test.each<[string, Parameters<typeof decideOutput>, Format, Pack]>([
    ['no setting', [{}, undefined, {}], 'json', 'none'],
    ['the default of an entry point', [{}, undefined, { fallbackFormat: 'ndjson' }], 'ndjson', 'none'],
    [
      'the suffix overrides the default',
      [{}, undefined, { destination: 'out.json', fallbackFormat: 'ndjson' }],
      'json',
      'none',
    ],
    [
      'the profile overrides the suffix',
      [{}, { ...NIGHTLY, format: 'array', pack: 'none' }, { destination: 'a.json' }],
      'array',
      'none',
    ],
    ['the profile decides without a suffix', [{}, NIGHTLY, {}], 'ndjson', 'gzip'],
    ['a given format overrides the profile', [{ format: 'json' }, NIGHTLY, {}], 'json', 'gzip'],
    ['a given pack overrides the profile', [{ pack: 'none' }, NIGHTLY, {}], 'ndjson', 'none'],
    ['both are given', [{ format: 'array', pack: 'zip' }, NIGHTLY, {}], 'array', 'zip'],
    [
      'an unknown suffix has no effect',
      [{}, undefined, { destination: 'out.bin', fallbackFormat: 'ndjson' }],
      'ndjson',
      'none',
    ],
    ['a path without a suffix has no effect', [{}, NIGHTLY, { destination: 'json' }], 'ndjson', 'gzip'],
    ['given lines in a zip', [{ format: 'ndjson' }, undefined, { destination: 'out.zip' }], 'ndjson', 'zip'],
    ['a zip holds the document', [{}, undefined, { destination: 'out.zip', fallbackFormat: 'ndjson' }], 'json', 'zip'],
    [
      'the documented profile',
      [{}, DOWNLOAD_DATA_JSON_JOB, { destination: 'out.json', fallbackFormat: 'ndjson' }],
      'json',
      'envelope',
    ],
    ['an array under .json', [{ format: 'array' }, undefined, { destination: 'out.json' }], 'array', 'none'],
    [
      'lines in an envelope',
      [{ format: 'ndjson', pack: 'envelope' }, undefined, { destination: 'out.json' }],
      'ndjson',
      'envelope',
    ],
  ])('%s', (_case, given, format, pack) => {
    expect(decideOutput(...given)).toStrictEqual({ format, pack });
  });
});

describe('suffixes', () => {
  test.each<[string, Format, Pack]>([
    ['out.json', 'json', 'none'],
    ['OUT.JSON', 'json', 'none'],
    ['out.ndjson', 'ndjson', 'none'],
    ['out.jsonl', 'ndjson', 'none'],
    ['out.zip', 'json', 'zip'],
    ['out.json.gz', 'json', 'gzip'],
    ['out.ndjson.gz', 'ndjson', 'gzip'],
    ['out.jsonl.gz', 'ndjson', 'gzip'],
    ['out.gz', 'array', 'gzip'],
    ['out.csv', 'dsv', 'none'],
    ['out.tsv', 'dsv', 'none'],
    ['out.DSV', 'dsv', 'none'],
    ['out.csv.gz', 'dsv', 'gzip'],
    ['out.tsv.gz', 'dsv', 'gzip'],
    ['out.dsv.gz', 'dsv', 'gzip'],
    ['/some/where.d/out.Ndjson.GZ', 'ndjson', 'gzip'],
    ['out.ndjson.zip', 'ndjson', 'zip'],
    ['out.JSONL.Zip', 'ndjson', 'zip'],
    ['out.json.zip', 'json', 'zip'],
    ['out.csv.zip', 'dsv', 'zip'],
    ['out.zst', 'array', 'zstd'],
    ['out.ndjson.ZST', 'ndjson', 'zstd'],
    ['out.csv.zst', 'dsv', 'zstd'],
    ['out.tsv.zip', 'dsv', 'zip'],
    ['out.2026-01-31.json', 'json', 'none'],
    ['/tar.gz/out.parquet.d/out', 'array', 'none'],
    ['out', 'array', 'none'],
    ['out.txt', 'array', 'none'],
    ['zst', 'array', 'none'],
  ])('%s means %s, packed %s', (path, format, pack) => {
    expect(decideOutput({}, undefined, { destination: path, fallbackFormat: 'array' })).toStrictEqual({ format, pack });
  });
});

describe('refuses a contradicting suffix, with the fix', () => {
  test.each<[Parameters<typeof decideOutput>, string]>([
    [[{ pack: 'zip' }, undefined, { destination: 'out.json' }], 'choose pack none'],
    [[{ pack: 'none' }, undefined, { destination: 'out.zip' }], 'choose pack zip'],
    [[{ pack: 'none' }, undefined, { destination: 'out.json.gz' }], 'choose pack gzip'],
    [[{ pack: 'gzip' }, undefined, { destination: 'out.zip' }], 'choose pack zip'],
    [[{ pack: 'gzip' }, undefined, { destination: 'out.json.zst' }], 'choose pack zstd'],
    [[{ format: 'json' }, undefined, { destination: 'out.ndjson' }], 'choose format ndjson'],
    [[{ format: 'array' }, undefined, { destination: 'out.jsonl.gz' }], 'choose format ndjson'],
    [[{ format: 'ndjson' }, undefined, { destination: 'out.json' }], 'choose format json'],
    [[{ format: 'dsv' }, undefined, { destination: 'out.json' }], 'choose format json'],
    [[{ format: 'json' }, undefined, { destination: 'out.csv' }], 'choose format dsv'],
    [[{}, NIGHTLY, { destination: 'out.json' }], 'choose pack none'],
    [[{}, { ...NIGHTLY, pack: 'none' }, { destination: 'out.json' }], 'choose format json'],
    [[{}, DOWNLOAD_DATA_JSON_JOB, { destination: 'out.zip' }], 'name it .json'],
    [[{ pack: 'envelope' }, undefined, { destination: 'out.ndjson' }], 'name it .json'],
  ])('%j', (given, fix) => {
    const error = refusal(...given);
    expect(error).toMatchObject({ code: 'INVALID', stage: 'plan', path: given[2].destination });
    expect(error.message).toContain(fix);
    expect(error.message).toContain(given[2].destination);
  });

  test('the suggested fix works', () => {
    expect(refusal({ pack: 'none' }, undefined, { destination: 'out.zip' }).message).toContain('choose pack zip');
    expect(decideOutput({ pack: 'zip' }, undefined, { destination: 'out.zip' }).pack).toBe('zip');
  });
});

describe('refuses the suffix of an unsupported format, and lists the supported ones', () => {
  test.each([
    ...['out.zstd', 'out.br', 'out.bz2', 'out.xz', 'out.7z', 'out.tar', 'OUT.TGZ', 'out.xls', 'out.parquet', 'out.xml'],
    ...['out.tar.zst', 'out.tar.gz', 'out.xlsb.zip', 's3://bucket/out.json.bz2'],
  ])('%s', (path) => {
    for (const asked of [{}, { format: 'ndjson', pack: 'none' }] as const) {
      const error = refusal(asked, undefined, { destination: path });
      expect(error).toMatchObject({ code: 'INVALID', stage: 'plan', path });
      expect(error.message).toContain(
        'it writes .ndjson, .jsonl, .json, .csv, .tsv, .dsv, .xlsx, each also followed by .gz, .zst or .zip',
      );
    }
  });
});
