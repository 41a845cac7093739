/** What is decided for each tenant: plans, limits, lifetimes and storage, as values or as functions of the tenant. */
import { acceptArgument, type Check } from '../options/accept-options.js';
import type { BlobStore } from '../results/blob-store.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import { returnedOf } from './function-failed.js';
import { type JobPlanOptions, JobPlans } from './job-plan.js';
import { noSuchTenant } from './no-such-tenant.js';
import { MOST_ROW_BYTES } from './row-bounds.js';
import type { TenantLimits } from './tenant-limits.js';

/**
 * A value for all tenants, or a function that returns that of one: `undefined` for the default, `null` for a tenant that does
 * not exist, which is then refused with `NO_SUCH_TENANT`.
 */
export type PerTenant<T> = T | ((tenant: string) => Found<T> | Promise<Found<T>>);

/** What a function of the tenant returns. */
type Found<T> = T | null | undefined;

/** What is decided for one tenant. */
export interface TenantTerms {
  readonly plans: JobPlans;
  readonly planOptions: JobPlanOptions;
  readonly limits: Required<TenantLimits>;
  /** Whether the limits were decided for this tenant; else engines have their own. */
  readonly limitsAreOwn: boolean;
  readonly resultTtlMs: number;
  readonly linkTtlMs: number;
  readonly store: BlobStore;
}

/** Finds the terms of a tenant. @throws SluiceError `NO_SUCH_TENANT`, `CALLBACK_FAILED` */
export type TermsOf = (tenant: string) => Promise<TenantTerms>;

/** Where the terms come from. */
export interface TermsOptions {
  readonly plan?: PerTenant<JobPlanOptions>;
  readonly limits?: PerTenant<TenantLimits>;
  readonly resultTtlMs?: PerTenant<number>;
  readonly linkTtlMs?: PerTenant<number>;
}

/** What the terms of all tenants have in common. */
export interface TermsParts {
  readonly options: TermsOptions;
  /** The checks of what functions return. */
  readonly checks: { readonly [Name in keyof Required<TermsOptions>]: Check };
  /** Plans of a value for all tenants. */
  readonly plans: JobPlans;
  readonly storeOf: (tenant: string) => Promise<BlobStore>;
  readonly now: () => number;
}

const HOUR_MS = 60 * 60 * 1000;

/** How long what functions have returned is used, in milliseconds. */
const LASTING_MS = 30_000;

/** Tenants whose terms are remembered, and bytes of the plans that are remembered of each. */
const [MOST_TENANTS, MOST_PLAN_BYTES] = [256, 256 * 1024];

/** The terms of one tenant, for as long as they last. */
interface Remembered {
  readonly until: number;
  readonly terms: Promise<TenantTerms>;
  /** Settled terms, whose plans the next ones take over if their options are the same. */
  known?: TenantTerms;
}

/** Makes the function that finds the terms of a tenant. */
export function tenantTerms(parts: TermsParts): TermsOf {
  const { options, now } = parts;
  const remembered = new Map<string, Remembered>();
  const isConstant = Object.values(options).every((value) => typeof value !== 'function');
  return (tenant) => {
    const before = remembered.get(tenant);
    const isValid = before !== undefined && (isConstant || before.until > now());
    // The least recently used first.
    remembered.delete(tenant);
    const kept: Remembered = isValid
      ? before
      : { until: now() + LASTING_MS, terms: findTerms(parts, tenant, before?.known) };
    remembered.set(tenant, kept);
    if (remembered.size > MOST_TENANTS)
      for (const oldest of remembered.keys()) {
        remembered.delete(oldest);
        break;
      }
    kept.terms.then(
      (terms) => {
        kept.known = terms;
      },
      // The next call asks again.
      () => remembered.get(tenant) === kept && remembered.delete(tenant),
    );
    return kept.terms;
  };
}

async function findTerms(
  { options, checks, plans, storeOf }: TermsParts,
  tenant: string,
  before: TenantTerms | undefined,
): Promise<TenantTerms> {
  const find = <T>(name: keyof TermsOptions, value: PerTenant<T> | undefined) =>
    valueFor(name, value, tenant, checks[name]);
  const [plan = {}, limits = {}, resultTtlMs = 24 * HOUR_MS, linkTtlMs = HOUR_MS] = await Promise.all([
    find('plan', options.plan),
    find('limits', options.limits),
    find('resultTtlMs', options.resultTtlMs),
    find('linkTtlMs', options.linkTtlMs),
  ]);
  return {
    plans: typeof options.plan === 'function' ? plansFor(plan, before) : plans,
    planOptions: plan,
    limits: {
      running: limits.running ?? 4,
      queued: limits.queued ?? 1000,
      bytes: limits.bytes ?? Number.POSITIVE_INFINITY,
      records: limits.records ?? Number.POSITIVE_INFINITY,
      rowBytes: limits.rowBytes ?? MOST_ROW_BYTES,
    },
    limitsAreOwn: typeof options.limits === 'function',
    resultTtlMs,
    linkTtlMs,
    store: await storeOf(tenant),
  };
}

/** @throws SluiceError `CALLBACK_FAILED` for options that no job could have */
function plansFor(options: JobPlanOptions, before: TenantTerms | undefined): JobPlans {
  if (before?.planOptions === options) return before.plans;
  try {
    return new JobPlans(options, MOST_PLAN_BYTES);
  } catch (cause) {
    throw returnedWrongly('plan', cause);
  }
}

/**
 * The value of a tenant.
 * @param check of what a function returns; values were checked before
 * @throws SluiceError `NO_SUCH_TENANT`, `CALLBACK_FAILED`, `SERVICE_FAILED` after 30 s or a broken connection, and
 *   SluiceErrors that the function throws
 */
export async function valueFor<T>(
  name: string,
  value: PerTenant<T> | undefined,
  tenant: string,
  check: Check,
): Promise<T | undefined> {
  if (!isFunction(value)) return value;
  const found = await returnedOf(name, () => value(tenant));
  if (found === null) throw noSuchTenant(tenant);
  if (found === undefined) return undefined;
  try {
    acceptArgument(name, found, check);
  } catch (cause) {
    throw returnedWrongly(name, cause);
  }
  return found;
}

function isFunction<T>(value: PerTenant<T> | undefined): value is (tenant: string) => Found<T> | Promise<Found<T>> {
  return typeof value === 'function';
}

/** Not the fault of a request: it would be refused as invalid otherwise. */
function returnedWrongly(name: string, cause: unknown): SluiceError {
  const message = `the function of the option ${name} returned what cannot be used: ${messageOf(cause)}`;
  return new SluiceError('CALLBACK_FAILED', 'job', message, { cause });
}
