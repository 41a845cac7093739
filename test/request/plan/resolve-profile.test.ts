/** Selection of a profile, by name and by context. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveProfile } from '../../../src/request/plan/resolve-profile.js';
import type { SluiceError } from '../../../src/terms/errors.js';
import { type Profile, profileRegistry } from '../../../src/terms/profile.js';
import { refusalOf } from '../accept/refusal.js';

const profile = (name: string, context?: Readonly<Record<string, string>>, more: Partial<Profile> = {}): Profile => ({
  name,
  format: 'json',
  pack: 'zip',
  ...(context ? { context } : {}),
  ...more,
});

const PROFILES = [
  profile('plain'),
  profile('any', { channel: 'ALL', format: 'JSON' }),
  profile('job', { channel: 'JOB', format: 'JSON' }),
  profile('ui', { channel: 'UI', format: 'JSON' }, { order: 5 }),
  profile('dsv', { channel: 'JOB', format: 'DSV' }),
  profile('off', { channel: 'OFF' }, { enabled: false }),
  profile('seed', { channel: 'UI' }, { fileName: 'second', order: 20 }),
  profile('seed', { channel: 'JOB', format: 'JSON', source: 'internal' }, { fileName: 'first', order: 10 }),
];

type Asked = Parameters<typeof resolveProfile>[0];

const found = (asked: Asked) => resolveProfile(asked, PROFILES);
const refusal = (asked: Asked, profiles = PROFILES): SluiceError => refusalOf(() => resolveProfile(asked, profiles));

test('selects none without a name or context', () => {
  expect(found({})).toBeUndefined();
});

test('says what generic objects are', () => {
  for (const [kind, value] of [
    ['format', 'GENERIC_OBJECT_EXCEL'],
    ['service', 'GENERIC_OBJECT_PUBLISH'],
  ]) {
    const { code, message } = refusal({ profileContext: { [kind]: value } }, [
      profile('p', { service: 'ENTITY_EXPORT', format: 'JSON' }),
    ]);
    expect(code).toBe('UNSUPPORTED');
    expect(message).toContain('is about generic objects, such as scheduled requests, and sluice exports entities');
  }
});

describe('by name', () => {
  test('selects the one with the name', () => {
    expect(found({ profile: 'job' })).toBe(PROFILES[2]);
  });

  test('selects the lowest order of several with one name', () => {
    expect(found({ profile: 'seed' })?.fileName).toBe('first');
  });

  test('refuses an unknown name, and lists the known ones', () => {
    const { code, message } = refusal({ profile: 'jobs' });
    expect(code).toBe('UNKNOWN_PROFILE');
    expect(message).toBe('no profile is called "jobs"; known profiles: plain, any, job, ui, dsv, seed');
  });

  test('refuses a disabled one as disabled', () => {
    const { code, message } = refusal({ profile: 'off' });
    expect(code).toBe('UNKNOWN_PROFILE');
    expect(message).toContain('"off" is disabled; known profiles: plain, any');
  });

  test('ignores a disabled one among others of its name', () => {
    const others = [profile('p', { channel: 'A' }, { enabled: false, order: 1 }), profile('p', { channel: 'B' })];
    expect(resolveProfile({ profile: 'p' }, others)).toBe(others[1]);
  });

  test('refuses an ambiguous name', () => {
    const equals = [
      profile('p', { channel: 'A' }),
      profile('p', { channel: 'B' }),
      profile('p', {}, { order: undefined }),
    ];
    const { code, message } = refusal({ profile: 'p' }, equals);
    expect(code).toBe('INVALID');
    for (const one of ['channel=A', 'channel=B', 'order']) expect(message).toContain(one);
  });
});

describe('by context', () => {
  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['all pairs are equal', { channel: 'JOB', format: 'DSV' }, 'dsv'],
    ['ASCII case is ignored', { channel: 'job', format: 'dsv' }, 'dsv'],
    ['ALL matches if no other profile does', { channel: 'SCHEDULE_JOB', format: 'JSON' }, 'any'],
    ['more equal pairs take precedence', { channel: 'JOB', format: 'JSON', source: 'internal' }, 'seed'],
    ['then the lower order', { channel: 'UI' }, 'ui'],
    ['a stated order precedes none', { channel: 'JOB', format: 'JSON' }, 'seed'],
    ['an order can be requested', { channel: 'UI', order: '20' }, 'seed'],
    ['pairs that a profile does not have match', { channel: 'JOB', format: 'DSV', user: 'me' }, 'dsv'],
  ])('%s', (_case, profileContext, name) => {
    expect(found({ profileContext })?.name).toBe(name);
  });

  test('selects a profile without a context by name only', () => {
    expect(refusal({ profileContext: { channel: 'X', format: 'DSV' } }).code).toBe('UNKNOWN_PROFILE');
    expect(found({ profile: 'plain', profileContext: { channel: 'X' } })?.name).toBe('plain');
  });

  test('lists the candidates with their contexts if none matches', () => {
    const { code, message } = refusal({ profileContext: { channel: 'OFF', format: 'XML' } });
    expect(code).toBe('UNKNOWN_PROFILE');
    expect(message).toContain('(channel=OFF format=XML)');
    expect(message).toContain('job (channel=JOB format=JSON)');
    expect(message).toContain('ui (channel=UI format=JSON order=5)');
    expect(message).not.toContain('off ');
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['a key that no profile has', { chanel: 'JOB' }],
    ['several of them', { role: 'admin', user: 'me' }],
    ['an order alone that no profile has', { order: '99' }],
  ])('%s selects none, as no profile has one of its pairs', (_case, profileContext) => {
    const { code, message } = refusal({ profileContext });
    expect(code).toBe('UNKNOWN_PROFILE');
    expect(message).toContain('job (channel=JOB format=JSON)');
    expect(found({ profile: 'job', profileContext: { user: 'me' } })?.name).toBe('job');
  });

  test('ALL counts as a matching pair', () => {
    expect(found({ profileContext: { channel: 'SCHEDULE_JOB' } })?.name).toBe('any');
  });

  test('lists several equally good matches', () => {
    const { code, path, message } = refusal({ profileContext: { format: 'DSV', user: 'me' } }, [
      profile('a', { format: 'DSV' }),
      profile('b', { format: 'DSV' }),
      profile('c', { format: 'DSV' }, { enabled: false }),
      profile('d', { user: 'me', format: 'X' }),
    ]);
    expect([code, path]).toStrictEqual(['INVALID', 'profileContext']);
    expect(message).toContain('a (format=DSV), b (format=DSV);');
  });

  test('selects the built-in profile by the documented context', () => {
    const profileContext = {
      service: 'ENTITY_EXPORT',
      channel: 'JOB',
      format: 'JSON',
      source: 'internal',
      user: 'system',
    };
    expect(resolveProfile({ profileContext }, profileRegistry())?.name).toBe('downloadDataJSONJob');
  });

  test.each(['__proto__', 'constructor'])('a pair called %s is an ordinary pair', (key) => {
    expect(
      found({
        profileContext: Object.fromEntries([
          [key, 'x'],
          ['format', 'DSV'],
        ]),
      })?.name,
    ).toBe('dsv');
  });
});

test('selects by context among the profiles of the name', () => {
  expect(found({ profile: 'seed', profileContext: { channel: 'UI' } })?.fileName).toBe('second');
  const { code, message } = refusal({ profile: 'seed', profileContext: { channel: 'X' } });
  expect(code).toBe('UNKNOWN_PROFILE');
  expect(message).toContain('called "seed" fits (channel=X)');
  expect(message).not.toContain('job ');
});

test('the selection does not depend on the order of the registry', () => {
  const values = fc.constantFrom('A', 'a', 'B', 'ALL');
  const contexts = fc.dictionary(fc.constantFrom('x', 'y', 'z'), values, { minKeys: 1 });
  const orders = fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined });
  const one = fc.tuple(contexts, orders).map(([context, order]) => ({ context, order }));
  fc.assert(
    fc.property(fc.array(one, { maxLength: 6 }), contexts, (all, profileContext) => {
      const profiles = all.map(({ context, order }, index) =>
        profile(`p${index}`, context, order === undefined ? {} : { order }),
      );
      const outcome = (list: readonly Profile[]) => {
        try {
          return resolveProfile({ profileContext }, list)?.name;
        } catch (error) {
          return error instanceof Error && 'code' in error ? error.code : error;
        }
      };
      expect(outcome(profiles.toReversed())).toBe(outcome(profiles));
      const naive = naiveWinner(profiles, profileContext);
      expect(outcome(profiles)).toBe(naive);
    }),
  );
});

/** The documented rule: of the matching profiles with one of the pairs, those with most equal pairs, then the lowest order. */
function naiveWinner(profiles: readonly Profile[], asked: Readonly<Record<string, string>>): string {
  const said = ({ context = {} }: Profile, key: string) => context[key]?.toLowerCase();
  const isEqual = (one: Profile, key: string) => said(one, key) === asked[key].toLowerCase();
  const keys = Object.keys(asked);
  const fitting = profiles.filter(
    (one) =>
      keys.every((key) => isEqual(one, key) || said(one, key) === undefined || said(one, key) === 'all') &&
      keys.some((key) => said(one, key) !== undefined),
  );
  const equal = (one: Profile) => keys.filter((key) => isEqual(one, key)).length;
  const most = fitting.filter((one) => fitting.every((other) => equal(other) <= equal(one)));
  const order = (one: Profile) => one.order ?? Number.POSITIVE_INFINITY;
  const best = most.filter((one) => most.every((other) => order(other) >= order(one)));
  if (best.length === 0) return 'UNKNOWN_PROFILE';
  return best.length === 1 ? best[0].name : 'INVALID';
}
