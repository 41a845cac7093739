/** Profiles in the library's form, and invalid ones. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { acceptProfiles } from '../../../src/request/accept/profile.js';
import { SluiceError } from '../../../src/terms/errors.js';
import type { Profile } from '../../../src/terms/profile.js';
import { runs } from '../../runs.js';
import { documentedJsonProfile } from './documented-json-profile.js';
import { refusalOf } from './refusal.js';

const PLAIN: Profile = { name: 'p', format: 'ndjson', pack: 'gzip' };

const WHOLE: Profile = {
  name: 'nightly',
  format: 'json',
  pack: 'zip',
  version: '1.0',
  fileName: 'Nightly',
  mode: 'ASYNC',
  context: { channel: 'JOB', region: 'EMEA' },
  order: 3,
  enabled: false,
  include: { product: { attributes: ['mdmid'], relationships: 'all' } },
  exclude: { _ALL: { attributes: ['secret'] } },
  batchSize: 100,
  includeEntityProperties: false,
  entityProperties: { by: 'executionContext.userId', mail: 'executionContext.userEmail' },
  names: {
    caseFormat: 'uppercase',
    removeWhitespace: true,
    removeSpecialCharacters: false,
    trimLeadingNumbers: true,
    trimTrailingNumbers: true,
  },
  dsv: {
    delimiter: ';',
    quote: "'",
    startLine: 2,
    extension: 'txt',
    relationshipSeparator: 'Links',
    multiFile: true,
    collectionSeparator: '|',
    guardFormulas: false,
  },
  idle: [{ path: 'collect.batchSize', reason: 'reading does not go by pages' }],
};

const faultsOf = (input: unknown, path?: string) =>
  (refusalOf(() => acceptProfiles(input, path)).faults ?? []).map((fault) => [fault.code, fault.path]);

describe('the form of the library', () => {
  test.each([[PLAIN], [WHOLE]])('accepts %j', (profile) => {
    expect(acceptProfiles(profile)).toEqual([profile]);
  });

  test('keeps the order of a list, also with documented profiles', () => {
    const names = acceptProfiles([WHOLE, documentedJsonProfile(), PLAIN]).map(({ name }) => name);
    expect(names).toStrictEqual(['nightly', 'downloadDataJSONJob', 'p']);
  });

  test('accepts accepted profiles again, unchanged', () => {
    const once = acceptProfiles([WHOLE, PLAIN, documentedJsonProfile()]);
    expect(acceptProfiles(once)).toEqual(once);
  });

  test('shares no data with the given profiles', () => {
    const given = structuredClone(WHOLE);
    const [accepted] = acceptProfiles(given);
    const shared: string[] = [];
    const compare = (a: unknown, b: unknown, path: string): void => {
      if (typeof a !== 'object' || a === null) return;
      if (a === b) shared.push(path);
      const members = new Map(Object.entries(b ?? {}));
      for (const [key, value] of Object.entries(a)) compare(value, members.get(key), `${path}.${key}`);
    };
    compare(given, accepted, 'profile');
    expect(shared).toStrictEqual([]);
  });

  test('accepts other spellings of numbers, booleans, words and lists', () => {
    const said = {
      ...PLAIN,
      format: 'NDJSON',
      order: '7',
      enabled: 'false',
      batchSize: 0,
      include: { _all: { attributes: 'mdmid', relationships: ['_all'] } },
      version: undefined,
    };
    expect(acceptProfiles(said)).toEqual([
      { ...PLAIN, order: 7, enabled: false, include: { _ALL: { attributes: ['mdmid'], relationships: 'all' } } },
    ]);
  });

  test.each<[string, object, readonly (readonly string[])[]]>([
    [
      'an empty object',
      {},
      [
        ['INVALID', 'name'],
        ['INVALID', 'format'],
        ['INVALID', 'pack'],
      ],
    ],
    ['an empty name', { ...PLAIN, name: '' }, [['INVALID', 'name']]],
    ['an unknown format', { ...PLAIN, format: 'xml' }, [['INVALID', 'format']]],
    ['an unknown pack', { ...PLAIN, pack: 'rar' }, [['INVALID', 'pack']]],
    ['an unknown member', { ...PLAIN, filename: 'x' }, [['UNKNOWN_KEY', 'filename']]],
    ['an unknown mode', { ...PLAIN, mode: 'LATER' }, [['INVALID', 'mode']]],
    ['a context with numbers', { ...PLAIN, context: { channel: 1 } }, [['INVALID', 'context.channel']]],
    ['an order in the context', { ...PLAIN, context: { order: '1' } }, [['INVALID', 'context.order']]],
    ['a fractional batch size', { ...PLAIN, batchSize: 0.5 }, [['INVALID', 'batchSize']]],
    [
      'a filter of unknown fields',
      { ...PLAIN, exclude: { a: { atributes: [] } } },
      [['UNKNOWN_KEY', 'exclude.a.atributes']],
    ],
    ['a filter that is a list', { ...PLAIN, include: ['a'] }, [['INVALID', 'include']]],
    [
      'an unknown property of the run',
      { ...PLAIN, entityProperties: { by: 'me' } },
      [['INVALID', 'entityProperties.by']],
    ],
    ['an unknown case', { ...PLAIN, names: { caseFormat: 'camel' } }, [['INVALID', 'names.caseFormat']]],
    ['an unknown strategy', { ...PLAIN, names: { trim: true } }, [['UNKNOWN_KEY', 'names.trim']]],
    ['a delimiter of two characters', { ...PLAIN, dsv: { delimiter: '//' } }, [['INVALID', 'dsv.delimiter']]],
    ['no delimiter', { ...PLAIN, dsv: { delimiter: '' } }, [['INVALID', 'dsv.delimiter']]],
    ['a line break as delimiter', { ...PLAIN, dsv: { delimiter: '\n' } }, [['INVALID', 'dsv.delimiter']]],
    ['a quote equal to the delimiter', { ...PLAIN, dsv: { quote: ',' } }, [['INVALID', 'dsv.delimiter']]],
    ['an extension with a path', { ...PLAIN, dsv: { extension: '../x' } }, [['INVALID', 'dsv.extension']]],
    ['notes that are not a list', { ...PLAIN, idle: 'x' }, [['INVALID', 'idle']]],
    ['a note without a reason', { ...PLAIN, idle: [{ path: 'x', reason: 1 }] }, [['INVALID', 'idle[0].reason']]],
  ])('%s is refused', (_case, profile, faults) => {
    expect(faultsOf(profile)).toStrictEqual(faults);
  });

  test('reports which of many profiles is faulty, with a suggestion', () => {
    expect(faultsOf([PLAIN, { ...PLAIN, pack: 1 }, 'x'], 'profiles')).toStrictEqual([
      ['INVALID', 'profiles[1].pack'],
      ['INVALID', 'profiles[2]'],
    ]);
    const { message } = refusalOf(() => acceptProfiles({ ...PLAIN, format: 'ndjsn', batchsize: 1 }));
    expect(message).toContain('did you mean "ndjson"?');
    expect(message).toContain('did you mean "batchSize"?');
  });

  test.each([[null], [1], ['p'], [[null]], [undefined]])('refuses %j, which is not a profile', (input) => {
    expect(refusalOf(() => acceptProfiles(input)).code).toBe('INVALID');
  });

  test('accepts an empty list', () => {
    expect(acceptProfiles([])).toEqual([]);
    expect(acceptProfiles({ configObjects: [] })).toEqual([]);
  });
});

describe('any input', () => {
  const words = fc.constantFrom(
    ...['name', 'format', 'pack', 'data', 'type', 'contexts', 'context', 'jsonData', 'configObjects', 'configObject'],
    ...['collect', 'publish', 'transform', 'settings', 'channel', 'filter', 'include', 'typesCriterion', 'queryFields'],
    ...['strategies', 'caseFormat', 'entityProperties', 'dsv', 'names', 'idle', '__proto__', 'constructor', 'toString'],
  );
  const values = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium' },
      fc.jsonValue(),
      words,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(words, tie('value'), { maxKeys: 6 }),
    ),
  })).value;

  const places: (readonly string[])[] = [];
  const walk = (value: unknown, way: readonly string[]): void => {
    places.push(way);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) walk(member, [...way, key]);
  };
  walk(documentedJsonProfile(), []);

  function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
    if (key === undefined) return by;
    const members = Object.entries(value ?? {}).map(
      ([name, member]) => [name, name === key ? replaced(member, rest, by) : member] as const,
    );
    return Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members);
  }

  /** The documented profile with another value in one place. */
  const spoilt = fc
    .tuple(fc.constantFrom(...places), values)
    .map(([way, value]) => replaced(documentedJsonProfile(), way, value));

  test.each([
    ['random', values],
    ['the documented profile, changed in one place', spoilt],
  ])('%s: is accepted to profiles that are accepted unchanged again, or refused with faults', (_case, inputs) => {
    fc.assert(
      fc.property(inputs, (input) => {
        try {
          const profiles = acceptProfiles(input);
          expect(acceptProfiles(profiles)).toEqual(profiles);
        } catch (error) {
          if (!(error instanceof SluiceError)) throw error;
          expect(error.faults?.length).toBeGreaterThan(0);
          for (const { message } of error.faults ?? []) expect(message).not.toBe('');
        }
      }),
      runs(400),
    );
  });
});
