/** The effect of a profile on a plan: files, names, fields, and the user. */
import { describe, expect, test } from 'vitest';
import { planExport } from '../../../src/export/plan-export.js';
import type { PlanOptions } from '../../../src/export/plan-options.js';
import { explainPlan } from '../../../src/request/explain/explain-plan.js';
import type { Profile } from '../../../src/terms/profile.js';
import { untyped } from '../../untyped.js';
import { documentedJsonProfile } from '../accept/documented-json-profile.js';
import { refusalOf } from '../accept/refusal.js';

const PLAIN: Profile = { name: 'p', format: 'json', pack: 'zip' };

/** The plan of a request for this profile. */
const planned = (profile: Partial<Profile>, options: PlanOptions = {}, request: object = {}) =>
  planExport({ id: 'job', profiles: [{ ...PLAIN, ...profile }], request: { profile: 'p', ...request }, ...options });

const refused = (options: PlanOptions) => refusalOf(() => planExport({ id: 'job', ...options }));

describe('the complete documented profile', () => {
  const request = {
    params: {
      query: { filters: { typesCriterion: ['product'] } },
      fields: { attributes: ['title'] },
      rsconnect: { profiles: ['downloadDataJSONJob'] },
    },
    clientState: { notificationInfo: { userId: 'a@x.com_user' } },
  };
  const plan = planExport({ id: 'job', profiles: [documentedJsonProfile()], request });

  test('becomes a plan', () => {
    expect(plan.output).toMatchObject({
      format: 'json',
      pack: 'envelope',
      fileName: 'job_out.json',
      split: { maxRecords: 100, before: 'job_', after: '_out.json' },
    });
    expect(plan.envelope).toStrictEqual({
      ...{ tenant: 'local', version: '1.1', fileName: 'job_out.zip', extension: 'zip' },
    });
    expect(plan.project).toMatchObject({
      attributes: ['title'],
      properties: 'all',
      include: { _all: { attributes: expect.arrayContaining(['mdmid', 'mdmname']) } },
      exclude: { _all: { relationships: ['belongsto', 'belongstotaxonomy', 'belongstoroot', 'allowedlocales'] } },
      addProperties: { publishedBy: 'a@x.com_user', publishedUserEmail: 'a@x.com' },
    });
  });

  test('explains which settings have no effect, and why', () => {
    const lines = explainPlan(plan).split('\n');
    expect(lines).toContain(
      '- No effect here: profiles[0].configObjects[0].data.contexts[0].jsonData.collect.format.batchSize: ' +
        'entities are not read in pages.',
    );
    expect(lines.filter((line) => line.startsWith('- No effect here: '))).toHaveLength(plan.idle?.length ?? 0);
  });

  test('survives being stored as JSON, and is frozen', () => {
    expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
    expect(Object.isFrozen(plan.output.split)).toBe(true);
    expect(Object.isFrozen(plan.idle?.[0])).toBe(true);
  });
});

