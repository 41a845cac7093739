/** The public form of stored jobs. */
import type { JobRow, WholeRow } from './engine.js';
import type { Job, JobSummary } from './job.js';

/** A job with its request. */
export function jobOf({ request, ...row }: WholeRow): Job {
  return { ...summaryOf(row), request };
}

/** A job in lists and events. */
export function summaryOf(row: JobRow): JobSummary {
  const { checkpoint: _, idempotencyKey: _key, notBefore: _not, lost: _lost, ...shown } = row;
  const { mostRunning: _most, webhooks: _webhooks, ownWebhook: _own, files, progress: last, ...job } = shown;
  const { estimatedEnd: _end, ...progress } = last;
  const result = files.filter(({ isIndex }) => !isIndex);
  const isRunning = row.state === 'running';
  return {
    ...job,
    // What an attempt expected says nothing once it is over.
    progress: isRunning ? last : progress,
    files: result.map(({ parts: _parts, isIndex: _index, ...file }) => file),
  };
}
