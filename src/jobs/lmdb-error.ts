/** The failures of lmdb, under our codes. */
import { constants } from 'node:os';
import { writeError } from '../destinations/write-error.js';
import { type ErrorCode, messageOf, SluiceError, systemCode } from '../terms/errors.js';

const { ENOSPC, EDQUOT, EFBIG, EACCES, EPERM, EROFS, EAGAIN } = constants.errno;

/** By number, as lmdb tells them: those of the system, and its own, which are negative. */
const CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [ENOSPC, 'DISK_FULL'],
  [EDQUOT, 'DISK_FULL'],
  [EFBIG, 'DISK_FULL'],
  [EACCES, 'PERMISSION_DENIED'],
  [EPERM, 'PERMISSION_DENIED'],
  [EROFS, 'PERMISSION_DENIED'],
  // A lock that is named by the id of the process: another one has it, in another container under the same id.
  [EAGAIN, 'DATA_DIR_IN_USE'],
  // A page that is not there, one that is none, a header that is none, another version, a fault that stays.
  [-30797, 'DATA_DIR_DAMAGED'],
  [-30796, 'DATA_DIR_DAMAGED'],
  [-30793, 'DATA_DIR_DAMAGED'],
  [-30794, 'DATA_DIR_DAMAGED'],
  [-30795, 'DATA_DIR_DAMAGED'],
]);

/** What can be done where the database of a folder is not whole. */
const REMEDY =
  'put back a copy of it, or move it away to begin without jobs; results stay where they are, and are not deleted';

/** The error of a database that is not whole. */
export function damaged(path: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('DATA_DIR_DAMAGED', 'job', `${path} cannot be opened without harm: ${why}; ${REMEDY}`, {
    path,
    cause,
  });
}

/** Makes a typed error of a failure of lmdb in the file of this path; what sluice itself has thrown passes through. */
export async function lmdbError(thrown: unknown, path: string): Promise<SluiceError> {
  if (thrown instanceof SluiceError) return thrown;
  const cause = await causeOf(thrown);
  if (systemCode(cause) !== undefined) return writeError(cause, path);
  const number = cause instanceof Error && 'code' in cause && typeof cause.code === 'number' ? cause.code : undefined;
  const code = number === undefined ? undefined : CODES.get(number);
  if (code === 'DATA_DIR_DAMAGED') return damaged(path, messageOf(cause), cause);
  return new SluiceError(code ?? 'WRITE_FAILED', 'job', `${path}: ${messageOf(cause)}`, { path, cause });
}

/** A commit that failed is told with a promise of the reason, which rejects, so that somebody must look at it. */
async function causeOf(thrown: unknown): Promise<unknown> {
  if (!(thrown instanceof Error && 'commitError' in thrown && thrown.commitError instanceof Promise)) return thrown;
  return thrown.commitError.then(
    () => thrown,
    (cause: unknown) => cause,
  );
}
