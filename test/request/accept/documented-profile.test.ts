/** The documented profile: its plan, settings without effect, and refusals by path. */
import { describe, expect, test } from 'vitest';
import { acceptProfiles } from '../../../src/request/accept/profile.js';
import type { Profile } from '../../../src/terms/profile.js';
import { configObject, documentedJsonProfile } from './documented-json-profile.js';
import { refusalOf } from './refusal.js';

const AT = 'data.contexts[0].jsonData';

/** The bare object with these members of `jsonData`. */
const withData = (jsonData: object, context: object = { format: 'JSON' }) => ({
  name: 'p',
  type: 'integrationprofile',
  data: { contexts: [{ context, jsonData }] },
});

/** The accepted profile with these members. */
function become(jsonData: object, context?: object): Profile {
  const [profile] = acceptProfiles(withData(jsonData, context));
  return profile;
}

const faultsOf = (input: unknown) =>
  (refusalOf(() => acceptProfiles(input)).faults ?? []).map(({ code, path }) => [code, path]);

/** An object with one value at the end of a path such as `publish.channel[].type`. */
function along(path: string, value: unknown): object {
  const [key, ...rest] = path.split('.');
  const inner = rest.length === 0 ? value : along(rest.join('.'), value);
  return key.endsWith('[]') ? { [key.slice(0, -2)]: [inner] } : { [key]: inner };
}

const pathOf = (path: string) => `${AT}.${path.replaceAll('[]', '[0]')}`;

describe('the profile of the documentation', () => {
  const ATTRIBUTES = [
    ...['mdmid', 'property_originalfilename', 'itemtype', 'productclassification'],
    ...['webclassification', 'mdmname'],
  ];

  test('is accepted completely', () => {
    const [{ idle, ...profile }, ...others] = acceptProfiles(documentedJsonProfile());
    expect(others).toStrictEqual([]);
    expect(profile).toEqual({
      name: 'downloadDataJSONJob',
      format: 'json',
      pack: 'envelope',
      version: '1.1',
      mode: 'ASYNC',
      context: {
        app: 'RSConnect',
        service: 'ENTITY_EXPORT',
        channel: 'JOB',
        format: 'JSON',
        source: 'internal',
        role: 'admin',
        user: 'system',
        subtype: 'User',
      },
      order: 10,
      enabled: true,
      include: { _ALL: { attributes: ATTRIBUTES } },
      exclude: { _ALL: { relationships: ['belongsto', 'belongstotaxonomy', 'belongstoroot', 'allowedlocales'] } },
      batchSize: 100,
      includeEntityProperties: true,
      entityProperties: {
        publishedBy: 'executionContext.userId',
        publishedUserEmail: 'executionContext.userEmail',
      },
    });
  });

  test('reports each setting without effect, and why', () => {
    const [{ idle = [] }] = acceptProfiles(documentedJsonProfile());
    const at = 'configObjects[0].data.contexts[0].jsonData';
    expect(idle.map(({ path }) => path.replace(`${at}.`, '')).sort()).toStrictEqual([
      'collect.channel[0].settings.includeRelatedEntityExternalIds',
      'collect.channel[0].settings.version',
      'collect.channel[0].type',
      'collect.format.batchSize',
      'collect.format.settings.additionalSettings.encoding',
      'collect.format.settings.additionalSettings.isGetCoalesce',
      'collect.format.settings.additionalSettings.supportEmptyContextsRequest',
      'collect.format.settings.supportsCollection',
      'collect.format.type',
      'collect.format.version',
      'collect.isBinaryStreamPersistent',
      'collect.isDataPersistent',
      'integrationType',
      'publish.channel[0].type',
      'publish.isBinaryStreamPersistent',
      'publish.isDataPersistent',
      'statusEventEnabled',
      'transform.settings.allowNullValues',
      'transform.settings.collectionSeparator',
      'transform.settings.enableDynamicMapping',
      'transform.settings.entityType',
      'transform.settings.nullRecordTransformer',
      'transform.settings.source',
      'transform.settings.strategies[0].isDefault',
      'transform.settings.strategies[0].useExternalName',
    ]);
    for (const { reason } of idle) expect(reason).toMatch(/^\S.*[^.]$/);
  });

  test('each setting is used, reported or refused: none is dropped silently', () => {
    const [whole] = acceptProfiles(documentedJsonProfile());
    const same: string[] = [];
    const walk = (value: unknown, path: string, without: () => object): void => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        const [less] = acceptProfiles(without());
        if (JSON.stringify(less) === JSON.stringify(whole)) same.push(path);
        return;
      }
      for (const [key, member] of Object.entries(value)) {
        const at = `${path}.${key}`;
        walk(member, at, () => removed(documentedJsonProfile(), at.split('.').slice(1)));
      }
    };
    const { jsonData } = configObject().data.contexts[0];
    walk(jsonData, '', () => ({}));
    // The context states the format as well.
    expect(same).toStrictEqual(['.publish.format.type']);
  });

  /** The documented profile without the member at a path of its `jsonData`. */
  function removed(profile: ReturnType<typeof documentedJsonProfile>, keys: readonly string[]): object {
    const path = keys.slice(0, -1);
    let object: unknown = profile.configObjects[0].data.contexts[0].jsonData;
    for (const key of path) object = new Map(Object.entries(object ?? {})).get(key);
    if (typeof object === 'object' && object !== null) Reflect.deleteProperty(object, keys.at(-1) ?? '');
    return profile;
  }
});

