/** For tests: an engine whose attempts write whatever their epoch is, to show what the fence prevents. */
/* JavaScript, so that a worker process takes it as well, beside the build. */

/**
 * Replaces the epoch of each write by the newest one.
 * @param {import('../../src/jobs/engine.js').JobEngine} engine
 * @returns {import('../../src/jobs/engine.js').JobEngine}
 */
export function unfenced(engine) {
  const newest = async (id) => (await engine.get(id))?.epoch ?? 0;
  const writes = {
    checkpoint: async (id, _epoch, ...rest) => engine.checkpoint(id, await newest(id), ...rest),
    progress: async (id, _epoch, ...rest) => engine.progress(id, await newest(id), ...rest),
    finish: async (id, _epoch, ...rest) => engine.finish(id, await newest(id), ...rest),
    requeue: async (id, _epoch, ...rest) => engine.requeue(id, await newest(id), ...rest),
  };
  const own = (value, target) => (typeof value === 'function' ? value.bind(target) : value);
  return new Proxy(engine, { get: (target, name) => writes[name] ?? own(target[name], target) });
}
