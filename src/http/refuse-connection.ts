/** Connections with malformed requests: answered with a problem and closed. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { systemCode } from '../terms/errors.js';
import { PROBLEM_JSON } from './problem.js';

const STATUS_BY_CODE: ReadonlyMap<string, number> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_HEADER_OVERFLOW', 431],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
]);

/** How long a refused client may take to close its connection, in milliseconds. */
const CLOSE_MS = 2000;

/** Handles Node's `clientError`. */
export function refuseConnection(error: Error, socket: Socket): void {
  if (systemCode(error) === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_BY_CODE.get(systemCode(error) ?? '') ?? 400;
  refuseSocket(
    socket,
    status,
    status === 408 ? 'The request took too long to arrive' : 'The request is not valid HTTP, or is too large',
  );
}

/** Responds on a connection without a response so far, and closes it. */
export function refuseSocket(socket: Socket, status: number, detail: string): void {
  const { head, body } = problemText(status, detail);
  socket.end(head + body);
  const late = setTimeout(() => socket.destroy(), CLOSE_MS).unref();
  socket.once('close', () => clearTimeout(late));
}

/** A problem as text, where Fastify has no reply. */
export function problemText(
  status: number,
  detail: string,
): { readonly head: string; readonly headers: Readonly<Record<string, string>>; readonly body: string } {
  const title = STATUS_CODES[status] ?? 'Bad Request';
  const body = JSON.stringify({ type: 'urn:sluice:error:INVALID', title, status, detail, code: 'INVALID' });
  const headers = { 'Content-Type': PROBLEM_JSON, 'Content-Length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ Connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return { head: `HTTP/1.1 ${status} ${title}\r\n${lines.join('')}\r\n`, headers, body };
}
