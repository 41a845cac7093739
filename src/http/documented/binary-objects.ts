/** The documented `binaryobjectservice/getById`: a file of a task in base64, in the envelope that clients save. */
import type { FastifyInstance } from 'fastify';
import { Faults } from '../../options/faults.js';
import { wholeOf } from '../../sources/whole-readable.js';
import { type FileOfJob, readFileKey } from '../file-key.js';
import { Refusal } from '../refusal.js';
import { json } from '../responses.js';
import { jobsOf, type RouteContext } from '../route-context.js';
import { addDocumentedRoute, type DocumentedRoot } from './documented-route.js';
import { encodedFile } from './encoded-file.js';

/** Members that clients send beside `params`, for themselves. */
const OF_THE_CLIENT = ['fileName', 'fileType', 'fileExtension', 'taskType', 'taskId', 'taskName'] as const;

/** Adds the route. */
export function addBinaryObjects(app: FastifyInstance, root: DocumentedRoot, context: RouteContext): void {
  addDocumentedRoute(app, root, context, {
    path: '/api/binaryobjectservice/getById',
    operationId: 'getBinaryObjectById',
    right: 'read',
    summary: 'A file of a task in base64, by its `fileId`; by the id of the task, its export',
    body: 'BinaryObjectRequest',
    responses: { 200: json('The file', { $ref: 'Envelope#' }) },
    errors: [409, 410],
    handler: async (request, reply) => {
      const gone = context.presence(reply);
      const id = acceptBody(request.body);
      const jobs = jobsOf(request);
      const { id: job, name } = readFileKey(id) ?? taskOf(id);
      const { files } = await jobs.get(job);
      // The export is enveloped as in the response of its request; other files as they are.
      const isExport = name === undefined || name === files[0]?.name;
      context.downloads.count(jobs.tenant, gone);
      const envelope = isExport
        ? await jobs.openEnvelope(job, { content: context.settingsOf(jobs.tenant).content })
        : encodedFile(await jobs.openFile(job, name), {
            ...{ id, tenant: jobs.tenant, file: await jobs.getFile(job, name) },
          });
      if (gone.aborted) envelope.destroy();
      return reply
        .headers({ 'cache-control': 'private, no-store, no-transform', 'x-content-type-options': 'nosniff' })
        .type('application/json')
        .send(wholeOf(envelope));
    },
  });
}

/** A task, by its id alone. */
function taskOf(id: string): Omit<FileOfJob, 'name'> & { readonly name?: undefined } {
  if (/^[\w-]{1,100}$/.test(id)) return { id };
  throw new Refusal('NO_SUCH_FILE', 'there is no object with this id');
}

/** @throws SluiceError with all faults */
function acceptBody(input: unknown): string {
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['params', 'clientState', 'returnRequest', ...OF_THE_CLIENT]);
  const params = faults.object(body.params, 'params') ?? {};
  faults.checkKeys(params, 'params', ['query', 'fields', 'options']);
  const query = faults.object(params.query, 'params.query') ?? {};
  faults.checkKeys(query, 'params.query', ['id', 'filters', 'valueContexts'], ['ids', 'name']);
  const id = faults.filledString(query.id, 'params.query.id');
  if (id === undefined && faults.isEmpty) faults.add('INVALID', 'params.query.id', 'is required');
  faults.throwIfAny();
  return id ?? '';
}
