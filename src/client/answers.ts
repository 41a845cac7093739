/** Answers of a server: JSON of a bounded size, and refusals as errors. */
import { ERROR_CODES, type ErrorCode, messageOf, type RequestFault, SluiceError } from '../terms/errors.js';
import { Outage } from './back-off.js';
import { type Connection, connectionError, failed } from './connection.js';
import { listAt, textAt } from './members.js';

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
  const { code: foreign, text } = reasonIn(body);
  const code =
    codeOf(textAt(body, 'code')) ??
    BY_PLATFORM_CODE.get(foreign ?? '') ??
    BY_STATUS.get(response.status) ??
    'SERVICE_FAILED';
  const reason = `${text ?? (response.statusText || 'no reason')}${foreign === undefined ? '' : ` (${foreign})`}`;
  const message = connection.hide(`the service answers ${response.status}: ${reason}`.slice(0, LONGEST_MESSAGE));
  const faults = listAt(body, 'faults').flatMap(faultOf);
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

/** The reason in any of the shapes that are documented, or in a problem. */
export function reasonIn(body: unknown): { readonly code?: string; readonly text?: string } {
  const text = textAt(body, 'detail') ?? textAt(body, 'title');
  if (text !== undefined) return { text };
  for (const root of ['response', 'dataObjectOperationResponse']) {
    for (const at of [
      [root, 'statusDetail', 'messages', 0],
      [root, 'statusDetail'],
    ]) {
      const message = textAt(body, ...at, 'message');
      const code = textAt(body, ...at, 'messageCode') ?? textAt(body, ...at, 'code');
      if (message !== undefined || code !== undefined) {
        return { ...(code === undefined ? {} : { code }), text: message ?? 'no reason' };
      }
    }
  }
  return {};
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