describe('shapes', () => {
  test('a list of objects, one object, the bare object and a list of these are equal', () => {
    const [expected] = acceptProfiles(configObject());
    const { idle, ...profile } = expected;
    for (const input of [documentedJsonProfile(), { configObject: configObject() }, [configObject()]]) {
      const [{ idle: _idle, ...one }] = acceptProfiles(input);
      expect(one).toEqual(profile);
    }
    expect(idle?.[0].path).toMatch(/^data\.contexts\[0\]\.jsonData\./);
  });

  test('each context becomes a profile of the same name', () => {
    const jsonData = { publish: { format: { type: 'RSJSON' } } };
    const contexts = [
      { context: { channel: 'JOB', order: 2 }, jsonData },
      { context: { channel: 'UI' }, jsonData: { ...jsonData, isEnabled: 'false' } },
    ];
    expect(acceptProfiles({ id: 'p', type: 'integrationprofile', data: { contexts } })).toEqual([
      { name: 'p', format: 'json', pack: 'envelope', context: { channel: 'JOB' }, order: 2 },
      { name: 'p', format: 'json', pack: 'envelope', context: { channel: 'UI' }, mode: 'SYNC', enabled: false },
    ]);
  });

  test('a name overrides an id, with a note', () => {
    const [profile] = acceptProfiles({ ...withData({}), id: 'q' });
    expect(profile).toMatchObject({ name: 'p', idle: [{ path: 'id' }] });
  });

  test('a context states the format if publish does not', () => {
    expect(become({}, { format: 'json' }).format).toBe('json');
    expect(faultsOf(withData({}, {}))).toStrictEqual([['INVALID', `${AT}.publish.format.type`]]);
  });

  test.each<[string, unknown, readonly (readonly string[])[]]>([
    [
      'no name',
      { type: 'integrationprofile', data: { contexts: [{ jsonData: {}, context: { format: 'JSON' } }] } },
      [['INVALID', 'name']],
    ],
    ['another type', { ...withData({}), type: 'authorizationmodel' }, [['INVALID', 'type']]],
    ['no data', { name: 'p', type: 'integrationprofile' }, [['INVALID', 'data']]],
    ['no contexts', { name: 'p', data: {} }, [['INVALID', 'data.contexts']]],
    ['an empty list', { name: 'p', data: { contexts: [] } }, [['INVALID', 'data.contexts']]],
    ['an invalid context', { name: 'p', data: { contexts: ['x'] } }, [['INVALID', 'data.contexts[0]']]],
    ['no settings', { name: 'p', data: { contexts: [{ context: {} }] } }, [['INVALID', AT]]],
    ['an unknown member', { ...withData({}), date: {} }, [['UNKNOWN_KEY', 'date']]],
    ['objects that are not a list', { configObjects: {} }, [['INVALID', 'configObjects']]],
    ['a list without objects', { configObjects: [1] }, [['INVALID', 'configObjects[0]']]],
    ['an unknown key beside the objects', { configObjects: [], more: 1 }, [['UNKNOWN_KEY', 'more']]],
    ['a list instead of settings', withData({ collect: [] }), [['INVALID', `${AT}.collect`]]],
    ['an object instead of a list', withData({ publish: { channel: {} } }), [['INVALID', `${AT}.publish.channel`]]],
  ])('%s is refused', (_case, input, faults) => {
    expect(faultsOf(input)).toStrictEqual(faults);
  });
});

