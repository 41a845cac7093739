/** The documented `get` of services that report tasks: acceptance of its body. */
import type { JobSearch } from '../../jobs/job-search.js';
import { Faults, kindOf, type UnknownObject } from '../../options/faults.js';
import { acceptValueContexts } from '../../request/accept/contexts.js';
import { quoted } from '../../terms/shown-text.js';
import { acceptFieldNames, acceptPage, acceptSort, type Page, type SortKey } from './get-page.js';
import type { AttributeKinds } from './task-attributes.js';
import { type Collected, collectCriteria } from './task-criteria.js';
import type { TextCondition } from './text-condition.js';

/** Maximum ids in a body. */
const MOST_IDS = 200;

/** A service that reports tasks as objects of one type. */
export interface GetService {
  /** The type of its objects. */
  readonly type: string;
  /** Types that the platform has and jobs do not: nothing is found, with these attributes in conditions. */
  readonly foreign: Readonly<Record<string, readonly string[]>>;
  readonly attributes: AttributeKinds;
  readonly properties: AttributeKinds;
  /** Id of the task of an object. */
  taskIdOf(objectId: string): string;
}

/** An accepted body. */
export interface GetQuery {
  /** What jobs are searched by; undefined if no job can be found. */
  readonly search: Omit<JobSearch, 'offset' | 'limit'> | undefined;
  /** Ids of objects; absent means all of these tasks. */
  readonly objectIds?: readonly string[];
  /** Conditions on texts of objects; all must hold. */
  readonly texts: readonly { readonly name: string; readonly condition: TextCondition }[];
  /** Bounds of the time of objects, both included. */
  readonly own: readonly { readonly from?: number; readonly to?: number }[];
  /** Names of the returned attributes; absent means all. */
  readonly attributes?: readonly string[];
  readonly page: Page;
  readonly sort?: SortKey;
}

const NO_EFFECT = ['valueContexts', 'contexts', 'userInteractionLocale', 'domain'] as const;

/**
 * Accepts the documented body.
 * @param now of date math
 * @throws SluiceError with all faults: `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID`
 */
export function acceptGetBody(input: unknown, service: GetService, now: number): GetQuery {
  const faults = new Faults();
  const body = faults.object(input, 'body') ?? {};
  faults.throwIfAny();
  faults.checkKeys(body, '', ['params', 'clientState', 'hotline', 'returnRequest']);
  const params = faults.object(body.params, 'params') ?? {};
  refuseScroll(params, faults);
  faults.checkKeys(params, 'params', ['query', 'fields', 'options', 'sort', 'prepareScroll', 'scrollId']);
  const query = faults.object(params.query, 'params.query') ?? {};
  faults.checkKeys(query, 'params.query', ['id', 'ids', 'filters', ...NO_EFFECT], ['name', 'names']);
  acceptValueContexts(query.valueContexts, 'params.query.valueContexts', faults);
  const id = faults.filled(faults.strings(query.id, 'params.query.id', true), 'params.query.id');
  const ids = faults.filled(faults.strings(query.ids, 'params.query.ids', false), 'params.query.ids');
  if ([...(id ?? []), ...(ids ?? [])].length > MOST_IDS) {
    faults.add('INVALID', 'params.query.ids', `must not be more than ${MOST_IDS}`);
  }
  const { collected, isForeign } = acceptFilters(query.filters, service, faults, now);
  const attributes = acceptFieldNames(params.fields, faults);
  const page = acceptPage(params.options, faults);
  const sort = acceptSort(params.sort, service, faults);
  faults.throwIfAny();

  const objectIds = inAll([id, ids].filter((list) => list !== undefined));
  const byObject = objectIds?.map((one) => service.taskIdOf(one));
  const taskIds = inAll([...(byObject ? [byObject] : []), ...collected.taskIds]);
  const search = {
    ids: taskIds,
    states: collected.states && [...collected.states],
    ...{ facts: collected.facts, times: collected.times },
    ...(sort?.time && { by: sort.time }),
    descending: sort?.descending ?? true,
  };
  const isNone = isForeign || collected.isNone || taskIds?.length === 0;
  const { texts, own } = collected;
  return { search: isNone ? undefined : search, objectIds, texts, own, attributes, page, sort };
}

function refuseScroll({ prepareScroll, scrollId }: UnknownObject, faults: Faults): void {
  const message = 'tasks and events are not scrolled: page with options.from and options.maxRecords';
  if (prepareScroll !== undefined) faults.add('UNSUPPORTED', 'params.prepareScroll', message);
  if (scrollId !== undefined) faults.add('UNSUPPORTED', 'params.scrollId', message);
}

/** The distinct values that all lists contain; undefined without lists. */
function inAll([first, ...others]: readonly (readonly string[])[]): readonly string[] | undefined {
  const sets = others.map((list) => new Set(list));
  return first && [...new Set(first)].filter((one) => sets.every((set) => set.has(one)));
}

interface AcceptedFilters {
  readonly collected: Collected;
  /** Whether only types are requested that jobs have no objects of. */
  readonly isForeign: boolean;
}

function acceptFilters(value: unknown, service: GetService, faults: Faults, now: number): AcceptedFilters {
  const path = 'params.query.filters';
  const filters = value === undefined ? {} : (faults.object(value, path) ?? {});
  const lists = ['typesCriterion', 'attributesCriterion', 'propertiesCriterion'] as const;
  const plain = ['nonContextual', 'allContextual', 'excludeNonContextual'];
  const refused = ['relationshipsCriterion', 'keywordsCriterion', 'isAttributesCriterionOR'];
  faults.checkKeys(filters, path, [...lists, ...plain], refused);
  const at = `${path}.typesCriterion`;
  const types = faults.filled(faults.strings(filters.typesCriterion, at, false), at) ?? [];
  const foreign = Object.keys(service.foreign);
  types.forEach((type, index) => {
    if ([service.type, ...foreign, '_all', 'all'].includes(type.toLowerCase())) return;
    const known = [service.type, ...foreign].join(' and ');
    faults.add('UNSUPPORTED', `${at}[${index}]`, `${quoted(type)}: only ${known} are supported`);
  });
  const isForeign = types.length > 0 && types.every((type) => foreign.includes(type.toLowerCase()));
  const names = types.flatMap((type) => service.foreign[type.toLowerCase()] ?? []);
  const elements = (name: 'attributesCriterion' | 'propertiesCriterion'): readonly [unknown, string][] => {
    const list = filters[name];
    if (list === undefined) return [];
    if (Array.isArray(list)) return list.map((one: unknown, index) => [one, `${path}.${name}[${index}]`]);
    faults.add('INVALID', `${path}.${name}`, `must be an array of objects, not ${kindOf(list)}`);
    return [];
  };
  const collected = collectCriteria(
    [
      { elements: elements('attributesCriterion'), kinds: service.attributes, foreign: isForeign ? names : [] },
      { elements: elements('propertiesCriterion'), kinds: service.properties, foreign: [] },
    ],
    faults,
    now,
  );
  return { collected, isForeign };
}
