/** Single calls of the platform: the bytes of a response as they arrive, and the errors of the platform. */

import { isObject } from '../../options/faults.js';
import { listAt, memberAt, textAt } from '../../options/json-members.js';
import { Outage } from '../../remote/back-off.js';
import type { Connection } from '../../remote/connection.js';
import { isError, reasonIn } from '../../remote/reason.js';
import { bodyOf, PASSING_STATUSES, readJson, retryAfterMs } from '../../remote/responses.js';
import { SluiceError } from '../../terms/errors.js';

/** Maximum of characters of the platform's messages in errors. */
const LONGEST_MESSAGE = 1000;

/** Statuses of refusals before anything was done. */
const TURNED_AWAY: ReadonlySet<number> = new Set([429, 503]);

const ACCESS_STATUSES: ReadonlySet<number> = new Set([401, 403]);
/** Authentication Failure, Permission Denied. */
const ACCESS_CODES: ReadonlySet<string> = new Set(['GE001', 'PD001']);

/** An error response of the platform itself, unlike errors on the way to it. */
export class Refusal extends SluiceError {}

/** Time limits of a call. */
export interface Patience {
  readonly signal: AbortSignal;
  /** Maximum of milliseconds to wait for a byte. */
  readonly timeoutMs: number;
}

/**
 * Sends a call, and yields the bytes of its response as they arrive.
 * @throws SluiceError `PERMISSION_DENIED`, `SERVICE_FAILED`, `ABORTED`; an `Outage` if it may pass
 */
export async function* callPlatform(
  connection: Connection,
  path: string,
  body: unknown,
  { signal, timeoutMs }: Patience,
): AsyncGenerator<Uint8Array, void> {
  const stalled = new AbortController();
  const ends = AbortSignal.any([signal, stalled.signal]);
  const timed = async <T>(waiting: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => {
      const message = `${connection.place}: no data for ${timeoutMs} ms`;
      stalled.abort(new Outage('SERVICE_FAILED', message, { stage: 'read' }));
    }, timeoutMs);
    try {
      return await waiting;
    } finally {
      clearTimeout(timer);
    }
  };
  const response = await timed(connection.send(path, { method: 'POST', body, signal: ends }));
  if (!response.ok) throw await timed(refusalOf(response, connection));
  const chunks = bodyOf(response, connection, ends);
  try {
    for (let next = await timed(chunks.next()); !next.done; next = await timed(chunks.next())) yield next.value;
  } finally {
    // The failure of a cancelled response is known already.
    await chunks.return().catch(() => {});
  }
}

async function refusalOf(response: Response, connection: Connection): Promise<SluiceError> {
  const { status, statusText } = response;
  const { code, text } = reasonIn(await readJson(response, connection).catch(() => undefined));
  const error = refused(
    connection,
    `returned ${status}`,
    { code, text: text ?? statusText },
    ACCESS_STATUSES.has(status),
  );
  if (!PASSING_STATUSES.has(status) || error.code !== 'SERVICE_FAILED') return error;
  const unheard = TURNED_AWAY.has(status);
  const waitMs = retryAfterMs(response);
  return new Outage(error.code, error.message, { stage: 'read', unheard, waitMs });
}

/**
 * The error that a response reports: by its status, or by an error message inside a success, which means that something
 * is missing.
 * @param body `{ "response": { "status": …, "statusDetail": … } }`; the detail in any of its documented shapes
 */
export function errorIn(body: unknown, connection: Connection): SluiceError | undefined {
  const response = memberAt(body, 'response');
  const reason = reasonIn(body);
  if (!isObject(response)) return refused(connection, 'returned no response object', reason);
  const status = textAt(response, 'status')?.toLowerCase();
  const detail = memberAt(response, 'statusDetail');
  const hasError = isError(detail) || listAt(detail, 'messages').some(isError);
  if (status === 'success' && !hasError) return undefined;
  return refused(
    connection,
    status === 'success' ? 'returned a success with an error in it' : 'returned an error',
    reason,
  );
}

function refused(
  { place, hide }: Connection,
  what: string,
  { code, text }: { readonly code?: string | undefined; readonly text?: string | undefined },
  deniesAccess = false,
): Refusal {
  const named = code === undefined ? '' : ` (${code})`;
  const message = hide(`${place} ${what}: ${text || 'no reason'}${named}`.slice(0, LONGEST_MESSAGE));
  const denied = deniesAccess || ACCESS_CODES.has(code ?? '');
  return new Refusal(denied ? 'PERMISSION_DENIED' : 'SERVICE_FAILED', 'read', message, { source: place });
}
