/** What the system refuses of files and folders that are read, under our codes. */
import { type ErrorCode, messageOf, SluiceError, systemCode } from '../terms/errors.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'NOT_FOUND',
  ENOTDIR: 'NOT_FOUND',
  EISDIR: 'IS_DIRECTORY',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
};

/** @param where more about the place, as the end of a sentence */
export function fileError(cause: unknown, path: string, where?: string): SluiceError {
  const code = CODES[systemCode(cause) ?? ''] ?? 'READ_FAILED';
  const message = where === undefined ? messageOf(cause) : `${messageOf(cause)}, ${where}`;
  return new SluiceError(code, 'read', `${path}: ${message}`, { source: path, cause });
}
