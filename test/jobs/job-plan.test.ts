/** The plan of a job, by the profile of its request. */
import { describe, expect, test } from 'vitest';
import { JobPlans } from '../../src/jobs/job-plan.js';
import type { Profile } from '../../src/terms/profile.js';
import { documentedJsonProfile } from '../request/accept/documented-json-profile.js';

const own: readonly Profile[] = [
  { name: 'plain', format: 'ndjson', pack: 'gzip', context: { channel: 'FEED' } },
  { name: 'plain', format: 'ndjson', pack: 'none', context: { channel: 'LATER' }, mode: 'ASYNC', order: 9 },
];
const profiles = [documentedJsonProfile(), ...own];
const job = { id: 'job', tenant: 'acme', createdAt: 0 };
const clientState = { notificationInfo: { userId: 'a@x.com_user' } };
const body = (rsconnect: object) => ({
  params: { query: { filters: { typesCriterion: ['product'] } }, rsconnect },
  clientState,
});

describe('the mode', () => {
  test.each<[string, unknown, 'AUTO' | 'ASYNC']>([
    ['no profile', body({}), 'AUTO'],
    ['by name', body({ profiles: ['downloadDataJSONJob'] }), 'ASYNC'],
    ['by context', body({ profilecontexts: [{ service: 'ENTITY_EXPORT', channel: 'JOB' }] }), 'ASYNC'],
    ['by name, the lower order of several', { profile: 'plain' }, 'ASYNC'],
    ['by both', { profile: 'plain', profileContext: { channel: 'feed' } }, 'AUTO'],
    ['by an inline profile', { profile: { ...own[1] } }, 'ASYNC'],
  ])('%s', (_case, request, mode) => {
    expect(new JobPlans({ profiles }).plan({ ...job, request }).mode).toBe(mode);
  });

  test.each([[body({ profiles: ['nowhere'] })], [{ profileContext: { channel: 'NOWHERE' } }]])(
    'an unknown profile is refused: %j',
    (request) => {
      const plans = new JobPlans({ profiles });
      expect(() => plans.plan({ ...job, request })).toThrow(expect.objectContaining({ code: 'UNKNOWN_PROFILE' }));
    },
  );
});

describe('the file', () => {
  const planned = (request: unknown) => new JobPlans({ profiles }).plan({ ...job, request });

  test('is a zip if no profile states a pack', () => {
    expect(planned(body({}))).toMatchObject({ fileName: 'job_out.zip', stored: { output: { pack: 'zip' } } });
  });

  test.each<[string, unknown, string]>([
    ['by context', { profileContext: { channel: 'FEED' } }, 'job_out.ndjson.gz'],
    ['inline', { profile: { name: 'x', format: 'json', pack: 'none' } }, 'job_out.json'],
  ])('follows the profile: %s', (_case, request, fileName) => {
    expect(planned(request).fileName).toBe(fileName);
  });

  test('is split as the documented profile states, and described in the envelope', () => {
    const { stored, envelope } = planned(body({ profiles: ['downloadDataJSONJob'] }));
    expect(stored.output.split).toStrictEqual({ maxRecords: 100, before: 'job_', after: '_out.json' });
    expect(envelope('zip')).toMatchObject({
      tenant: 'acme',
      version: '1.1',
      fileName: 'job_out.zip',
      extension: 'zip',
    });
    expect(envelope('plain')).toMatchObject({ fileName: 'job_out.json', extension: undefined });
  });
});

test('resolves `now` in criteria to the time of submission in every attempt', () => {
  const request = { criteria: { properties: [{ modifiedDate: { gte: 'now-1d' } }] } };
  const createdAt = Date.parse('2020-02-02T00:00:00Z');
  const { stored } = new JobPlans({}).plan({ id: 'j', tenant: 't', request, createdAt });
  expect(stored.select.criteria).toStrictEqual({ properties: [{ modifiedDate: { gte: '2020-02-01T00:00:00.000Z' } }] });
});

test('paths and conditions by path are stored with the job, and plan the same again', () => {
  const request = {
    criteria: { fields: { 'price.amount': { gte: 10 }, at: { lt: 'now/d' } } },
    fields: { include: ['sku', 'cost=price.amount'], exclude: ['meta.internal'] },
  };
  const { stored } = new JobPlans({ profiles }).plan({ ...job, request });
  expect(JSON.parse(JSON.stringify(stored))).toEqual(stored);
  expect(stored).toMatchObject({
    select: { criteria: { fields: [{ 'price.amount': { gte: 10 }, at: { lt: '1970-01-01T00:00:00.000Z' } }] } },
    project: {
      paths: {
        include: [['sku']],
        renamed: [{ name: 'cost', path: ['price', 'amount'] }],
        exclude: [['meta', 'internal']],
      },
    },
  });
});
