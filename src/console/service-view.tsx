/** The service: what runs and waits, profiles, and what it is. */
import { useEffect, useState } from 'preact/hooks';
import { call } from './api.js';
import { bytes, count } from './format.js';
import { ALL_STATES, STATES, type Tally } from './model.js';
import { hrefOf } from './route.js';
import { useService } from './service-store.js';
import { caller } from './session.js';
import { WebhooksPart } from './webhooks-part.js';
import { WorkersPart } from './workers-part.js';

/** The view. */
export function ServiceView() {
  const service = useService();
  const [tally, setTally] = useState<Tally | undefined>(undefined);
  useEffect(() => {
    const leaving = new AbortController();
    call<Tally>('jobs/tally', { signal: leaving.signal })
      .then(setTally)
      .catch(() => {});
    return () => leaving.abort();
  }, [service]);
  if (service === undefined) return <p class="empty">Asking the service…</p>;
  const { version, profiles, space, all } = service;
  return (
    <main class="job">
      <h1>Service</h1>
      {all && (
        <section aria-labelledby="all">
          <h2 id="all">All tenants</h2>
          <p>
            {count(all.running)} running, {count(all.queued)} waiting.
          </p>
          {all.tenants.length > 0 && (
            <table class="narrow">
              <thead>
                <tr>
                  <th scope="col">Tenant</th>
                  <th scope="col" class="number">
                    Running
                  </th>
                  <th scope="col" class="number">
                    Waiting
                  </th>
                </tr>
              </thead>
              <tbody>
                {all.tenants.map(({ tenant, running, queued }) => (
                  <tr key={tenant}>
                    <th scope="row">{tenant}</th>
                    <td class="number">{count(running)}</td>
                    <td class="number">{count(queued)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </section>
      )}
      <section aria-labelledby="own">
        <h2 id="own">Jobs of {caller.value?.tenant}</h2>
        <table class="narrow">
          <tbody>
            {ALL_STATES.map((state) => (
              <tr key={state}>
                <th scope="row">
                  <a href={hrefOf('jobs', undefined, new URLSearchParams({ state }))}>{STATES[state]}</a>
                </th>
                <td class="number">{count(tally?.states[state] ?? 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {all?.workers && <WorkersPart workers={all.workers} />}
      <section aria-labelledby="space">
        <h2 id="space">Space</h2>
        <p>
          {bytes(space.results)} of results, {bytes(space.rows)} of jobs and their requests
          {space.limit === undefined ? '.' : `, of ${bytes(space.limit)} at most.`}
        </p>
      </section>
      <WebhooksPart />
      <section aria-labelledby="profiles">
        <h2 id="profiles">Profiles</h2>
        <div class="wide" tabIndex={0} role="group" aria-labelledby="profiles">
          <table>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Format</th>
                <th scope="col">Packing</th>
                <th scope="col">Answer</th>
              </tr>
            </thead>
            <tbody>
              {profiles.map(({ name, format, pack, mode }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{format}</td>
                  <td>{pack}</td>
                  <td>{MODES[mode]}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <p class="quiet">sluice {version}</p>
    </main>
  );
}

const MODES = { AUTO: 'the result, if it is ready in time', SYNC: 'the result', ASYNC: 'the job' } as const;
