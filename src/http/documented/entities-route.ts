/** The documented `entityappservice/get` over the source of the service, with scrolls, and `clearscroll`. */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { readableOf } from '../../export/readable-of.js';
import { Faults, type UnknownObject } from '../../options/faults.js';
import type { SeekableSpool } from '../../temporary-files/temporary-spool.js';
import type { DocumentedBody } from '../../terms/request.js';
import { json } from '../responses.js';
import { jobsOf, type RouteContext } from '../route-context.js';
import { addDocumentedRoute, type DocumentedRoot } from './documented-route.js';
import type { Scroll } from './entity-reads.js';
import { acceptPage, type Page } from './get-page.js';
import { NOTHING_FOUND } from './get-service-route.js';
import { eachLine } from './spooled-lines.js';

/** The calls that read entities. On the platform, only the second one takes conditions on related entities. */
const READS = [
  {
    call: 'get',
    operationId: 'getEntities',
    summary: 'Entities of the source: a page of those that are found with the number of all, or a scroll through them',
  },
  {
    call: 'getrelated',
    operationId: 'getRelatedEntities',
    summary: 'The same, under the name for conditions on related entities',
  },
] as const;

/** Adds the routes. */
export function addEntityRoutes(app: FastifyInstance, root: DocumentedRoot, context: RouteContext): void {
  const { reads, presence } = context;
  for (const { call, operationId, summary } of READS) {
    addDocumentedRoute(app, root, context, {
      path: `/api/entityappservice/${call}`,
      operationId,
      right: 'read',
      summary,
      body: 'EntitiesRequest',
      responses: { 200: json('A page', { $ref: 'EntitiesResponse#' }) },
      errors: [403, 409, 422, 501],
      handler: async (request, reply) => {
        const gone = presence(reply);
        const jobs = jobsOf(request);
        const { body, page, scrollId, prepareScroll } = acceptBody(request.body);
        reply.header('cache-control', 'no-store').type('application/json; charset=utf-8');
        if (scrollId === undefined && !prepareScroll) {
          const { spool, total } = await reads.find(jobs, body, page, gone);
          return reply.send(sent(onePage(spool, page, total), gone));
        }
        const scroll =
          scrollId === undefined ? await reads.open(jobs, body, gone) : reads.continue(jobs.tenant, scrollId);
        return reply.send(sent(scrolledPage(scroll, page), gone));
      },
    });
  }
  addDocumentedRoute(app, root, context, {
    path: '/api/entityappservice/clearscroll',
    operationId: 'clearScroll',
    right: 'read',
    summary: 'Ends a scroll; one that is missing or has expired is cleared already',
    body: 'ClearScrollRequest',
    responses: { 200: json('The scroll is cleared', { $ref: 'ScrollCleared#' }) },
    handler: async (request, reply) => {
      const id = acceptClear(request.body);
      await reads.clear(jobsOf(request).tenant, id);
      const message = { messageCode: 'I0071', message: 'Scroll cleared', messageType: 'success', messageParams: [] };
      return reply.header('cache-control', 'no-store').send({
        request: { returnRequest: false, params: {}, requestId: randomUUID() },
        response: { status: 'success', statusDetail: { messages: [message] }, totalRecords: 0 },
      });
    },
  });
}

/** A response, unless the client has left by now. */
function sent(response: Readable, gone: AbortSignal): Readable {
  return gone.aborted ? response.destroy() : response;
}

/** The response with the complete spool, which is closed after it. */
function onePage(spool: SeekableSpool, { maxRecords }: Page, total: number): Readable {
  const response = readableOf(pageText({ spool, at: 0 }, maxRecords, total, undefined));
  return response.once('close', () => void spool.close());
}

/**
 * The response with the next page of a scroll. One that is cut does not move the scroll on; a repeated request takes the
 * place of one whose connection is lost without anyone knowing.
 */
function scrolledPage(scroll: Scroll, { maxRecords }: Page): Readable {
  scroll.sending?.destroy();
  const place = { spool: scroll.spool, at: scroll.at };
  const response = readableOf(pageText(place, maxRecords, scroll.total, scroll.id));
  scroll.sending = response;
  const release = () => {
    if (scroll.sending === response) scroll.sending = undefined;
  };
  return response
    .once('end', () => {
      scroll.at = place.at;
      // Not only at its close: the next request may come at once.
      release();
    })
    .once('close', release);
}

