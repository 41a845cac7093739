/** The files of a result: complete or in part, verifiable, safe to save. */

import type {} from '@fastify/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Job, ResultFile } from '../jobs/job.js';
import { attachment } from '../results/attachment.js';
import { isOther, isUnchanged, rangeOf } from './byte-range.js';
import { NO_QUERY, type QuerySchema } from './query.js';
import { Refusal } from './refusal.js';
import { requireResult } from './require-result.js';
import { body, empty, header, problems } from './responses.js';
import { type NeedsRight, needs } from './rights.js';
import { JOB_PARAMS, jobIdOf, jobsOf, type RouteContext } from './route-context.js';
import type { Schema } from './schema-parts.js';

/** A wildcard takes names of any length; Fastify limits parameters to 100 characters. */
interface FileParams {
  readonly id: string;
  readonly '*': string;
}

const FILE_HEADERS: Schema = {
  etag: header('Strong: the SHA-256 of the file'),
  'repr-digest': header('SHA-256 of the whole file (RFC 9530)'),
  'content-disposition': header('A safe name'),
  'accept-ranges': header('bytes'),
  expires: header('When the file is deleted'),
};

const BYTES: Schema = { type: 'string', format: 'binary' };

/** Routes of files, and their documentation. */
export interface FileRoutes {
  /** Ends in a slash; the name of the file follows. */
  readonly path: string;
  /** Suffix of the operation ids. */
  readonly suffix: string;
  readonly summary: string;
  readonly querystring: QuerySchema;
  /** Authentication, if it differs from the default. */
  readonly security?: [];
  /** Serializers of the request in the log, if they differ from the default. */
  readonly logSerializers?: { readonly req: (request: FastifyRequest) => object };
  /** The check of the caller; absent where the link decides. */
  readonly onRequest?: NeedsRight;
}

/** The routes of a tenant's files. */
export const TENANT_FILES: FileRoutes = {
  path: '/jobs/:id/files/',
  suffix: '',
  summary: 'A file of the result',
  querystring: NO_QUERY,
  onRequest: needs('read'),
};

/** Adds the routes. */
export function addFileRoutes(
  app: FastifyInstance,
  { presence, downloads }: RouteContext,
  { path: root, suffix, summary, querystring, security, logSerializers, onRequest }: FileRoutes,
): void {
  const params = {
    ...JOB_PARAMS,
    required: ['id', 'name'],
    properties: { ...JOB_PARAMS.properties, name: { type: 'string', description: 'Name of the file' } },
  };
  const swaggerTransform = ({ schema }: { schema: object }) => ({ schema, url: `${app.prefix}${root}:name` });
  const headers = {
    type: 'object',
    properties: {
      range: header('One range of bytes'),
      'if-range': header('ETag'),
      'if-match': header('ETags'),
      'if-none-match': header('ETags'),
    },
  };
  const unchanged = { 304: empty('The client has the file', FILE_HEADERS) };
  const path = `${root}*`;
  const schema = { params, headers, querystring, security };
  const options = { config: { swaggerTransform }, logSerializers, ...(onRequest && { onRequest }) };

  app.get<{ Params: FileParams }>(
    path,
    {
      ...options,
      exposeHeadRoute: false,
      schema: {
        ...schema,
        operationId: `getFile${suffix}`,
        summary,
        response: {
          200: body('The file', '*/*', BYTES, FILE_HEADERS),
          206: body('A range of it', '*/*', BYTES, { ...FILE_HEADERS, 'content-range': header('Which one') }),
          ...unchanged,
          ...problems(404, 409, 410, 412, 416),
        },
      },
    },
    async (request, reply) => {
      const gone = presence(reply);
      const { id, file, etag } = await prepare(request, reply);
      if (isUnchanged(request.headers, etag)) return reply.code(304).send();
      const range = rangeOf(request.headers, etag, file.bytes);
      if (range === 'unsatisfiable') {
        const headers = { 'content-range': `bytes */${file.bytes}` };
        throw new Refusal('INVALID', `the file has ${file.bytes} bytes`, {
          status: 416,
          path: 'headers.range',
          headers,
        });
      }
      downloads.count(jobsOf(request).tenant, gone);
      const bytes = await jobsOf(request).openFile(id, file.name, range === 'whole' ? undefined : range);
      if (gone.aborted) bytes.destroy();
      if (range === 'whole') return reply.header('content-length', file.bytes).type(file.mediaType).send(bytes);
      return reply
        .code(206)
        .headers({
          'content-length': range.end - range.start,
          'content-range': `bytes ${range.start}-${range.end - 1}/${file.bytes}`,
        })
        .type(file.mediaType)
        .send(bytes);
    },
  );

  app.head<{ Params: FileParams }>(
    path,
    {
      ...options,
      config: { swaggerTransform, swagger: { exposeHeadRoute: true } },
      schema: {
        ...schema,
        operationId: `headFile${suffix}`,
        summary: `The headers of a GET: ${summary}`,
        response: { 200: empty('The file is there', FILE_HEADERS), ...unchanged, ...problems(404, 409, 410, 412) },
      },
    },
    async (request, reply) => {
      const { file, etag } = await prepare(request, reply);
      if (isUnchanged(request.headers, etag)) return reply.code(304).send();
      return reply.header('content-length', file.bytes).type(file.mediaType).send();
    },
  );
}

/** Finds the file and sets the headers that all its responses share. */
async function prepare(request: FastifyRequest<{ Params: FileParams }>, reply: FastifyReply) {
  const jobs = jobsOf(request);
  const id = jobIdOf(request.params.id);
  const job = await jobs.get(id);
  requireResult(job);
  const file = await jobs.getFile(id, fileNameOf(request.params['*']));
  const etag = `"${file.sha256}"`;
  if (isOther(request.headers, etag)) {
    throw new Refusal('INVALID', 'the file is another one', { status: 412, path: 'headers.if-match' });
  }
  reply.headers(fileHeaders(job, file, etag));
  return { id, file, etag };
}

/**
 * The requested file name.
 * @throws SluiceError `NO_SUCH_FILE` for anything that is not a plain name
 */
function fileNameOf(name: string): string {
  if (name !== '' && name !== '.' && name !== '..' && name.length <= 255 && !/[\p{Cc}/\\]/u.test(name)) return name;
  throw new Refusal('NO_SUCH_FILE', 'the job has no such file');
}

function fileHeaders({ expiresAt }: Job, { name, sha256 }: ResultFile, etag: string): Record<string, string> {
  return {
    etag,
    'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-store, no-transform',
    'x-content-type-options': 'nosniff',
    'content-disposition': attachment(name),
    ...(expiresAt === undefined ? {} : { expires: new Date(expiresAt).toUTCString() }),
  };
}
