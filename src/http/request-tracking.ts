/** The documented tracking of tasks: what a body asks for, and how a job is told as a task. */
import { DOCUMENTED_STATUS, type Job } from '../jobs/job.js';
import { acceptRequest } from '../pipeline/accept/accept-request.js';
import { Faults, join, kindOf, type UnknownObject } from '../pipeline/accept/faults.js';
import { acceptMaxRecords } from '../pipeline/accept/members.js';
import { sourceOf } from './job-view.js';
import { publicMessage } from './statuses.js';

/** The one type of object that is tracked. */
const TASK_TYPE = 'tasksummaryobject';

/** Tasks that one body may ask for. */
const MOST_IDS = 200;

/** What a body asks for. */
export interface TrackingQuery {
  /** Ids of tasks, each once. */
  readonly ids: readonly string[];
  /** Names of attributes to tell; absent means all. */
  readonly attributes?: readonly string[];
  readonly maxRecords?: number;
}

/**
 * Accepts the documented body.
 * @throws SluiceError with all faults: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function acceptTrackingBody(input: unknown): TrackingQuery {
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['params'], ['clientState']);
  const params = faults.object(body.params, 'params') ?? {};
  faults.checkKeys(params, 'params', ['query', 'fields', 'options'], ['sort', 'prepareScroll', 'scrollId']);
  const query = faults.object(params.query, 'params.query') ?? {};
  faults.checkKeys(query, 'params.query', ['id', 'ids', 'filters'], ['name', 'contexts', 'valueContexts', 'domain']);

  const lists: (readonly string[] | undefined)[] = [];
  const id = faults.string(query.id, 'params.query.id');
  if (id !== undefined) lists.push([id]);
  lists.push(faults.filled(faults.strings(query.ids, 'params.query.ids', false), 'params.query.ids'));
  if (query.filters !== undefined) lists.push(...acceptFilters(query.filters, faults));
  const asked = lists.filter((list) => list !== undefined);
  if (asked.length === 0) faults.add('INVALID', 'params.query.id', 'is required, or ids, or a taskId');
  if (asked.some(({ length }) => length > MOST_IDS)) {
    faults.add('INVALID', 'params.query.ids', `must not be more than ${MOST_IDS}`);
  }

  const attributes = acceptAttributes(params.fields, faults);
  const maxRecords = acceptOptions(params.options, faults);
  faults.throwIfAny();
  const [first = [], ...others] = asked;
  return {
    ids: [...new Set(first)].filter((one) => others.every((list) => list.includes(one))),
    ...(attributes === undefined ? {} : { attributes }),
    ...(maxRecords === undefined ? {} : { maxRecords }),
  };
}

/** The lists of ids that the criteria ask for. */
function acceptFilters(value: unknown, faults: Faults): readonly (readonly string[])[] {
  const path = 'params.query.filters';
  const filters = faults.object(value, path) ?? {};
  const unsupported = ['propertiesCriterion', 'relationshipsCriterion', 'keywordsCriterion', 'isAttributesCriterionOR'];
  faults.checkKeys(filters, path, ['typesCriterion', 'attributesCriterion'], unsupported);
  const types = `${path}.typesCriterion`;
  const asked = faults.filled(faults.strings(filters.typesCriterion, types, false), types) ?? [];
  asked.forEach((type, index) => {
    if (type.toLowerCase() !== TASK_TYPE)
      faults.add('UNSUPPORTED', `${types}[${index}]`, `only ${TASK_TYPE} is supported`);
  });
  const criteria = filters.attributesCriterion;
  if (criteria === undefined) return [];
  if (Array.isArray(criteria)) {
    return criteria.flatMap((one: unknown, index) =>
      acceptCriterion(one, `${path}.attributesCriterion[${index}]`, faults),
    );
  }
  faults.add('INVALID', `${path}.attributesCriterion`, `must be an array of objects, not ${kindOf(criteria)}`);
  return [];
}

