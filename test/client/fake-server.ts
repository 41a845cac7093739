/** For tests: a server with scripted responses that records its requests. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach } from 'vitest';

/** A recorded request. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Responds to a request. */
export type Answer = (asked: Asked, response: ServerResponse) => void | Promise<void>;

/** A running server. */
export interface FakeServer {
  readonly url: string;
  readonly asked: readonly Asked[];
}

const open = new Set<ReturnType<typeof createServer>>();

afterEach(async () => {
  for (const server of open) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  open.clear();
});

/** Starts a server on a free port; it closes at the end of the test. */
export async function fakeServer(answer: Answer): Promise<FakeServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const call = { method, url, headers, body: await text(request) };
    asked.push(call);
    await answer(call, response);
  });
  open.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

/** Responds with JSON. */
export function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Responds with a problem. */
export function problem(response: ServerResponse, status: number, code: string, more: object = {}): void {
  json(response, { type: 'about:blank', title: code, status, detail: `it says ${code}`, code, ...more }, status);
}
