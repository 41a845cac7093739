/** The documented `binarystreamobjectservice`: links to files of tasks, what is known of them, and their deletion. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Job } from '../../jobs/job.js';
import type { TenantJobs } from '../../jobs/tenant-jobs.js';
import { Faults, type UnknownObject } from '../../options/faults.js';
import { SluiceError } from '../../terms/errors.js';
import { type FileOfJob, fileKey, readFileKey } from '../file-key.js';
import { linkTo } from '../link-to.js';
import { Refusal } from '../refusal.js';
import { json } from '../responses.js';
import { jobsOf, type RouteContext } from '../route-context.js';
import { addDocumentedRoute, type DocumentedRoot } from './documented-route.js';
import { NOTHING_FOUND } from './get-service-route.js';
import { documentedTime } from './task-object.js';

/** The documented type of objects, which clients replace by types of their own. */
const OBJECT_TYPE = 'binarystreamobject';

/** Maximum ids in a body. */
const MOST_IDS = 200;

/** The documented properties of an object; all but the key have no effect. */
const PROPERTIES = [
  ...['objectKey', 'originalFileName', 'fullObjectPath', 'contentSize', 'contentType', 'user', 'role'],
  ...['ownershipData', 'ownershipdata', 'binarystreamobjectid', 'createdService', 'createdBy', 'createdDate'],
  ...['modifiedService', 'modifiedBy', 'modifiedDate', 'downloadURL'],
];

const ECHO = { returnRequest: false, params: {} };

/** Adds the routes. */
export function addStreamObjects(app: FastifyInstance, root: DocumentedRoot, context: RouteContext): void {
  const service = '/api/binarystreamobjectservice';
  addDocumentedRoute(app, root, context, {
    path: `${service}/prepareDownload`,
    operationId: 'prepareDownload',
    right: 'read',
    summary: 'A signed URL of a file; its key is the `fileId` of a task',
    body: 'StreamObjectRequest',
    responses: { 200: json('The address', { $ref: 'PrepareDownloadResponse#' }) },
    errors: [409, 410],
    handler: async (request, reply) => {
      const { id, type, file } = acceptObject(request.body);
      const found = file ?? noSuchObject();
      const jobs = jobsOf(request);
      const { href } = await linkTo(request, found, context);
      const properties = { objectKey: fileKey(found), downloadURL: href };
      const object = { id: id ?? properties.objectKey, type, systemInfo: { tenantId: jobs.tenant }, properties };
      return reply.header('cache-control', 'no-store').send({
        request: { ...ECHO, requestId: randomUUID() },
        response: { binaryStreamObjects: [object], status: 'success', totalRecords: 1 },
      });
    },
  });
  addDocumentedRoute(app, root, context, {
    path: `${service}/get`,
    operationId: 'getStreamObjects',
    right: 'read',
    summary: 'What is known of files of tasks, by their keys: size, dates, who requested the export',
    body: 'StreamObjectsQuery',
    responses: { 200: json('The objects', { $ref: 'StreamObjectsResponse#' }) },
    handler: async (request, reply) => {
      const ids = acceptGet(request.body);
      const objects = await Promise.all(ids.map((id) => objectOf(jobsOf(request), id)));
      const found = objects.filter((object) => object !== undefined);
      return reply.header('cache-control', 'no-store').send({
        request: { ...ECHO, requestId: randomUUID(), maxRecords: 2000 },
        response: {
          ...(found.length > 0 ? { binaryStreamObjects: found } : { statusDetail: NOTHING_FOUND }),
          status: 'success',
          totalRecords: found.length,
        },
      });
    },
  });
  addDocumentedRoute(app, root, context, {
    path: `${service}/delete`,
    operationId: 'deleteStreamObject',
    right: 'cancel',
    summary: 'Deletes the result of a task, if the file is all of it; the task stays',
    body: 'StreamObjectRequest',
    responses: { 200: json('The deletion', { $ref: 'StreamObjectDeleted#' }) },
    errors: [409, 410],
    handler: async (request, reply) => {
      const { file } = acceptObject(request.body);
      const { id, name } = file ?? noSuchObject();
      const jobs = jobsOf(request);
      await jobs.getFile(id, name);
      refuseOthers((await jobs.get(id)).files, id);
      await jobs.deleteResult(id);
      const message = `Entity has been submitted for delete with entity Id : ${fileKey({ id, name })}. It is deleted`;
      return reply.header('cache-control', 'no-store').send({
        request: { ...ECHO, requestId: randomUUID() },
        response: { status: 'success', statusDetail: { message }, totalRecords: 0 },
      });
    },
  });
}

