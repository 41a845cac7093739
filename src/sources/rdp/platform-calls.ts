/** Single calls of the platform: the bytes of an answer as they come, and what it refuses a call with. */
import { bodyOf, PASSING_STATUSES, readJson, retryAfterMs } from '../../remote/answers.js';
import { Outage } from '../../remote/back-off.js';
import type { Connection } from '../../remote/connection.js';
import { isObject, listAt, memberAt, textAt } from '../../remote/members.js';
import { isError, reasonIn } from '../../remote/reason.js';
import { definedOnly } from '../../terms/defined-only.js';
import { SluiceError } from '../../terms/errors.js';

/** Characters of a message of the platform that are told. */
const LONGEST_MESSAGE = 1000;

/** Refusals before anything was done. */
const TURNED_AWAY: ReadonlySet<number> = new Set([429, 503]);

const ACCESS_STATUSES: ReadonlySet<number> = new Set([401, 403]);
/** Authentication Failure, Permission Denied. */
const ACCESS_CODES: ReadonlySet<string> = new Set(['GE001', 'PD001']);

/** What the platform itself answers an error with, beside what happens on the way to it. */
export class Refusal extends SluiceError {}

/** How long a call may take. */
export interface Patience {
  readonly signal: AbortSignal;
  /** Milliseconds without a byte, while one is waited for. */
  readonly timeoutMs: number;
}

/**
 * Sends a call, and answers the bytes of its answer as they come.
 * @throws SluiceError `PERMISSION_DENIED`, `SERVICE_FAILED`, `ABORTED`; an `Outage` where it may pass
 */
export async function* askPlatform(
  connection: Connection,
  path: string,
  body: unknown,
  { signal, timeoutMs }: Patience,
): AsyncGenerator<Uint8Array, void> {
  const stalled = new AbortController();
  const ends = AbortSignal.any([signal, stalled.signal]);
  const timed = async <T>(waiting: Promise<T>): Promise<T> => {
    const timer = setTimeout(() => {
      const message = `${connection.place}: nothing came for ${timeoutMs} ms`;
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
    // Of an answer that was given up, the failure is known already.
    await chunks.return().catch(() => {});
  }
}

async function refusalOf(response: Response, connection: Connection): Promise<SluiceError> {
  const { status, statusText } = response;
  const { code, text } = reasonIn(await readJson(response, connection).catch(() => undefined));
  const error = refused(
    connection,
    `answers ${status}`,
    { code, text: text ?? statusText },
    ACCESS_STATUSES.has(status),
  );
  if (!PASSING_STATUSES.has(status) || error.code !== 'SERVICE_FAILED') return error;
  const unheard = TURNED_AWAY.has(status);
  const waitMs = retryAfterMs(response);
  return new Outage(error.code, error.message, { stage: 'read', unheard, ...definedOnly({ waitMs }) });
}

/**
 * The error that an answer tells of: by its status, or by a message of an error inside a success, which says that
 * something is missing.
 * @param answer `{ "response": { "status": …, "statusDetail": … } }`; the detail in any of its documented shapes
 */
export function errorIn(answer: unknown, connection: Connection): SluiceError | undefined {
  const response = memberAt(answer, 'response');
  const reason = reasonIn(answer);
  if (!isObject(response)) return refused(connection, 'answers no response', reason);
  const status = textAt(response, 'status')?.toLowerCase();
  const detail = memberAt(response, 'statusDetail');
  const hasError = isError(detail) || listAt(detail, 'messages').some(isError);
  if (status === 'success' && !hasError) return undefined;
  return refused(
    connection,
    status === 'success' ? 'answers a success with an error in it' : 'answers an error',
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
