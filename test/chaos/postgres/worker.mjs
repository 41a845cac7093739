/** For tests: a worker over a database, in a process that is killed or stopped. */
import { JobPlans } from '../../../dist/jobs/job-plan.js';
import { OpenJobs } from '../../../dist/jobs/open-jobs.js';
import { openStores } from '../../../dist/jobs/open-stores.js';
import { openPostgresEngine } from '../../../dist/jobs/postgres/open-postgres-jobs.js';
import { unfenced } from '../unfenced.mjs';

/** The options of `openPostgresJobs`, and whether attempts write whatever their epoch and the owner of their job. */
const { isUnfenced, ...options } = JSON.parse(process.argv[2]);

// Ends with the test.
process.on('disconnect', () => process.exit());
const say = (what) => process.connected && process.send(what);

const error = (facts) => say({ error: String(facts.cause?.stack ?? JSON.stringify(facts)) });
const logger = { debug() {}, info() {}, warn() {}, error };
const engine = await openPostgresEngine({ ...options, logger });
const written = isUnfenced ? unfenced(engine) : engine;

/** The events without changes. */
function deaf(events) {
  const on = (event, listener) => (event === 'change' ? () => {} : events.on(event, listener));
  return new Proxy(events, { get: (target, name) => (name === 'on' ? on : target[name].bind(target)) });
}

/** Reports its claims. Without the fence it gets no changes either: it does not stop an attempt that has lost its job. */
const telling = new Proxy(written, {
  get(target, name) {
    if (name === 'events') return isUnfenced ? deaf(target.events) : target.events;
    if (name === 'claim') {
      return async () => {
        const row = await target.claim();
        if (row) say({ claimed: row.id });
        return row;
      };
    }
    const method = target[name];
    if (typeof method !== 'function') return method;
    if (name !== 'finish' && name !== 'requeue') return method.bind(target);
    return async (id, ...rest) => {
      const row = await method.call(target, id, ...rest);
      say({ ended: id });
      return row;
    };
  },
});
const store = await openStores(options.results, telling, logger);
new OpenJobs(telling, store, new JobPlans(options.plan ?? {}), { ...options, logger });
say({ opened: process.pid });
