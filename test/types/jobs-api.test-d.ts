/** Types of jobs, the service and its client, as users see them. */
import type { FastifyInstance } from 'fastify';
import { assertType, describe, expectTypeOf, test } from 'vitest';
import { createClient } from '../../src/client.js';
import { bearerTokens, type SluiceHttpOptions, sluiceHttp } from '../../src/http.js';
import { type Job, type JobState, type Jobs, openJobs, type TenantJobs } from '../../src/jobs.js';

declare const app: FastifyInstance;
declare const jobs: Jobs;
declare const job: Job;

describe('jobs', () => {
  test('are opened with a folder and a source', () => {
    expectTypeOf(openJobs).returns.toEqualTypeOf<Promise<Jobs>>();
    expectTypeOf(openJobs).toBeCallableWith({ dataDir: 'data', source: ['a.ndjson', 'b.ndjson'] });
    // @ts-expect-error the source is required
    openJobs({ dataDir: 'data' });
    // @ts-expect-error a job has its own request
    openJobs({ dataDir: 'data', source: 'a.ndjson', plan: { request: {} } });
  });

  test('are accessed through a tenant only', () => {
    expectTypeOf(jobs.forTenant).returns.toEqualTypeOf<TenantJobs>();
    expectTypeOf<keyof Jobs>().toEqualTypeOf<
      'forTenant' | 'forLink' | 'counts' | 'countsByTenant' | 'workers' | 'onActivity' | 'check' | 'sweep' | 'close'
    >();
  });

  test('are readonly data', () => {
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
  test('is registered with jobs and an authenticator', () => {
    const authenticate = bearerTokens(new Map([['token', 'tenant']]));
    app.register(sluiceHttp, { jobs, authenticate, prefix: '/export' });
    // @ts-expect-error an authenticator, or 'none', is required
    assertType<SluiceHttpOptions>({ jobs });
  });
});

describe('the client', () => {
  test('returns a job or an envelope, distinguished by their kind', async () => {
    const sent = await createClient({ server: 'http://localhost' }).submit({ params: {} });
    if (sent.kind === 'job') expectTypeOf(sent.id).toEqualTypeOf<string>();
    else expectTypeOf(sent.kind).toEqualTypeOf<'envelope'>();
  });
});
