/** Finds the objects of a documented service: a page of tasks, or of the events of tasks. */
import type { JobSearch } from '../../jobs/job-search.js';
import type { TenantJobs } from '../../jobs/tenant-jobs.js';
import { sortInTurns } from '../../loop/sort-in-turns.js';
import { nextTurn, turnIsOver } from '../../loop/turn.js';
import { Refusal } from '../refusal.js';
import type { GetQuery } from './get-body.js';
import type { ObjectsOf, TaskObject } from './task-object.js';
import { meets } from './text-condition.js';

/** Maximum number of tasks whose events one call looks at. */
const MOST_TASKS = 5000;

/** The found objects. */
export interface FoundObjects {
  /** The objects of the page, in order. */
  readonly objects: AsyncIterable<TaskObject>;
  /** Number of all found objects. */
  readonly total: number;
}

const NOTHING: FoundObjects = { objects: each([]), total: 0 };

/** Finds tasks, each of which is one object: the search of jobs does everything. */
export async function findTasks(jobs: TenantJobs, query: GetQuery, objectsOf: ObjectsOf): Promise<FoundObjects> {
  const { search, page } = query;
  if (!search) return NOTHING;
  const { ids, total } = await jobs.search({ ...search, offset: page.from, limit: page.maxRecords });
  const objects = async function* () {
    for await (const job of jobs.lookAll(ids)) yield* objectsOf(job);
  };
  return { objects: objects(), total };
}

/** An event, by its job and its place among the events of that. */
interface EventPlace {
  readonly id: string;
  readonly job: string;
  readonly at: number;
}

/**
 * Finds events: those of all found tasks are looked at, and only their places kept.
 * @throws SluiceError `INVALID` for more tasks than one call looks at
 */
export async function findEvents(jobs: TenantJobs, query: GetQuery, objectsOf: ObjectsOf): Promise<FoundObjects> {
  if (!query.search) return NOTHING;
  const { page, sort } = query;
  const found: EventPlace[] = [];
  for await (const job of jobs.lookAll(await tasksOf(jobs, withinOwn(query)))) {
    if (turnIsOver()) await nextTurn();
    for (const object of objectsOf(job)) {
      if (isRequested(object, query)) found.push({ id: object.id, job: job.id, at: object.at });
    }
  }
  const sign = sort?.descending ? -1 : 1;
  // Events of the same time: the earlier stages come last.
  if (sort?.descending) found.reverse();
  const sorted = sort ? await sortInTurns(found, (a, b) => sign * (a.at - b.at)) : found;
  const places = sorted.slice(page.from, page.from + page.maxRecords);
  return { objects: eventsAt(jobs, places, objectsOf), total: found.length };
}

/** The ids of all found tasks. */
async function tasksOf(jobs: TenantJobs, search: JobSearch): Promise<readonly string[]> {
  const all: string[] = [];
  for (;;) {
    const { ids, total } = await jobs.search({ ...search, offset: all.length });
    if (total > MOST_TASKS) {
      const message = `${total} tasks match, and one call looks at the events of ${MOST_TASKS}: narrow the query by task, user, profile or dates`;
      throw new Refusal('INVALID', message, { path: 'params.query.filters' });
    }
    all.push(...ids);
    if (ids.length === 0 || all.length >= total) return all;
  }
}

/** The search, narrowed to the tasks that can have events within the bounds. */
function withinOwn({ search = {}, own }: GetQuery): JobSearch {
  const times = own.flatMap(({ from, to }) => [
    ...(to === undefined ? [] : [{ name: 'createdAt', to } as const]),
    ...(from === undefined ? [] : [{ name: 'changedAt', from } as const]),
  ]);
  return { ...search, times: [...(search.times ?? []), ...times] };
}

function isRequested({ id, at, attributes }: TaskObject, { objectIds, texts, own }: GetQuery): boolean {
  if (objectIds && !objectIds.includes(id)) return false;
  if (!own.every(({ from = at, to = at }) => from <= at && at <= to)) return false;
  return texts.every(({ name, condition }) => {
    const value = attributes[name];
    return meets(condition, value === undefined ? undefined : String(value));
  });
}

/** The events at some places; a job is read once for events in a row. Events that are gone by now are left out. */
async function* eventsAt(
  jobs: TenantJobs,
  places: readonly EventPlace[],
  objectsOf: ObjectsOf,
): AsyncGenerator<TaskObject, void> {
  let known: { readonly job: string; readonly objects: readonly TaskObject[] } | undefined;
  for (const { id, job } of places) {
    if (known?.job !== job) {
      known = { job, objects: [] };
      for await (const summary of jobs.lookAll([job])) known = { job, objects: objectsOf(summary) };
    }
    const object = known.objects.find((one) => one.id === id);
    if (object) yield object;
  }
}

async function* each(objects: readonly TaskObject[]): AsyncGenerator<TaskObject, void> {
  yield* objects;
}
