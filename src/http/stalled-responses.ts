/** Responses that clients do not take are ended: each holds memory, and an open file, for as long. */
import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isObject } from '../options/faults.js';

/** How long a client may take nothing of a response, in milliseconds. */
export const STALL_MS = 120_000;

/**
 * Ends the connection of a client that takes nothing of a streamed response for a time. A download resumes by `Range`.
 * @param onStalled called for each
 */
export function endStalled(app: FastifyInstance, stallMs: number, onStalled: (request: FastifyRequest) => void): void {
  app.addHook('onSend', async (request, { raw }, payload) => {
    const isStream = isObject(payload) && ('pipe' in payload || 'getReader' in payload);
    // Responses of HTTP/2 share a connection, and those made by `inject` have none.
    const { socket } = request.raw;
    if (isStream && raw instanceof ServerResponse && socket instanceof Socket) {
      watch(raw, socket, stallMs, () => onStalled(request));
    }
    return payload;
  });
}

function watch(raw: ServerResponse, socket: Socket, stallMs: number, onStalled: () => void): void {
  raw.setTimeout(stallMs, () => {
    // Nothing waits for the client: the source is slow.
    if (raw.writableLength === 0) return raw.setTimeout(stallMs);
    onStalled();
    return raw.destroy();
  });
  // Before Node sets the time to the next request.
  raw.prependOnceListener('finish', () => socket.setTimeout(0));
}
