/** For tests: the read API of the documented platform: get with scrolls, clearscroll, its headers and its errors. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach } from 'vitest';
import { acceptRequest } from '../../src/request/accept/accept-request.js';
import { meetsCriteria, parseWithDigits } from '../naive/criteria.js';

/** Headers that the platform requires. */
export const HEADERS = {
  'auth-client-id': 'key-that-nobody-may-hear',
  'auth-client-secret': 'secret-that-nobody-may-hear',
  'x-rdp-clientId': 'rdpclient',
  'x-rdp-userId': 'somebody-in-person_user',
  'x-rdp-tenantId': 'tenant1',
  'x-rdp-userRoles': 'admin',
};

const LARGEST_PAGE = 2000;
const SCROLL_LIFE_MS = 5 * 60_000;

/** A fault in a call of `get`. */
export type Fault =
  /** Refused, or lost on the way back; with `done`, after it was executed. */
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
      readonly done?: boolean;
    }
  /** The connection ends after so many bytes of the body; the platform has moved on, unless `undone`. */
  | { readonly cutAfter: number; readonly undone?: boolean }
  /** It is reset, so that some of these bytes may not arrive either. */
  | { readonly resetAfter: number; readonly undone?: boolean }
  /** The body ends after so many bytes, as if it were complete. */
  | { readonly endAfter: number; readonly undone?: boolean }
  /** Members of `response`, instead of those of a page. */
  | { readonly response: object }
  | { readonly hang: true };

