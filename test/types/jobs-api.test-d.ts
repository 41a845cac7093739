/** The types of jobs, the service and its client, as users meet them. */
import type { FastifyInstance } from 'fastify';
import { assertType, describe, expectTypeOf, test } from 'vitest';
import { createClient } from '../../src/client.js';
import { type SluiceHttpOptions, sluiceHttp, tokenAuthenticator } from '../../src/http.js';
import { type Job, type JobState, type Jobs, openJobs, type TenantJobs } from '../../src/jobs.js';

declare const app: FastifyInstance;
declare const jobs: Jobs;
declare const job: Job;

describe('jobs', () => {
  test('are opened with a folder and a source', () => {
    expectTypeOf(openJobs).returns.toEqualTypeOf<Promise<Jobs>>();
    expectTypeOf(openJobs).toBeCallableWith({ dataDir: 'data', source: ['a.ndjson', 'b.ndjson'] });
    // @ts-expect-error a source is due
    openJobs({ dataDir: 'data' });
    // @ts-expect-error the request says what is exported, not the service
    openJobs({ dataDir: 'data', source: 'a.ndjson', plan: { request: {} } });
  });

  test('are reached through a tenant only', () => {
    expectTypeOf(jobs.forTenant).returns.toEqualTypeOf<TenantJobs>();
    expectTypeOf<keyof Jobs>().toEqualTypeOf<
      'forTenant' | 'forLink' | 'counts' | 'onActivity' | 'check' | 'sweep' | 'close'
    >();
  });

  test('are told as data that nobody changes', () => {
    // @ts-expect-error readonly
    job.state = 'completed';
    expectTypeOf(job.files).toExtend<readonly { readonly sha256: string }[]>();
    const names: Record<JobState, true> = {
      ...{ queued: true, running: true, completed: true, completedWithNoRecords: true },
      ...{ completedWithErrors: true, failed: true, cancelled: true, expired: true },
    };
    assertType(names);
  });
});

describe('the plugin', () => {
  test('is registered with jobs and with who may ask', () => {
    const authenticate = tokenAuthenticator(new Map([['token', 'tenant']]));
    app.register(sluiceHttp, { jobs, authenticate, prefix: '/export' });
    // @ts-expect-error nothing runs without an authenticator, or the word for none
    assertType<SluiceHttpOptions>({ jobs });
  });
});

describe('the client', () => {
  test('answers a job or an envelope, told apart by their kind', async () => {
    const sent = await createClient({ server: 'http://localhost' }).submit({ params: {} });
    if (sent.kind === 'job') expectTypeOf(sent.id).toEqualTypeOf<string>();
    else expectTypeOf(sent.kind).toEqualTypeOf<'envelope'>();
  });
});
