/** Flags of commands that store or run jobs: storage, lifetimes, limits, and how entities are read. */
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { PLAN_OPTIONS } from '../export/plan-options.js';
import { READING_OPTIONS } from '../export/reading-options.js';
import type { SourceName } from '../export/to-source.js';
import type { JobPlanOptions } from '../jobs/job-plan.js';
import { JOB_RETRY, JOBS_OPTIONS, type JobsOptions, SLICE_LIMITS } from '../jobs/jobs-options.js';
import { type Jobs, openJobs } from '../jobs/open-jobs.js';
import { openPostgresJobs } from '../jobs/postgres/open-postgres-jobs.js';
import { TENANT_LIMITS } from '../jobs/tenant-limits.js';
import type { Source } from '../sources/source.js';
import { SluiceError } from '../terms/errors.js';
import type { Logger } from '../terms/logger.js';
import { WEBHOOK_OPTIONS } from '../webhooks/webhook-options.js';
import { addOptionFlags, picked } from './option-flags.js';
import { readProfiles } from './profile-files.js';
import { isAddress, namedSource, refuseIdleFlags, type SourceFlags } from './source-flags.js';
import { tenantsOf } from './tenant-settings.js';
import { usage } from './usage.js';

/** The flags, as parsed by commander. */
export interface JobFlags extends SourceFlags, Omit<JobPlanOptions, 'profiles'> {
  /** Absent in commands whose jobs are always in a database. */
  readonly dataDir?: string;
  readonly postgres?: string;
  readonly results?: string;
  readonly profiles?: readonly string[];
  readonly resultTtl?: number;
  readonly concurrency?: number;
  readonly slice?: number;
  readonly maxRunning?: number;
  readonly maxQueued?: number;
  readonly maxStored?: number;
  readonly maxRecordsPerJob?: number;
  readonly sliceDuration?: number;
  readonly jobTtl?: number;
  readonly linkTtl?: number;
  readonly retries?: number;
  readonly retryDelay?: number;
  /** Addresses by tenant. */
  readonly webhook?: Readonly<Record<string, string>>;
  readonly webhookPrivate?: boolean;
  /** A file with settings of single tenants. */
  readonly tenants?: string;
}

/** Default folder of jobs and results of a single process. */
export const DATA_DIR = '.sluice';

/** Adds the flags for the storage and the limits of jobs. */
export function addJobFlags(command: Command): Command {
  command
    .optionsGroup('Where jobs are:')
    .option('--postgres <url>', 'store jobs of many processes in this database (default: $SLUICE_POSTGRES)')
    .option('--results <place>', 'store results in a folder or s3://bucket/prefix that all processes reach');
  addOptionFlags(command, JOBS_OPTIONS, 'resultTtlMs', 'jobTtlMs', 'linkTtlMs');
  command.optionsGroup('Webhooks:');
  addOptionFlags(command, WEBHOOK_OPTIONS, 'urls', 'allowPrivate');
  command.optionsGroup('Limits:');
  addOptionFlags(command, JOBS_OPTIONS, 'concurrency');
  addOptionFlags(command, SLICE_LIMITS, 'bytes', 'durationMs');
  addOptionFlags(command, TENANT_LIMITS, 'running', 'queued', 'bytes', 'records');
  return addOptionFlags(command, JOB_RETRY, 'retries', 'minDelayMs');
}

/** Options of plans that are flags of the same name. */
const PLAN_FLAGS = [...READING_OPTIONS, 'level', 'deflate', 'threads'] as const;

/** Adds the flags for reading and writing entities; all processes over the same jobs must use the same ones. */
export function addPlanFlags(command: Command): Command {
  command.optionsGroup('Input:');
  return addOptionFlags(command, PLAN_OPTIONS, ...PLAN_FLAGS, 'profiles');
}

