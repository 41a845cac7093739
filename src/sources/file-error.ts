/** Errors of the system for files and folders that are read, with the codes of sluice. */
import { type ErrorCode, messageOf, SluiceError, systemCode } from '../terms/errors.js';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'NOT_FOUND',
  ENOTDIR: 'NOT_FOUND',
  EISDIR: 'IS_DIRECTORY',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
};

/** @param where a phrase for the end of the sentence: more about the place */
export function fileError(cause: unknown, path: string, where?: string): SluiceError {
  const code = CODES[systemCode(cause) ?? ''] ?? 'READ_FAILED';
  const reason = where === undefined ? messageOf(cause) : `${messageOf(cause)}, ${where}`;
  // Node shows a name that is not UTF-8 with this character, and does not find it again.
  const isOdd = code === 'NOT_FOUND' && path.includes('\ufffd');
  const message = isOdd ? `${reason}; if the name is not UTF-8, rename the file` : reason;
  return new SluiceError(code, 'read', `${path}: ${message}`, { source: path, cause });
}
