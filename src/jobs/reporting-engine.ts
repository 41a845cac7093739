/** An engine that reports what this process does through it. */
import type { JobEngine, JobRow } from './engine.js';
import type { JobActivity } from './job-events.js';
import { summaryOf } from './public-job.js';

/** Emits an activity; free without listeners. */
export function reportActivity({ events }: Pick<JobEngine, 'events'>, activity: JobActivity, row: JobRow): void {
  if (events.isHeard('activity')) events.emit('activity', activity, summaryOf(row));
}

/** The engine; each of its calls that changes a job also emits an activity. */
export function reportingEngine(engine: JobEngine): JobEngine {
  const report = async (activity: JobActivity, change: Promise<JobRow>) => {
    const row = await change;
    reportActivity(engine, activity, row);
    return row;
  };
  return {
    events: engine.events,
    deliveries: engine.deliveries,
    schedules: engine.schedules,
    inspections: engine.inspections,
    async submit(job) {
      const submitted = await engine.submit(job);
      if (submitted.created) reportActivity(engine, 'submitted', submitted.row);
      return submitted;
    },
    async claim(...turn) {
      const row = await engine.claim(...turn);
      if (row) reportActivity(engine, 'started', row);
      return row;
    },
    checkpoint: (...change) => report('progressed', engine.checkpoint(...change)),
    progress: (...change) => report('progressed', engine.progress(...change)),
    finish: (...change) => report('finished', engine.finish(...change)),
    requeue: (id, epoch, failed) => report(failed ? 'retried' : 'requeued', engine.requeue(id, epoch, failed)),
    async cancel(id, unfinished) {
      const before = await engine.look(id);
      const row = await engine.cancel(id, unfinished);
      if (row?.state === 'cancelled' && before?.state !== 'cancelled') reportActivity(engine, 'cancelled', row);
      return row;
    },
    get: (id) => engine.get(id),
    look: (id) => engine.look(id),
    remove: (id) => engine.remove(id),
    list: (...page) => engine.list(...page),
    find: (...search) => engine.find(...search),
    tally: (...search) => engine.tally(...search),
    history: (id) => engine.history(id),
    lookAll: (ids) => engine.lookAll(ids),
    expire: () => engine.expire(),
    endedBefore: (before) => engine.endedBefore(before),
    owner: () => engine.owner(),
    check: () => engine.check(),
    counts: () => engine.counts(),
    countsByTenant: () => engine.countsByTenant(),
    workers: () => engine.workers(),
    storedBytes: (tenant) => engine.storedBytes(tenant),
    othersWait: (tenant) => engine.othersWait(tenant),
    secret: () => engine.secret(),
    nextTurn: () => engine.nextTurn(),
    close: () => engine.close(),
  };
}
