/** The context of routes: the jobs of the authenticated tenant, and of no other. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TenantJobs } from '../jobs/tenant-jobs.js';
import type { SettingsOf } from './answer-settings.js';
import type { EntityReads } from './documented/entity-reads.js';
import type { Links } from './job-view.js';
import type { OpenResponses } from './open-responses.js';
import type { Presence } from './presence.js';
import { Refusal } from './refusal.js';

/** What all routes share. */
export interface RouteContext {
  readonly links: Links;
  /** Public origin of the service, if configured: `https://export.example.com`. */
  readonly publicOrigin: string | undefined;
  readonly presence: Presence;
  /** How the requests of a tenant are answered. */
  readonly settingsOf: SettingsOf;
  /** Default wait for a result. */
  readonly waitMs: number;
  readonly bodyLimit: number;
  /** Streams of events. */
  readonly streams: OpenResponses;
  /** Responses with a result. */
  readonly downloads: OpenResponses;
  /** Reading of entities. */
  readonly reads: EntityReads;
}

/** Decorator of a request with the jobs of its tenant. */
const TENANT_JOBS = 'sluiceTenantJobs';

/** Prepares the requests of a scope for `bindTenant`. */
export function decorateRequests(app: FastifyInstance): void {
  app.decorateRequest(TENANT_JOBS, null);
}

/** Binds a request to the jobs of its tenant. */
export function bindTenant(request: FastifyRequest, jobs: TenantJobs): void {
  request.setDecorator<TenantJobs>(TENANT_JOBS, jobs);
}

/** The jobs of the authenticated tenant. */
export function jobsOf(request: FastifyRequest): TenantJobs {
  return request.getDecorator<TenantJobs>(TENANT_JOBS);
}

/** The path parameter with the id of a job. */
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
 * The requested job id.
 * @throws SluiceError `NO_SUCH_JOB` for anything that cannot be an id
 */
export function jobIdOf(id: string): string {
  if (/^[\w-]{1,100}$/.test(id)) return id;
  throw new Refusal('NO_SUCH_JOB', 'there is no such job');
}

/** Refuses paths without a route. */
export async function refuseRoute({ method, url }: FastifyRequest): Promise<never> {
  throw new Refusal('NO_SUCH_ROUTE', `there is no route ${method} ${url.split('?', 1)[0]}`);
}
