/** Types the failures of writing. */

import { isError } from '../terms/any-error.js';
import { type ErrorCode, messageOf, SluiceError, systemCode } from '../terms/errors.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EEXIST: 'DESTINATION_EXISTS',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
  EROFS: 'PERMISSION_DENIED',
  EISDIR: 'IS_DIRECTORY',
  // Node's permission model.
  ERR_ACCESS_DENIED: 'PERMISSION_DENIED',
};

const NOT_PERMITTED =
  "Node's permission model forbids it; a file needs its folder under --allow-fs-read and --allow-fs-write";

/** Makes a SluiceError of a failure to write to `path`. */
export function writeError(cause: unknown, path: string): SluiceError {
  if (cause instanceof SluiceError) return cause;
  if (isError(cause) && cause.name === 'AbortError') {
    return new SluiceError('ABORTED', 'write', `${path}: writing was aborted`, { path, cause });
  }
  const system = systemCode(cause);
  const code = CODES[system ?? ''] ?? 'WRITE_FAILED';
  const reason = system === 'ERR_ACCESS_DENIED' ? NOT_PERMITTED : messageOf(cause);
  return new SluiceError(code, 'write', `${path}: ${reason}`, { path, cause });
}
