/** For tests: an HTTP server of one file that cuts connections, lies about ranges, and replaces its file. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server answers; each member may change between two requests. */
export interface FileAnswers {
  content: Buffer;
  etag?: string | undefined;
  lastModified?: string | undefined;
  /** Bytes of a response after which the connection is cut; none: it is not. */
  cutAfter?: number | undefined;
  /** Whether ranges are answered with all of the file. */
  ignoresRanges?: boolean;
  /** Whether the server says that it answers ranges. */
  offersRanges?: boolean;
  /** Called before a request is answered, and may change the answers. */
  onRequest?: (range: string | undefined) => void;
  /** Added to the start that the server states for a range. */
  liesBy?: number;
  /** Statuses of the next responses, before any with the file. */
  statuses: number[];
  headers?: Readonly<Record<string, string>>;
  /** Sent without a length. */
  chunked?: boolean;
}

/** The server, and the requests it has got. */
export interface FileServer {
  readonly url: string;
  readonly answers: FileAnswers;
  readonly requests: { readonly url: string; readonly headers: IncomingMessage['headers'] }[];
  close(): Promise<void>;
}

export async function openFileServer(
  content: string | Buffer,
  changes: Partial<FileAnswers> = {},
): Promise<FileServer> {
  const answers: FileAnswers = { content: Buffer.from(content), etag: '"1"', statuses: [], ...changes };
  const requests: { readonly url: string; readonly headers: IncomingMessage['headers'] }[] = [];
  const server = createServer((request, response) => {
    requests.push({ url: request.url ?? '', headers: request.headers });
    answers.onRequest?.(request.headers.range);
    answer(request, response, answers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/data.ndjson`,
    answers,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, answers: FileAnswers): void {
  const { content, etag, lastModified, cutAfter, ignoresRanges, liesBy = 0, headers = {}, chunked } = answers;
  const { offersRanges = false } = answers;
  const status = answers.statuses.shift();
  if (status !== undefined) {
    response.writeHead(status, headers).end();
    return;
  }
  const validator = request.headers['if-range'];
  const isSame = validator === undefined || validator === etag || validator === lastModified;
  const [, first = 0, last] = /^bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
  const from = Number(first);
  const to = last ? Math.min(content.length, Number(last) + 1) : content.length;
  const isRange = request.headers.range !== undefined && isSame && !ignoresRanges;
  const body = isRange ? content.subarray(from, to) : content;
  response.writeHead(isRange ? 206 : 200, {
    ...(offersRanges ? { 'accept-ranges': 'bytes' } : {}),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { 'last-modified': lastModified }),
    ...(chunked ? {} : { 'content-length': body.length }),
    ...(isRange ? { 'content-range': `bytes ${from + liesBy}-${to - 1}/${content.length}` } : {}),
    ...headers,
  });
  if (cutAfter === undefined || cutAfter >= body.length) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, cutAfter), () => setImmediate(() => response.destroy()));
}
