/** Text of the database as the row of a job. */
import { isObject } from '../options/faults.js';
import { SluiceError } from '../terms/errors.js';
import { isJobState } from './job.js';
import type { JobRow } from './job-row.js';

/** Checks the members of every row. */
export function isRow(row: unknown, id: string): row is JobRow {
  if (!isObject(row) || row.id !== id) return false;
  const { tenant, state, version, epoch, createdAt, lost, progress, files } = row;
  return (
    typeof tenant === 'string' &&
    typeof state === 'string' &&
    isJobState(state) &&
    [version, epoch, createdAt, lost].every((count) => typeof count === 'number') &&
    isObject(progress) &&
    Array.isArray(files) &&
    files.every((file) => isObject(file) && Array.isArray(file.parts))
  );
}

/** The error of a row that cannot be read. */
export function unreadable(id: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError('INTERNAL', 'job', `the row of job ${id} is unreadable: ${reason}`, { cause });
}
