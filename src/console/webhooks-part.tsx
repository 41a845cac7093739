/** Deliveries of webhooks: where ends of jobs were told, and which were given up. */
import { useState } from 'preact/hooks';
import { call, toProblem } from './api.js';
import { count, moment } from './format.js';
import { shortId } from './job-parts.js';
import type { Delivery, DeliveryPage } from './model.js';
import { notify } from './notices.js';
import { hrefOf } from './route.js';
import { may } from './session.js';
import { useLooks } from './use-looks.js';

/** Deliveries that are shown. */
const MOST = 50;

const STATES: readonly (readonly [string, string])[] = [
  ['', 'All'],
  ['pending', 'To be tried again'],
  ['delivered', 'Accepted'],
  ['failed', 'Given up'],
];

/** The section. */
export function WebhooksPart() {
  const [state, setState] = useState('');
  const [looks, setLooks] = useState(0);
  const [page, setPage] = useState<DeliveryPage>({ deliveries: [] });
  const query = new URLSearchParams({ limit: `${MOST}`, ...(state === '' ? {} : { state }) });
  useLooks<DeliveryPage>(`webhooks/deliveries?${query}`, { onSeen: setPage, count: looks });
  const again = async ({ id }: Delivery) => {
    try {
      await call(`webhooks/deliveries/${encodeURIComponent(id)}/redeliver`, { method: 'POST' });
      notify('It is sent again at once.');
    } catch (cause) {
      notify(toProblem(cause).message, true);
    }
    setLooks((before) => before + 1);
  };
  return (
    <section aria-labelledby="webhooks">
      <h2 id="webhooks">Webhooks</h2>
      <fieldset class="chips">
        <legend class="unseen">States of deliveries</legend>
        {STATES.map(([word, text]) => (
          <button key={word} type="button" class="chip" aria-pressed={state === word} onClick={() => setState(word)}>
            {text}
          </button>
        ))}
      </fieldset>
      {page.deliveries.length === 0 ? (
        <p class="quiet">There are no such deliveries.</p>
      ) : (
        <ul class="deliveries">
          {page.deliveries.map((delivery) => (
            <li key={delivery.id}>
              <p>
                <strong>{delivery.url}</strong> <span class="quiet">of</span>{' '}
                <a href={hrefOf('jobs', delivery.job.id)}>export {shortId(delivery.job.id)}</a>
                <br />
                <span class={delivery.state === 'failed' ? 'bad' : 'quiet'}>{whatHappened(delivery)}</span>
              </p>
              {may('submit') && (
                <button type="button" onClick={() => again(delivery)}>
                  Send again<span class="unseen"> to {delivery.url}</span>
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {page.next && <p class="quiet">The newest {count(MOST)} are shown.</p>}
    </section>
  );
}

function whatHappened({ state, attempts, nextAt, endedAt, error }: Delivery): string {
  const tries = `${count(attempts)} ${attempts === 1 ? 'attempt' : 'attempts'}`;
  if (state === 'delivered') return `Accepted${endedAt ? `, ${moment(endedAt)}` : ''}, ${tries}.`;
  const why = error === undefined ? '' : ` ${error}`;
  if (state === 'failed') return `Given up after ${tries}.${why}`;
  return `${nextAt ? `Due ${moment(nextAt)}` : 'Waiting'}, ${tries}.${why}`;
}
