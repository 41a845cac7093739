/** Answers of a server: JSON of a bounded size, and refusals as errors. */

import { definedOnly } from '../terms/defined-only.js';
import { ERROR_CODES, type ErrorCode, messageOf, type RequestFault, SluiceError } from '../terms/errors.js';
import { Outage } from './back-off.js';
import { type Connection, connectionError, failed } from './connection.js';
import { listAt, memberAt, textAt } from './members.js';

/** Bytes of an answer that is read as a whole; a page of jobs is far below. */
const LONGEST_ANSWER = 16 * 1024 * 1024;

/** Characters of a message that a server sent. */
const LONGEST_MESSAGE = 1000;

/** Refusals that may pass. */
const PASSING: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

const BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'UNAUTHENTICATED'],
  [403, 'UNAUTHENTICATED'],
  [410, 'RESULT_EXPIRED'],
  [413, 'BODY_TOO_LARGE'],
  [429, 'TOO_MANY_REQUESTS'],
]);

/** Codes of the documented platform that mean one of ours. */
const BY_PLATFORM_CODE: ReadonlyMap<string, ErrorCode> = new Map([
  ['GE001', 'UNAUTHENTICATED'],
  ['PD001', 'UNAUTHENTICATED'],
]);

/**
 * Sends a call that is answered in JSON.
 * @throws SluiceError what the server refused it with; `SERVICE_FAILED` for anything but JSON
 */
export async function askJson(connection: Connection, ...call: Parameters<Connection['send']>): Promise<unknown> {
  const response = await connection.send(...call);
  if (!response.ok) throw await refusal(response, connection);
  return readJson(response, connection);
}

/** The body of an answer as JSON; undefined where it has none. */
export async function readJson(response: Response, connection: Connection): Promise<unknown> {
  const text = await readText(response, connection);
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failed(connection.hide(`the answer is no JSON: ${messageOf(cause)}`));
  }
}

/**
 * The pieces of a body.
 * @throws SluiceError that may pass when the connection is cut; `ABORTED`
 */
export async function* bodyOf(
  { body }: Response,
  connection: Connection,
  ...signals: readonly (AbortSignal | undefined)[]
): AsyncGenerator<Uint8Array, void> {
  if (!body) return;
  try {
    for await (const chunk of body) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  } catch (cause) {
    const ends = signals.filter((signal) => signal !== undefined);
    const error = connectionError(cause, 'reading the answer', ends, connection.hide);
    // Whatever cuts an answer short may be over when it is asked for again.
    throw error.code === 'SERVICE_FAILED' ? new Outage(error.code, error.message, { cause }) : error;
  }
}

async function readText(response: Response, connection: Connection): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyOf(response, connection)) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) throw failed(`the answer is longer than ${LONGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The error that a refusal tells of; one that may pass is an `Outage`. */
export async function refusal(response: Response, connection: Connection): Promise<SluiceError> {
  const body = await readJson(response, connection).catch(() => undefined);
  const { code: foreign, text, own, faults } = reasonIn(body);
  const code = own ?? BY_PLATFORM_CODE.get(foreign ?? '') ?? BY_STATUS.get(response.status) ?? 'SERVICE_FAILED';
  const named = own === undefined && foreign !== undefined ? ` (${foreign})` : '';
  const reason = `${text ?? (response.statusText || 'no reason')}${named}`;
  const message = connection.hide(`the service answers ${response.status}: ${reason}`.slice(0, LONGEST_MESSAGE));
  const details = faults.length > 0 ? { faults } : {};
  const passes = PASSING.has(response.status) && code !== 'QUOTA_EXCEEDED';
  if (!passes) return new SluiceError(code, 'client', message, details);
  const waitMs = retryAfterMs(response);
  return new Outage(code, message, { ...details, ...(waitMs === undefined ? {} : { waitMs }) });
}

/** What `Retry-After` asks for, at most five minutes. */
export function retryAfterMs({ headers }: Response): number | undefined {
  const value = headers.get('retry-after') ?? '';
  const ms = /^[0-9]+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(300_000, Math.max(0, ms)) : undefined;
}

/** Why a service refuses. */
export interface Reason {
  /** The documented code. */
  readonly code?: string;
  readonly text?: string;
  /** The code of ours, where it is sluice that answers. */
  readonly own?: ErrorCode;
  readonly faults: readonly RequestFault[];
}

/** The reason in a problem, or in any of the shapes that are documented; sluice says its own code in these as well. */
export function reasonIn(body: unknown): Reason {
  const problem = textAt(body, 'detail') ?? textAt(body, 'title');
  if (problem !== undefined) {
    const faults = listAt(body, 'faults').flatMap(faultOf);
    return { faults, text: problem, ...definedOnly({ own: codeOf(textAt(body, 'code')) }) };
  }
  for (const root of ['response', 'dataObjectOperationResponse']) {
    const detail = memberAt(body, root, 'statusDetail');
    for (const told of [memberAt(detail, 'messages', 0), detail]) {
      const text = textAt(told, 'message');
      const code = textAt(told, 'messageCode') ?? textAt(told, 'code');
      if (text === undefined && code === undefined) continue;
      const own = codeOf(textAt(detail, 'sluiceCode'));
      const faults = listAt(detail, 'faults').flatMap(faultOf);
      return { faults, ...definedOnly({ code, text, own }) };
    }
  }
  return { faults: [] };
}

/** The code of ours under that name. */
export function codeOf(name: string | undefined): ErrorCode | undefined {
  return name !== undefined && isErrorCode(name) ? name : undefined;
}

function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(ERROR_CODES, name);
}

function faultOf(fault: unknown): readonly RequestFault[] {
  const code = codeOf(textAt(fault, 'code'));
  if (code === undefined) return [];
  return [{ code, path: textAt(fault, 'path') ?? '', message: textAt(fault, 'message') ?? '' }];
}
