/** Missing results, with a reason for the client. */
import { hasResult, type Job } from '../jobs/job.js';
import { sourceOf } from './job-view.js';
import { Refusal } from './refusal.js';
import { publicMessage } from './statuses.js';

/**
 * Requires that a job has a result. The jobs would refuse it too, but without the reason.
 * @throws SluiceError `NO_RESULT`, `RESULT_EXPIRED`
 */
export function requireResult({ state, error }: Job): void {
  if (hasResult(state)) return;
  if (state === 'expired') throw new Refusal('RESULT_EXPIRED', 'the result has expired');
  const why = state === 'failed' && error;
  const reason = why ? `: ${publicMessage(why.code, why.message, sourceOf(why))} (${why.code})` : '';
  throw new Refusal('NO_RESULT', `the job is ${state} and has no result${reason}`);
}