/** A recorded call. */
export interface PlatformCall {
  readonly path: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Content and behaviour of the platform. */
export interface RdpServerOptions {
  /** Texts of entities, in the order of every scroll; arrays contain these texts, separated by commas. */
  readonly entities: readonly string[];
  /** Called with the number of a call of `get`, from 1. */
  readonly fault?: (call: number) => Fault | undefined;
  /** Position of the other members; default `after`. */
  readonly members?: 'before' | 'after';
  /** How the scroll id is sent: with the first page only, always the same, or a new one with each page. */
  readonly ids?: 'once' | 'same' | 'changing';
  /** Size of the chunks of a body; default: all at once. */
  readonly pieces?: number;
  readonly gzip?: boolean;
  /** Reported total, if it differs from the real one. */
  readonly total?: number;
  readonly now?: () => number;
  /** Response to clearing a scroll. */
  readonly clearStatus?: number;
}

/** A running platform. */
export interface RdpServer {
  readonly url: string;
  readonly calls: readonly PlatformCall[];
  /** Open scrolls that have not expired. */
  openScrolls(): number;
  /** Open connections. */
  connections(): Promise<number>;
  paths(): readonly string[];
}

interface OpenScroll {
  readonly found: readonly string[];
  at: number;
  touchedAt: number;
}

const running = new Set<ReturnType<typeof createServer>>();

afterEach(async () => {
  for (const server of running) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  running.clear();
});

/** Starts a platform on a free port; it closes at the end of the test. */
export async function rdpServer(options: RdpServerOptions): Promise<RdpServer> {
  const { now = () => performance.now(), fault = () => undefined } = options;
  const calls: PlatformCall[] = [];
  /** By their first id. */
  const scrolls = new Map<string, OpenScroll>();
  let begun = 0;
  let gets = 0;

  const isAlive = ({ touchedAt }: OpenScroll) => now() - touchedAt < SCROLL_LIFE_MS;
  const scrollOf = (id: unknown) => scrolls.get(String(id).split('/')[0]);

  const get = async (params: Readonly<Record<string, unknown>>, response: ServerResponse): Promise<void> => {
    const wrong = fault(++gets);
    if (wrong && 'hang' in wrong) return;
    if (wrong && 'status' in wrong && !wrong.done) return refuse(wrong, response);
    if (wrong && 'response' in wrong) return send(JSON.stringify({ request: {}, response: wrong.response }), response);
    const refusal = refusalOf(params);
    if (refusal) return send(errorText('AE001', `Failed to process request. Exception details ${refusal}`), response);
    let id: string;
    let scroll: OpenScroll | undefined;
    if (params.scrollId === undefined) {
      id = `scroll "${++begun}"`;
      scroll = { found: matching(options.entities, params.query), at: 0, touchedAt: now() };
      if (params.prepareScroll === true) scrolls.set(id, scroll);
    } else {
      id = String(params.scrollId).split('/')[0];
      scroll = scrollOf(id);
      if (!scroll || !isAlive(scroll)) {
        return send(errorText('E0464', 'No search context found for id'), response);
      }
    }
    const page = scroll.found.slice(scroll.at, scroll.at + sizeOf(params));
    const undone = wrong && 'undone' in wrong && wrong.undone;
    if (!undone) scroll.at += page.length;
    scroll.touchedAt = now();
    if (wrong && 'status' in wrong) return refuse(wrong, response);
    const told = options.ids === 'changing' ? `${id}/${scroll.at}` : id;
    const isTold = params.prepareScroll === true || (options.ids ?? 'same') !== 'once';
    await send(pageText(page, isTold && scrolls.has(id) ? told : undefined, scroll.found.length), response, wrong);
  };

  const pageText = (page: readonly string[], scrollId: string | undefined, found: number): string => {
    const total = page.length === 0 ? 0 : (options.total ?? found);
    const none = {
      messages: [{ messageCode: 'I012', message: 'No objects found', messageType: 'success', messageParams: [] }],
    };
    const own = {
      status: 'success',
      ...(page.length === 0 ? { statusDetail: none } : {}),
      totalRecords: total,
      scrollId,
    };
    const members = JSON.stringify(own).slice(1, -1);
    // Without entities, the documented response has no list.
    const list = page.length === 0 ? '' : `"entities":[${page.join(',')}]`;
    const both = options.members === 'before' ? [members, list] : [list, members];
    const response = both.filter((part) => part !== '').join(',');
    return `{"request":{"returnRequest":false,"requestId":"r","entities":[{"id":"none"}]},"response":{${response}}}`;
  };

  const send = async (body: string, response: ServerResponse, wrong?: Fault): Promise<void> => {
    const packed = options.gzip ? gzipSync(body) : Buffer.from(body);
    const bytes = packed.subarray(0, endOf(wrong));
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(options.gzip ? { 'content-encoding': 'gzip' } : {}),
    });
    // Sends the headers at once, for clients that read a cut body.
    response.flushHeaders();
    const { pieces = Math.max(1, bytes.length) } = options;
    for (let pos = 0; pos < bytes.length && !response.destroyed; pos += pieces) {
      const drained = response.write(bytes.subarray(pos, pos + pieces));
      if (!drained) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
      if (options.pieces) await new Promise(setImmediate);
    }
    if (wrong && 'resetAfter' in wrong) response.socket?.resetAndDestroy();
    else if (wrong && 'cutAfter' in wrong) response.write('', () => response.socket?.end());
    else response.end();
  };

  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    const body = await text(request);
    const refusal = refusedHeader(request);
    if (refusal) return send(errorText(...refusal), response);
    const params = JSON.parse(body).params;
    calls.push({ path, params });
    if (path.endsWith('/api/entityappservice/get')) return get(params, response);
    if (!path.endsWith('/api/entityappservice/clearscroll')) {
      return void response.writeHead(404).end('no such service');
    }
    if (options.clearStatus) return void response.writeHead(options.clearStatus).end('{}');
    scrolls.delete(String(params.scrollId).split('/')[0]);
    const messages = [{ messageCode: 'I0071', message: 'Scroll cleared', messageType: 'success' }];
    return send(JSON.stringify({ response: { status: 'success', statusDetail: { messages } } }), response);
  });
  running.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}/tenant1`,
    calls,
    openScrolls: () => [...scrolls.values()].filter(isAlive).length,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    paths: () => calls.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)),
  };
}

/** How much of a body is sent. */
function endOf(fault: Fault | undefined): number | undefined {
  if (fault && 'resetAfter' in fault) return fault.resetAfter;
  if (fault && 'cutAfter' in fault) return fault.cutAfter;
  return fault && 'endAfter' in fault ? fault.endAfter : undefined;
}

function refuse({ status, headers, body }: Extract<Fault, { status: number }>, response: ServerResponse): void {
  response.writeHead(status, headers).end(body ?? '');
}

/** The documented errors of missing headers: code and message. */
function refusedHeader({ headers }: IncomingMessage): readonly [string, string] | undefined {
  const isKnown = ['auth-client-id', 'auth-client-secret'].every((name) => headers[name] === Object(HEADERS)[name]);
  if (!isKnown || headers.authorization !== undefined) return ['GE001', 'Authentication Failure'];
  if (headers['x-rdp-userid'] === undefined) return ['E0402', 'User id is missing from the incoming request'];
  if (headers['x-rdp-userroles'] === 'nobody') return ['PD001', `Permission Denied to ${headers['x-rdp-userid']}`];
  if (headers['content-type'] !== 'application/json') return ['E0042', 'Invalid characters not supported'];
  return undefined;
}

function refusalOf(params: Readonly<Record<string, unknown>>): string | undefined {
  const { query, options, prepareScroll, scrollId } = params;
  if (!Array.isArray(Object(query).filters?.typesCriterion) || Object(query).filters.typesCriterion.length === 0) {
    return 'typesCriterion is not present or empty in params.query.filters';
  }
  if (options === undefined) return 'options is not present in params';
  if (Object(options).maxRecords === undefined) return 'maxRecords is not present in params.options';
  if (prepareScroll !== undefined && scrollId !== undefined) return 'prepareScroll is for the first call only';
  return undefined;
}

function sizeOf(params: Readonly<Record<string, unknown>>): number {
  const asked = Number(Object(params.options).maxRecords);
  return asked > LARGEST_PAGE ? LARGEST_PAGE : asked;
}

/** The entities that match the query. */
function matching(entities: readonly string[], query: unknown): readonly string[] {
  const { types, ids, name, criteria, contexts, nonContextual } = acceptRequest({ params: { query } });
  const wanted = types?.map((type) => type.toLowerCase()) ?? [];
  const scope = { self: contexts === undefined || nonContextual !== false, contexts: contexts ?? [] };
  return entities.filter((entity) => {
    const one = Object(JSON.parse(entity));
    const isOfType = wanted.some((type) => ['_all', 'all', String(one.type).toLowerCase()].includes(type));
    const isWanted = (!ids || ids.includes(one.id)) && (!name || name.includes(one.name));
    return isOfType && isWanted && (!criteria || meetsCriteria(parseWithDigits(entity), criteria, scope));
  });
}

/** An error in the form of the data services. */
function errorText(messageCode: string, message: string): string {
  const messages = [{ messageCode, message, messageType: 'error', messageParams: [] }];
  return JSON.stringify({ request: {}, response: { status: 'error', statusDetail: { messages }, totalRecords: 0 } });
}
