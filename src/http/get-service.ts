/** The documented `get` of services that report tasks: acceptance of its body, and the form of its objects. */
import type { Job } from '../jobs/job.js';
import { Faults, join, kindOf, type UnknownObject } from '../options/faults.js';
import { acceptMaxRecords } from '../request/accept/members.js';
import { quoted } from '../terms/shown-text.js';

/** Maximum ids in a body. */
const MOST_IDS = 200;

/** Value of an attribute. */
export type AttributeValue = string | number | boolean;

/** An object that reports a task; undefined attributes are omitted. */
export interface TaskObject {
  readonly id: string;
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
}

/** A service that reports tasks as objects of one type. */
export interface GetService {
  readonly type: string;
  /** Attributes, beside `taskId`, that a body may filter by. */
  readonly criteria: readonly string[];
  /** Id of the task of an object. */
  taskIdOf(objectId: string): string;
  /** The objects of a job; stable for the same job. */
  objectsOf(job: Job): readonly TaskObject[];
}

/** An accepted body. */
export interface GetQuery {
  /** Distinct ids of tasks. */
  readonly taskIds: readonly string[];
  /** Ids of objects; absent means all of these tasks. */
  readonly objectIds?: readonly string[];
  /** Required values of attributes; all criteria must hold. */
  readonly criteria: readonly AttributeCriterion[];
  /** Names of the returned attributes; absent means all. */
  readonly attributes?: readonly string[];
  readonly maxRecords?: number;
}

/** An attribute and its accepted values. */
export interface AttributeCriterion {
  readonly name: string;
  readonly values: readonly string[];
}

/**
 * Accepts the documented body.
 * @throws SluiceError with all faults: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function acceptGetBody(input: unknown, service: GetService): GetQuery {
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['params'], ['clientState']);
  const params = faults.object(body.params, 'params') ?? {};
  faults.checkKeys(params, 'params', ['query', 'fields', 'options'], ['sort', 'prepareScroll', 'scrollId']);
  const query = faults.object(params.query, 'params.query') ?? {};
  faults.checkKeys(query, 'params.query', ['id', 'ids', 'filters'], ['name', 'contexts', 'valueContexts', 'domain']);

  const id = faults.string(query.id, 'params.query.id');
  const ids = faults.filled(faults.strings(query.ids, 'params.query.ids', false), 'params.query.ids');
  const objectIds = inAll([...(id === undefined ? [] : [[id]]), ...(ids ? [ids] : [])]);
  const criteria = query.filters === undefined ? [] : acceptFilters(query.filters, service, faults);
  const byTask = criteria.filter(({ name }) => name === 'taskId').map(({ values }) => values);
  if (!objectIds && byTask.length === 0) faults.add('INVALID', 'params.query.id', 'is required, or ids, or a taskId');
  if ([ids ?? [], ...byTask].some(({ length }) => length > MOST_IDS)) {
    faults.add('INVALID', 'params.query.ids', `must not be more than ${MOST_IDS}`);
  }

  const attributes = acceptAttributes(params.fields, faults);
  const maxRecords = acceptOptions(params.options, faults);
  faults.throwIfAny();
  const taskIds = inAll([...(objectIds ? [objectIds.map((one) => service.taskIdOf(one))] : []), ...byTask]) ?? [];
  return {
    taskIds,
    objectIds,
    criteria: criteria.filter(({ name }) => name !== 'taskId'),
    attributes,
    maxRecords,
  };
}

/** The distinct values that all lists contain; undefined without lists. */
function inAll([first, ...others]: readonly (readonly string[])[]): readonly string[] | undefined {
  return first && [...new Set(first)].filter((one) => others.every((list) => list.includes(one)));
}

function acceptFilters(value: unknown, service: GetService, faults: Faults): readonly AttributeCriterion[] {
  const path = 'params.query.filters';
  const filters = faults.object(value, path) ?? {};
  const unsupported = ['propertiesCriterion', 'relationshipsCriterion', 'keywordsCriterion', 'isAttributesCriterionOR'];
  faults.checkKeys(filters, path, ['typesCriterion', 'attributesCriterion'], unsupported);
  const types = `${path}.typesCriterion`;
  const requested = faults.filled(faults.strings(filters.typesCriterion, types, false), types) ?? [];
  requested.forEach((type, index) => {
    if (type.toLowerCase() === service.type) return;
    faults.add('UNSUPPORTED', `${types}[${index}]`, `${quoted(type)}: only ${service.type} is supported`);
  });
  const criteria = filters.attributesCriterion;
  if (criteria === undefined) return [];
  if (Array.isArray(criteria)) {
    return criteria.flatMap((one: unknown, index) =>
      acceptCriterion(one, `${path}.attributesCriterion[${index}]`, service, faults),
    );
  }
  faults.add('INVALID', `${path}.attributesCriterion`, `must be an array of objects, not ${kindOf(criteria)}`);
  return [];
}

/** `{ taskId: { exact } }`, also `eq`, and `exacts` for several values; several names must all hold. */
function acceptCriterion(
  value: unknown,
  path: string,
  service: GetService,
  faults: Faults,
): readonly AttributeCriterion[] {
  const known = ['taskId', ...service.criteria];
  return Object.entries(faults.object(value, path) ?? {}).flatMap(([name, condition]) => {
    const at = join(path, name);
    if (known.includes(name)) return acceptCondition(condition, at, faults).map((values) => ({ name, values }));
    faults.add('UNSUPPORTED', at, `only ${known.join(', ')} are supported`);
    return [];
  });
}

function acceptCondition(value: unknown, at: string, faults: Faults): readonly (readonly string[])[] {
  const condition: UnknownObject = faults.object(value, at) ?? {};
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

/** Whether an object matches a body. */
export function isRequested({ id, attributes }: TaskObject, { objectIds, criteria }: GetQuery): boolean {
  if (objectIds && !objectIds.includes(id)) return false;
  return criteria.every(({ name, values }) => {
    const value = attributes[name];
    return value !== undefined && values.includes(String(value));
  });
}

/** An object in the documented shape, with the requested attributes. */
export function viewObject(type: string, { id, attributes }: TaskObject, names: readonly string[] | undefined): object {
  const shown = Object.entries(attributes).filter(
    ([name, value]) => value !== undefined && (names === undefined || names.includes(name)),
  );
  return {
    id,
    type,
    data: {
      attributes: Object.fromEntries(
        shown.map(([name, value]) => [name, { values: [{ value, locale: 'en-US', source: 'internal' }] }]),
      ),
    },
  };
}
