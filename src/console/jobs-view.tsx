/** The list of jobs: live, filtered by what the address says, with actions on all that match. */
import { computed, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { now } from './clock.js';
import { ago, count, moment, plural } from './format.js';
import { actOnAll, actOnJobs, type ManyAction } from './job-actions.js';
import { Meter, nameOf, progressText, rateText, State, shortId, timeText } from './job-parts.js';
import { connection, type Filter, isFiltered, isReading, jobs, keepJobs, problem, tally } from './job-store.js';
import { ALL_STATES, isEnded, isState, type Job, type JobState, STATES } from './model.js';
import { goTo, hrefOf, route, setQuery } from './route.js';
import { isNarrow } from './screen.js';
import { may } from './session.js';
import { WindowedRows } from './windowed-rows.js';

/** The filter in the address. */
const filter = computed<Filter>(() => {
  const { query } = route.value;
  const text = (name: string) => query.get(name) ?? '';
  return {
    states: text('state').split(',').filter(isState),
    type: text('type'),
    profile: text('profile'),
    user: text('user'),
    from: text('from'),
    to: text('to'),
    text: text('q'),
  };
});

/** Ids of the chosen jobs. */
const chosen = signal<ReadonlySet<string>>(new Set());

function toggle({ id }: Job): void {
  const next = new Set(chosen.value);
  if (!next.delete(id)) next.add(id);
  chosen.value = next;
}

/** Pause after a letter of a filter before the service is asked. */
const TYPING_MS = 250;

/** The view. */
export function JobsView() {
  const asked = JSON.stringify(filter.value);
  useEffect(() => {
    const leaving = new AbortController();
    // The first time at once.
    const timer = setTimeout(() => keepJobs(filter.value, leaving.signal), jobs.value.length === 0 ? 0 : TYPING_MS);
    chosen.value = new Set();
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [asked]);
  return (
    <main class="jobs">
      <h1 class="unseen">Jobs</h1>
      <Tools />
      <Lines />
    </main>
  );
}

const FIELDS = [
  { name: 'type', label: 'Type of entities' },
  { name: 'profile', label: 'Profile' },
  { name: 'user', label: 'User' },
] as const;

const DAYS = [
  { name: 'from', label: 'Submitted from' },
  { name: 'to', label: 'to' },
] as const;

function Tools() {
  const { states, text, ...others } = filter.value;
  const used = Object.values(others).filter((value) => value !== '').length;
  const { states: numbers } = tally.value;
  const choose = (state: JobState) => {
    const next = states.includes(state) ? states.filter((one) => one !== state) : [...states, state];
    setQuery({ state: next.join(',') });
  };
  return (
    <div class="tools">
      <input
        type="search"
        aria-label="Search in requests, ids and names of files"
        placeholder="Search in requests, ids, files"
        value={text}
        onInput={({ currentTarget }) => setQuery({ q: currentTarget.value })}
      />
      <details class="more" open={used > 0}>
        <summary>More filters{used > 0 ? ` (${used})` : ''}</summary>
        <div class="fields">
          {FIELDS.map(({ name, label }) => (
            <label key={name}>
              {label}
              <input value={others[name]} onInput={({ currentTarget }) => setQuery({ [name]: currentTarget.value })} />
            </label>
          ))}
          {DAYS.map(({ name, label }) => (
            <label key={name}>
              {label}
              <input
                type="date"
                value={others[name]}
                onInput={({ currentTarget }) => setQuery({ [name]: currentTarget.value })}
              />
            </label>
          ))}
        </div>
      </details>
      <fieldset class="chips">
        <legend class="unseen">States</legend>
        {ALL_STATES.filter((state) => numbers[state] !== undefined || states.includes(state)).map((state) => (
          <button
            key={state}
            type="button"
            class="chip"
            aria-pressed={states.includes(state)}
            onClick={() => choose(state)}
          >
            {STATES[state]} <span class="number">{count(numbers[state] ?? 0)}</span>
          </button>
        ))}
      </fieldset>
      <Selection />
    </div>
  );
}

/** What is chosen, and what can be done with it. */
function Selection() {
  const all = jobs.value;
  const picked = all.filter(({ id }) => chosen.value.has(id));
  const isPicked = picked.length > 0;
  const meant = !may('cancel') ? [] : isPicked ? picked : isFiltered(filter.value) ? all : [];
  const unfinished = meant.filter((job) => !isEnded(job)).length;
  const what = isPicked ? 'chosen' : 'that match';
  const run = async (action: ManyAction, howMany: number) => {
    await (isPicked ? actOnJobs(picked, action) : actOnAll(filter.value, howMany, action));
    chosen.value = new Set();
  };
  return (
    <div class="selection">
      <span class="quiet" aria-live="polite">
        {isFiltered(filter.value) ? `${plural(all.length, 'job')} found` : plural(all.length, 'job')}
        {isPicked ? `, ${count(picked.length)} chosen` : ''}
        {isReading.value && all.length > 0 ? ', reading more…' : ''}
        {connection.value === 'broken' && problem.value === undefined ? ', connecting again…' : ''}
      </span>
      {isPicked && picked.length < all.length && (
        <button
          type="button"
          class="plain"
          onClick={() => {
            chosen.value = new Set(all.map(({ id }) => id));
          }}
        >
          Choose all {count(all.length)}
        </button>
      )}
      {isPicked && (
        <button
          type="button"
          class="plain"
          onClick={() => {
            chosen.value = new Set();
          }}
        >
          Choose none
        </button>
      )}
      {unfinished > 0 && (
        <button type="button" onClick={() => run('cancel', unfinished)}>
          Cancel {count(unfinished)} {what}
        </button>
      )}
      {meant.length > unfinished && (
        <button type="button" onClick={() => run('delete', meant.length - unfinished)}>
          Delete {count(meant.length - unfinished)} {what}
        </button>
      )}
    </div>
  );
}

/** The list, or a sentence where there is none. */
function Lines() {
  const all = jobs.value;
  const fault = problem.value;
  return (
    <>
      {fault && (
        <p class="banner" role="alert">
          {fault.status === 0
            ? 'The service does not respond. The list is as it was last seen; the console connects again by itself.'
            : `The list is not up to date: ${fault.message}`}
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

const ALL = { q: undefined, state: undefined, type: undefined, profile: undefined, user: undefined };

function Nothing() {
  if (problem.value) return null;
  if (isReading.value) return <p class="empty">Reading the jobs…</p>;
  if (isFiltered(filter.value)) {
    return (
      <div class="empty">
        <p>No job matches.</p>
        <button type="button" onClick={() => setQuery({ ...ALL, from: undefined, to: undefined })}>
          Show all
        </button>
      </div>
    );
  }
  return (
    <div class="empty">
      <p>There are no jobs yet. Every export that is asked for appears here.</p>
      {may('submit') && (
        <a class="button main" href={hrefOf('new')}>
          New export
        </a>
      )}
    </div>
  );
}

function Cells({ job }: { readonly job: Job }) {
  const isChosen = chosen.value.has(job.id);
  const about = [job.types?.join(', '), job.userId ?? job.submittedBy].filter(Boolean).join(', ');
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
        </a>{' '}
        <span class="quiet">{about}</span>
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
