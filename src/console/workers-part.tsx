/** The processes that run jobs: whether they are there, what they run, and until when their leases are. */
import { now } from './clock.js';
import { duration, moment, plural } from './format.js';
import { shortId } from './job-parts.js';
import type { Worker } from './model.js';
import { hrefOf } from './route.js';
import { caller } from './session.js';

/** Time without a sign from which on a worker counts as gone, in milliseconds. */
const SILENT_MS = 20_000;

/** The section. */
export function WorkersPart({ workers }: { readonly workers: readonly Worker[] }) {
  return (
    <section aria-labelledby="workers">
      <h2 id="workers">Workers</h2>
      {workers.length === 0 && <p class="bad">There are none: what waits is not run.</p>}
      <ul class="workers">
        {workers.map((worker) => (
          <li key={worker.id}>
            <Entry {...worker} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Entry({ host, pid, startedAt, seenAt, jobs }: Worker) {
  const silentMs = now.value - Date.parse(seenAt);
  return (
    <>
      <p>
        <strong>{host}</strong>{' '}
        <span class="quiet">
          process {pid}, since {moment(startedAt)}.
        </span>{' '}
        {silentMs > SILENT_MS && <span class="bad">No sign for {duration(silentMs)}.</span>}{' '}
        {jobs.length === 0 ? 'Runs nothing.' : `Runs ${plural(jobs.length, 'export')}:`}
      </p>
      {jobs.length > 0 && (
        <ul>
          {jobs.map(({ id, tenant, leaseUntil }) => (
            <li key={id}>
              {tenant === caller.value?.tenant ? (
                <a href={hrefOf('jobs', id)}>export {shortId(id)}</a>
              ) : (
                `export ${shortId(id)}`
              )}{' '}
              of {tenant}, <span class="quiet">{leaseText(Date.parse(leaseUntil) - now.value)}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function leaseText(leftMs: number): string {
  return leftMs > 0 ? `lease for ${duration(leftMs)} more` : `lease over since ${duration(-leftMs)}`;
}
