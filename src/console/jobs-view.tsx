/** The list of jobs: live, filtered by what the address says, with actions on all that match. */
import { computed, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { now } from './clock.js';
import { ago, count, moment, plural } from './format.js';
import { actOnAll } from './job-actions.js';
import { Meter, nameOf, progressText, rateText, State, shortId, timeText } from './job-parts.js';
import { type Filter, jobs, keepJobs, lookNow, passes, problem, reading } from './job-store.js';
import { ALL_STATES, isEnded, isState, type Job, STATES } from './model.js';
import { goTo, hrefOf, route, setQuery } from './route.js';
import { isNarrow } from './screen.js';
import { may } from './session.js';
import { WindowedRows } from './windowed-rows.js';

/** The filter in the address. */
const filter = computed<Filter>(() => {
  const { query } = route.value;
  return { states: (query.get('state') ?? '').split(',').filter(isState), text: query.get('q') ?? '' };
});

const shown = computed(() => jobs.value.filter(passes(filter.value)));

/** Ids of the chosen jobs. */
const chosen = signal<ReadonlySet<string>>(new Set());

const isFiltered = () => filter.value.states.length > 0 || filter.value.text !== '';

function toggle({ id }: Job): void {
  const next = new Set(chosen.value);
  if (!next.delete(id)) next.add(id);
  chosen.value = next;
}

/** The view. */
export function JobsView() {
  useEffect(() => {
    const leaving = new AbortController();
    void keepJobs(leaving.signal);
    chosen.value = new Set();
    return () => leaving.abort();
  }, []);
  return (
    <main class="jobs">
      <h1 class="unseen">Jobs</h1>
      <Tools />
      <Lines />
    </main>
  );
}

function Tools() {
  const { states, text } = filter.value;
  const tally = useMemo(() => {
    const numbers = new Map<string, number>();
    for (const { state } of jobs.value) numbers.set(state, (numbers.get(state) ?? 0) + 1);
    return numbers;
  }, [jobs.value]);
  const choose = (state: (typeof ALL_STATES)[number]) => {
    const next = states.includes(state) ? states.filter((one) => one !== state) : [...states, state];
    setQuery({ state: next.join(',') });
  };
  return (
    <div class="tools">
      <input
        type="search"
        aria-label="Search in ids, files and errors"
        placeholder="Search in ids, files, errors"
        value={text}
        onInput={({ currentTarget }) => setQuery({ q: currentTarget.value })}
      />
      <fieldset class="chips">
        <legend class="unseen">States</legend>
        {ALL_STATES.filter((state) => tally.has(state) || states.includes(state)).map((state) => (
          <button
            key={state}
            type="button"
            class="chip"
            aria-pressed={states.includes(state)}
            onClick={() => choose(state)}
          >
            {STATES[state]} <span class="number">{count(tally.get(state) ?? 0)}</span>
          </button>
        ))}
      </fieldset>
      <Selection />
    </div>
  );
}

/** What is chosen, and what can be done with it. */
function Selection() {
  const all = shown.value;
  const picked = all.filter(({ id }) => chosen.value.has(id));
  const meant = !may('cancel') ? [] : picked.length > 0 ? picked : isFiltered() ? all : [];
  const unfinished = meant.filter((job) => !isEnded(job)).length;
  const what = picked.length > 0 ? 'chosen' : 'that match';
  const run = async (action: 'cancel' | 'delete') => {
    await actOnAll(meant, action);
    chosen.value = new Set();
    lookNow();
  };
  return (
    <div class="selection">
      <span class="quiet" aria-live="polite">
        {isFiltered() ? `${count(all.length)} of ${plural(jobs.value.length, 'job')}` : plural(all.length, 'job')}
        {picked.length > 0 ? `, ${count(picked.length)} chosen` : ''}
      </span>
      {meant.length > 0 && picked.length < all.length && picked.length > 0 && (
        <button type="button" class="plain" onClick={() => (chosen.value = new Set(all.map(({ id }) => id)))}>
          Choose all {count(all.length)}
        </button>
      )}
      {picked.length > 0 && (
        <button type="button" class="plain" onClick={() => (chosen.value = new Set())}>
          Choose none
        </button>
      )}
      {unfinished > 0 && (
        <button type="button" onClick={() => run('cancel')}>
          Cancel {count(unfinished)} {what}
        </button>
      )}
      {meant.length > unfinished && (
        <button type="button" onClick={() => run('delete')}>
          Delete {count(meant.length - unfinished)} {what}
        </button>
      )}
    </div>
  );
}

/** The list, or a sentence where there is none. */
function Lines() {
  const all = shown.value;
  const fault = problem.value;
  return (
    <>
      {fault && (
        <p class="banner" role="alert">
          {fault.status === 0
            ? 'The service does not respond. The list is as it was last seen; the console tries again by itself.'
            : `The list is not up to date: ${fault.message} The console tries again by itself.`}
        </p>
      )}
      {all.length === 0 ? (
        <Nothing />
      ) : (
        <WindowedRows
          label="Jobs"
          items={all}
          keyOf={({ id }) => id}
          rowHeight={isNarrow.value ? 74 : 38}
          columns={['Choose', 'State', 'Job', 'Progress', 'Rate', 'Time', 'Submitted']}
          render={(job) => <Cells job={job} />}
          isSelected={({ id }) => chosen.value.has(id)}
          onOpen={({ id }) => goTo('jobs', id)}
          onToggle={toggle}
        />
      )}
    </>
  );
}

function Nothing() {
  if (reading.value !== 'done' && problem.value === undefined) return <p class="empty">Reading the jobs…</p>;
  if (isFiltered()) {
    return (
      <div class="empty">
        <p>No job matches.</p>
        <button type="button" onClick={() => setQuery({ q: undefined, state: undefined })}>
          Show all
        </button>
      </div>
    );
  }
  if (problem.value) return null;
  return (
    <div class="empty">
      <p>There are no jobs yet. Every export that is asked for appears here.</p>
      <a class="button" href={hrefOf('new')}>
        New export
      </a>
    </div>
  );
}

function Cells({ job }: { readonly job: Job }) {
  const isChosen = chosen.value.has(job.id);
  return (
    <>
      <span role="gridcell" class="choose" onClick={(event) => event.stopPropagation()}>
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isChosen}
          aria-label={`Choose job ${shortId(job.id)}`}
          onChange={() => toggle(job)}
        />
      </span>
      <span role="gridcell">
        <State state={job.state} />
      </span>
      <span role="gridcell" class="name">
        <a href={hrefOf('jobs', job.id)} tabIndex={-1}>
          {nameOf(job)}
        </a>
      </span>
      <span role="gridcell" class="progress">
        {job.state === 'running' && <Meter job={job} />}
        <span class="text">{progressText(job)}</span>
      </span>
      <span role="gridcell" class="rate">
        {rateText(job)}
      </span>
      <span role="gridcell" class="time">
        {timeText(job, now.value)}
      </span>
      <span role="gridcell" class="submitted" title={moment(job.createdAt)}>
        {ago(job.createdAt, now.value)}
      </span>
    </>
  );
}
