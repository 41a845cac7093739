/** What the service is: profiles that requests can select, and for administrators the unfinished jobs of all tenants. */
import type { FastifyInstance } from 'fastify';
import type { Jobs } from '../jobs/open-jobs.js';
import { FORMATS, PACKS, type Profile } from '../terms/profile.js';
import { VERSION } from '../terms/version.js';
import { hasRight } from './caller.js';
import { exactly } from './job-schemas.js';
import { NO_QUERY } from './query.js';
import { json, problems, type Schema } from './responses.js';
import { needs } from './rights.js';
import { jobsOf } from './route-context.js';

const TEXT = { type: 'string' };
const COUNT = { type: 'integer', minimum: 0 };
const COUNTS = { queued: COUNT, running: COUNT };

const list = (description: string, members: Readonly<Record<string, Schema>>): Schema => ({
  type: 'array',
  description,
  items: exactly(members),
});

/** The named schema. */
export const SERVICE_SCHEMA: Schema = {
  $id: 'Service',
  ...exactly({
    version: { ...TEXT, description: 'The version of sluice' },
    profiles: list('The profiles that requests can select', {
      name: TEXT,
      format: { ...TEXT, enum: FORMATS },
      pack: { ...TEXT, enum: PACKS },
      mode: { ...TEXT, enum: ['AUTO', 'SYNC', 'ASYNC'] },
    }),
    'all?': {
      ...exactly({ ...COUNTS, tenants: list('Tenants with such jobs', { tenant: TEXT, ...COUNTS }) }),
      description: 'The unfinished jobs of all tenants; only for callers with the right `admin`',
    },
  }),
};

/** Adds the route. */
export function addServiceRoute(app: FastifyInstance, jobs: Pick<Jobs, 'countsByTenant'>): void {
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
      const all = hasRight(request, 'admin') ? viewCounts(await jobs.countsByTenant()) : undefined;
      return reply.header('cache-control', 'no-store').send({ version: VERSION, profiles, all });
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
