/** Answers of a server: their bytes, JSON of a bounded size, and which refusals may pass. */
import { messageOf } from '../terms/errors.js';
import { Outage } from './back-off.js';
import { type Connection, connectionError, failed } from './connection.js';

/** Bytes of an answer that is read as a whole; a page of jobs is far below. */
const LONGEST_ANSWER = 16 * 1024 * 1024;

/** Refusals that may pass. */
export const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** The body of an answer as JSON; undefined where it has none. */
export async function readJson(response: Response, connection: Connection): Promise<unknown> {
  const text = await readText(response, connection);
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failed(connection.hide(`the answer is no JSON: ${messageOf(cause)}`), undefined, connection.stage);
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
    const error = connectionError(cause, 'reading the answer', ends, connection);
    // Whatever cuts an answer short may be over when it is asked for again.
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
      throw failed(`the answer is longer than ${LONGEST_ANSWER} bytes`, undefined, connection.stage);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What `Retry-After` asks for, at most five minutes. */
export function retryAfterMs({ headers }: Response): number | undefined {
  const value = headers.get('retry-after') ?? '';
  const ms = /^[0-9]+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(300_000, Math.max(0, ms)) : undefined;
}
