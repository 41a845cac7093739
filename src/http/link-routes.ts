/** Links to files: our own route that makes them, and the documented one that prepares a download. */
import { randomUUID } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Faults } from '../options/faults.js';
import { documentedErrors, json, problems, type Schema } from './answers.js';
import { sendDocumentedError } from './documented-error.js';
import { type FileOfJob, fileKey, readFileKey } from './file-key.js';
import { NO_QUERY } from './query.js';
import { Refusal } from './refusal.js';
import { requireResult } from './require-result.js';
import { JOB_PARAMS, type JobParams, jobIdOf, jobsOf, type RouteContext } from './route-context.js';

/** The type of object that the documented service knows. */
const OBJECT_TYPE = 'binarystreamobject';

/** Adds our own route. */
export function addLinkRoute(app: FastifyInstance, context: RouteContext): void {
  app.post<{ Params: JobParams }>(
    '/jobs/:id/links',
    {
      bodyLimit: context.bodyLimit,
      schema: {
        operationId: 'createLink',
        summary: 'Makes a link to a file of the result, which works without a token for some time',
        params: JOB_PARAMS,
        querystring: NO_QUERY,
        body: { $ref: 'LinkRequest#' },
        response: { 201: json('The link', { $ref: 'Link#' }), ...problems(404, 409, 410, 413, 415) },
      },
    },
    async (request, reply) => {
      const asked = acceptLinkBody(request.body);
      const id = jobIdOf(request.params.id);
      const job = await jobsOf(request).get(id);
      requireResult(job);
      const name = asked ?? job.files[0]?.name ?? '';
      const { href, expiresAt } = await linkTo(request, { id, name }, context);
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ file: name, href, expiresAt: new Date(expiresAt).toISOString() });
    },
  );
}

/** Adds the documented route. */
export function addPrepareDownload(
  app: FastifyInstance,
  root: string,
  suffix: string,
  params: Schema | undefined,
  context: RouteContext,
): void {
  app.post(
    `${root}/api/binarystreamobjectservice/prepareDownload`,
    {
      bodyLimit: context.bodyLimit,
      errorHandler: sendDocumentedError('response'),
      schema: {
        operationId: `prepareDownload${suffix}`,
        summary: 'A signed address of a file, whose key a task tells as its `fileId`',
        ...(params === undefined ? {} : { params }),
        querystring: NO_QUERY,
        body: { $ref: 'PrepareDownloadRequest#' },
        response: {
          200: json('The address', { $ref: 'PrepareDownloadResponse#' }),
          ...documentedErrors('ServiceError', 409, 410),
        },
      },
    },
    async (request, reply) => {
      const { id, file } = acceptPrepareBody(request.body);
      if (!file) throw new Refusal('NO_SUCH_FILE', 'there is no object of this key');
      const { href } = await linkTo(request, file, context);
      const properties = { objectKey: fileKey(file), downloadURL: href };
      return reply.header('cache-control', 'no-store').send({
        request: { returnRequest: false, requestId: randomUUID() },
        response: {
          binaryStreamObjects: [{ id: id ?? properties.objectKey, type: OBJECT_TYPE, properties }],
          status: 'success',
          totalRecords: 1,
        },
      });
    },
  );
}

async function linkTo(
  request: FastifyRequest,
  { id, name }: FileOfJob,
  { links, publicOrigin }: RouteContext,
): Promise<{ readonly href: string; readonly expiresAt: number }> {
  const link = await jobsOf(request).createLink(id, name);
  const { expiresAt } = link;
  if (link.kind === 'presigned') return { href: link.url, expiresAt };
  // A link is handed on, so that it says where this service is.
  return {
    href: `${publicOrigin ?? originOf(request)}${links.link(id, name, { expires: expiresAt / 1000, signature: link.signature })}`,
    expiresAt,
  };
}

/**
 * Where the service is, as far as it knows by itself. The caller's `Host` is no source of that: a link made with a
 * foreign one would lead whoever it is handed to astray. A proxy that the application trusts is one.
 */
function originOf({ ips, protocol, host, socket }: FastifyRequest): string {
  if (ips !== undefined && ips.length > 1) return `${protocol}://${host}`;
  const { localAddress, localPort } = socket;
  // A local socket has a path instead of an address.
  if (localAddress === undefined) return `${protocol}://localhost`;
  const plain = localAddress.replace(/^::ffff:/i, '');
  return `${protocol}://${isIPv6(plain) ? `[${plain}]` : plain}:${localPort}`;
}

/** The name of the file that is asked for; undefined means the first one. */
function acceptLinkBody(input: unknown): string | undefined {
  if (input === undefined || input === null) return undefined;
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['file']);
  const name = faults.string(body.file, 'file');
  faults.throwIfAny();
  return name;
}

/** @throws SluiceError with all faults; a key that is none names no file */
function acceptPrepareBody(input: unknown): { readonly id?: string; readonly file?: FileOfJob } {
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['binaryStreamObject'], ['params', 'clientState']);
  const object = faults.object(body.binaryStreamObject, 'binaryStreamObject') ?? {};
  faults.checkKeys(object, 'binaryStreamObject', ['id', 'type', 'properties'], ['name', 'data']);
  const id = faults.string(object.id, 'binaryStreamObject.id');
  faults.word(object.type, 'binaryStreamObject.type', [OBJECT_TYPE]);
  const path = 'binaryStreamObject.properties';
  const properties = faults.object(object.properties, path) ?? {};
  faults.checkKeys(properties, path, ['objectKey']);
  const key = faults.string(properties.objectKey, `${path}.objectKey`);
  if (key === undefined && faults.isEmpty) faults.add('INVALID', `${path}.objectKey`, 'is required');
  faults.throwIfAny();
  const file = readFileKey(key ?? '');
  return { ...(id === undefined ? {} : { id }), ...(file === undefined ? {} : { file }) };
}
