/** Responses of sluice or of the documented platform: JSON, and refusals as typed errors. */

import { Outage } from '../remote/back-off.js';
import type { Connection } from '../remote/connection.js';
import { reasonIn } from '../remote/reason.js';
import { PASSING_STATUSES, readJson, retryAfterMs } from '../remote/responses.js';
import { type ErrorCode, SluiceError } from '../terms/errors.js';

/** Maximum length of a message from a server. */
const LONGEST_MESSAGE = 1000;

const BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'UNAUTHENTICATED'],
  [403, 'UNAUTHENTICATED'],
  [410, 'RESULT_EXPIRED'],
  [413, 'BODY_TOO_LARGE'],
  [429, 'TOO_MANY_REQUESTS'],
]);

/** Codes of the documented platform with an equivalent in sluice. */
const BY_PLATFORM_CODE: ReadonlyMap<string, ErrorCode> = new Map([
  ['GE001', 'UNAUTHENTICATED'],
  ['PD001', 'UNAUTHENTICATED'],
]);

/**
 * Sends a request with a JSON response.
 * @throws SluiceError the refusal of the server; `SERVICE_FAILED` for anything but JSON
 */
export async function requestJson(connection: Connection, ...call: Parameters<Connection['send']>): Promise<unknown> {
  const response = await connection.send(...call);
  if (!response.ok) throw await refusal(response, connection);
  return readJson(response, connection);
}

/** The error of a refusal; an `Outage` if it may be temporary. */
export async function refusal(response: Response, connection: Connection): Promise<SluiceError> {
  const body = await readJson(response, connection).catch(() => undefined);
  const { code: foreign, text, own, faults, moreFaults } = reasonIn(body);
  const code = own ?? BY_PLATFORM_CODE.get(foreign ?? '') ?? BY_STATUS.get(response.status) ?? 'SERVICE_FAILED';
  const named = own === undefined && foreign !== undefined ? ` (${foreign})` : '';
  const reason = `${text ?? (response.statusText || 'no reason')}${named}`;
  const message = connection.hide(`the service responded ${response.status}: ${reason}`.slice(0, LONGEST_MESSAGE));
  const details = faults.length > 0 ? { faults, moreFaults } : {};
  const passes = PASSING_STATUSES.has(response.status) && code !== 'QUOTA_EXCEEDED';
  if (!passes) return new SluiceError(code, 'client', message, details);
  const waitMs = retryAfterMs(response);
  return new Outage(code, message, { ...details, waitMs });
}
