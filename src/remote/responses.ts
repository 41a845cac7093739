/** Responses of a server: their bytes, JSON of limited size, and which refusals may be temporary. */
import { messageOf } from '../terms/errors.js';
import { Outage } from './back-off.js';
import { type Connection, connectionError, failed } from './connection.js';

/** Maximum size of a response that is read at once; pages of jobs are far smaller. */
const LONGEST_ANSWER = 16 * 1024 * 1024;

/** Statuses of temporary refusals. */
export const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** The body of a response as JSON; undefined if it is empty. */
export async function readJson(response: Response, connection: Connection): Promise<unknown> {
  const text = await readText(response, connection);
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failed(connection.hide(`the response is not JSON: ${messageOf(cause)}`), undefined, connection.stage);
  }
}

/**
 * The chunks of a body.
 * @throws SluiceError an outage if the connection is lost; `ABORTED`
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
    const error = connectionError(cause, 'reading the answer', ends, connection);
    // A retry may succeed, whatever the cause.
    throw error.code === 'SERVICE_FAILED'
      ? new Outage(error.code, error.message, { cause, stage: connection.stage })
      : error;
  }
}

async function readText(response: Response, connection: Connection): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bodyOf(response, connection)) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) {
      throw failed(`the response is longer than ${LONGEST_ANSWER} bytes`, undefined, connection.stage);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The delay in `Retry-After`, at most five minutes. */
export function retryAfterMs({ headers }: Response): number | undefined {
  const value = headers.get('retry-after') ?? '';
  const ms = /^[0-9]+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(300_000, Math.max(0, ms)) : undefined;
}
