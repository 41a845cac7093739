/** A row of the table of jobs, as the driver reads it, and its conversion. */
import { isObject } from '../../options/faults.js';
import { SluiceError } from '../../terms/errors.js';
import type { Receipt } from '../../terms/receipt.js';
import type { JobCheckpoint, JobRow, StoredFile, WholeRow } from '../engine.js';
import type { JobError, JobProgress, JobState } from '../job.js';

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
  readonly files: readonly StoredFile[];
  readonly checkpoint: JobCheckpoint | null;
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
    ...{ id, tenant, state, version, epoch, failures, lost, progress, files },
    createdAt: Number(record.created_at),
    changedAt: Number(record.changed_at),
    ...(record.started_at === null ? {} : { startedAt: Number(record.started_at) }),
    ...(record.ended_at === null ? {} : { endedAt: Number(record.ended_at) }),
    ...(record.expires_at === null ? {} : { expiresAt: Number(record.expires_at) }),
    ...(record.not_before === null ? {} : { notBefore: Number(record.not_before) }),
    ...(record.idempotency_key === null ? {} : { idempotencyKey: record.idempotency_key }),
    ...(error === null ? {} : { error }),
    ...(receipt === null ? {} : { receipt }),
    ...(checkpoint === null ? {} : { checkpoint }),
  };
}

/** The value for a JSON column. */
export function jsonOf(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
