/** What can be done with jobs, each after a word on what happens. */
import { call, jobPath, toProblem } from './api.js';
import { confirm } from './confirm.js';
import { plural } from './format.js';
import { isEnded, type Job } from './model.js';
import { notify } from './notices.js';

/** Cancels an unfinished job, after a question; returns whether it was. */
export async function cancelJob(job: Job): Promise<boolean> {
  const text = 'It stops after the records that it is writing. What it has written is deleted; there is no result.';
  if (!(await confirm('Cancel this export?', text, 'Cancel the export'))) return false;
  return act(() => call(jobPath(job.id), { method: 'DELETE' }), 'The export is cancelled.');
}

/** Deletes an ended job, after a question; returns whether it was. */
export async function deleteJob(job: Job): Promise<boolean> {
  const files = job.files.length === 0 ? '' : ` with ${plural(job.files.length, 'file')}`;
  const text = `The job is deleted${files}, its request and its history. Links to its files stop working.`;
  if (!(await confirm('Delete this export?', text, 'Delete'))) return false;
  return act(() => call(jobPath(job.id), { method: 'DELETE' }), 'The export is deleted.');
}

/** Calls of many jobs at the same time. */
const LANES = 4;

/** Cancels the unfinished of some jobs, or deletes the ended ones, after a question. */
export async function actOnAll(jobs: readonly Job[], what: 'cancel' | 'delete'): Promise<void> {
  const meant = jobs.filter((job) => isEnded(job) === (what === 'delete'));
  const others = jobs.length - meant.length;
  const left = others === 0 ? '' : ` ${plural(others, 'other', 'others')} of the selection stay as they are.`;
  const [title, text, verb] =
    what === 'cancel'
      ? [`Cancel ${plural(meant.length, 'export')}?`, 'They end without a result.', 'Cancel them']
      : [
          `Delete ${plural(meant.length, 'export')}?`,
          'Their files, requests and histories are deleted.',
          'Delete them',
        ];
  if (!(await confirm(title, text + left, verb))) return;
  const rest = meant.values();
  let failed = 0;
  const lane = async () => {
    for (const job of rest) await call(jobPath(job.id), { method: 'DELETE' }).catch(() => failed++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const done = plural(meant.length - failed, 'export');
  notify(
    `${done} ${what === 'cancel' ? 'cancelled' : 'deleted'}${failed === 0 ? '.' : `, ${failed} refused.`}`,
    failed > 0,
  );
}

async function act(step: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await step();
    notify(done);
    return true;
  } catch (cause) {
    notify(toProblem(cause).message, true);
    return false;
  }
}
