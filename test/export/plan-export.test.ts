/** Whole plans, as literals: every decision of an export as data. */
import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import { planExport } from '../../src/export/plan-export.js';
import type { PlanOptions } from '../../src/export/plan-options.js';
import { defaultThreads } from '../../src/loop/default-threads.js';
import { SluiceError } from '../../src/terms/errors.js';
import type { Profile } from '../../src/terms/profile.js';

const READ = {
  memberNames: { id: 'id', type: 'type', name: 'name' },
  locate: [],
  trust: false,
  onError: 'stop',
  maxDepth: 1024,
  maxEntityBytes: 268_435_456,
};

function refusal(options: PlanOptions): SluiceError {
  try {
    planExport(options);
  } catch (error) {
    if (error instanceof SluiceError) return error;
    throw error;
  }
  throw new Error('it was planned');
}

const CORES = Math.min(availableParallelism(), 8);
const SCAN = CORES < 4 ? { threads: 1, reason: 'threads is 1' } : { threads: CORES };

describe('whole plans', () => {
  test('without options: all entities, complete, as a document', () => {
    expect(planExport({ id: 'job-1' })).toStrictEqual({
      id: 'job-1',
      read: READ,
      scan: SCAN,
      select: { uniqueIds: true },
      output: {
        format: 'json',
        pack: 'none',
        level: 1,
        deflate: 'sluice',
        threads: defaultThreads(),
        fileName: 'job-1_out.json',
      },
    });
  });

  test('the documented body', () => {
    const request = {
      params: {
        query: { id: 'p1', filters: { typesCriterion: ['Product'] } },
        fields: { attributes: ['_ALL'] },
        options: { maxRecords: '10' },
        rsconnect: { profiles: ['downloadDataJSONJob'] },
      },
      clientState: { notificationInfo: { userId: 'a@x.com_user' } },
    };
    expect(planExport({ id: 'job-2', request, tenant: 'acme' })).toStrictEqual({
      id: 'job-2',
      read: { ...READ, locate: ['id', 'type'] },
      scan: SCAN,
      select: { types: ['product'], ids: ['p1'], uniqueIds: true, limit: 10 },
      project: { attributes: 'all', properties: 'all' },
      output: {
        ...{ format: 'json', pack: 'envelope', content: 'zip', level: 1, deflate: 'sluice' },
        ...{ threads: defaultThreads(), fileName: 'job-2_out.json' },
      },
      envelope: { tenant: 'acme', version: '1.1', fileName: 'job-2_out.zip', extension: 'zip' },
      profile: 'downloadDataJSONJob',
      clientState: { notificationInfo: { userId: 'a@x.com_user' } },
    });
  });

  test('every option', () => {
    const options: PlanOptions = {
      id: 'job-3',
      request: { name: 'Polo', types: ['_ALL'], fileName: 'Catalog ÄÖ', profile: 'feed' },
      profiles: [{ name: 'feed', format: 'array', pack: 'none', fileName: 'unused' }],
      format: 'ndjson',
      pack: 'gzip',
      level: 9,
      threads: 5,
      input: 'document',
      path: 'response.entities',
      idField: 'sku',
      typeField: 'kind',
      trust: true,
      onError: 'skip',
      uniqueIds: false,
      userId: 'me',
      maxDepth: 3,
      maxEntityBytes: 4,
    };
    expect(planExport(options)).toStrictEqual({
      id: 'job-3',
      idleOptions: [
        { path: 'userId', reason: 'the profile writes no property with the user who runs the export' },
        { path: 'uniqueIds', reason: 'the request has no ids' },
      ],
      read: {
        form: 'document',
        path: ['response', 'entities'],
        memberNames: { id: 'sku', type: 'kind', name: 'name' },
        locate: ['name'],
        trust: true,
        onError: 'skip',
        maxDepth: 3,
        maxEntityBytes: 4,
      },
      scan: { threads: 1, reason: 'only lines can be scanned in sections' },
      select: { names: ['Polo'], uniqueIds: false },
      output: { format: 'ndjson', pack: 'gzip', level: 9, deflate: 'zlib', threads: 5, fileName: 'Catalog ÄÖ.ndjson' },
      profile: 'feed',
    });
  });

  test('the suffix of the file decides what neither options nor profile state', () => {
    const plan = planExport({ id: 'job-4', threads: 1 }, { destination: 'out/catalog.ndjson.gz' });
    expect(plan.output).toStrictEqual({
      format: 'ndjson',
      pack: 'gzip',
      level: 1,
      deflate: 'sluice',
      threads: 1,
      fileName: 'job-4_out.ndjson',
    });
  });

  test('an entry point may have another default format than the document', () => {
    expect(planExport({ id: 'j' }, { fallbackFormat: 'ndjson' }).output.format).toBe('ndjson');
  });

  test('each plan without an id gets a new one', () => {
    const [a, b] = [planExport(), planExport()];
    expect(a.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(a.id).not.toBe(b.id);
  });
});

describe('selection', () => {
  test.each<[string, object, object, readonly string[]]>([
    ['types in lower case', { types: ['PRODUCT', 'Ärger'] }, { types: ['product', 'Ärger'] }, ['type']],
    ['any type', { types: ['product', '_All'] }, {}, []],
    ['ids unchanged', { ids: ['A', 'a'] }, { ids: ['A', 'a'] }, ['id']],
    ['a limit of 0', { maxRecords: 0 }, { limit: 0 }, []],
    [
      'types, ids and a limit',
      { types: ['a'], ids: ['b'], name: 'c' },
      { types: ['a'], ids: ['b'], names: ['c'] },
      ['id', 'type', 'name'],
    ],
  ])('%s', (_case, request, select, locate) => {
    const plan = planExport({ id: 'j', request });
    expect(plan.select).toStrictEqual({ ...select, uniqueIds: true });
    expect([...plan.read.locate].sort()).toStrictEqual([...locate].sort());
  });
});

describe('projection', () => {
  test.each<[string, object, object | undefined]>([
    ['no fields in the library: whole entities', {}, undefined],
    ['fields without lists: id, name, type', { fields: {} }, {}],
    ['attributes bring all properties', { fields: { attributes: ['a'] } }, { attributes: ['a'], properties: 'all' }],
    [
      'relationships bring all properties',
      { fields: { relationships: ['_ALL'] } },
      { relationships: 'all', properties: 'all' },
    ],
    [
      'listed properties are not extended',
      { fields: { attributes: ['a'], properties: ['x'] } },
      { attributes: ['a'], properties: ['x'] },
    ],
    [
      'an empty list of properties keeps none',
      { fields: { attributes: ['a'], properties: [] } },
      { attributes: ['a'] },
    ],
    ['properties alone', { fields: { properties: ['createdBy'] } }, { properties: ['createdBy'] }],
    ['empty lists keep nothing', { fields: { attributes: [], relationships: [] } }, {}],
  ])('%s', (_case, request, project) => {
    expect(planExport({ request }).project).toStrictEqual(project);
  });

  test('a body without fields is projected to id, name and type', () => {
    const request = { params: { query: { filters: { typesCriterion: ['_ALL'] } } } };
    expect(planExport({ request }).project).toStrictEqual({});
  });

  test.each(['properties', 'data', 'action'])('%s cannot be both the id and a projected part', (idField) => {
    expect(refusal({ idField, request: { fields: {} } }).code).toBe('INVALID');
    expect(planExport({ idField, request: { ids: ['a'] } }).read.memberNames.id).toBe(idField);
  });
});

describe('names', () => {
  const profiles: readonly Profile[] = [{ name: 'feed', format: 'json', pack: 'zip', fileName: 'from profile' }];

  test.each<[string, PlanOptions, string]>([
    ['the request first', { request: { fileName: 'mine', profile: 'feed' } }, 'mine.json'],
    ['then the profile', { request: { profile: 'feed' } }, 'from profile.json'],
    ['then the id', {}, 'job_out.json'],
    ['made safe', { request: { fileName: '../x' } }, '_x.json'],
    ['an id made safe', { id: '../job' }, '_job_out.json'],
  ])('%s', (_case, options, fileName) => {
    expect(planExport({ id: 'job', profiles, ...options }).output.fileName).toBe(fileName);
  });
});

describe('profiles', () => {
  const own: readonly Profile[] = [{ name: 'nightly', format: 'ndjson', pack: 'gzip' }];

  test('an unknown one is refused first, with the known ones', () => {
    const error = refusal({ profiles: own, request: { profile: 'nighty' } });
    expect(error).toMatchObject({ code: 'UNKNOWN_PROFILE', stage: 'plan' });
    for (const name of ['nighty', 'nightly', 'downloadDataJSONJob']) expect(error.message).toContain(name);
  });

  test.each(['__proto__', 'constructor', ' '])('%j is an unknown profile', (profile) => {
    expect(refusal({ request: { profile } }).code).toBe('UNKNOWN_PROFILE');
  });

  test('a given one is used', () => {
    const plan = planExport({ profiles: own, request: { profile: 'nightly' } });
    expect(plan.output).toMatchObject({ format: 'ndjson', pack: 'gzip' });
    expect(plan.profile).toBe('nightly');
    expect(plan.envelope).toBeUndefined();
  });

  test('a given one replaces a built-in one of its name', () => {
    const replaced: Profile = { name: 'downloadDataJSONJob', format: 'array', pack: 'envelope', version: '9' };
    const plan = planExport({ profiles: [replaced], request: { profile: replaced.name } });
    expect(plan.output.format).toBe('array');
    expect(plan.envelope).toMatchObject({ tenant: 'local', version: '9', extension: 'zip' });
  });

  test('an envelope of a profile without a version has the documented version', () => {
    const profile: Profile = { name: 'p', format: 'json', pack: 'envelope' };
    expect(planExport({ profiles: [profile], request: { profile: 'p' } }).envelope?.version).toBe('1.1');
  });
});

describe('a plan is immutable data', () => {
  test('is frozen on every level', () => {
    const state = { a: [{ b: {} }] };
    const plan = planExport({
      id: 'j',
      path: 'a.b',
      request: {
        types: ['a'],
        ids: ['b'],
        fields: { attributes: ['c'] },
        clientState: state,
        profile: 'downloadDataJSONJob',
      },
    });
    const loose: string[] = [];
    const look = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      if (!Object.isFrozen(value)) loose.push(path);
      for (const [key, member] of Object.entries(value)) look(member, `${path}.${key}`);
    };
    look(plan, 'plan');
    expect(loose).toStrictEqual([]);
  });

  test('neither freezes nor shares the options of the caller', () => {
    const clientState = { list: [1] };
    const profiles = [{ name: 'p', format: 'json', pack: 'zip' } as const];
    const request = { types: ['a'], ids: ['b'], fields: { attributes: ['c'] }, profile: 'p', clientState };
    const plan = planExport({ request, profiles });
    for (const given of [clientState, clientState.list, request, request.ids, request.fields.attributes, profiles[0]]) {
      expect(Object.isFrozen(given)).toBe(false);
    }
    clientState.list.push(2);
    request.ids.push('x');
    expect(plan.clientState).toStrictEqual({ list: [1] });
    expect(plan.select.ids).toStrictEqual(['b']);
  });

  test('survives being stored as JSON', () => {
    const plan = planExport({ request: { types: ['a'], fields: {}, maxRecords: 0, profile: 'downloadDataJSONJob' } });
    expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
  });

  test('refuses a client state that is no data by its path', () => {
    expect(refusal({ request: { clientState: { notify: () => {} } } })).toMatchObject({
      code: 'INVALID',
      path: 'clientState.notify',
    });
  });
});

