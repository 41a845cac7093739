/** An engine that can be closed while it is used: what is under way comes to its end, what comes later is told. */
import { SluiceError } from '../terms/errors.js';
import type { JobEngine } from './engine.js';

/** The error of jobs that are used after they were closed. */
export function closedError(): SluiceError {
  return new SluiceError('CLOSED', 'job', 'the jobs were closed; open them again');
}

/** The engine; its `close` waits for all calls that were made before, and rejects all that are made after with `CLOSED`. */
export function closingEngine(engine: JobEngine): JobEngine {
  const calls = new Set<Promise<unknown>>();
  let closing: Promise<void> | undefined;
  const guarded = async <T>(call: () => Promise<T>): Promise<T> => {
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
    submit: (job) => guarded(() => engine.submit(job)),
    get: (id) => guarded(() => engine.get(id)),
    look: (id) => guarded(() => engine.look(id)),
    list: (...page) => guarded(() => engine.list(...page)),
    claim: (alone) => guarded(() => engine.claim(alone)),
    checkpoint: (...change) => guarded(() => engine.checkpoint(...change)),
    progress: (...change) => guarded(() => engine.progress(...change)),
    finish: (...change) => guarded(() => engine.finish(...change)),
    requeue: (...change) => guarded(() => engine.requeue(...change)),
    cancel: (id) => guarded(() => engine.cancel(id)),
    remove: (id) => guarded(() => engine.remove(id)),
    expire: () => guarded(() => engine.expire()),
    over: (before) => guarded(() => engine.over(before)),
    owner: () => guarded(() => engine.owner()),
    check: () => guarded(() => engine.check()),
    counts: () => guarded(() => engine.counts()),
    storedBytes: (tenant) => guarded(() => engine.storedBytes(tenant)),
    othersWait: (tenant) => guarded(() => engine.othersWait(tenant)),
    secret: () => guarded(() => engine.secret()),
    nextTurn: () => (closing ? undefined : engine.nextTurn()),
    onTurn: (listener) => engine.onTurn(listener),
    onChange: (listener) => engine.onChange(listener),
    close() {
      closing ??= Promise.allSettled(calls).then(() => engine.close());
      return closing;
    },
  };
}
