/** Request bodies: JSON, plain or compressed, with limits of size and time. */
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

/** Supported content codings. */
const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** Limits of the bodies of a scope. */
export interface BodyLimits {
  /** Maximum size after decompression. */
  readonly bytes: number;
  /** Maximum time from the end of the headers to the end of the body. */
  readonly timeoutMs: number;
  /** Called for a body that did not arrive in time; its connection is closed. */
  readonly onLate: (request: FastifyRequest) => void;
}

/** Parses the bodies of a scope as JSON, independent of the application's parsers. An empty body is undefined. */
export function readJsonBodies(app: FastifyInstance, { bytes, timeoutMs, onLate }: BodyLimits): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer', bodyLimit: bytes },
    async (_request: FastifyRequest, body: Buffer) => (body.length === 0 ? undefined : parseBody(body)),
  );
  // Node's own timeout belongs to the server, and a refused client may continue to send.
  app.addHook('onRequest', async (request, reply) => {
    if (!hasBody(request.raw)) return;
    const { raw } = request;
    const { socket } = raw;
    const timer = setTimeout(() => {
      onLate(request);
      // Destroying the request closes its connection; requests made by `inject` have none.
      if (reply.raw.headersSent) raw.destroy();
      else refuseSocket(socket, 408, 'The body took too long to arrive');
    }, timeoutMs).unref();
    // The request closes once it is answered, even if its body is still arriving.
    const end = () => {
      clearTimeout(timer);
      socket.off('close', end);
    };
    raw.once('end', end);
    socket.once('close', end);
  });
  app.addHook('preParsing', async (request, _reply, payload) => decoded(request, payload));
}

/** Reads bodies of another media type as JSON, too, in a scope of their own. */
export function alsoReadJson(app: FastifyInstance, mediaType: string, bytes: number): void {
  app.addContentTypeParser<Buffer>(
    mediaType,
    { parseAs: 'buffer', bodyLimit: bytes },
    async (_request: FastifyRequest, body: Buffer) => (body.length === 0 ? undefined : parseBody(body)),
  );
}

/** @throws SluiceError (rejects) `INVALID_UTF8`, errors of `parseJson` */
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
 * Decodes the content coding of a body.
 * @throws SluiceError `INVALID` for an unknown coding, with the status that RFC 9110 (section 15.5.16) requires
 */
function decoded({ headers, raw }: FastifyRequest, payload: RequestPayload): RequestPayload {
  const coding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  if (coding === '' || coding === 'identity' || !hasBody(raw)) return payload;
  const decoder = DECODERS.get(coding)?.();
  if (!decoder) {
    throw new Refusal('INVALID', 'the content coding of the body is unknown; supported are gzip, deflate and br', {
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
  // Its own words, such as "incorrect header check", do not say of what.
  decoder.once('error', (cause) => {
    cause.message = `the body is not ${coding}: ${cause.message}`;
  });
  // Fastify handles the errors of the decoder as errors of the body.
  pipeline(payload, decoder, () => {});
  return body;
}
