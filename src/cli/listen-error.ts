/** The error of a server that cannot listen. */
import { type ErrorCode, messageOf, SluiceError, systemCode } from '../terms/errors.js';

const CODES: ReadonlyMap<string, ErrorCode> = new Map([['EACCES', 'PERMISSION_DENIED']]);

/** @param flag the flag that chooses the port */
export function listenError(cause: unknown, host: string, port: number, flag: string): SluiceError {
  const code = systemCode(cause) ?? '';
  const text =
    code === 'EADDRINUSE' ? `port ${port} of ${host} is in use; choose another with ${flag}` : messageOf(cause);
  return new SluiceError(CODES.get(code) ?? 'SERVICE_FAILED', 'http', text, { cause });
}
