/** The jobs of the list: read page by page, then kept up to date. */
import { computed, signal } from '@preact/signals';
import { call, type Problem, toProblem } from './api.js';
import { isEnded, type Job, type JobPage, type JobState } from './model.js';

/** Jobs in a page. */
const PAGE = 500;

/** Interval of looks at the newest jobs. */
const LOOK_MS = 2000;

/** Number of newest jobs that are looked at again. */
const NEWEST = 100;

/** The known jobs by id. */
const known = signal<ReadonlyMap<string, Job>>(new Map());

/** All known jobs, the newest first. */
export const jobs = computed(() => [...known.value.values()].sort(byAge));

/** Whether all jobs have been read, or are being read. */
export const reading = signal<'first' | 'more' | 'done'>('first');

/** Why the list is not up to date; undefined while it is. */
export const problem = signal<Problem | undefined>(undefined);

function byAge(one: Job, other: Job): number {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  return one.id < other.id ? 1 : -1;
}

/** Takes what the service says of some jobs; older words about a job change nothing. */
function merge(fresh: readonly Job[]): void {
  const changed = fresh.filter(({ id, version }) => (known.value.get(id)?.version ?? -1) < version);
  if (changed.length === 0) return;
  const next = new Map(known.value);
  for (const job of changed) next.set(job.id, job);
  known.value = next;
}

/** Forgets jobs that no longer exist. */
function forget(ids: readonly string[]): void {
  const gone = ids.filter((id) => known.value.has(id));
  if (gone.length === 0) return;
  const next = new Map(known.value);
  for (const id of gone) next.delete(id);
  known.value = next;
}

/** Keeps the list up to date until the signal fires. */
export async function keepJobs(signal: AbortSignal): Promise<void> {
  known.value = new Map();
  reading.value = 'first';
  let isRead = false;
  while (!signal.aborted) {
    try {
      if (isRead) await look(signal);
      else await readAll(signal);
      isRead = true;
      problem.value = undefined;
    } catch (cause) {
      if (signal.aborted) return;
      problem.value = toProblem(cause);
      if (problem.value.status === 401) return;
    }
    await pause(signal);
  }
}

async function readAll(signal: AbortSignal): Promise<void> {
  for (let path: string | undefined = `jobs?limit=${PAGE}`; path !== undefined && !signal.aborted; ) {
    const page: JobPage = await call<JobPage>(path, { signal });
    merge(page.jobs);
    reading.value = 'more';
    problem.value = undefined;
    path = page.next?.slice(page.next.lastIndexOf('/jobs?') + 1);
  }
  reading.value = 'done';
}

/** Looks at the newest jobs, and at unfinished ones that are older. */
async function look(signal: AbortSignal): Promise<void> {
  const page = await call<JobPage>(`jobs?limit=${NEWEST}`, { signal });
  merge(page.jobs);
  const seen = new Set(page.jobs.map(({ id }) => id));
  const oldest = page.jobs.at(-1);
  const missing = jobs.value.filter((job) => !seen.has(job.id));
  // Newer than the oldest of the page, but not on it: deleted.
  const isCovered = (job: Job) => page.next === undefined || (oldest !== undefined && byAge(job, oldest) < 0);
  forget(missing.filter(isCovered).map(({ id }) => id));
  for (const { id } of missing.filter((job) => !isCovered(job) && !isEnded(job)).slice(0, 8)) {
    await call<Job>(`jobs/${encodeURIComponent(id)}`, { signal }).then(
      (job) => merge([job]),
      (cause) => {
        if (toProblem(cause).status !== 404) throw cause;
        forget([id]);
      },
    );
  }
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      removeEventListener(LOOK_NOW, end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, LOOK_MS);
    for (const name of ['online', LOOK_NOW]) addEventListener(name, end);
    signal.addEventListener('abort', end);
  });
}

const LOOK_NOW = 'sluice-look-now';

/** Looks at the jobs at once, after an action. */
export function lookNow(): void {
  dispatchEvent(new Event(LOOK_NOW));
}

/** What of the jobs is shown. */
export interface Filter {
  readonly states: readonly JobState[];
  /** Words that a job must have in its id, its files or its error. */
  readonly text: string;
}

/** Whether a filter lets a job through. */
export function passes({ states, text }: Filter): (job: Job) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (job) => {
    if (states.length > 0 && !states.includes(job.state)) return false;
    if (words.length === 0) return true;
    const said = [job.id, ...job.files.map(({ name }) => name), job.error?.code, job.error?.message];
    const all = said.join(' ').toLowerCase();
    return words.every((word) => all.includes(word));
  };
}
