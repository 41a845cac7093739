/** Links to files: sluice's own route that creates them, and the documented one that prepares a download. */
import { randomUUID } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Faults } from '../options/faults.js';
import { sendDocumentedError } from './documented-error.js';
import { type FileOfJob, fileKey, readFileKey } from './file-key.js';
import { NO_QUERY } from './query.js';
import { Refusal } from './refusal.js';
import { requireResult } from './require-result.js';
import { documentedErrors, json, problems, type Schema } from './responses.js';
import { JOB_PARAMS, type JobParams, jobIdOf, jobsOf, type RouteContext } from './route-context.js';

/** The documented object type. */
const OBJECT_TYPE = 'binarystreamobject';

/** Adds sluice's own route. */
export function addLinkRoute(app: FastifyInstance, context: RouteContext): void {
  app.post<{ Params: JobParams }>(
    '/jobs/:id/links',
    {
      bodyLimit: context.bodyLimit,
      schema: {
        operationId: 'createLink',
        summary: 'Creates a link to a file of the result that needs no token for a limited time',
        params: JOB_PARAMS,
        querystring: NO_QUERY,
        body: { $ref: 'LinkRequest#' },
        response: { 201: json('The link', { $ref: 'Link#' }), ...problems(404, 409, 410, 413, 415) },
      },
    },
    async (request, reply) => {
      const requested = acceptLinkBody(request.body);
      const id = jobIdOf(request.params.id);
      const job = await jobsOf(request).get(id);
      requireResult(job);
      const name = requested ?? job.files[0]?.name ?? '';
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
        summary: 'A signed URL of a file; its key is the `fileId` of a task',
        ...(params && { params }),
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
      if (!file) throw new Refusal('NO_SUCH_FILE', 'there is no object with this key');
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
  // A link is passed on to others: it contains the address of this service.
  return {
    href: `${publicOrigin ?? originOf(request)}${links.link(id, name, { expires: expiresAt / 1000, signature: link.signature })}`,
    expiresAt,
  };
}

/**
 * The address of the service, as far as it is known. The `Host` header is not trusted: a forged one would lead the
 * recipients of the link to another host. A proxy that the application trusts is.
 */
function originOf({ ips, protocol, host, socket }: FastifyRequest): string {
  if (ips !== undefined && ips.length > 1) return `${protocol}://${host}`;
  const { localAddress, localPort } = socket;
  // A local socket has a path instead of an address.
  if (localAddress === undefined) return `${protocol}://localhost`;
  const plain = localAddress.replace(/^::ffff:/i, '');
  return `${protocol}://${isIPv6(plain) ? `[${plain}]` : plain}:${localPort}`;
}

/** The requested file name; undefined means the first file. */
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

/** @throws SluiceError with all faults; an invalid key names no file */
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
  return { id, file };
}
