/** Why a server could not listen. */
import { type ErrorCode, messageOf, SluiceError, systemCode } from '../terms/errors.js';

const CODES: ReadonlyMap<string, ErrorCode> = new Map([['EACCES', 'PERMISSION_DENIED']]);

/** @param flag the one that chooses the port */
export function listenError(cause: unknown, host: string, port: number, flag: string): SluiceError {
  const code = systemCode(cause) ?? '';
  const text =
    code === 'EADDRINUSE' ? `port ${port} of ${host} is taken; choose another with ${flag}` : messageOf(cause);
  return new SluiceError(CODES.get(code) ?? 'SERVICE_FAILED', 'http', text, { cause });
}