describe('contexts', () => {
  test.each([['10'], [10]])('order %j is a number', (order) => {
    expect(become({}, { format: 'JSON', order })).toMatchObject({ order: 10, context: { format: 'JSON' } });
  });

  test.each<[string, object, string, string]>([
    ['an invalid order', { order: '1.5' }, 'INVALID', 'order'],
    ['a value that is not a string', { channel: 1 }, 'INVALID', 'channel'],
    ['another service', { service: 'MODEL_EXPORT' }, 'UNSUPPORTED', 'service'],
    ['an unknown key', { chanel: 'JOB' }, 'UNKNOWN_KEY', 'chanel'],
  ])('%s is refused', (_case, context, code, key) => {
    expect(faultsOf(withData({}, { format: 'JSON', ...context }))).toStrictEqual([
      [code, `data.contexts[0].context.${key}`],
    ]);
  });
});

describe('settings that are used', () => {
  const settings = 'publish.format.settings';

  test.each<[string, unknown, Partial<Profile>]>([
    ['isEnabled', 'false', { enabled: false }],
    ['publish.format.version', '1.0', { version: '1.0' }],
    ['publish.format.batchSize', '100', { batchSize: 100 }],
    [`${settings}.additionalSettings.fileName`, 'EntityData', { fileName: 'EntityData' }],
    [`${settings}.additionalSettings.includeEntityProperties`, 'false', { includeEntityProperties: false }],
    [
      `${settings}.entityProperties`,
      { by: 'executionContext.userId' },
      { entityProperties: { by: 'executionContext.userId' } },
    ],
    ['publish.channel[].mode', 'sync', { mode: 'SYNC' }],
    ['publish.channel[].settings.mode', 'ASYNC', { mode: 'ASYNC' }],
    ['transform.settings.strategies[].caseFormat', 'LOWERCASE', { names: { caseFormat: 'lowercase' } }],
    ['transform.settings.strategies[].trimLeadingNumbers', 'true', { names: { trimLeadingNumbers: true } }],
    ['transform.settings.strategies[].removeSpecialCharacters', true, { names: { removeSpecialCharacters: true } }],
    ['publish.filter.exclude', { queryFields: { attributes: ['a'] } }, { exclude: { _ALL: { attributes: ['a'] } } }],
  ])('%s: %j', (path, value, members) => {
    const { idle: _idle, ...profile } = become(along(path, value));
    expect(profile).toEqual({
      name: 'p',
      format: 'json',
      pack: 'envelope',
      context: { format: 'JSON' },
      ...members,
    });
  });

  test.each(['publish.format.batchSize', 'transform.settings.strategies[].caseFormat'])('%s may be empty', (path) => {
    expect(become(along(path, path.endsWith('Size') ? 0 : 'none'))).toEqual(become({}));
  });

  test('the default one of several strategies is used', () => {
    const strategies = [{ caseFormat: 'lowercase' }, { caseFormat: 'uppercase', isDefault: 'true' }];
    expect(become({ transform: { settings: { strategies } } }).names).toEqual({ caseFormat: 'uppercase' });
    expect(faultsOf(withData({ transform: { settings: { strategies: [{}, {}] } } }))).toStrictEqual([
      ['UNSUPPORTED', `${AT}.transform.settings.strategies`],
    ]);
  });

  test('a transformer that passes records unchanged keeps names, with a note', () => {
    const settings = { nullRecordTransformer: true, strategies: [{ caseFormat: 'uppercase' }] };
    const { names, idle } = become({ transform: { settings } });
    expect(names).toBeUndefined();
    expect(idle?.map(({ path }) => path)).toContain(`${AT}.transform.settings.strategies`);
  });

  test('settings of DSV have no effect on JSON, with a note', () => {
    const { idle = [], dsv } = become(
      along(`${settings}.dsvSettings`, { delimiter: ';', quotechar: "'", startLine: 1 }),
    );
    expect(dsv).toBeUndefined();
    expect(idle.map(({ path }) => path.split('.').at(-1))).toStrictEqual(['delimiter', 'quotechar', 'startLine']);
  });
});

