/** The jobs of the list, as the service finds them: read page by page, then kept up to date by its events. */
import { computed, signal } from '@preact/signals';
import { call, type Problem, pause, toProblem } from './api.js';
import { type Connection, follow } from './event-stream.js';
import { parseExactly } from './exact-json.js';
import type { Job, JobPage, JobState, Tally } from './model.js';

/** Jobs in a page. */
const PAGE = 500;

/** Pause after a change before it is shown, with those that follow. */
const DRAW_MS = 200;

/** The same where the service is asked which of the changed jobs a filter finds. */
const FILTERED_MS = 1000;

/** Pause before another attempt to read the jobs. */
const AGAIN_MS = 2000;

/** Pause after changes before the numbers of jobs are asked for again. */
const TALLY_MS = 2000;

/** What of the jobs is shown. */
export interface Filter {
  readonly states: readonly JobState[];
  readonly type: string;
  readonly profile: string;
  readonly user: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
}

/** Whether a filter leaves anything out. */
export function isFiltered({ states, ...texts }: Filter): boolean {
  return states.length > 0 || Object.values(texts).some((text) => text !== '');
}

/** The last moment of a day. */
function endOf(day: string): string {
  return day === '' ? '' : `${day}T23:59:59.999Z`;
}

/** A filter as parameters of a query. */
function parametersOf({ states, ...texts }: Filter): URLSearchParams {
  const query = new URLSearchParams(states.map((state) => ['state', state]));
  const values = { ...texts, to: endOf(texts.to) };
  for (const [name, value] of Object.entries(values)) if (value !== '') query.set(name, value);
  return query;
}

/** A filter as the body of an action on all that match. */
export function filterBody({ states, type, profile, user, from, to, text }: Filter): object {
  const list = (value: string) => (value === '' ? undefined : [value]);
  const one = (value: string) => (value === '' ? undefined : value);
  return {
    states: states.length === 0 ? undefined : states,
    types: list(type),
    profiles: list(profile),
    users: list(user),
    from: one(from),
    to: one(endOf(to)),
    text: one(text),
  };
}

const known = signal<ReadonlyMap<string, Job>>(new Map());

/** The jobs that were found, the newest first. */
export const jobs = computed(() => [...known.value.values()].sort(byAge));

/** Whether jobs are being read. */
export const isReading = signal(true);

/** How many jobs there are in each state, apart from the filter by states. */
export const tally = signal<Tally>({ total: 0, states: {} });

/** Why the list is not up to date; undefined while it is. */
export const problem = signal<Problem | undefined>(undefined);

/** The connection over which changes arrive. */
export const connection = signal<Connection>('connecting');

function byAge(one: Job, other: Job): number {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  return one.id < other.id ? 1 : -1;
}

/** Keeps what a filter finds up to date until the signal fires. */
export function keepJobs(filter: Filter, signal: AbortSignal): void {
  const keeper = new Keeper(filter, signal);
  void keeper.keep();
}

class Keeper {
  readonly #query: URLSearchParams;
  readonly #counted: URLSearchParams;
  readonly #isFiltered: boolean;
  readonly #signal: AbortSignal;
  /** Changes that are not shown yet. */
  readonly #changed = new Map<string, Job | undefined>();
  #isDrawing = false;
  #counting: ReturnType<typeof setTimeout> | undefined;
  #reading: Promise<void> | undefined;

  constructor(filter: Filter, signal: AbortSignal) {
    this.#query = parametersOf(filter);
    this.#counted = parametersOf({ ...filter, states: [] });
    this.#isFiltered = isFiltered(filter);
    this.#signal = signal;
    signal.addEventListener('abort', () => clearTimeout(this.#counting));
  }

  async keep(): Promise<void> {
    known.value = new Map();
    isReading.value = true;
    await follow(
      'jobs/events',
      {
        onEvent: ({ name, data }) => {
          if (name === 'ready') void this.#readAll();
          else if (name === 'job') this.#note(parseExactly<Job>(data));
          else if (name === 'removed') this.#note(undefined, parseExactly<Pick<Job, 'id'>>(data).id);
        },
        onConnection: (state, cause) => {
          connection.value = state;
          if (state === 'open') problem.value = undefined;
          if (cause) problem.value = cause;
        },
      },
      this.#signal,
    );
  }

  /** Reads all pages; what a page no longer has is gone. */
  async #readAll(): Promise<void> {
    await this.#reading;
    this.#reading = this.#read();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const found = new Map<string, Job>();
    try {
      this.#query.set('limit', `${PAGE}`);
      for (let path: string | undefined = `jobs?${this.#query}`; path !== undefined; ) {
        const page: JobPage = await call<JobPage>(path, { signal: this.#signal });
        for (const job of page.jobs) found.set(job.id, newer(known.value.get(job.id), job));
        // The first page is shown at once, and the rest when it is complete.
        if (known.value.size === 0) known.value = new Map(found);
        path = page.next?.slice(page.next.lastIndexOf('/jobs?') + 1);
      }
      known.value = found;
      isReading.value = false;
      problem.value = undefined;
      await this.#count();
    } catch (cause) {
      if (this.#signal.aborted) return;
      problem.value = toProblem(cause);
      // A service that is gone is asked again once events arrive.
      if (problem.value.isTemporary && connection.value === 'open') {
        await pause(AGAIN_MS);
        if (!this.#signal.aborted) await this.#read();
      }
    }
  }

  /** Notes a change of a job, or its end; changes are shown together. */
  #note(job: Job | undefined, id = job?.id ?? ''): void {
    this.#changed.set(id, job);
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    // Not by frames, which do not come while the tab is hidden.
    setTimeout(() => void this.#draw(), this.#isFiltered ? FILTERED_MS : DRAW_MS);
  }

  async #draw(): Promise<void> {
    this.#isDrawing = false;
    const changed = new Map(this.#changed);
    this.#changed.clear();
    const matching = await this.#matching(changed).catch(() => undefined);
    if (this.#signal.aborted || matching === undefined) return;
    const next = new Map(known.value);
    for (const [id, job] of changed) {
      if (job !== undefined && matching.has(id)) next.set(id, newer(next.get(id), job));
      else next.delete(id);
    }
    known.value = next;
    this.#counting ??= setTimeout(() => void this.#count(), TALLY_MS);
  }

  /** The ids among changed jobs that the filter finds: only the service can tell. */
  async #matching(changed: ReadonlyMap<string, Job | undefined>): Promise<ReadonlySet<string>> {
    if (!this.#isFiltered) return new Set(changed.keys());
    const query = new URLSearchParams(this.#query);
    const times = [...changed.values()].flatMap((job) => job?.createdAt ?? []).sort();
    // Of jobs with this filter only those that were submitted in the time of the changed ones.
    const [first, last] = [times[0], times.at(-1)];
    if (first === undefined || last === undefined) return new Set();
    if ((query.get('from') ?? '') < first) query.set('from', first);
    if ((query.get('to') ?? '9') > last) query.set('to', last);
    const page = await call<JobPage>(`jobs?${query}`, { signal: this.#signal });
    const found = page.jobs.map(({ id }) => id);
    // Of more than a page, those that are known stay.
    return new Set(page.next === undefined ? found : [...found, ...known.value.keys()]);
  }

  async #count(): Promise<void> {
    this.#counting = undefined;
    const counted = await call<Tally>(`jobs/tally?${this.#counted}`, { signal: this.#signal }).catch(() => undefined);
    if (counted && !this.#signal.aborted) tally.value = counted;
  }
}

function newer(before: Job | undefined, now: Job): Job {
  return before !== undefined && before.version > now.version ? before : now;
}
