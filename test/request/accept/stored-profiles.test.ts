/** Stored profiles in all their forms: extended ones, those for something else, and those of the documentation. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import { isObject } from '../../../src/options/faults.js';
import { acceptProfiles } from '../../../src/request/accept/profile.js';
import type { Profile } from '../../../src/terms/profile.js';
import { untyped } from '../../untyped.js';
import { refusalOf } from './refusal.js';

const CONTEXT = {
  app: 'RSConnect',
  service: 'ENTITY_EXPORT',
  channel: 'JOB',
  format: 'JSON',
  source: 'internal',
  order: '10',
};

const stored = (name: string, jsonData: object, context: object = CONTEXT) => ({
  ...{ id: name, name, type: 'integrationprofile' },
  data: { contexts: [{ context, jsonData }] },
});

const BASE = stored('sys_nightly_base', {
  profileType: 'base',
  collect: {
    format: { settings: { encoding: 'utf8' } },
    filter: { include: { queryFields: { attributes: ['sku'] } } },
  },
  publish: {
    channel: [{ type: 'presentationConnector', settings: { mode: 'ASYNC' } }],
    format: { type: 'RSJSON', version: '1.1', batchSize: 100, settings: { encoding: 'utf8' } },
  },
});

/** Extends the base with these settings. */
const extension = (jsonData: object = {}, name = 'nightly', base = 'sys_nightly_base') =>
  stored(name, { profileType: 'extended', extendedBaseProfileName: base, ...jsonData });

const accepted = (input: unknown, name: string): Omit<Profile, 'idle'> => {
  const found = acceptProfiles(input).find((profile) => profile.name === name);
  if (!found) throw new Error(`${name} was not accepted`);
  const { idle: _, ...profile } = found;
  return profile;
};

describe('a stored profile is accepted in each form', () => {
  const [jsonData] = BASE.data.contexts.map((one) => one.jsonData);
  const { idle: _, name: _name, context: _context, order: _order, ...expected } = acceptProfiles(BASE)[0];
  const form = { name: 'p', type: 'integrationprofile' };

  test.each<[string, object]>([
    ['with contexts', { ...form, data: { contexts: [{ context: CONTEXT, jsonData }] } }],
    ['with its settings in data', { ...form, data: { jsonData } }],
    ['with its context and settings in data', { ...form, data: { context: CONTEXT, jsonData } }],
    ['of the system', { ...form, type: 'integrationprofile-system', data: { jsonData } }],
    ['bare', { name: 'p', ...jsonData }],
    ['with who stored it', { ...form, migration: 'true', properties: { createdBy: 'x' }, data: { jsonData } }],
    ['in a list', { configObjects: [{ ...form, data: { jsonData } }] }],
    ['alone in an answer', { configObject: { ...form, data: { jsonData } } }],
    [
      'in the answer of the platform',
      {
        request: { returnRequest: false },
        response: { configObjects: [{ ...form, data: { jsonData } }], status: 'success', totalRecords: 1 },
      },
    ],
  ])('%s', (_form, input) => {
    expect(accepted(input, 'p')).toMatchObject({ ...expected, name: 'p' });
  });

  test('settings that are unknown are refused by name', () => {
    const { faults } = refusalOf(() => acceptProfiles({ name: 'p', context: CONTEXT, collect: {}, publich: {} }));
    expect(faults).toMatchObject([{ code: 'UNKNOWN_KEY', path: 'publich' }]);
  });
});

describe('a profile that extends another', () => {
  test('has the settings of its base, except those that it states itself', () => {
    const both = [extension({ publish: { format: { batchSize: 5 } } }), BASE];
    const { extends: base, ...profile } = accepted(both, 'nightly');
    expect(base).toBe('sys_nightly_base');
    expect(profile).toEqual({ ...accepted(BASE, 'sys_nightly_base'), name: 'nightly', batchSize: 5 });
  });

  test('replaces lists of its base, and merges objects', () => {
    const channel = [{ type: 'presentationConnector', settings: { mode: 'SYNC' } }];
    const include = { queryFields: { relationships: ['parts'] } };
    const both = [BASE, extension({ publish: { channel }, collect: { filter: { include } } })];
    expect(accepted(both, 'nightly')).toMatchObject({
      mode: 'SYNC',
      batchSize: 100,
      include: { _ALL: { attributes: ['sku'], relationships: ['parts'] } },
    });
  });

  test('may extend one that extends another', () => {
    const all = [extension({}, 'twice', 'nightly'), extension({ isEnabled: 'false' }), BASE];
    expect(accepted(all, 'twice')).toMatchObject({ enabled: false, batchSize: 100, extends: 'nightly' });
  });

  test('is selected by a context in the place of its base', () => {
    const profiles = [BASE, extension({ publish: { format: { batchSize: 5 } } })];
    const plan = planExport({
      profiles: untyped(profiles),
      request: { profileContext: { channel: 'JOB', format: 'JSON', source: 'internal' } },
    });
    expect(plan.profile).toBe('nightly');
    expect(planExport({ profiles: untyped(profiles), request: { profile: 'sys_nightly_base' } }).profile).toBe(
      'sys_nightly_base',
    );
  });

  test.each([
    ['sys_export_data_json_any_task_base', { format: 'json', mode: 'ASYNC' }],
    ['sys_export_data_dsv_ui_sync_base', { format: 'dsv', mode: 'SYNC' }],
    ['sys_export_data_excel_ui_task_base', { format: 'xlsx', mode: 'ASYNC' }],
    ['downloadDataJSONJob', { format: 'json', mode: 'ASYNC' }],
  ])('finds the base %s by its name', (base, members) => {
    expect(accepted(extension({}, 'p', base), 'p')).toMatchObject(members);
  });

  test.each<[string, unknown, string]>([
    ['a base that is nowhere', extension({}, 'p', 'nowhere'), 'UNKNOWN_PROFILE'],
    ['itself', extension({}, 'p', 'p'), 'INVALID'],
    [
      'a base that must not be extended',
      [extension({}, 'p', 'fixed'), stored('fixed', { isMergeableWithCustom: 'false' })],
      'INVALID',
    ],
  ])('is refused with %s', (_case, input, code) => {
    const { faults } = refusalOf(() => acceptProfiles(input));
    expect(faults).toMatchObject([{ code }]);
    expect(faults?.[0].path).toMatch(/extendedBaseProfileName$/);
  });
});