describe('a profile for delimiter-separated values', () => {
  const dsv = (more: object = {}, dsvSettings: object = { delimiter: ';', quotechar: "'", startLine: '2' }) => ({
    transform: { settings: { collectionSeparator: '|' } },
    publish: {
      format: {
        type: 'DSV',
        batchSize: 1000,
        settings: {
          dsvSettings,
          additionalSettings: {
            fileExtension: '.txt',
            relationshipSeparator: 'Links',
            multiFileExport: 'false',
            loadSourceEntityMatchAttributes: 'false',
            columnPrefix: 'FROM_ENTITY_',
            ...more,
          },
        },
      },
    },
  });

  test('has the settings of tables', () => {
    const { idle, ...profile } = become(dsv(), { format: 'DSV' });
    expect(profile).toEqual({
      name: 'p',
      format: 'dsv',
      pack: 'envelope',
      context: { format: 'DSV' },
      batchSize: 1000,
      dsv: {
        delimiter: ';',
        quote: "'",
        startLine: 2,
        extension: 'txt',
        relationshipSeparator: 'Links',
        multiFile: false,
        collectionSeparator: '|',
      },
    });
    expect(idle?.map(({ path }) => path.split('.').at(-1)).sort()).toStrictEqual([
      'columnPrefix',
      'loadSourceEntityMatchAttributes',
    ]);
  });

  test('a context alone may state the format', () => {
    expect(become({}, { format: 'dsv' })).toEqual({
      ...{ name: 'p', format: 'dsv', pack: 'envelope', context: { format: 'dsv' } },
    });
  });

  test('properties of entities have columns, those of the run none, with a note', () => {
    const { idle = [], ...profile } = become({
      publish: {
        format: {
          type: 'DSV',
          settings: {
            additionalSettings: { includeEntityProperties: true },
            entityProperties: { by: 'executionContext.userId' },
          },
        },
      },
    });
    const includeEntityProperties = true;
    expect(profile).toEqual({
      ...{ name: 'p', format: 'dsv', pack: 'envelope', context: { format: 'JSON' }, includeEntityProperties },
    });
    expect(idle.map(({ path }) => path.split('.').at(-1))).toStrictEqual(['entityProperties']);
  });

  test.each<[string, object, object | undefined, string, string]>([
    ['two slashes', {}, { delimiter: '//' }, 'INVALID', 'dsvSettings.delimiter'],
    ['a delimiter equal to the quote', {}, { delimiter: '"' }, 'INVALID', 'dsvSettings.delimiter'],
    ['no quote', {}, { quotechar: '' }, 'INVALID', 'dsvSettings.quotechar'],
    ['an invalid line', {}, { startLine: -1 }, 'INVALID', 'dsvSettings.startLine'],
    ['an escape', {}, { escape: '?' }, 'UNKNOWN_KEY', 'dsvSettings.escape'],
    ['an extension with a path', { fileExtension: 'a/b' }, undefined, 'INVALID', 'additionalSettings.fileExtension'],
    [
      'columns of one locale only',
      { isLocalizationEnabled: 'false' },
      undefined,
      'UNSUPPORTED',
      'additionalSettings.isLocalizationEnabled',
    ],
  ])('%s is refused as a setting of tables', (_case, more, dsvSettings, code, at) => {
    expect(faultsOf(withData(dsv(more, dsvSettings)))).toStrictEqual([[code, `${AT}.publish.format.settings.${at}`]]);
  });
});

