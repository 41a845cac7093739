/** Submissions: a request becomes a job, or the explanation of what the job would do. */
import { randomUUID } from 'node:crypto';
import { acceptArgument, acceptOptions, anything, check, count, type OptionTable } from '../options/accept-options.js';
import { explainPlan } from '../request/explain/explain-plan.js';
import { requireStore } from '../results/require-store.js';
import type { Schedule } from '../schedules/schedule.js';
import { definedOnly } from '../terms/defined-only.js';
import { SluiceError } from '../terms/errors.js';
import { isPrivateUrl, isWebhookUrl, PRIVATE } from '../webhooks/endpoint-address.js';
import type { WebhookOptions } from '../webhooks/webhook-options.js';
import { closedError } from './closing-engine.js';
import type { JobEngine, WholeRow } from './engine.js';
import type { JobFacts } from './job.js';
import { refuseSecond } from './job-delta.js';
import type { JobsParts } from './jobs-parts.js';
import { jobOf } from './public-job.js';
import { boundedFacts, checkKey, keepRequest } from './row-bounds.js';
import type { Explanation, RerunOptions, Submission, Submitted } from './tenant-jobs.js';
import type { TenantTerms } from './tenant-terms.js';

/** What stands for the id of a job that is only explained, as in the name of its file. */
const EXPLAINED = 'ID';

/** The highest priority; the lowest is its negative. */
export const HIGHEST_PRIORITY = 100;

const WEBHOOK = check(isWebhookUrl, 'an address with http or https, and without a user');

const SUBMISSION: OptionTable<Submission> = {
  request: anything,
  idempotencyKey: anything,
  submittedBy: anything,
  userId: anything,
  userEmail: anything,
  priority: count(-HIGHEST_PRIORITY, HIGHEST_PRIORITY),
  webhook: WEBHOOK,
};

const RERUN: OptionTable<RerunOptions> = {
  idempotencyKey: anything,
  submittedBy: anything,
  userId: anything,
  userEmail: anything,
  priority: count(-HIGHEST_PRIORITY, HIGHEST_PRIORITY),
  webhook: WEBHOOK,
};

/** Creates a job of a tenant; resolves once it is durable. */
export async function submitJob(parts: JobsParts, tenant: string, submission: Submission): Promise<Submitted> {
  acceptOptions(submission, SUBMISSION, ['request']);
  return submit(parts, tenant, submission);
}

/** Creates a job with the request of an earlier one. */
export async function rerunJob(parts: JobsParts, earlier: WholeRow, options: RerunOptions): Promise<Submitted> {
  acceptOptions(options, RERUN);
  const { id, tenant, request, facts = {}, priority, ownWebhook: webhook } = earlier;
  const { submittedBy, userId, userEmail } = facts;
  const submission = { ...definedOnly({ submittedBy, userId, userEmail, priority, webhook }), ...definedOnly(options) };
  return submit(parts, tenant, { ...submission, request }, { rerunOf: id });
}

/**
 * Creates the job of a run of a schedule.
 * @param idempotencyKey by which a second try finds the job of the first; absent for a run on demand
 */
export async function submitScheduled(
  parts: JobsParts,
  { id, tenant, request, priority, webhook, submittedBy, userId, userEmail }: Schedule,
  idempotencyKey?: string,
): Promise<Submitted> {
  const submission = { request, priority, webhook, submittedBy, userId, userEmail, idempotencyKey };
  return submit(parts, tenant, submission, { schedule: id });
}

/** Refuses what no job may have. @throws SluiceError `INVALID` */
export function checkSubmission(
  { webhooks }: Pick<JobsParts, 'webhooks'>,
  { webhook, submittedBy, userId, userEmail }: Omit<Submission, 'request'>,
): void {
  if (webhook !== undefined) acceptArgument('webhook', webhook, WEBHOOK);
  if (webhook !== undefined && !webhooks.allowPrivate && isPrivateUrl(webhook)) {
    throw new SluiceError('INVALID', 'accept', `webhook: ${PRIVATE}`, { path: 'webhook' });
  }
  for (const user of [submittedBy, userId, userEmail]) if (user !== undefined) checkKey(user, 'the name of a user');
}

