/** What can be done with jobs, each after a word on what happens. */
import { type Call, call, jobPath, pause, toProblem } from './api.js';
import { confirm } from './confirm.js';
import { count, plural } from './format.js';
import { type Filter, filterBody } from './job-store.js';
import { isEnded, type Job } from './model.js';
import { notify } from './notices.js';
import { goTo } from './route.js';

/** Cancels an unfinished job, after a question. */
export async function cancelJob(job: Job): Promise<void> {
  const text = 'It stops after the records that it is writing. What it has written is deleted; there is no result.';
  if (!(await confirm('Cancel this export?', text, 'Cancel the export'))) return;
  await act(() => call(jobPath(job.id), { method: 'DELETE' }), 'The export is cancelled.');
}

/** Deletes an ended job, after a question, and goes to the list. */
export async function deleteJob(job: Job): Promise<void> {
  const files = job.files.length === 0 ? '' : ` with ${plural(job.files.length, 'file')}`;
  const text = `The job is deleted${files}, its request and its history. Links to its files stop working.`;
  if (!(await confirm('Delete this export?', text, 'Delete'))) return;
  if (await act(() => call(jobPath(job.id), { method: 'DELETE' }), 'The export is deleted.')) goTo('jobs');
}

/** Submits the request of a job once more, and goes to the new job. */
export async function runAgain(job: Job): Promise<void> {
  const given: Call = { method: 'POST', body: {} };
  const again = await act(() => call<Job>(jobPath(job.id, 'rerun'), given), 'A new export has the same request.');
  if (again) goTo('jobs', again.id);
}

/** An action on several jobs. */
export type ManyAction = 'cancel' | 'delete';

const WORDS = {
  cancel: { title: 'Cancel', text: 'They end without a result.', done: 'cancelled' },
  delete: { title: 'Delete', text: 'Their files, requests and histories are deleted.', done: 'deleted' },
} as const;

function ask(action: ManyAction, jobs: string): Promise<boolean> {
  const { title, text } = WORDS[action];
  return confirm(`${title} ${jobs}?`, text, `${title} them`);
}

/** Calls for single jobs at the same time. */
const LANES = 4;

/** Pause after too many requests. */
const TOO_MANY_MS = 5000;

/** Cancels or deletes some jobs, after a question. */
export async function actOnJobs(jobs: readonly Job[], action: ManyAction): Promise<void> {
  const meant = jobs.filter((job) => isEnded(job) === (action === 'delete'));
  if (!(await ask(action, plural(meant.length, 'export')))) return;
  const rest = meant.values();
  let failed = 0;
  const lane = async () => {
    for (const job of rest) await remove(job).catch(() => failed++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const refused = failed === 0 ? '.' : `, ${count(failed)} refused.`;
  notify(`${plural(meant.length - failed, 'export')} ${WORDS[action].done}${refused}`, failed > 0);
}

/** Cancels or deletes a job; waits where there were too many requests. */
async function remove({ id }: Job): Promise<void> {
  for (;;) {
    try {
      await call(jobPath(id), { method: 'DELETE' });
      return;
    } catch (cause) {
      if (toProblem(cause).status !== 429) throw cause;
      await pause(TOO_MANY_MS);
    }
  }
}

interface ManyDone {
  readonly matched: number;
  readonly done: number;
}

/** Cancels or deletes all jobs that a filter finds, also those that the page has not read, after a question. */
export async function actOnAll(filter: Filter, howMany: number, action: ManyAction): Promise<void> {
  if (!(await ask(action, plural(howMany, 'export')))) return;
  const body = filterBody(filter);
  await act(async () => {
    let all = 0;
    // One call ends after some seconds.
    for (let rest = true; rest; ) {
      const { matched, done } = await call<ManyDone>(`jobs/${action}`, { method: 'POST', body });
      all += done;
      rest = done > 0 && done < matched;
    }
    notify(`${plural(all, 'export')} ${WORDS[action].done}.`);
  });
}

async function act<T>(step: () => Promise<T>, done?: string): Promise<T | undefined> {
  try {
    const value = await step();
    if (done !== undefined) notify(done);
    return value;
  } catch (cause) {
    notify(toProblem(cause).message, true);
    return undefined;
  }
}