describe('settings without effect are reported with their reason', () => {
  test.each<[string, unknown]>([
    ['isMergeableWithCustom', 'true'],
    ['profileType', 'base'],
    ['collect.channel[].type', 'RDPconnector'],
    ['collect.channel[].settings.includeRelatedEntities', 'false'],
    ['collect.format.settings.includeParent', false],
    ['collect.channel[].settings.includeParent', 'true'],
    ['collect.channel[].settings.includeChildren', true],
    ['collect.channel[].settings.includeSiblings', true],
    ['collect.channel[].settings.includeMatchingAttributes', true],
    ['collect.channel[].settings.includeEnhancerAttributes', true],
    ['collect.channel[].settings.includeValidationData', true],
    ['collect.channel[].settings.requestforvaluemapping', 'false'],
    ['collect.channel[].settings.type', 'RSJSON'],
    ['collect.format.settings.encoding', 'utf8'],
    ['collect.format.type', 'Excel'],
    ['collect.format.settings.additionalSettings.loadDynamicContext', true],
    ['collect.format.settings.additionalSettings.loadDynamicContext', 'false'],
    ['collect.format.settings.additionalSettings.encoding', 'UTF-8'],
    ['transform.settings.nullRecordTransformer', true],
    ['transform.settings.clearMissingAttributes', false],
    ['transform.settings.source', 'rms'],
    ['publish.format.settings.additionalSettings.columnPrefix', 'FROM_ENTITY_'],
    ['publish.format.settings.additionalSettings.loadSourceEntityMatchAttributes', 'true'],
    ['publish.format.settings.additionalSettings.isLocalizationEnabled', 'false'],
    ['publish.format.settings.isLocalizationEnabled', true],
    ['publish.format.settings.encoding', 'utf-8'],
    ['publish.format.settings.additionalSettings.maintainSortOrder', 'true'],
    ['publish.format.settings.additionalSettings.minWidth', '12'],
    ['publish.channel[].settings.fileType', 'json'],
    ['publish.channel[].type', 's3ObjectConnector'],
  ])('%s: %j', (path, value) => {
    const { idle = [], ...profile } = become(along(path, value));
    expect(idle.map((one) => one.path)).toStrictEqual([pathOf(path)]);
    expect(profile).toEqual(become({}));
  });
});

describe('widths of columns', () => {
  const widths = (settings: object) => ({
    publish: { format: { type: 'SMARTEXCEL', settings: { additionalSettings: settings } } },
  });
  const at = `${AT}.publish.format.settings.additionalSettings`;

  test('are limits of the columns of a workbook', () => {
    const { dsv, idle = [] } = become(widths({ autoResizeColumn: 'true', minWidth: '12', maxWidth: 50 }), {
      format: 'EXCEL',
    });
    expect(dsv).toMatchObject({ minWidth: 12, maxWidth: 50 });
    expect(idle.map(({ path }) => path)).toStrictEqual([`${at}.autoResizeColumn`]);
  });

  test.each([
    [{ minWidth: 256 }, 'minWidth'],
    [{ maxWidth: 0 }, 'maxWidth'],
    [{ minWidth: 20, maxWidth: 10 }, 'maxWidth'],
  ])('%j are refused', (settings, member) => {
    expect(faultsOf(withData(widths(settings), { format: 'EXCEL' }))).toStrictEqual([['INVALID', `${at}.${member}`]]);
  });
});