describe('who deflates', () => {
  test.each([
    [{}, 'sluice'],
    [{ level: 2 }, 'sluice'],
    [{ level: 0 }, 'zlib'],
    [{ level: 3 }, 'zlib'],
    [{ level: 9 }, 'zlib'],
    [{ deflate: 'zlib' }, 'zlib'],
    [{ deflate: 'sluice', level: 2 }, 'sluice'],
  ] as const)('of %j is %s', (options, deflate) => {
    expect(planExport(options).output).toMatchObject({ deflate });
  });

  test('is idle where nothing is deflated', () => {
    expect(planExport({ deflate: 'zlib', format: 'ndjson' }).idleOptions).toMatchObject([{ path: 'deflate' }]);
  });
});

describe('invalid options, which only TypeScript detects earlier', () => {
  test.each<[string, object]>([
    ['format', { format: 'csv' }],
    ['format', { format: 'JSON' }],
    ['pack', { pack: 'rar' }],
    ['level', { level: 10 }],
    ['level', { level: '1' }],
    ['level', { level: 1.5 }],
    ['deflate', { deflate: 'gzip' }],
    ['deflate', { deflate: 'sluice', level: 0 }],
    ['deflate', { deflate: 'sluice', level: 6 }],
    ['threads', { threads: 0 }],
    ['threads', { threads: 1025 }],
    ['threads', { threads: 1.5 }],
    ['threads', { threads: '2' }],
    ['input', { input: 'xml' }],
    ['onError', { onError: 'ignore' }],
    ['maxDepth', { maxDepth: 0 }],
    ['maxDepth', { maxDepth: Number.POSITIVE_INFINITY }],
    ['maxEntityBytes', { maxEntityBytes: -1 }],
    ['maxEntityBytes', { maxEntityBytes: '5' }],
  ])('%s: %j is refused', (path, options) => {
    expect(refusal(options)).toMatchObject({ code: 'INVALID', path });
  });

  test('all faults are reported at once', () => {
    const wrong = { format: 'csv', pack: 'rar', maxDepth: 0 } as object;
    expect(refusal(wrong).faults?.map((fault) => fault.path)).toStrictEqual(['format', 'pack', 'maxDepth']);
  });

  test.each(['constructor', 'toString', 'hasOwnProperty'])('a member called %s causes no TypeError', (name) => {
    const options = { id: 'j', [name]: 1 } as PlanOptions;
    expect(() => planExport(options)).not.toThrow(TypeError);
  });

  test('a path within lines', () => {
    expect(refusal({ input: 'lines', path: 'entities' })).toMatchObject({ code: 'INVALID', path: 'path' });
  });

  test('undefined counts as absent', () => {
    const options = Object.fromEntries(
      [
        'format',
        'pack',
        'level',
        'threads',
        'input',
        'path',
        'trust',
        'onError',
        'maxDepth',
        'profiles',
        'request',
        'tenant',
      ].map((name) => [name, undefined]),
    );
    expect(planExport({ ...options, id: 'j' })).toStrictEqual(planExport({ id: 'j' }));
  });
});

