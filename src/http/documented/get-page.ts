/** The parts of documented `get` bodies beside the query: which page, in which order, with which attributes. */
import type { TimeName } from '../../jobs/job-search.js';
import { type Faults, kindOf } from '../../options/faults.js';
import type { AttributeKinds } from './task-attributes.js';

/** The documented maximum of records per call, which is also the default. */
const LARGEST_PAGE = 2000;

/** The documented window of results; pages beyond it are refused. */
const LARGEST_WINDOW = 30_000;

/** A page of the found objects. */
export interface Page {
  readonly from: number;
  readonly maxRecords: number;
}

/** What objects are sorted by. */
export interface SortKey {
  /** The time of jobs; undefined for the time of each object. */
  readonly time: TimeName | undefined;
  readonly descending: boolean;
}

/** Accepts `from`, `to`, `maxRecords` and `totalRecords`, which other services have instead. */
export function acceptPage(value: unknown, faults: Faults): Page {
  const options = value === undefined ? {} : (faults.object(value, 'params.options') ?? {});
  const path = 'params.options';
  faults.checkKeys(options, path, ['maxRecords', 'totalRecords', 'from', 'to'], ['includeRequest']);
  const count = (name: string) => faults.count(options[name], `${path}.${name}`);
  const from = count('from') ?? 0;
  const to = count('to');
  const most = count('maxRecords') ?? count('totalRecords') ?? LARGEST_PAGE;
  // Requests of scheduled tasks state 0 for both ends.
  const isOpen = to === undefined || (to === 0 && from === 0);
  if (!isOpen && to < from) faults.add('INVALID', `${path}.to`, 'must not be below from');
  if (from > LARGEST_WINDOW) {
    faults.add('INVALID', `${path}.from`, `must not be more than ${LARGEST_WINDOW}; narrow the query`);
  }
  const maxRecords = Math.min(most, LARGEST_PAGE, isOpen ? LARGEST_PAGE : Math.max(0, to - from));
  return { from, maxRecords };
}

/** Accepts one sort key; several keys are refused, since times of tasks are hardly ever equal. */
export function acceptSort(
  value: unknown,
  { attributes, properties }: { readonly attributes: AttributeKinds; readonly properties: AttributeKinds },
  faults: Faults,
): SortKey | undefined {
  if (value === undefined) return undefined;
  const sort = faults.object(value, 'params.sort') ?? {};
  faults.checkKeys(sort, 'params.sort', ['attributes', 'properties']);
  const keys: SortKey[] = [];
  for (const [name, kinds] of [['attributes', attributes] as const, ['properties', properties] as const]) {
    const list = sort[name];
    if (list === undefined) continue;
    const path = `params.sort.${name}`;
    if (!Array.isArray(list)) {
      faults.add('INVALID', path, `must be an array of objects, not ${kindOf(list)}`);
      continue;
    }
    list.forEach((one: unknown, index) => {
      const key = acceptKey(one, `${path}[${index}]`, kinds, faults);
      if (key) keys.push(key);
    });
  }
  if (keys.length > 1) faults.add('UNSUPPORTED', 'params.sort', 'more than one key is not supported for tasks');
  return keys[0];
}

function acceptKey(value: unknown, path: string, kinds: AttributeKinds, faults: Faults): SortKey | undefined {
  const key = faults.object(value, path);
  if (!key) return undefined;
  const known = Object.entries(kinds).filter(([, { kind }]) => kind === 'time' || kind === 'own time');
  const names = known.map(([name]) => name);
  faults.checkKeys(key, path, ['sortType', ...names], Object.keys(kinds));
  faults.string(key.sortType, `${path}.sortType`);
  const named = known.filter(([name]) => key[name] !== undefined);
  if (named.length !== 1) {
    faults.add('INVALID', path, `must name one of ${names.join(', ')}`);
    return undefined;
  }
  const [[name, kind]] = named;
  const direction = faults.word(key[name], `${path}.${name}`, ['_ASC', '_DESC']);
  return { time: kind.kind === 'time' ? kind.time : undefined, descending: direction === '_DESC' };
}

/** The names of the returned attributes; absent means all. Other fields of tasks are empty. */
export function acceptFieldNames(value: unknown, faults: Faults): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const fields = faults.object(value, 'params.fields') ?? {};
  const others = ['relationships', 'relationshipAttributes', 'properties', 'contexts'];
  faults.checkKeys(fields, 'params.fields', ['attributes', ...others]);
  for (const name of others) faults.strings(fields[name], `params.fields.${name}`, false);
  const names = faults.strings(fields.attributes, 'params.fields.attributes', false);
  return names?.some((name) => name.toLowerCase() === '_all') ? undefined : names;
}