/** A file is deleted only if nothing else goes with it. @throws SluiceError `NO_RESULT` */
function refuseOthers(files: Job['files'], id: string): void {
  if (files.length <= 1) return;
  const names = files.map(({ name }) => name).join(', ');
  throw new Refusal(
    'NO_RESULT',
    `the result has more files, which would be deleted, too: ${names}; DELETE /jobs/${id} does`,
  );
}

function noSuchObject(): never {
  throw new Refusal('NO_SUCH_FILE', 'there is no object with this key');
}

/** The documented metadata of a file; undefined if there is none. */
async function objectOf(jobs: TenantJobs, id: string): Promise<object | undefined> {
  const key = readFileKey(id);
  if (!key) return undefined;
  try {
    const job = await jobs.get(key.id);
    const { bytes } = await jobs.getFile(key.id, key.name);
    const { facts, createdAt, endedAt = createdAt } = job;
    const user = facts?.submittedBy;
    return {
      id,
      type: OBJECT_TYPE,
      properties: {
        ...{ objectKey: id, originalFileName: key.name, fullObjectPath: id, contentSize: bytes },
        ...{ user, binarystreamobjectid: id },
        ...{ createdBy: user, createdDate: documentedTime(endedAt) },
        ...{ modifiedBy: user, modifiedDate: documentedTime(endedAt) },
      },
    };
  } catch (cause) {
    const missing = ['NO_SUCH_JOB', 'NO_SUCH_FILE', 'NO_RESULT', 'RESULT_EXPIRED'];
    if (cause instanceof SluiceError && missing.includes(cause.code)) return undefined;
    throw cause;
  }
}

interface AcceptedObject {
  readonly id?: string;
  readonly type: string;
  /** Undefined for a key that names no file. */
  readonly file?: FileOfJob;
}

/** Accepts `binaryStreamObject` in all documented bodies. @throws SluiceError with all faults */
function acceptObject(input: unknown): AcceptedObject {
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['binaryStreamObject', 'params', 'clientState', 'clientId', 'returnRequest', 'hotline']);
  const path = 'binaryStreamObject';
  const object = faults.object(body.binaryStreamObject, path) ?? {};
  faults.checkKeys(object, path, ['id', 'name', 'type', 'data', 'properties', 'systemInfo']);
  const id = faults.filledString(object.id, `${path}.id`);
  const type = faults.filledString(object.type, `${path}.type`) ?? OBJECT_TYPE;
  for (const name of ['data', 'systemInfo']) {
    if (object[name] !== undefined) faults.object(object[name], `${path}.${name}`);
  }
  const properties: UnknownObject =
    object.properties === undefined ? {} : (faults.object(object.properties, `${path}.properties`) ?? {});
  faults.checkKeys(properties, `${path}.properties`, PROPERTIES);
  const key = faults.filledString(properties.objectKey, `${path}.properties.objectKey`) ?? id;
  if (key === undefined && faults.isEmpty)
    faults.add('INVALID', `${path}.properties.objectKey`, 'is required, or an id');
  faults.throwIfAny();
  return { id, type, file: readFileKey(key ?? '') };
}

/** The ids of a `get`. @throws SluiceError with all faults */
function acceptGet(input: unknown): readonly string[] {
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['params', 'clientState', 'clientId', 'returnRequest', 'hotline']);
  const params = faults.object(body.params, 'params') ?? {};
  faults.checkKeys(params, 'params', ['query', 'fields', 'options'], ['sort', 'prepareScroll', 'scrollId']);
  const query = faults.object(params.query, 'params.query') ?? {};
  faults.checkKeys(query, 'params.query', ['id', 'ids', 'filters', 'valueContexts'], ['name', 'contexts']);
  const filters = query.filters === undefined ? {} : (faults.object(query.filters, 'params.query.filters') ?? {});
  const others = ['attributesCriterion', 'propertiesCriterion', 'keywordsCriterion', 'relationshipsCriterion'];
  faults.checkKeys(filters, 'params.query.filters', ['typesCriterion'], others);
  faults.strings(filters.typesCriterion, 'params.query.filters.typesCriterion', false);
  const id = faults.strings(query.id, 'params.query.id', true) ?? [];
  const ids = faults.strings(query.ids, 'params.query.ids', false) ?? [];
  const all = [...new Set([...id, ...ids])];
  if (all.length === 0 && faults.isEmpty) faults.add('INVALID', 'params.query.id', 'is required, or ids');
  if (all.length > MOST_IDS) faults.add('INVALID', 'params.query.ids', `must not be more than ${MOST_IDS}`);
  faults.throwIfAny();
  return all;
}