/** Explains what a job of a request would do, without creating it. */
export async function explainJob({ termsOf, now }: JobsParts, tenant: string, given: Submission): Promise<Explanation> {
  acceptOptions(given, SUBMISSION, ['request']);
  const { request, userId, userEmail } = given;
  await keepRequest(request);
  const { plans } = await termsOf(tenant);
  const plan = plans.plan({ id: EXPLAINED, tenant, request, createdAt: now(), facts: { userId, userEmail } });
  const { fileName, mediaType, mode, facts } = plan;
  // The first line names the id, which only a job has.
  const [, ...lines] = explainPlan(plan.stored).split('\n');
  const about = lines.map((line) => line.replace(/^- /, ''));
  return { lines: about, fileName, mediaType, mode, profile: facts.profileName, types: facts.types };
}

/** A submission whose request is not accepted yet. */
type GivenSubmission = Omit<Submission, 'request'> & { readonly request: unknown };

async function submit(
  parts: JobsParts,
  tenant: string,
  given: GivenSubmission,
  origin: Pick<JobFacts, 'rerunOf' | 'schedule'> = {},
): Promise<Submitted> {
  const { request, idempotencyKey, submittedBy, userId, userEmail, priority, webhook } = given;
  const { engine, termsOf, closing, closed, now, webhooks } = parts;
  if (closed.aborted) throw closedError();
  if (closing()) throw new SluiceError('SHUTTING_DOWN', 'job', 'the service is shutting down');
  checkSubmission(parts, given);
  if (idempotencyKey !== undefined) checkKey(idempotencyKey, 'an idempotency key');
  const { kept, bytes } = await keepRequest(request);
  const { plans, limits, limitsAreOwn, store } = await termsOf(tenant);
  const id = randomUUID();
  const planned = { id, tenant, request, createdAt: now(), facts: { userId, userEmail } };
  const { plan, remember } = plans.submit(planned, bytes);
  await checkRoom(engine, tenant, limits);
  // Fail early: without storage for its result, a job would fail after all its work.
  await requireStore(store);
  const facts = boundedFacts({ ...plan.facts, submittedBy, userId, userEmail, ...origin });
  // A repeated submission gets the job that is there.
  if (idempotencyKey === undefined) await refuseSecond(engine, { id, tenant, facts });
  const { row, created } = await engine.submit({
    id,
    tenant,
    request: kept,
    idempotencyKey,
    createdAt: planned.createdAt,
    facts,
    // As an absent one.
    priority: priority === 0 ? undefined : priority,
    limits: limitsAreOwn ? limits : undefined,
    webhooks: addressesOf(webhooks, tenant, webhook),
    ownWebhook: webhook,
  });
  if (created) remember();
  return { job: jobOf(row), created, mode: plan.mode };
}

/** The addresses that are told of the end of a job; undefined for none. */
function addressesOf(
  { urls = {} }: WebhookOptions,
  tenant: string,
  own: string | undefined,
): readonly string[] | undefined {
  const ofTenant = Object.hasOwn(urls, tenant) ? [urls[tenant]].flat() : [];
  const all = new Set([...ofTenant, ...(own === undefined ? [] : [own])]);
  return all.size === 0 ? undefined : [...all];
}

/** @throws SluiceError `QUOTA_EXCEEDED` */
async function checkRoom(
  engine: JobEngine,
  tenant: string,
  { bytes: quotaBytes, rowBytes }: TenantTerms['limits'],
): Promise<void> {
  const { results, rows } = await engine.storedBytes(tenant);
  if (results + rows >= quotaBytes) {
    throw new SluiceError('QUOTA_EXCEEDED', 'job', `jobs and results take ${quotaBytes} bytes already; delete some`);
  }
  if (rows >= rowBytes) {
    throw new SluiceError('QUOTA_EXCEEDED', 'job', `jobs take ${rowBytes} bytes already; delete some that have ended`);
  }
}
