/** Filters of jobs in requests: as query parameters, and as a body. */
import { JOB_STATES } from '../jobs/job.js';
import { type JobFilter, LONGEST_SEARCHED } from '../jobs/job-filter.js';
import { Faults, isObject } from '../options/faults.js';
import type { QueryParameter } from './query.js';
import type { Schema } from './schema-parts.js';

const TIME_ABOUT = 'such as 2026-01-31T12:00:00Z, or a day, which is its begin in UTC';

const [STATE, TYPE, PROFILE, USER, FROM, TO, TEXT] = [
  'One of these states',
  'One of these types of entities is named by the request, whatever its case',
  'The profile has one of these names, whatever the case',
  'One of these, whatever the case, has submitted the job or runs it',
  `Submitted at this time or later: ${TIME_ABOUT}`,
  `Submitted at this time or earlier: ${TIME_ABOUT}`,
  'A text that occurs in the request as JSON (the first 65,536 characters), in the id or in the name of the result; the case of ASCII letters is ignored',
];

/** Maximum characters of a name in a query, and of the names of one parameter. */
const [LONGEST_NAME, MOST_NAMES] = [255, 50];

const names = (description: string): QueryParameter => ({
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: LONGEST_NAME },
  maxItems: MOST_NAMES,
  description: `${description}; repeatable`,
});

const oneText = (description: string, maxLength: number): QueryParameter => ({
  type: 'string',
  minLength: 1,
  maxLength,
  description,
});

/** The query parameters. */
export const FILTER_QUERY = {
  state: {
    type: 'array',
    items: { type: 'string', minLength: 1, maxLength: LONGEST_NAME, enum: JOB_STATES },
    maxItems: MOST_NAMES,
    description: `${STATE}; repeatable`,
  },
  type: names(TYPE),
  profile: names(PROFILE),
  user: names(USER),
  from: oneText(FROM, 40),
  to: oneText(TO, 40),
  text: oneText(TEXT, LONGEST_SEARCHED),
} satisfies Readonly<Record<string, QueryParameter>>;

/** The values of the parameters, read by their schema. */
export interface FilterQuery {
  readonly state?: readonly string[];
  readonly type?: readonly string[];
  readonly profile?: readonly string[];
  readonly user?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly text?: string;
}

/**
 * The filter of query parameters.
 * @throws SluiceError `INVALID` for a time that is none
 */
export function filterOf({ state, type, profile, user, from, to, text }: FilterQuery): JobFilter {
  const faults = new Faults();
  const filter = {
    states: state && JOB_STATES.filter((one) => state.includes(one)),
    ...{ types: type, profiles: profile, users: user, text },
    from: timeIn(from, 'query.from', faults),
    to: timeIn(to, 'query.to', faults),
  };
  faults.throwIfAny('http');
  return filter;
}

const NAMES = { type: 'array', items: { type: 'string', minLength: 1 } };
const TIME = { type: 'string' };

/** A filter as a body. */
export const FILTER_BODY: Schema = {
  $id: 'JobFilter',
  description: 'Which jobs; all tests must hold, and there must be one',
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    states: { type: 'array', items: { type: 'string', enum: JOB_STATES }, description: STATE },
    types: { ...NAMES, description: TYPE },
    profiles: { ...NAMES, description: PROFILE },
    users: { ...NAMES, description: USER },
    from: { ...TIME, description: FROM },
    to: { ...TIME, description: TO },
    text: { type: 'string', minLength: 1, maxLength: LONGEST_SEARCHED, description: TEXT },
  },
};

/**
 * The filter of a body, with its times as numbers; its other members are accepted where it is used.
 * @throws SluiceError `INVALID`
 */
export function filterIn(body: unknown): object {
  const faults = new Faults();
  const given = faults.object(body ?? {}, 'filter') ?? {};
  const times = ['from', 'to'].flatMap((name) =>
    Object.hasOwn(given, name) ? [[name, timeIn(given[name], name, faults)]] : [],
  );
  faults.throwIfAny('http');
  return { ...(isObject(given) ? given : {}), ...Object.fromEntries(times) };
}

const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/** Whether a time begins with a day that exists: Date.parse takes the 30th of February for the 2nd of March. */
function isDay(time: string): boolean {
  const day = time.slice(0, 10);
  const begin = Date.parse(day);
  return begin >= 0 && new Date(begin).toISOString().startsWith(day);
}

function timeIn(given: unknown, path: string, faults: Faults): number | undefined {
  if (given === undefined) return undefined;
  const time = typeof given === 'string' && ISO_TIME.test(given) && isDay(given) ? Date.parse(given) : Number.NaN;
  if (time >= 0) return time;
  faults.add('INVALID', path, `must be a time since 1970 ${TIME_ABOUT}`);
  return undefined;
}
