/** Connections on which no request can be read: what Node's parser refuses is answered as a problem, and closed. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { systemCode } from '../terms/errors.js';
import { PROBLEM_JSON } from './problem.js';

const STATUS_BY_CODE: ReadonlyMap<string, number> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_HEADER_OVERFLOW', 431],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
]);

/** Answers what Node emits as `clientError`. */
export function refuseConnection(error: Error, socket: Socket): void {
  if (systemCode(error) === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS_BY_CODE.get(systemCode(error) ?? '') ?? 400;
  const title = STATUS_CODES[status] ?? 'Bad Request';
  const detail =
    status === 408 ? 'The request took too long to arrive' : 'The request cannot be read as HTTP, or is too large';
  const body = JSON.stringify({ type: 'urn:sluice:error:INVALID', title, status, detail, code: 'INVALID' });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nConnection: close\r\nContent-Type: ${PROBLEM_JSON}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