describe('a profile for something else is refused by one sentence that names the channel', () => {
  const published = (type: string, format = 'RSJSON') => ({
    collect: { channel: [{ type: 'rdpConnector', settings: { unheardOf: 1 } }] },
    publish: { channel: [{ type, settings: { unheardOf: 1 } }], format: { type: format, unheardOf: 1 } },
  });
  const collected = (type: string) => ({ collect: { channel: [{ type, unheardOf: 1 }], unheardOf: 1 } });

  test.each<[string, { service?: string; channel: string }, object, readonly string[]]>([
    ['an import', { service: 'ENTITY_IMPORT', channel: 'Kinesis' }, collected('kinesisStreamConnector'), ['imports']],
    ['assets', { service: 'ASSET_EXPORT', channel: 'ASSET' }, collected('assetExportConnector'), ['assets']],
    ['a model', { service: 'MODEL_TEMPLATE', channel: 'ALL' }, published('folderConnector'), ['MODEL_TEMPLATE']],
    ['an Event Hub', { channel: 'ALL' }, published('eventHubConnector'), ['eventHubConnector']],
    ['Kinesis', { channel: 'ALL' }, published('kinesisStreamConnector'), ['kinesisStreamConnector']],
    ['XML over SFTP', { channel: 'SFTP' }, published('sftpConnector', 'XML'), ['sftpConnector']],
    ['XML in a storage', { channel: 'AZURE_BLOB' }, published('azureBlobConnector', 'XML'), ['"XML"']],
    ['queued objects', { channel: 'SCHEDULE_JOB' }, collected('genericObjectConnector'), ['genericObjectConnector']],
  ])('%s', (_case, context, jsonData, words) => {
    const { faults } = refusalOf(() => acceptProfiles(stored('p', jsonData, { ...CONTEXT, ...context })));
    expect(faults).toMatchObject([{ code: 'UNSUPPORTED' }]);
    for (const word of [...words, `channel ${context.channel}`]) expect(faults?.[0].message).toContain(word);
  });
});

test('a profile for a storage gives the result to the caller, and says so', () => {
  const channel = [{ type: 'azureBlobConnector', settings: { containerName: 'c', fileType: 'json', fileName: 'out' } }];
  const [profile] = acceptProfiles(stored('p', { publish: { channel } }));
  expect(profile).toMatchObject({ format: 'json', fileName: 'out' });
  const reasons = profile.idle?.map(({ path, reason }) => [path.split('.').at(-1), reason]);
  expect(reasons).toContainEqual([
    'containerName',
    'the result goes to the caller, and is not written to Azure Blob Storage',
  ]);
});

test('a table with match attributes of the source entity takes those that the profile includes', () => {
  const additionalSettings = { loadSourceEntityMatchAttributes: 'true', columnPrefix: 'OF_' };
  const jsonData = {
    collect: { filter: { include: { typesCriterion: { _ALL: { queryFields: { attributes: ['sku', 'mdmid'] } } } } } },
    publish: { format: { type: 'DSV', settings: { additionalSettings } } },
  };
  expect(accepted(stored('p', jsonData), 'p')).toMatchObject({
    dsv: { sourceAttributes: ['sku', 'mdmid'], sourcePrefix: 'OF_' },
  });
});

const PLACE = fileURLToPath(new URL('../../../../shared/data/documented/profiles.json', import.meta.url));

describe.runIf(existsSync(PLACE))('the profiles of the documentation', () => {
  const all: readonly { readonly profile: { readonly id: string } }[] = existsSync(PLACE)
    ? JSON.parse(readFileSync(PLACE, 'utf8'))
    : [];
  /** Whether a profile exports entities as JSON, a table or a workbook, to the caller or a storage. */
  const isOurs = (profile: unknown) =>
    /"ENTITY_EXPORT"/.test(JSON.stringify(profile)) &&
    !/"XML"|eventHub|Kinesis|sftpConnector|genericObjectConnector/.test(JSON.stringify(profile));

  test('those for entities are accepted as printed, others refused by one sentence', () => {
    for (const { profile } of all) {
      if (isOurs(profile)) expect(acceptProfiles(profile), profile.id).toHaveLength(1);
      else {
        const { faults } = refusalOf(() => acceptProfiles(profile));
        expect(faults, profile.id).toMatchObject([{ code: 'UNSUPPORTED' }]);
      }
    }
    expect(all.some(({ profile }) => isOurs(profile)) && isObject(all[0])).toBe(true);
  });
});
