/** Bodies: JSON, plain or compressed, of bounded size, received in bounded time. */
import type { IncomingMessage } from 'node:http';
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance, FastifyRequest, RequestPayload } from 'fastify';
import { stepsInTurns } from '../loop/turn.js';
import { decodeText } from '../options/decode-text.js';
import { parseJsonSteps } from '../options/parse-json.js';
import { messageOf } from '../terms/errors.js';
import { Refusal } from './refusal.js';
import { refuseSocket } from './refuse-connection.js';

/** Content codings that are decoded. */
const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** How bodies of a scope are read. */
export interface BodyLimits {
  /** Bytes, after decompression. */
  readonly bytes: number;
  /** Milliseconds from the end of the headers to the end of the body. */
  readonly ms: number;
  /** Called for a body that did not arrive in time, whose connection is closed. */
  readonly onLate: (request: FastifyRequest) => void;
}

/** Reads bodies of a scope as JSON, whatever else the application reads. No body at all is undefined. */
export function readJsonBodies(app: FastifyInstance, { bytes, ms, onLate }: BodyLimits): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer', bodyLimit: bytes },
    async (_request: FastifyRequest, body: Buffer) => (body.length === 0 ? undefined : parseBody(body)),
  );
  // Node's own limit is the server's, which may belong to somebody else; and one who is refused goes on sending.
  app.addHook('onRequest', async (request, reply) => {
    if (!hasBody(request.raw)) return;
    const { raw } = request;
    const { socket } = raw;
    const timer = setTimeout(() => {
      onLate(request);
      // The request takes its connection along, where it has one: what `inject` makes has none.
      if (reply.raw.headersSent) raw.destroy();
      else refuseSocket(socket, 408, 'The body took too long to arrive');
    }, ms).unref();
    // The request itself closes when it was answered, though its body may still be arriving.
    const end = () => {
      clearTimeout(timer);
      socket.off('close', end);
    };
    raw.once('end', end);
    socket.once('close', end);
  });
  app.addHook('preParsing', async (request, _reply, payload) => decoded(request, payload));
}

/** @throws SluiceError (rejects) `INVALID_UTF8`, and what `parseJson` throws */
async function parseBody(body: Buffer): Promise<unknown> {
  let text: string;
  try {
    text = decodeText(body, 'the body', 'http');
  } catch (cause) {
    throw new Refusal('INVALID_UTF8', messageOf(cause), { status: 400, path: 'body', cause });
  }
  return stepsInTurns(parseJsonSteps(text, 'body'));
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * The body without its content coding.
 * @throws SluiceError `INVALID` for a coding that is not known, as RFC 9110 (section 15.5.16) has it answered
 */
function decoded({ headers, raw }: FastifyRequest, payload: RequestPayload): RequestPayload {
  const coding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  if (coding === '' || coding === 'identity' || !hasBody(raw)) return payload;
  const decoder = DECODERS.get(coding)?.();
  if (!decoder) {
    throw new Refusal('INVALID', 'the content coding of the body is not known; gzip, deflate and br are', {
      status: 415,
      path: 'headers.content-encoding',
      headers: { 'accept-encoding': 'gzip, deflate, br' },
    });
  }
  let receivedEncodedLength = 0;
  payload.on('data', (chunk: Buffer) => {
    receivedEncodedLength += chunk.length;
  });
  const body = Object.defineProperty(decoder, 'receivedEncodedLength', { get: () => receivedEncodedLength });
  // Fastify listens for the decoder's errors, which are those of the body.
  pipeline(payload, decoder, () => {});
  return body;
}
