/** Parts that several views show of a job: its state, its progress, its rate. */
import { bytes, count, duration, percent, plural } from './format.js';
import { isEnded, type Job, type JobState, type Note, STATES, shareOf } from './model.js';

/** The state as a shape and a word: colour alone says nothing. */
export function State({ state }: { readonly state: JobState }) {
  return (
    <span class={`state ${state}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {SHAPES[state]}
      </svg>
      {STATES[state]}
    </span>
  );
}

const RING = <circle cx="6" cy="6" r="4.5" fill="none" stroke="currentColor" stroke-width="1.5" />;
const DISC = <circle cx="6" cy="6" r="5" fill="currentColor" />;
const TICK = (
  <path d="M3.4 6.2 5.3 8l3.3-4" fill="none" stroke="var(--paper)" stroke-width="1.5" stroke-linecap="round" />
);
const CROSS = <path d="m4 4 4 4M8 4 4 8" fill="none" stroke="var(--paper)" stroke-width="1.5" stroke-linecap="round" />;
const DASH = <path d="M3.5 6h5" fill="none" stroke="var(--paper)" stroke-width="1.5" stroke-linecap="round" />;
const MARK = <path d="M6 3v3.4M6 8.6v.2" fill="none" stroke="var(--paper)" stroke-width="1.6" stroke-linecap="round" />;

const SHAPES: Readonly<Record<JobState, preact.ComponentChildren>> = {
  queued: RING,
  running: (
    <>
      {RING}
      <circle cx="6" cy="6" r="2.4" fill="currentColor" />
    </>
  ),
  completed: [DISC, TICK],
  completedWithNoRecords: [DISC, DASH],
  completedWithErrors: [DISC, MARK],
  failed: [DISC, CROSS],
  cancelled: [DISC, DASH],
  expired: RING,
};

/** A bar of the share that is done; of unknown sizes it only says that something happens. */
export function Meter({ job }: { readonly job: Job }) {
  const share = shareOf(job);
  const label = share === undefined ? 'size of the source unknown' : `${Math.floor(100 * share)} % of the source read`;
  return (
    <span
      class={share === undefined ? 'meter unknown' : 'meter'}
      role="progressbar"
      aria-label="Progress"
      aria-valuetext={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(share === undefined ? {} : { 'aria-valuenow': Math.floor(100 * share) })}
    >
      <span style={{ width: `${100 * (share ?? 0.3)}%` }} />
    </span>
  );
}

/** One line on how far a job is, or how it ended. */
export function progressText(job: Job): string {
  const { progress, state, error, receipt } = job;
  if (state === 'queued') return error ? `retried: ${error.message}` : 'waits for its turn';
  if (state === 'failed') return error?.message ?? 'failed';
  if (state === 'cancelled') return 'no result';
  const written = `${count(receipt?.written ?? progress.written)} of ${count(receipt?.read ?? progress.read)} records`;
  if (state !== 'running') return receipt?.rejected ? `${written}, ${count(receipt.rejected)} rejected` : written;
  const share = shareOf(job);
  const records = progress.written === progress.read ? plural(progress.read, 'record') : written;
  return share === undefined ? records : `${percent(share, 1)}, ${records}`;
}

/** Records per second, and bytes. */
export function rateText({ progress, state }: Job): string {
  if (state !== 'running' || progress.recordsPerSecond === 0) return '';
  return `${count(Math.round(progress.recordsPerSecond))}/s, ${bytes(progress.bytesPerSecond)}/s`;
}

/** Time left of a running job, duration of an ended one. */
export function timeText(job: Job, now: number): string {
  const { startedAt, endedAt, progress } = job;
  if (isEnded(job)) {
    return startedAt && endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : '';
  }
  if (job.state === 'running' && progress.estimatedEnd) {
    return `${duration(Math.max(0, Date.parse(progress.estimatedEnd) - now))} left`;
  }
  return '';
}

/** First part of an id, enough to tell jobs apart. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** What people call a job: its first file, unless that has only its id as a name. */
export function nameOf({ id, files: [file] }: Job): string {
  return file === undefined || file.name.startsWith(id) ? `Export ${shortId(id)}` : file.name;
}

/** What is noted of records, a sentence each. */
export function NoteList({ notes }: { readonly notes: readonly Note[] }) {
  if (notes.length === 0) return null;
  return (
    <ul>
      {notes.map(({ code, text }) => (
        <li key={`${code} ${text}`}>{text}</li>
      ))}
    </ul>
  );
}
