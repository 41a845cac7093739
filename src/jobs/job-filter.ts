/** Filters of lists of jobs, as people write them, and the searches of engines that they mean. */
import { check, count, listOf, type OptionTable, oneOf } from '../options/accept-options.js';
import { SluiceError } from '../terms/errors.js';
import { isEnded, JOB_STATES, type JobState } from './job.js';
import type { JobSearch } from './job-search.js';
import { isStorable } from './row-bounds.js';

/** Maximum characters of a text that is searched for. */
export const LONGEST_SEARCHED = 1000;

/** Which jobs; all tests must hold, and an absent one holds for any job. */
export interface JobFilter {
  /** One of these states. */
  readonly states?: readonly JobState[];
  /** One of these types of entities is named by the request, whatever its case. */
  readonly types?: readonly string[];
  /** The profile has one of these names, whatever the case. */
  readonly profiles?: readonly string[];
  /** One of these, whatever the case, has submitted the job or runs it. */
  readonly users?: readonly string[];
  /** Submitted at this time or later, in milliseconds since 1970. */
  readonly from?: number;
  /** Submitted at this time or earlier, in milliseconds since 1970. */
  readonly to?: number;
  /**
   * A text that occurs in the first 65,536 characters of the request as JSON, in the id, or in the name of the first file
   * of the result; the case of ASCII letters is ignored.
   */
  readonly text?: string;
}

const searched = check(
  (value) => typeof value === 'string' && value !== '' && value.length <= LONGEST_SEARCHED && isStorable(value),
  `1 to ${LONGEST_SEARCHED} characters of text`,
);

const named = check(
  (value) => typeof value === 'string' && value !== '' && isStorable(value),
  'a string that is not empty, without NUL and lone surrogates',
);

/** The members of a filter. */
export const JOB_FILTER: OptionTable<JobFilter> = {
  states: listOf(oneOf(JOB_STATES)),
  types: listOf(named),
  profiles: listOf(named),
  users: listOf(named),
  from: count(),
  to: count(),
  text: searched,
};

/** The search that a filter means. */
export function searchOf({ states, types, profiles, users, from, to, text }: JobFilter): JobSearch {
  return {
    states,
    types,
    users,
    text,
    ...(profiles && { facts: [{ name: 'profileName', values: profiles }] }),
    ...((from !== undefined || to !== undefined) && { times: [{ name: 'createdAt', from, to }] }),
  };
}

/**
 * The search for the jobs of a filter that have ended, or have not.
 * @throws SluiceError `INVALID` for a filter without a test: everything must be meant
 */
export function searchOfEnded(filter: JobFilter, ended: boolean): JobSearch {
  if (Object.values(filter).every((test) => test === undefined)) {
    throw new SluiceError('INVALID', 'accept', 'the filter has no test; name the states to mean all jobs', {
      path: 'filter',
    });
  }
  const { states = JOB_STATES } = filter;
  return searchOf({ ...filter, states: states.filter((state) => isEnded(state) === ended) });
}
