/** What happened to a job, in its order: its submission, its attempts, its end. */
import { count, moment } from './format.js';
import { type Job, type JobHistory, STATES } from './model.js';

interface TimelineProps {
  readonly job: Job;
  readonly history: JobHistory;
}

/** The section. */
export function Timeline({ job, history }: TimelineProps) {
  const { createdAt, expiresAt, state } = job;
  const events = history.events.length > 0 ? history.events.map(eventOf) : knownOf(job);
  const steps: readonly (readonly [string | undefined, string])[] = [
    [createdAt, 'Submitted'],
    ...events,
    [state === 'expired' ? undefined : expiresAt, 'The result will be deleted'],
  ];
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Attempts and events</h2>
      <ol class="timeline">
        {steps.map(([time, text]) =>
          time === undefined ? null : (
            <li key={`${time} ${text}`}>
              <time dateTime={time}>{moment(time)}</time> {text}
            </li>
          ),
        )}
      </ol>
    </section>
  );
}

function eventOf({ at, kind, attempt, state, error }: JobHistory['events'][number]): readonly [string, string] {
  const [why, name] = [error ? `: ${error.message}` : '', `Attempt ${count(attempt)}`];
  switch (kind) {
    case 'started':
      return [at, `${name} began`];
    case 'requeued':
      return [at, `${name} was given up: its process ended`];
    case 'retried':
      return [at, `${name} failed and is repeated${why}`];
    case 'lost':
      return [at, `${name} was lost: its process died, or did not respond`];
    case 'expired':
      return [at, 'The result was deleted'];
    default:
      return [at, `${state ? STATES[state] : 'Ended'}${why}`];
  }
}

/** The events of a job of an earlier version, as far as it tells them. */
function knownOf({
  startedAt,
  endedAt,
  attempts,
  state,
  error,
}: Job): readonly (readonly [string | undefined, string])[] {
  return [
    [startedAt, attempts > 1 ? `First of ${count(attempts)} attempts began` : 'The attempt began'],
    [endedAt, `${STATES[state === 'expired' ? 'completed' : state]}${error && endedAt ? `: ${error.code}` : ''}`],
  ];
}