describe('threads that scan', () => {
  const scanOf = (options: PlanOptions) => planExport({ threads: 2, ...options }).scan;

  test.each<[string, PlanOptions]>([
    ['lines', { input: 'lines', request: { types: ['x'], maxRecords: 5, fields: { attributes: 'all' } } }],
    ['criteria and an order', { request: { criteria: { keywords: { keywords: 'a' } }, sort: [{ property: 'a' }] } }],
    ['a table', { format: 'dsv' }],
    ['trusted text', { trust: true, onError: 'skip' }],
  ])('are as many as wanted for %s', (_what, options) => {
    expect(scanOf(options)).toStrictEqual({ threads: 2 });
  });

  test.each<[string, PlanOptions, RegExp]>([
    ['one', { threads: 1 }, /threads is 1/],
    ['a document', { input: 'array' }, /only lines/],
    ['a path', { path: 'items' }, /only lines/],
    ['entities inside of records', { unwrap: 'a' }, /records are not/],
    ['no ids', { request: { ids: [] } }, /nothing is read/],
    ['no records', { request: { maxRecords: 0 } }, /nothing is read/],
    ['very many ids', { request: { ids: Array.from({ length: 100_001 }, String) } }, /more than 100000 ids/],
    ['files of values', { pack: 'zip', splitBy: 'type' }, /divided by a value/],
    ['trusted text in an order', { trust: true, request: { sort: [{ property: 'a' }] } }, /sorted/],
    ['a trusted table', { trust: true, format: 'dsv' }, /table/],
    [
      'related entities',
      { request: { criteria: { relationships: [{ r: { query: { types: ['x'] } } }] } } },
      /depend on other entities/,
    ],
  ])('are none beside the one that exports for %s', (_what, options, reason) => {
    expect(scanOf(options)).toStrictEqual({ threads: 1, reason: expect.stringMatching(reason) });
  });
});
