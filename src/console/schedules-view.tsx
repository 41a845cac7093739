/** Schedules: requests that are submitted again and again, when each is due, and how its last run went. */
import { useState } from 'preact/hooks';
import { call, toProblem } from './api.js';
import { confirm } from './confirm.js';
import { count, duration, moment, plural } from './format.js';
import { shortId } from './job-parts.js';
import type { Job, Schedule } from './model.js';
import { notify } from './notices.js';
import { hrefOf } from './route.js';
import { may } from './session.js';
import { useLooks } from './use-looks.js';

/** The view. */
export function SchedulesView() {
  const [schedules, setSchedules] = useState<readonly Schedule[] | undefined>(undefined);
  const [problem, setProblem] = useState('');
  const [looks, setLooks] = useState(0);
  useLooks<{ readonly schedules: readonly Schedule[] }>('schedules', {
    onSeen: (seen) => {
      setSchedules(seen.schedules);
      setProblem('');
    },
    onProblem: (cause) => setProblem(toProblem(cause).message),
    count: looks,
  });
  const act = async (done: string, action: () => Promise<unknown>) => {
    try {
      await action();
      notify(done);
    } catch (cause) {
      notify(toProblem(cause).message, true);
    }
    setLooks((before) => before + 1);
  };
  return (
    <main class="job">
      <header class="title">
        <h1>Schedules</h1>
        {may('submit') && (
          <div class="actions">
            <a class="button" href={hrefOf('new', undefined, new URLSearchParams({ schedule: '' }))}>
              New schedule
            </a>
          </div>
        )}
      </header>
      {problem !== '' && (
        <p class="banner" role="alert">
          {problem} {schedules ? 'What is shown is as it was last seen.' : ''}
        </p>
      )}
      {schedules === undefined && problem === '' && <p class="empty">Reading the schedules…</p>}
      {schedules?.length === 0 && <p class="empty">There are no schedules yet. A new export can be saved as one.</p>}
      {schedules && schedules.length > 0 && (
        <ul class="schedules">
          {schedules.map((schedule) => (
            <li key={schedule.id}>
              <Entry schedule={schedule} act={act} />
            </li>
          ))}
        </ul>
      )}
    </main>
  );
}

interface EntryProps {
  readonly schedule: Schedule;
  /** Calls the service, and says that it was done or why not. */
  readonly act: (done: string, action: () => Promise<unknown>) => Promise<void>;
}

function Entry({ schedule, act }: EntryProps) {
  const { id, nextAt, paused, runs, leftOut, lastJob, lastRunAt, lastError } = schedule;
  const name = titleOf(schedule);
  const path = `schedules/${encodeURIComponent(id)}`;
  const post = (action: string) => call<Job>(`${path}/${action}`, { method: 'POST' });
  const remove = async () => {
    const text = 'It is not submitted any more. Its exports stay.';
    if (await confirm(`Delete the schedule ${name}?`, text, 'Delete')) {
      await act('The schedule is deleted.', () => call(path, { method: 'DELETE' }));
    }
  };
  const about = <span class="unseen"> {name}</span>;
  return (
    <section aria-label={name}>
      <header class="title">
        <h2>{name}</h2>
        <div class="actions">
          {may('submit') && (
            <>
              <button type="button" onClick={() => act('An export of the schedule is submitted.', () => post('run'))}>
                Run now{about}
              </button>
              <button
                type="button"
                onClick={() =>
                  paused
                    ? act('The schedule is resumed.', () => post('resume'))
                    : act('The schedule is paused.', () => post('pause'))
                }
              >
                {paused ? 'Resume' : 'Pause'}
                {about}
              </button>
            </>
          )}
          {may('cancel') && (
            <button type="button" onClick={remove}>
              Delete{about}
            </button>
          )}
        </div>
      </header>
      <p>
        {whenOf(schedule)}. {paused ? <strong>Paused.</strong> : `Next: ${moment(nextAt)}.`}{' '}
        <span class="quiet">
          {plural(runs, 'run')} when it was due
          {leftOut > 0 ? `, ${count(leftOut)} left out because the export before had not ended` : ''}.
        </span>
      </p>
      {lastJob && (
        <p>
          Last: <a href={hrefOf('jobs', lastJob)}>export {shortId(lastJob)}</a>
          {lastRunAt ? `, ${moment(lastRunAt)}` : ''}.
        </p>
      )}
      {lastError && <p class="bad">The last run was not submitted: {lastError.message}</p>}
    </section>
  );
}

/** What people call it, or when it runs. */
function titleOf(schedule: Schedule): string {
  return schedule.name ?? whenOf(schedule);
}

function whenOf({ everyMs, cron, timeZone }: Schedule): string {
  if (everyMs !== undefined) return `Every ${duration(everyMs).replace(/ 0 \w+$/, '')}`;
  return `At ${cron} (cron), ${timeZone ?? 'UTC'}`;
}
