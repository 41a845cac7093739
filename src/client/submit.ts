/** Submitting a request, and telling the two documented answers apart: a job, or the result itself. */
import { abortSignal, boolean, count, filledText, type OptionTable } from '../options/accept-options.js';
import { bodyOf } from '../remote/answers.js';
import { type Connection, failed } from '../remote/connection.js';
import { memberAt, textAt } from '../remote/members.js';
import { reasonIn } from '../remote/reason.js';
import { bytes } from '../sources/bytes.js';
import { type UnwrappedEnvelope, unwrapEnvelope } from '../verify/unwrap-envelope.js';
import { refusal } from './answers.js';

/** How a request is submitted. */
export interface SubmitOptions {
  /** A second submission under the same key answers the first one's job; with a key, outages are waited for. */
  readonly idempotencyKey?: string;
  /** How long the service may wait for the result before it returns the job; sent in whole seconds, rounded up. */
  readonly waitMs?: number;
  /** Asks for the job at once. */
  readonly respondAsync?: boolean;
  readonly signal?: AbortSignal;
}

export const SUBMIT_OPTIONS: OptionTable<SubmitOptions> = {
  idempotencyKey: filledText,
  waitMs: count(),
  respondAsync: boolean,
  signal: abortSignal,
};

/** What a submission was answered: the id of a job, or the envelope with the result in it. */
export type Submitted =
  | { readonly kind: 'job'; readonly id: string }
  | {
      readonly kind: 'envelope';
      /** The work automation id, where the answer names it before the envelope does. */
      readonly id?: string;
      /** The bytes of the blob, decoded as they come. Whoever does not read them must destroy it. */
      readonly envelope: UnwrappedEnvelope;
    };

/** Bytes that must suffice to see which answer it is. */
const LONGEST_HEAD = 64 * 1024;

/** Bytes of the answer that names a job. */
const LONGEST_JOB_ANSWER = 1024 * 1024;

/** The message of the platform, in which the id is the only one that is told to a publisher. */
const ID_IN_MESSAGE = /work automation id\s*:\s*([0-9A-Za-z_-]+)/i;

/**
 * Submits a request to `api/rsConnectService/downloadDataJob`.
 * @param request the documented body
 * @throws SluiceError what the service refuses it with; `SERVICE_FAILED`
 */
export async function submitRequest(
  connection: Connection,
  request: unknown,
  { idempotencyKey, waitMs, respondAsync, signal }: SubmitOptions,
): Promise<Submitted> {
  const prefer = [
    ...(respondAsync ? ['respond-async'] : []),
    ...(waitMs === undefined ? [] : [`wait=${Math.ceil(waitMs / 1000)}`]),
  ];
  const response = await connection.send('api/rsConnectService/downloadDataJob', {
    method: 'POST',
    headers: {
      // Decoded without a word it could be cut without a word.
      'accept-encoding': 'identity',
      ...(prefer.length > 0 ? { prefer: prefer.join(', ') } : {}),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    },
    body: request,
    signal,
  });
  if (!response.ok) throw await refusal(response, connection);
  const chunks = bodyOf(response, connection, signal);
  const { head, member } = await readHead(chunks);
  if (member === 'response') {
    const rest = bytes(replay(head, chunks), 'the answer');
    const id = /([^/]+)\/?$/.exec(response.headers.get('content-location') ?? response.headers.get('location') ?? '');
    return {
      kind: 'envelope',
      id: id?.[1],
      envelope: unwrapEnvelope(rest, { signal }),
    };
  }
  return { kind: 'job', id: jobIdIn(await readRest(head, chunks), connection) };
}

/** Reads until the first member of the answer has its name. */
async function readHead(chunks: AsyncGenerator<Uint8Array, void>) {
  let head = Buffer.alloc(0);
  for (;;) {
    const member = /^\s*\{\s*"([^"]*)"/.exec(head.toString('latin1'))?.[1];
    if (member !== undefined) return { head, member };
    const next = await chunks.next();
    if (next.done || head.length > LONGEST_HEAD) break;
    head = Buffer.concat([head, next.value]);
  }
  await chunks.return();
  throw failed('the service answers neither a job nor an envelope');
}

async function* replay(head: Uint8Array, rest: AsyncGenerator<Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  try {
    yield head;
    yield* rest;
  } finally {
    await rest.return();
  }
}

async function readRest(head: Uint8Array, chunks: AsyncGenerator<Uint8Array, void>): Promise<string> {
  const all: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of replay(head, chunks)) {
    length += chunk.length;
    if (length > LONGEST_JOB_ANSWER) break;
    all.push(chunk);
  }
  return Buffer.concat(all).toString();
}

/** The work automation id in a job's answer, from where each form has it. */
function jobIdIn(text: string, connection: Connection): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw failed('the service answers neither a job nor an envelope');
  }
  const answer = memberAt(body, 'dataObjectOperationResponse');
  const { code, text: message } = reasonIn(body);
  if (textAt(answer, 'status') === 'error') {
    throw failed(connection.hide(`the service refuses: ${message ?? 'no reason'} (${code ?? 'no code'})`));
  }
  const id =
    textAt(answer, 'dataObjects', 0, 'properties', 'workAutomationId') ??
    ID_IN_MESSAGE.exec(message ?? '')?.[1] ??
    textAt(body, 'dataObjectOperationRequest', 'taskId');
  if (id === undefined) throw failed('the service names no work automation id');
  return id;
}
