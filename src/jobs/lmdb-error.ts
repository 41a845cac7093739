/** Errors of LMDB as typed errors. */
import { constants } from 'node:os';
import { writeError } from '../destinations/write-error.js';
import { isError } from '../terms/any-error.js';
import { type ErrorCode, messageOf, SluiceError, systemCode } from '../terms/errors.js';
import { isThenable } from '../terms/thenable.js';

const { ENOSPC, EDQUOT, EFBIG, EACCES, EPERM, EROFS, EAGAIN } = constants.errno;

/** Errors by their numbers: positive ones are the system's, negative ones LMDB's. */
const CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [ENOSPC, 'DISK_FULL'],
  [EDQUOT, 'DISK_FULL'],
  [EFBIG, 'DISK_FULL'],
  [EACCES, 'PERMISSION_DENIED'],
  [EPERM, 'PERMISSION_DENIED'],
  [EROFS, 'PERMISSION_DENIED'],
  // Locks are keyed by pid: a process in another container has the same one.
  [EAGAIN, 'DATA_DIR_IN_USE'],
  // Missing or invalid page, invalid file, version mismatch, panic.
  [-30797, 'DATA_DIR_DAMAGED'],
  [-30796, 'DATA_DIR_DAMAGED'],
  [-30793, 'DATA_DIR_DAMAGED'],
  [-30794, 'DATA_DIR_DAMAGED'],
  [-30795, 'DATA_DIR_DAMAGED'],
]);

/** Remedy for a damaged database. */
const REMEDY =
  'put back a copy of it, or move it away to begin without jobs; results stay where they are, and are not deleted';

/** The error of a damaged database. */
export function damaged(path: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('DATA_DIR_DAMAGED', 'job', `${path} cannot be opened without harm: ${why}; ${REMEDY}`, {
    path,
    cause,
  });
}

/** Converts an error of LMDB for a database file; a SluiceError passes through. */
export async function lmdbError(thrown: unknown, path: string): Promise<SluiceError> {
  if (thrown instanceof SluiceError) return thrown;
  const cause = await causeOf(thrown);
  if (systemCode(cause) !== undefined) return writeError(cause, path);
  const number = isError(cause) && 'code' in cause && typeof cause.code === 'number' ? cause.code : undefined;
  const code = number === undefined ? undefined : CODES.get(number);
  if (code === 'DATA_DIR_DAMAGED') return damaged(path, messageOf(cause), cause);
  return new SluiceError(code ?? 'WRITE_FAILED', 'job', `${path}: ${messageOf(cause)}`, { path, cause });
}

/** A failed commit carries a promise of its reason, which rejects and must be handled. */
async function causeOf(thrown: unknown): Promise<unknown> {
  if (!(isError(thrown) && 'commitError' in thrown && isThenable(thrown.commitError))) return thrown;
  return thrown.commitError.then(
    () => thrown,
    (cause: unknown) => cause,
  );
}
