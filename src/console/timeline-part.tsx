/** What happened to a job, in its order. */
import { count, moment } from './format.js';
import { type Job, STATES } from './model.js';

/** The section. */
export function Timeline({ job }: { readonly job: Job }) {
  const { createdAt, startedAt, endedAt, expiresAt, attempts, state, error } = job;
  const steps: readonly (readonly [string | undefined, string])[] = [
    [createdAt, 'Submitted'],
    [startedAt, attempts > 1 ? `First of ${count(attempts)} attempts began` : 'The attempt began'],
    [endedAt, `${STATES[state === 'expired' ? 'completed' : state]}${error && endedAt ? `: ${error.code}` : ''}`],
    [expiresAt, state === 'expired' ? 'The result was deleted' : 'The result will be deleted'],
  ];
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Events</h2>
      <ol class="timeline">
        {steps.map(([time, text]) =>
          time === undefined ? null : (
            <li key={text}>
              <time dateTime={time}>{moment(time)}</time> {text}
            </li>
          ),
        )}
      </ol>
    </section>
  );
}