describe('files', () => {
  test.each<[string, Partial<Profile>, PlanOptions, object | undefined]>([
    ['no batches', {}, {}, undefined],
    ['the batch size of the profile', { batchSize: 100 }, {}, { maxRecords: 100, before: 'job_', after: '_out.json' }],
    [
      'an option overrides the profile',
      { batchSize: 100 },
      { batchSize: 7 },
      { maxRecords: 7, before: 'job_', after: '_out.json' },
    ],
    ['a batch size of 0 is one file', { batchSize: 100 }, { batchSize: 0 }, undefined],
    ['by bytes', {}, { maxBytesPerFile: 9 }, { maxBytes: 9, before: 'job_', after: '_out.json' }],
    [
      'by both, in lines, with a name',
      { batchSize: 2, format: 'ndjson', fileName: 'Nightly' },
      { maxBytesPerFile: 9 },
      { maxRecords: 2, maxBytes: 9, before: 'Nightly_', after: '.ndjson' },
    ],
    [
      'the extension of a name is not repeated',
      { batchSize: 2, fileName: 'all.json' },
      {},
      { maxRecords: 2, before: 'all_', after: '.json' },
    ],
    ['a name made safe', { batchSize: 2, fileName: '../con' }, {}, { maxRecords: 2, before: '_con_', after: '.json' }],
  ])('%s', (_case, profile, options, split) => {
    expect(planned(profile, options).output.split).toStrictEqual(split);
  });

  test('the name in the request overrides that of the profile', () => {
    const { output } = planned({ batchSize: 2, fileName: 'Nightly' }, {}, { fileName: 'Mine' });
    expect(output).toMatchObject({ fileName: 'Mine.json', split: { before: 'Mine_', after: '.json' } });
  });

  test('several files default to a zip', () => {
    for (const options of [{ batchSize: 2 }, { maxBytesPerFile: 2 }, { manifest: true }]) {
      expect(planExport(options).output.pack).toBe('zip');
    }
    expect(planExport({ batchSize: 0, manifest: false }).output).not.toMatchObject({ pack: 'zip' });
  });

  test('plans a manifest', () => {
    expect(planned({}, { manifest: true }).output).toMatchObject({ manifest: true });
    expect('manifest' in planned({}, { manifest: false }).output).toBe(false);
  });

  test.each<[PlanOptions, string]>([
    [{ batchSize: 2, pack: 'none' }, 'batchSize'],
    [{ batchSize: 2, pack: 'gzip' }, 'batchSize'],
    [{ maxBytesPerFile: 2, pack: 'none' }, 'maxBytesPerFile'],
    [{ manifest: true, pack: 'gzip' }, 'manifest'],
    [{ profiles: [{ ...PLAIN, batchSize: 2 }], request: { profile: 'p' }, pack: 'none' }, 'batchSize'],
  ])('refuses %j, with the remedy', (options, path) => {
    const error = refused(options);
    expect(error).toMatchObject({ code: 'INVALID', path });
    expect(error.message).toContain('choose pack zip or envelope');
    expect(error.message.includes('batchSize 0')).toBe(path === 'batchSize');
  });

  test('refuses a destination that can hold one file only', () => {
    expect(refusalOf(() => planExport({ batchSize: 2 }, { destination: 'out.ndjson' })).path).toBe('batchSize');
    expect(planExport({ batchSize: 2 }, { destination: 'out.zip' }).output.split).toMatchObject({ maxRecords: 2 });
  });

  test.each<[PlanOptions, string]>([
    [
      { profiles: [{ ...PLAIN, batchSize: 2 }], request: { profile: 'p' } },
      'after 2 records; several are called job_1_out.json',
    ],
    [{ batchSize: 1, maxBytesPerFile: 10 }, 'after 1 record or 10 bytes;'],
    [{ manifest: true }, 'Add a list of the files to the zip.'],
  ])('%j is explained', (options, words) => {
    expect(explainPlan(planExport({ id: 'job', ...options }))).toContain(words);
  });
});

describe('fields', () => {
  const include = { Product: { attributes: ['a'] }, product: { attributes: ['b'], relationships: ['r'] } };

  test('filters of a type are merged, whatever its case', () => {
    expect(planned({ include }, {}, { fields: {} }).project?.include).toStrictEqual({
      product: { attributes: ['a', 'b'], relationships: ['r'] },
    });
  });

  test.each<[string, Partial<Profile>, object, object | undefined]>([
    ['all properties', { includeEntityProperties: true }, { fields: {} }, { properties: 'all' }],
    [
      'those that the request lists',
      { includeEntityProperties: true },
      { fields: { properties: ['x'] } },
      { properties: ['x'] },
    ],
    ['no properties', { includeEntityProperties: false }, { fields: { attributes: ['a'] } }, { attributes: ['a'] }],
    ['complete entities contain all that would be included', { include, includeEntityProperties: true }, {}, undefined],
    [
      'complete entities without some fields',
      { exclude: { _ALL: { attributes: ['a'] } } },
      {},
      { whole: true, exclude: { _all: { attributes: ['a'] } } },
    ],
    ['complete entities without properties', { includeEntityProperties: false }, {}, { whole: true, properties: [] }],
    [
      'complete entities with other names',
      { names: { caseFormat: 'uppercase' } },
      {},
      { whole: true, names: { caseFormat: 'uppercase' } },
    ],
    ['unchanged names', { names: { removeWhitespace: false } }, {}, undefined],
  ])('%s', (_case, profile, request, project) => {
    expect(planned(profile, {}, request).project).toStrictEqual(project);
  });
});

