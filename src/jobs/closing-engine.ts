/** An engine that can be closed while in use: pending calls complete, later ones are refused. */
import { SluiceError } from '../terms/errors.js';
import type { JobEngine } from './engine.js';

/** The error of calls after the jobs were closed. */
export function closedError(): SluiceError {
  return new SluiceError('CLOSED', 'job', 'the jobs were closed; open them again');
}

/** Wraps an engine: `close` waits for all pending calls; calls after it reject with `CLOSED`. */
export function closingEngine(engine: JobEngine): JobEngine {
  const calls = new Set<Promise<unknown>>();
  const { deliveries, schedules, inspections } = engine;
  let closing: Promise<void> | undefined;
  const track = async <T>(call: () => Promise<T>): Promise<T> => {
    if (closing) throw closedError();
    const called = call();
    calls.add(called);
    try {
      return await called;
    } finally {
      calls.delete(called);
    }
  };
  return {
    events: engine.events,
    deliveries: {
      claim: (...which) => track(() => deliveries.claim(...which)),
      settle: (...change) => track(() => deliveries.settle(...change)),
      nextAt: (...which) => track(() => deliveries.nextAt(...which)),
      list: (...page) => track(() => deliveries.list(...page)),
      redeliver: (...which) => track(() => deliveries.redeliver(...which)),
      forget: (before) => track(() => deliveries.forget(before)),
    },
    schedules: {
      add: (...added) => track(() => schedules.add(...added)),
      get: (...which) => track(() => schedules.get(...which)),
      list: (tenant) => track(() => schedules.list(tenant)),
      all: () => track(() => schedules.all()),
      remove: (...which) => track(() => schedules.remove(...which)),
      pause: (...which) => track(() => schedules.pause(...which)),
      claim: (...which) => track(() => schedules.claim(...which)),
      take: (...which) => track(() => schedules.take(...which)),
      settle: (...change) => track(() => schedules.settle(...change)),
      nextAt: () => track(() => schedules.nextAt()),
    },
    inspections: {
      get: (tenant) => track(() => inspections.get(tenant)),
      put: (...kept) => track(() => inspections.put(...kept)),
    },
    submit: (job) => track(() => engine.submit(job)),
    get: (id) => track(() => engine.get(id)),
    look: (id) => track(() => engine.look(id)),
    list: (...page) => track(() => engine.list(...page)),
    find: (...search) => track(() => engine.find(...search)),
    tally: (...search) => track(() => engine.tally(...search)),
    history: (id) => track(() => engine.history(id)),
    lookAll: (ids) => track(() => engine.lookAll(ids)),
    claim: (...turn) => track(() => engine.claim(...turn)),
    checkpoint: (...change) => track(() => engine.checkpoint(...change)),
    progress: (...change) => track(() => engine.progress(...change)),
    finish: (...change) => track(() => engine.finish(...change)),
    requeue: (...change) => track(() => engine.requeue(...change)),
    cancel: (...which) => track(() => engine.cancel(...which)),
    remove: (id) => track(() => engine.remove(id)),
    expire: () => track(() => engine.expire()),
    endedBefore: (before) => track(() => engine.endedBefore(before)),
    owner: () => track(() => engine.owner()),
    check: () => track(() => engine.check()),
    counts: () => track(() => engine.counts()),
    countsByTenant: () => track(() => engine.countsByTenant()),
    workers: () => track(() => engine.workers()),
    storedBytes: (tenant) => track(() => engine.storedBytes(tenant)),
    othersWait: (tenant) => track(() => engine.othersWait(tenant)),
    secret: () => track(() => engine.secret()),
    nextTurn: () => (closing ? undefined : engine.nextTurn()),
    close() {
      closing ??= Promise.allSettled(calls).then(() => engine.close());
      return closing;
    },
  };
}
