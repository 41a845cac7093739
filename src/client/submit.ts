/** Submits a request, and distinguishes the two documented responses: a job, or the result itself. */

import { memberAt, textAt } from '../options/json-members.js';
import { type Connection, failed } from '../remote/connection.js';
import { reasonIn } from '../remote/reason.js';
import { bodyOf } from '../remote/responses.js';
import { bytes } from '../sources/bytes.js';
import { type UnwrappedEnvelope, unwrapResponse } from '../verify/unwrap-envelope.js';
import type { SubmitOptions } from './client-options.js';
import { refusal } from './responses.js';
import { submitHeaders } from './submit-headers.js';

/** The response: the id of a job, or the envelope with the result. */
export type Submitted =
  | {
      /** The service works on a job. */
      readonly kind: 'job';
      /** The work automation id. */
      readonly id: string;
    }
  | {
      /** The service has responded with the result. */
      readonly kind: 'envelope';
      /** The work automation id, if a header states it. */
      readonly id?: string;
      /** The bytes of the blob, decoded as they arrive. Destroy it if you do not read it. */
      readonly envelope: UnwrappedEnvelope;
    };

/** Bytes that suffice to distinguish the responses. */
const LONGEST_HEAD = 64 * 1024;

/** Maximum size of a response with a job. */
const LONGEST_JOB_ANSWER = 1024 * 1024;

/** The platform's message, which for a publisher is the only place with the id. */
const ID_IN_MESSAGE = /work automation id\s*:\s*([0-9A-Za-z_-]+)/i;

/**
 * Submits a request to `api/rsConnectService/downloadDataJob`.
 * @param request the documented body
 * @throws SluiceError the refusal of the service; `SERVICE_FAILED`
 */
export async function submitRequest(
  connection: Connection,
  request: unknown,
  { signal, ...options }: SubmitOptions,
): Promise<Submitted> {
  const response = await connection.send('api/rsConnectService/downloadDataJob', {
    method: 'POST',
    headers: {
      // A cut in an encoded response might go unnoticed.
      'accept-encoding': 'identity',
      ...submitHeaders(options),
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
      envelope: unwrapResponse(rest, { signal }),
    };
  }
  return { kind: 'job', id: jobIdIn(await readRest(head, chunks), connection) };
}

/** Reads until the name of the first member. */
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
  throw failed('the response is neither a job nor an envelope');
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

/** The work automation id, from any of the places that the forms of the response have for it. */
function jobIdIn(text: string, connection: Connection): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw failed('the response is neither a job nor an envelope');
  }
  const answer = memberAt(body, 'dataObjectOperationResponse');
  const { code, text: message } = reasonIn(body);
  if (textAt(answer, 'status') === 'error') {
    throw failed(connection.hide(`the service refused: ${message ?? 'no reason'} (${code ?? 'no code'})`));
  }
  const id =
    textAt(answer, 'dataObjects', 0, 'properties', 'workAutomationId') ??
    ID_IN_MESSAGE.exec(message ?? '')?.[1] ??
    textAt(body, 'dataObjectOperationRequest', 'taskId');
  if (id === undefined) throw failed('the response has no work automation id');
  return id;
}