/** `{ taskId: { exact } }`, also as `eq` and, for several, `exacts`. */
function acceptCriterion(value: unknown, path: string, faults: Faults): readonly (readonly string[])[] {
  const criterion = faults.object(value, path);
  if (!criterion) return [];
  for (const name of Object.keys(criterion)) {
    if (name !== 'taskId') faults.add('UNSUPPORTED', join(path, name), 'only taskId can be asked for');
  }
  if (criterion.taskId === undefined) return [];
  const at = `${path}.taskId`;
  const condition: UnknownObject = faults.object(criterion.taskId, at) ?? {};
  const others = ['contains', 'startswith', 'hasvalue', 'gt', 'gte', 'lt', 'lte', 'type', 'not', 'operator'];
  faults.checkKeys(condition, at, ['exact', 'eq', 'exacts'], others);
  const lists: (readonly string[])[] = [];
  for (const operator of ['exact', 'eq']) {
    const operand = faults.string(condition[operator], `${at}.${operator}`);
    if (operand !== undefined) lists.push([operand]);
  }
  const several = faults.filled(faults.strings(condition.exacts, `${at}.exacts`, true), `${at}.exacts`);
  if (several) lists.push(several);
  if (Object.keys(condition).length === 0) faults.add('INVALID', `${at}.exact`, 'is required');
  return lists;
}

function acceptAttributes(value: unknown, faults: Faults): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const fields = faults.object(value, 'params.fields') ?? {};
  faults.checkKeys(fields, 'params.fields', ['attributes'], ['relationships', 'properties', 'contexts']);
  const names = faults.strings(fields.attributes, 'params.fields.attributes', false);
  return names?.some((name) => name.toLowerCase() === '_all') ? undefined : names;
}

function acceptOptions(value: unknown, faults: Faults): number | undefined {
  if (value === undefined) return undefined;
  const options = faults.object(value, 'params.options') ?? {};
  faults.checkKeys(options, 'params.options', ['maxRecords'], ['from', 'to', 'totalRecords', 'includeRequest']);
  return acceptMaxRecords(options.maxRecords, 'params.options.maxRecords', faults);
}

/** A job as the documented task summary. @param fileHref where its first file lies */
export function viewTask(job: Job, attributes: readonly string[] | undefined, fileHref: string | undefined): object {
  const told = Object.entries(taskAttributes(job, fileHref)).filter(
    ([name, value]) => value !== undefined && (attributes === undefined || attributes.includes(name)),
  );
  return {
    id: job.id,
    type: TASK_TYPE,
    data: {
      attributes: Object.fromEntries(
        told.map(([name, value]) => [name, { values: [{ value, locale: 'en-US', source: 'internal' }] }]),
      ),
    },
  };
}

function taskAttributes(job: Job, fileHref: string | undefined): Record<string, string | number | boolean | undefined> {
  const { id, state, progress, receipt, epoch } = job;
  const [file] = job.files;
  const profile = acceptRequest(job.request).profile;
  const written = receipt?.written ?? progress.written;
  const rejected = receipt?.rejected ?? 0;
  const name = file?.name;
  return {
    taskId: id,
    taskType: 'ENTITY_EXPORT',
    profileType: 'ENTITY_EXPORT',
    profileId: profile,
    profileName: profile,
    integrationType: 'User',
    status: DOCUMENTED_STATUS[state],
    errorMessage: errorMessageOf(job),
    fileName: name,
    fileId: fileHref,
    fileType: 'JSON',
    fileExtension: name?.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : undefined,
    isExtractComplete: receipt !== undefined,
    hasChildTasks: false,
    taskAttemptCount: epoch,
    startTime: job.startedAt === undefined ? undefined : new Date(job.startedAt).toISOString(),
    lastModifiedTime: new Date(job.changedAt).toISOString(),
    totalRecords: written + rejected,
    totalRecordsProcessed: written + rejected,
    totalRecordsSuccess: written,
    totalExtractError: rejected,
    totalTransformError: 0,
    totalLoadError: 0,
  };
}

function errorMessageOf(job: Job): string | undefined {
  if (job.state === 'cancelled') return 'The job was cancelled';
  if (job.state === 'completedWithNoRecords') return 'No file available to process';
  return job.error && publicMessage(job.error.code, job.error.message, sourceOf(job.error));
}