/** The storage of jobs, for messages; addresses are shown without the user and the password. */
export function placeOfJobs(flags: JobFlags): string {
  const url = postgresOf(flags);
  if (url === undefined) return flags.dataDir ?? DATA_DIR;
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** The database of the jobs, if they are in one. */
export function postgresOf({ postgres = process.env.SLUICE_POSTGRES }: JobFlags): string | undefined {
  return postgres === '' ? undefined : postgres;
}

/**
 * Opens the jobs that the flags specify: in a database for many processes, else in a folder for this one.
 * @throws SluiceError as `openJobs` and `openPostgresJobs` do, `INVALID` for conflicting flags
 */
export async function openJobsOf(inputs: readonly string[], flags: JobFlags, logger: Logger): Promise<Jobs> {
  const { dataDir = DATA_DIR, results } = flags;
  const connection = postgresOf(flags);
  if (connection === undefined) {
    return openJobs({ ...(await jobsOptions(inputs, flags, logger)), dataDir, results });
  }
  if (results === undefined) {
    throw usage('jobs of many processes need a storage of results that all of them reach: --results');
  }
  const options = await jobsOptions(inputs, flags, logger);
  return openPostgresJobs({ ...options, connection, results });
}

/** The options of jobs that the flags specify; checks the source, which is read many times. */
async function jobsOptions(inputs: readonly string[], flags: JobFlags, logger: Logger): Promise<JobsOptions> {
  const profiles = await readProfiles(flags.profiles ?? []);
  const tenants = await tenantsOf(flags);
  const plan = { profiles, ...picked(flags, PLAN_FLAGS) };
  const limits = {
    running: flags.maxRunning,
    queued: flags.maxQueued,
    bytes: flags.maxStored,
    records: flags.maxRecordsPerJob,
  };
  const has = (name: 'limits' | 'resultTtlMs') => [...tenants.values()].some((one) => one[name] !== undefined);
  const sources = new Map<string, SourceName>();
  const plans = new Map<string, JobPlanOptions>();
  for (const [tenant, own] of tenants) {
    if (own.inputs) sources.set(tenant, await jobSource(own.inputs, flags, logger));
    if (own.profiles) plans.set(tenant, { ...plan, profiles: await readProfiles(own.profiles) });
  }
  // A tenant without inputs, where the command has none either, does not exist.
  const source = sources.size > 0 && inputs.length === 0 ? undefined : await jobSource(inputs, flags, logger);
  return {
    source: sources.size === 0 && source !== undefined ? source : ({ tenant }) => sources.get(tenant) ?? source,
    plan: plans.size > 0 ? (tenant) => plans.get(tenant) ?? plan : plan,
    logger,
    limits: has('limits') ? (tenant) => ({ ...limits, ...tenants.get(tenant)?.limits }) : limits,
    concurrency: flags.concurrency,
    resultTtlMs: has('resultTtlMs') ? (tenant) => tenants.get(tenant)?.resultTtlMs ?? flags.resultTtl : flags.resultTtl,
    jobTtlMs: flags.jobTtl,
    linkTtlMs: flags.linkTtl,
    slice: { bytes: flags.slice, durationMs: flags.sliceDuration },
    webhooks: { urls: flags.webhook, allowPrivate: flags.webhookPrivate },
    retry: { retries: flags.retries, minDelayMs: flags.retryDelay },
  };
}

/** The source of a process that reads nothing. */
const NO_SOURCE: Source = {
  inputs() {
    throw new SluiceError('UNSUPPORTED', 'read', 'this process has no source: workers read it');
  },
};

/** The source of jobs: files that exist, or a source that can be reopened. */
async function jobSource(inputs: readonly string[], flags: JobFlags, logger: Logger): Promise<SourceName> {
  // A process without concurrent jobs reads nothing.
  if (flags.concurrency === 0 && inputs.length === 0) return NO_SOURCE;
  if (flags.filesFrom === '-') throw usage('jobs read their input many times, standard input can be read only once');
  if (flags.filesFrom !== undefined) return opened(await namedSource(inputs, flags));
  if (inputs.length === 0)
    throw usage('name an input: files, folders, globs, or the address of a database or platform');
  if (inputs.includes('-')) throw usage('jobs read their input many times, standard input can be read only once');
  if (inputs.some(isAddress)) return namedSource(inputs, flags, logger);
  refuseIdleFlags(inputs, flags);
  for (const path of inputs) {
    const found = await stat(path).catch(() => undefined);
    if (found && !found.isFile() && !found.isDirectory())
      throw usage(`${path} is not a file: it can be read only once`);
  }
  return opened(await namedSource(inputs, flags));
}

/** The source, whose inputs can all be opened. */
async function opened(source: Source): Promise<Source> {
  for await (const input of source.inputs(new AbortController().signal)) {
    if (input.kind === 'bytes') await input.close();
  }
  return source;
}
