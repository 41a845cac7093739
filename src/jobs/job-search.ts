/** What jobs are searched by: the port of both engines, and its plain evaluation. */
import { boolean, check, count, listOf, type OptionTable, oneOf, optionsIn, text } from '../options/accept-options.js';
import { isAscii } from '../values/words.js';
import { hasResult, JOB_STATES, type JobFacts, type JobState, type JobSummary } from './job.js';

/** A time may be before 1970. */
const whole = check(Number.isSafeInteger, 'a whole number of milliseconds');

/** A fact that jobs are searched by. */
export type FactName = Exclude<keyof JobFacts, 'types'>;

/** The facts that jobs are searched by. */
const FACT_NAMES: readonly FactName[] = [
  'submittedBy',
  'userId',
  'profileName',
  'entityId',
  'fileType',
  'rerunOf',
  'schedule',
  'deltaChain',
];

/** A test of one fact. */
export interface FactTest {
  /** Which fact. */
  readonly name: FactName;
  /** One of these, whatever their case; absent: any value. */
  readonly values?: readonly string[];
  /** Whether the test must fail; default false. */
  readonly not?: boolean;
}

/** A time of a job. */
export type TimeName = 'createdAt' | 'changedAt' | 'startedAt';

/** The times that jobs are searched and sorted by. */
const TIME_NAMES: readonly TimeName[] = ['createdAt', 'changedAt', 'startedAt'];

/** A range of one time, in milliseconds since 1970, both ends included. */
export interface TimeTest {
  /** Which time; a job that has none fails the test. */
  readonly name: TimeName;
  /** The earliest; default: no limit. */
  readonly from?: number;
  /** The latest; default: no limit. */
  readonly to?: number;
}

/** Which jobs of a tenant are searched; all tests must hold. */
export interface JobSearch {
  /** Only these ids; default: any. */
  readonly ids?: readonly string[];
  /** Only these states; default: any. */
  readonly states?: readonly JobState[];
  /** Tests of facts. */
  readonly facts?: readonly FactTest[];
  /** Tests of times. */
  readonly times?: readonly TimeTest[];
  /** One of these types of entities is named by the request, whatever its case. */
  readonly types?: readonly string[];
  /** One of these, whatever the case, has submitted the job or runs it. */
  readonly users?: readonly string[];
  /**
   * A text that occurs in the first 65,536 characters of the request as JSON, in the id, or in the name of the first file
   * of the result; ASCII case is ignored.
   */
  readonly text?: string;
  /** The time that the jobs are sorted by, jobs without it last; default `createdAt`. */
  readonly by?: TimeName;
  /** Whether the latest is first; default true. */
  readonly descending?: boolean;
  /** How many of the found jobs are skipped; default 0. */
  readonly offset?: number;
  /** Maximum number of ids; default 2000, which is also the maximum. */
  readonly limit?: number;
}

/** The found jobs. */
export interface FoundJobs {
  /** Their ids, in order: those of this page. */
  readonly ids: readonly string[];
  /** Number of all found jobs. */
  readonly total: number;
}

/** Number of jobs in each state; states without jobs are absent. */
export type JobTally = { readonly [State in JobState]?: number };

/** Maximum number of ids of a page, as documented. */
export const MOST_FOUND = 2000;

const FACT_TEST: OptionTable<FactTest> = { name: oneOf(FACT_NAMES), values: listOf(text), not: boolean };

const TIME_TEST: OptionTable<TimeTest> = { name: oneOf(TIME_NAMES), from: whole, to: whole };

/** The members of a search. */
export const JOB_SEARCH: OptionTable<JobSearch> = {
  ids: listOf(text),
  states: listOf(oneOf(JOB_STATES)),
  facts: listOf(optionsIn(FACT_TEST)),
  times: listOf(optionsIn(TIME_TEST)),
  types: listOf(text),
  users: listOf(text),
  text,
  by: oneOf(TIME_NAMES),
  descending: boolean,
  offset: count(),
  limit: count(0, MOST_FOUND),
};