describe('unsupported settings that would change the output are refused by their path', () => {
  const collected = 'collect.channel[].settings';
  const additional = 'collect.format.settings.additionalSettings';
  const published = 'publish.format.settings.additionalSettings';

  test.each<[string, unknown]>([
    ['collect.channel[].type', 'genericObjectConnector'],
    ['collect.format.type', 'XML'],
    [`${collected}.includeRelatedEntities`, true],
    [`${collected}.includeRelatedEntitiesRecursive`, true],
    [`${collected}.requestforvaluemapping`, true],
    ['collect.format.settings.includeRelatedEntities', true],
    [`${additional}.encoding`, 'utf16'],
    [`${additional}.isGetCoalesce`, 'true'],
    [`${additional}.assetExportProfile`, 'p'],
    [`${additional}.downloadURLAssetTypes`, ['image']],
    ['transform.settings.allowNullValues', true],
    ['transform.settings.entityType', 'product'],
    ['transform.settings.source', 'elsewhere'],
    ['transform.settings.clearMissingAttributes', true],
    ['publish.channel[].type', 'kinesisStreamConnector'],
    ['publish.format.type', 'XML'],
    [`${published}.downloadExternalSource`, true],
    [`${published}.isGetCoalesce`, true],
  ])('%s: %j', (path, value) => {
    expect(faultsOf(withData(along(path, value)))).toStrictEqual([['UNSUPPORTED', pathOf(path)]]);
  });

  test('more than one channel is refused', () => {
    const channel = [{ type: 'presentationConnector' }, { type: 'presentationConnector' }];
    expect(faultsOf(withData({ publish: { channel } }))).toStrictEqual([['UNSUPPORTED', `${AT}.publish.channel`]]);
  });
});

describe('values of the wrong kind', () => {
  test.each<[string, unknown]>([
    ['isEnabled', 'yes'],
    ['isEnabled', 1],
    ['collect.isDataPersistent', null],
    ['publish.format.batchSize', -1],
    ['publish.format.batchSize', '10 '],
    ['publish.format.version', 1.1],
    ['publish.channel[].settings.mode', 'LATER'],
    ['transform.settings.strategies[].caseFormat', 'camelcase'],
    ['publish.format.settings.entityProperties', 'executionContext.userId'],
  ])('%s: %j is refused', (path, value) => {
    expect(faultsOf(withData(along(path, value)))).toStrictEqual([['INVALID', pathOf(path)]]);
  });

  test('an unknown property of the run is refused by its name', () => {
    const input = withData(
      along('publish.format.settings.entityProperties', { at: 'executionContext.userid', x: 'now' }),
    );
    expect(faultsOf(input)).toStrictEqual([['INVALID', `${AT}.publish.format.settings.entityProperties.x`]]);
  });

  test('all faults are reported at once, each with its path and a suggestion', () => {
    const profile = documentedJsonProfile();
    const [{ jsonData }] = profile.configObjects[0].data.contexts;
    Object.assign(jsonData, {
      isEnabeld: 'true',
      statusEventEnabled: 'maybe',
      publish: { format: { batchSize: 'x' } },
    });
    const { faults = [], message } = refusalOf(() => acceptProfiles(profile));
    const at = 'configObjects[0].data.contexts[0].jsonData';
    expect(faults.map(({ code, path }) => [code, path])).toStrictEqual([
      ['UNKNOWN_KEY', `${at}.isEnabeld`],
      ['INVALID', `${at}.statusEventEnabled`],
      ['INVALID', `${at}.publish.format.batchSize`],
    ]);
    expect(message).toContain('did you mean "isEnabled"?');
  });
});
