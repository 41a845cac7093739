/** What the service is: profiles that requests can select, and for administrators the unfinished jobs of all tenants. */
import type { FastifyInstance } from 'fastify';
import type { Worker } from '../jobs/engine.js';
import type { Jobs } from '../jobs/open-jobs.js';
import { FORMATS, PACKS, type Profile } from '../terms/profile.js';
import { VERSION } from '../terms/version.js';
import { hasRight } from './caller.js';
import { isoTime } from './job-view.js';
import { NO_QUERY } from './query.js';
import { json, problems } from './responses.js';
import { needs } from './rights.js';
import { jobsOf } from './route-context.js';
import { COUNT, exactly, listOf, type Schema, TEXT, TIME } from './schema-parts.js';

const COUNTS = { queued: COUNT, running: COUNT };

/** The named schema. */
export const SERVICE_SCHEMA: Schema = {
  $id: 'Service',
  ...exactly({
    version: { ...TEXT, description: 'The version of sluice' },
    profiles: listOf('The profiles that requests can select', {
      name: TEXT,
      format: { ...TEXT, enum: FORMATS },
      pack: { ...TEXT, enum: PACKS },
      mode: { ...TEXT, enum: ['AUTO', 'SYNC', 'ASYNC'] },
    }),
    space: {
      ...exactly({ results: COUNT, rows: COUNT, 'limit?': COUNT }),
      description:
        'Bytes of results, and of jobs with their requests, and the sum from which on submissions are refused',
    },
    'all?': {
      ...exactly({
        ...COUNTS,
        tenants: listOf('Tenants with such jobs', { tenant: TEXT, ...COUNTS }),
        'workers?': listOf('The processes that run jobs; absent if there is only this one', {
          id: TEXT,
          host: TEXT,
          pid: COUNT,
          startedAt: TIME,
          seenAt: { ...TIME, description: 'When it last said that it is there, which it does every five seconds' },
          jobs: listOf('What it runs, and when another one may take it unless the lease is renewed', {
            id: TEXT,
            tenant: TEXT,
            leaseUntil: TIME,
          }),
        }),
      }),
      description: 'The unfinished jobs of all tenants; only for callers with the right `admin`',
    },
  }),
};

/** Adds the route. */
export function addServiceRoute(app: FastifyInstance, jobs: Pick<Jobs, 'countsByTenant' | 'workers'>): void {
  app.get(
    '/service',
    {
      onRequest: needs('read'),
      schema: {
        operationId: 'getService',
        summary: 'What the service is, and what it has to do',
        querystring: NO_QUERY,
        response: { 200: json('The service', { $ref: 'Service#' }), ...problems() },
      },
    },
    async (request, reply) => {
      const known = await jobsOf(request).profiles();
      const profiles = known.filter(({ enabled = true }) => enabled).map(viewProfile);
      const space = await jobsOf(request).space();
      const all = hasRight(request, 'admin')
        ? { ...viewCounts(await jobs.countsByTenant()), workers: (await jobs.workers())?.map(viewWorker) }
        : undefined;
      return reply.header('cache-control', 'no-store').send({ version: VERSION, profiles, space, all });
    },
  );
}

function viewProfile({ name, format, pack, mode = 'AUTO' }: Profile): object {
  return { name, format, pack, mode };
}

function viewCounts(tenants: Awaited<ReturnType<Jobs['countsByTenant']>>): object {
  const sum = (state: 'queued' | 'running') => tenants.reduce((total, counts) => total + counts[state], 0);
  return { queued: sum('queued'), running: sum('running'), tenants };
}

function viewWorker({ id, host, pid, startedAt, seenAt, jobs }: Worker): object {
  return {
    ...{ id, host, pid, startedAt: isoTime(startedAt), seenAt: isoTime(seenAt) },
    jobs: jobs.map(({ leaseUntil, ...job }) => ({ ...job, leaseUntil: isoTime(leaseUntil) })),
  };
}
