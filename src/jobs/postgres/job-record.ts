/** A row of the table of jobs, as the driver reads it, and its conversion. */
import { isObject } from '../../options/faults.js';
import { SluiceError } from '../../terms/errors.js';
import type { Receipt } from '../../terms/receipt.js';
import type { JobCheckpoint, JobRow, NewJob, StoredFile, WholeRow } from '../engine.js';
import type { JobError, JobFacts, JobProgress, JobState } from '../job.js';
import { type SearchedFacts, searchedFacts } from '../job-search.js';

/** Facts, and what searches compare: the same in lower case, since databases differ in what that is. */
interface StoredFacts extends JobFacts {
  readonly searched?: SearchedFacts;
  /** Addresses that are told of the end. */
  readonly webhooks?: readonly string[];
  readonly ownWebhook?: string;
}

/** The columns; bigint columns arrive as digits. */
export interface JobRecord {
  readonly id: string;
  readonly tenant: string;
  readonly idempotency_key: string | null;
  readonly state: JobState;
  readonly version: number;
  readonly epoch: number;
  readonly failures: number;
  readonly lost: number;
  readonly created_at: string;
  readonly changed_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly expires_at: string | null;
  readonly not_before: string | null;
  readonly progress: JobProgress;
  readonly error: JobError | null;
  readonly receipt: Receipt | null;
  readonly facts: StoredFacts | null;
  readonly files: readonly StoredFile[];
  readonly checkpoint: JobCheckpoint | null;
  readonly priority: number;
}

/** The columns with the request. */
export interface WholeRecord extends JobRecord {
  readonly request: unknown;
}

/** Converts a row with its request. */
export function wholeRowOf(record: WholeRecord): WholeRow {
  return { ...jobRowOf(record), request: record.request };
}

/**
 * Converts a row.
 * @throws SluiceError `INTERNAL` for a row that no engine has written
 */
export function jobRowOf(record: JobRecord): JobRow {
  const { id, tenant, state, version, epoch, failures, lost, progress, error, receipt, files, checkpoint } = record;
  if (!Array.isArray(files) || !isObject(progress)) {
    throw new SluiceError('INTERNAL', 'job', `the row of job ${id} is unreadable: it is not a row of a job`);
  }
  return {
    id,
    tenant,
    state,
    version,
    epoch,
    failures,
    lost,
    progress,
    files,
    createdAt: Number(record.created_at),
    changedAt: Number(record.changed_at),
    startedAt: numberOf(record.started_at),
    endedAt: numberOf(record.ended_at),
    expiresAt: numberOf(record.expires_at),
    notBefore: numberOf(record.not_before),
    idempotencyKey: record.idempotency_key ?? undefined,
    error: error ?? undefined,
    receipt: receipt ?? undefined,
    facts: factsOf(record.facts),
    webhooks: record.facts?.webhooks,
    ownWebhook: record.facts?.ownWebhook,
    priority: record.priority === 0 ? undefined : record.priority,
    checkpoint: checkpoint ?? undefined,
  };
}

/** Integers of 64 bits arrive as text. */
export function numberOf(digits: string | null): number | undefined {
  return digits === null ? undefined : Number(digits);
}

function factsOf(stored: StoredFacts | null): JobFacts | undefined {
  if (!stored) return undefined;
  const { searched: _, webhooks: _webhooks, ownWebhook: _own, ...facts } = stored;
  return facts;
}

/** The value for the column of facts. */
export function storedFacts({
  facts,
  webhooks,
  ownWebhook,
}: Pick<NewJob, 'facts' | 'webhooks' | 'ownWebhook'>): StoredFacts | undefined {
  const told = webhooks && webhooks.length > 0 ? { webhooks, ownWebhook } : {};
  return facts || webhooks ? { ...facts, ...told, searched: searchedFacts(facts) } : undefined;
}

/** The value for a JSON column. */
export function jsonOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
