/** What jobs are searched by: the port of both engines, and its plain evaluation. */
import { boolean, check, count, listOf, type OptionTable, oneOf, optionsIn, text } from '../options/accept-options.js';
import { DOCUMENTED_STATUS, hasResult, type JobFacts, type JobState, type JobSummary } from './job.js';

const STATES = Object.keys(DOCUMENTED_STATUS);

/** A time may be before 1970. */
const whole = check(Number.isSafeInteger, 'a whole number of milliseconds');

/** A fact that jobs are searched by. */
export type FactName = keyof JobFacts;

/** The facts that jobs are searched by. */
const FACT_NAMES: readonly FactName[] = ['submittedBy', 'profileName', 'entityId', 'fileType'];

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

/** Maximum number of ids of a page, as documented. */
export const MOST_FOUND = 2000;

const FACT_TEST: OptionTable<FactTest> = { name: oneOf(FACT_NAMES), values: listOf(text), not: boolean };

const TIME_TEST: OptionTable<TimeTest> = { name: oneOf(TIME_NAMES), from: whole, to: whole };

/** The members of a search. */
export const JOB_SEARCH: OptionTable<JobSearch> = {
  ids: listOf(text),
  states: listOf(oneOf(STATES)),
  facts: listOf(optionsIn(FACT_TEST)),
  times: listOf(optionsIn(TIME_TEST)),
  by: oneOf(TIME_NAMES),
  descending: boolean,
  offset: count(),
  limit: count(0, MOST_FOUND),
};

/** What a search looks at. */
export type SearchedJob = Pick<
  JobSummary,
  'id' | 'state' | 'createdAt' | 'changedAt' | 'startedAt' | 'expiresAt' | 'facts'
>;

/** The facts as searches compare them: without case. */
export function searchedFacts(facts: JobFacts | undefined): Readonly<Record<string, string>> {
  const given = FACT_NAMES.flatMap((name) => {
    const value = facts?.[name];
    return value === undefined ? [] : [[name, value.toLowerCase()]];
  });
  return Object.fromEntries(given);
}

/** The test of a search at a time, made once for many jobs; a result past its lifetime counts as expired. */
export function finder({ ids, states, facts = [], times = [] }: JobSearch, now: number): (job: SearchedJob) => boolean {
  const wanted = ids && new Set(ids);
  const tests = facts.map(factTest);
  return (job) => {
    if (wanted && !wanted.has(job.id)) return false;
    if (states && !states.includes(stateAt(job, now))) return false;
    return tests.every((holds) => holds(job)) && times.every((test) => timeHolds(job, test));
  };
}

function stateAt({ state, expiresAt }: SearchedJob, now: number): JobState {
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
