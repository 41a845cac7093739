/** For tests: an engine whose attempts write whatever their epoch is. What the fence is there for must then be seen. */
/* JavaScript, so that a worker process takes it as well, beside the build. */

/**
 * Puts the newest epoch in the place of the attempt's own.
 * @param {import('../../src/jobs/engine.js').JobEngine} engine
 * @returns {import('../../src/jobs/engine.js').JobEngine}
 */
export function unfenced(engine) {
  const newest = async (id) => (await engine.get(id))?.epoch ?? 0;
  return {
    submit: (job) => engine.submit(job),
    get: (id) => engine.get(id),
    list: (tenant, limit, after) => engine.list(tenant, limit, after),
    claim: () => engine.claim(),
    checkpoint: async (id, _epoch, checkpoint, progress) =>
      engine.checkpoint(id, await newest(id), checkpoint, progress),
    progress: async (id, _epoch, progress) => engine.progress(id, await newest(id), progress),
    finish: async (id, _epoch, outcome) => engine.finish(id, await newest(id), outcome),
    handBack: async (id, _epoch, failed) => engine.handBack(id, await newest(id), failed),
    cancel: (id) => engine.cancel(id),
    expire: (forget) => engine.expire(forget),
    storedBytes: (tenant) => engine.storedBytes(tenant),
    othersWait: (tenant) => engine.othersWait(tenant),
    secret: () => engine.secret(),
    nextTurn: () => engine.nextTurn(),
    onTurn: (listener) => engine.onTurn(listener),
    onChange: (listener) => engine.onChange(listener),
    close: () => engine.close(),
  };
}