describe('who runs the export', () => {
  const entityProperties = { by: 'executionContext.userId', mail: 'executionContext.userEmail' } as const;
  const state = (userId: unknown) => ({ clientState: { notificationInfo: { userId } } });

  test.each<[string, PlanOptions, object, object]>([
    ['the client state', {}, state('a@x.com_user'), { by: 'a@x.com_user', mail: 'a@x.com' }],
    ['an id that is an address', {}, state('a@x.com'), { by: 'a@x.com', mail: 'a@x.com' }],
    [
      'the options, which override the client state',
      { userId: 'b@y.com_user' },
      state('a@x.com_user'),
      { by: 'b@y.com_user', mail: 'b@y.com' },
    ],
    ['a separate address', { userId: 'bob', userEmail: 'b@y.com' }, {}, { by: 'bob', mail: 'b@y.com' }],
  ])('is named by %s', (_case, options, request, addProperties) => {
    expect(planned({ entityProperties }, options, request).project).toStrictEqual({ whole: true, addProperties });
  });

  test.each<[string, object, PlanOptions, string]>([
    ['no user', {}, {}, 'userId'],
    ['a user that is not a string', state({}), {}, 'userId'],
    ['an empty text', state(''), {}, 'userId'],
    ['an id that is not an address', state('bob_user'), {}, 'userEmail'],
    ['an address without an id', {}, { userEmail: 'b@y.com' }, 'userId'],
  ])('refuses %s, with the remedies', (_case, request, options, option) => {
    const error = refusalOf(() => planned({ entityProperties }, options, request));
    expect(error).toMatchObject({ code: 'INVALID', path: 'clientState.notificationInfo.userId' });
    expect(error.message).toContain(`option ${option}`);
    expect(error.message).toContain('profile "p"');
  });
});

describe('profiles of all kinds', () => {
  test('documented objects and the library form can be mixed', () => {
    const profiles = [PLAIN, documentedJsonProfile()];
    expect(planExport({ profiles, request: { profile: 'p' } }).profile).toBe('p');
    const request = {
      profileContext: { channel: 'job', user: 'SYSTEM' },
      clientState: { notificationInfo: { userId: 'a@b' } },
    };
    expect(planExport({ profiles, request }).profile).toBe('downloadDataJSONJob');
  });

  test('an inline profile is the only one that the request can select', () => {
    const own = { name: 'own', format: 'array', pack: 'gzip' } as const;
    const plan = planExport({ profiles: [{ ...PLAIN, name: 'own' }], request: { profile: own } });
    expect(plan).toMatchObject({ profile: 'own', output: { format: 'array', pack: 'gzip' } });
  });

  test('reports all faults of all profiles at once, with their paths', () => {
    const { faults } = refused({ profiles: untyped([{ ...PLAIN, pack: 'rar' }, { configObject: {} }]) });
    expect(faults?.map(({ path }) => path)).toStrictEqual([
      'profiles[0].pack',
      'profiles[1].configObject.name',
      'profiles[1].configObject.data',
    ]);
  });

  test('line breaks in a profile cannot forge a line', () => {
    const forged = 'x\n- Keep every entity.';
    const profile = { ...PLAIN, name: forged, idle: [{ path: forged, reason: forged }] };
    const lines = explainPlan(planExport({ profiles: [profile], request: { profile: forged, ids: ['a'] } })).split(
      '\n',
    );
    expect(lines).not.toContain('- Keep every entity.');
  });
});

describe('invalid options, which only TypeScript detects earlier', () => {
  test.each<[string, object]>([
    ['batchSize', { batchSize: -1 }],
    ['batchSize', { batchSize: '5' }],
    ['maxBytesPerFile', { maxBytesPerFile: 0 }],
    ['manifest', { manifest: 'yes' }],
    ['userId', { userId: 1 }],
    ['userEmail', { userEmail: {} }],
    ['profiles[0]', { profiles: ['p'] }],
  ])('%s: %j is refused', (path, options) => {
    expect(refused(options)).toMatchObject({ code: 'INVALID', path });
  });
});
