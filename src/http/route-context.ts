/** What the routes are given: the jobs of the tenant that asks, and never those of another. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TenantJobs } from '../jobs/tenant-jobs.js';
import type { Links } from './job-view.js';
import type { Presence } from './presence.js';
import { Refusal } from './refusal.js';

/** What a room of routes stands on. */
export interface RouteContext {
  readonly links: Links;
  /** Where clients reach the service, if somebody said it: `https://export.example.com`. */
  readonly publicOrigin: string | undefined;
  readonly presence: Presence;
  /** How long a client waits for a result that does not say. */
  readonly waitMs: number;
  readonly bodyLimit: number;
  /** Streams of events that a tenant may have open. */
  readonly maxStreams: number;
}

/** Where the jobs of its tenant lie on a request. */
const TENANT_JOBS = 'sluiceTenantJobs';

/** Prepares requests of a scope for `bindTenant`. */
export function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest(TENANT_JOBS, null);
}

/** Binds a request to the jobs of its tenant. */
export function bindTenant(request: FastifyRequest, jobs: TenantJobs): void {
  request.setDecorator<TenantJobs>(TENANT_JOBS, jobs);
}

/** The jobs of the tenant that asks. */
export function jobsOf(request: FastifyRequest): TenantJobs {
  return request.getDecorator<TenantJobs>(TENANT_JOBS);
}

/** The path parameter that names a job. */
export interface JobParams {
  readonly id: string;
}

/** Its schema. */
export const JOB_PARAMS = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', description: 'The work automation id', maxLength: 100 } },
};

/**
 * The id of the job that is asked for.
 * @throws SluiceError `NO_SUCH_JOB` for what no id looks like
 */
export function jobIdOf(id: string): string {
  if (/^[\w-]{1,100}$/.test(id)) return id;
  throw new Refusal('NO_SUCH_JOB', 'there is no such job');
}

/** Refuses what no route is there for; for the paths around our routes. */
export async function refuseRoute({ method, url }: FastifyRequest): Promise<never> {
  throw new Refusal('NO_SUCH_ROUTE', `there is no route ${method} ${url.split('?', 1)[0]}`);
}