/** The text of a response; moves the position to the end of its lines. */
async function* pageText(
  place: { readonly spool: SeekableSpool; at: number },
  maxRecords: number,
  total: number,
  scrollId: string | undefined,
): AsyncGenerator<Buffer, void> {
  const echo = JSON.stringify({ returnRequest: false, params: {}, requestId: randomUUID(), maxRecords });
  const { spool, at } = place;
  const rest: Record<string, unknown> = { status: 'success' };
  const isEmpty = at >= spool.length || maxRecords === 0;
  // The end of a scroll, and nothing at all, are told in the same way; past the last page, the number stays.
  const isEnd = at >= spool.length && (scrollId !== undefined || total === 0);
  if (isEnd) rest.statusDetail = NOTHING_FOUND;
  rest.totalRecords = isEnd ? 0 : total;
  if (scrollId !== undefined) rest.scrollId = scrollId;
  const members = JSON.stringify(rest).slice(1);
  yield Buffer.from(`{"request":${echo},"response":{${isEmpty ? '' : '"entities":['}`);
  if (!isEmpty) {
    let lines = 0;
    for await (const chunk of spool.chunksFrom(at)) {
      const part = eachLine(chunk, lines, { from: 0, to: maxRecords });
      lines += part.lines;
      const text = chunk.subarray(0, part.end);
      place.at += text.length;
      const isLast = lines >= maxRecords || place.at >= spool.length;
      yield separated(text, isLast);
      if (isLast) break;
    }
    yield Buffer.from('],');
  }
  yield Buffer.from(`${members}}`);
}

/** Lines as elements of an array: each line feed becomes a comma, but the last one of the page. */
function separated(lines: Buffer, isLast: boolean): Buffer {
  const text = Buffer.from(isLast ? lines.subarray(0, -1) : lines);
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) text[at] = 44;
  return text;
}

interface AcceptedGet {
  /** What is read. */
  readonly body: DocumentedBody;
  readonly page: Page;
  readonly scrollId?: string;
  readonly prepareScroll: boolean;
}

/** @throws SluiceError with all faults; those of the query come when it is planned */
function acceptBody(input: unknown): AcceptedGet {
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['params', 'clientState', 'hotline', 'returnRequest']);
  const params: UnknownObject = faults.object(body.params, 'params') ?? {};
  const { options, prepareScroll: prepare, scrollId: given, rsconnect, ...query } = params;
  if (rsconnect !== undefined) faults.add('UNKNOWN_KEY', 'params.rsconnect', 'belongs to exports, which have profiles');
  const scrollId = faults.filledString(given, 'params.scrollId');
  if (scrollId !== undefined) acceptRepeated(query, faults);
  const prepareScroll = faults.boolean(prepare, 'params.prepareScroll') ?? false;
  if (scrollId !== undefined && prepareScroll) {
    faults.add('INVALID', 'params.prepareScroll', 'is for the first call only, which has no scrollId');
  }
  const page = acceptPage(options, faults);
  if (page.from > 0 && (scrollId !== undefined || prepareScroll)) {
    faults.add('INVALID', 'params.options.from', 'a scroll begins at its first entity');
  }
  if (page.maxRecords === 0 && scrollId !== undefined) {
    faults.add('INVALID', 'params.options.maxRecords', 'must be at least 1 in a scroll');
  }
  faults.throwIfAny();
  return { body: { params: { ...query, query: query.query ?? {} } }, page, scrollId, prepareScroll };
}

/** The query of a scroll, which clients send with every page; that of the first call counts. */
function acceptRepeated(query: UnknownObject, faults: Faults): void {
  faults.checkKeys(query, 'params', ['query', 'fields', 'sort', 'isRelatedEntitySearch']);
  for (const name of ['query', 'fields', 'sort']) {
    if (query[name] !== undefined) faults.object(query[name], `params.${name}`);
  }
}

/** @throws SluiceError with all faults */
function acceptClear(input: unknown): string {
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['params', 'clientState', 'returnRequest']);
  const params = faults.object(body.params, 'params') ?? {};
  faults.checkKeys(params, 'params', ['scrollId', 'query', 'fields', 'options']);
  const id = faults.filledString(params.scrollId, 'params.scrollId');
  if (id === undefined && faults.isEmpty) faults.add('INVALID', 'params.scrollId', 'is required');
  faults.throwIfAny();
  return id ?? '';
}