/** What a search looks at. */
export interface SearchedJob
  extends Pick<JobSummary, 'id' | 'state' | 'createdAt' | 'changedAt' | 'startedAt' | 'expiresAt' | 'facts'> {
  /** Name of the first file of the result. */
  readonly fileName?: string;
}

/** The facts as searches compare them: without case. */
export interface SearchedFacts {
  readonly [fact: string]: string | readonly string[];
}

/** The facts as searches compare them. */
export function searchedFacts(facts: JobFacts | undefined): SearchedFacts {
  const given = FACT_NAMES.flatMap((name): [string, string][] => {
    const value = facts?.[name];
    return value === undefined ? [] : [[name, value.toLowerCase()]];
  });
  const types = facts?.types && { types: lowered(facts.types) };
  return { ...Object.fromEntries(given), ...types };
}

/** Texts without case. */
export function lowered(texts: readonly string[]): readonly string[] {
  return texts.map((one) => one.toLowerCase());
}

/** Characters of a request that are searched for a text. */
export const SEARCHED_CHARACTERS = 65_536;

/** A text as it is searched for in JSON: escaped, and without the case of ASCII. */
export function searchedText(text: string): string {
  return withoutCase(JSON.stringify(text).slice(1, -1));
}

/** Text without the case of ASCII: databases differ in the case of other letters. */
function withoutCase(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * The test of a search at a time, made once for many jobs; a result past its lifetime counts as expired.
 * @param requestOf the request of a job as JSON, or its beginning
 */
export function finder(
  { ids, states, facts = [], times = [], types, users, text }: JobSearch,
  now: number,
  requestOf: (id: string) => string,
): (job: SearchedJob) => boolean {
  const wanted = ids && new Set(ids);
  const tests = facts.map(factTest);
  const [named, known] = [types, users].map((list) => list && new Set(lowered(list)));
  const sought = text === undefined ? undefined : searchedText(text);
  return (job) => {
    if (wanted && !wanted.has(job.id)) return false;
    if (states && !states.includes(stateAt(job, now))) return false;
    if (named && !job.facts?.types?.some((one) => named.has(one.toLowerCase()))) return false;
    if (known && !usersOf(job).some((one) => known.has(one))) return false;
    if (!tests.every((holds) => holds(job)) || !times.every((test) => timeHolds(job, test))) return false;
    // Last, since it reads the most.
    return sought === undefined || textsOf(job, requestOf).some((one) => one.includes(sought));
  };
}

function usersOf({ facts: { submittedBy, userId } = {} }: SearchedJob): readonly string[] {
  return lowered([submittedBy, userId].filter((user) => user !== undefined));
}

function textsOf({ id, fileName = '' }: SearchedJob, requestOf: (id: string) => string): readonly string[] {
  return [id, withoutCase(fileName), withoutCase(requestOf(id).slice(0, SEARCHED_CHARACTERS))];
}

/** The state that a job has at a time. */
export function stateAt({ state, expiresAt }: Pick<JobSummary, 'state' | 'expiresAt'>, now: number): JobState {
  return hasResult(state) && expiresAt !== undefined && expiresAt <= now ? 'expired' : state;
}

function factTest({ name, values, not = false }: FactTest): (job: SearchedJob) => boolean {
  const wanted = values && new Set(values.map((one) => one.toLowerCase()));
  return ({ facts }) => {
    const value = facts?.[name]?.toLowerCase();
    return (value !== undefined && (wanted?.has(value) ?? true)) !== not;
  };
}

function timeHolds(job: SearchedJob, { name, from, to }: TimeTest): boolean {
  const time = job[name];
  return time !== undefined && time >= (from ?? time) && time <= (to ?? time);
}

/** The order of a search; jobs with equal times are in the order of submission. */
export function inOrder({ by = 'createdAt', descending = true }: JobSearch) {
  const sign = descending ? -1 : 1;
  return (a: SearchedJob, b: SearchedJob): number => {
    const [one, other] = [a[by], b[by]];
    if (one !== other) {
      if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
      return sign * (one - other);
    }
    if (a.createdAt !== b.createdAt) return sign * (a.createdAt - b.createdAt);
    return a.id < b.id ? -sign : sign;
  };
}
