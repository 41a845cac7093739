/** The registry of profiles, and the spelling of types. */
import { describe, expect, test } from 'vitest';
import { lowerAscii } from '../../src/terms/entity-type.js';
import { DOWNLOAD_DATA_JSON_JOB, type Profile, profileRegistry } from '../../src/terms/profile.js';

describe('the registry', () => {
  test('knows the documented profile: an envelope around the document', () => {
    expect(profileRegistry().find(({ name }) => name === 'downloadDataJSONJob')).toStrictEqual({
      name: 'downloadDataJSONJob',
      format: 'json',
      pack: 'envelope',
      version: '1.1',
      context: { service: 'ENTITY_EXPORT', channel: 'JOB', format: 'JSON', source: 'internal', subtype: 'User' },
    });
  });

  test('knows a simple profile for each documented name, which answers as the name says', () => {
    expect(profileRegistry().map(({ name, format, mode, context }) => [name, format, mode, context?.channel])).toEqual([
      ['downloadDataJSONJob', 'json', undefined, 'JOB'],
      ['downloadDataDSVJob', 'dsv', undefined, 'JOB'],
      ['downloadDataDSV', 'dsv', 'SYNC', 'UI'],
      ['downloadDataExcelJob', 'xlsx', undefined, 'JOB'],
      ['downloadDataExcel', 'xlsx', 'SYNC', 'UI'],
    ]);
  });

  test('adds given profiles, which replace those of the same name', () => {
    const own: Profile[] = [
      { name: 'nightly', format: 'ndjson', pack: 'gzip' },
      { name: 'downloadDataJSONJob', format: 'array', pack: 'zip' },
    ];
    const registry = profileRegistry(own);
    expect(registry.filter(({ name }) => name === 'downloadDataJSONJob')).toHaveLength(1);
    expect(registry.map(({ name }) => name)).toContain('nightly');
    expect(registry.find(({ name }) => name === 'downloadDataJSONJob')?.pack).toBe('zip');
    expect(DOWNLOAD_DATA_JSON_JOB.pack).toBe('envelope');
  });

  test('keeps frozen copies, and does not freeze the given profiles', () => {
    const own = { name: 'nightly', format: 'ndjson' as const, pack: 'gzip' as 'gzip' | 'zip' };
    const registry = profileRegistry([own]);
    own.pack = 'zip';
    const nightly = registry.find(({ name }) => name === 'nightly');
    expect(nightly?.pack).toBe('gzip');
    expect(Object.isFrozen(nightly)).toBe(true);
  });
});

describe('types are compared by ASCII letters', () => {
  test.each([
    ['Product', 'product'],
    ['SKU_2', 'sku_2'],
    ['ÄRGER', 'Ärger'],
    ['İ', 'İ'],
    ['\u212A', '\u212A'],
    ['', ''],
  ])('%s is %s', (given, lowered) => {
    expect(lowerAscii(given)).toBe(lowered);
  });
});
