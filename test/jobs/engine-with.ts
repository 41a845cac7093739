/** For tests: an engine with some methods replaced. */
import type { JobEngine } from '../../src/jobs/engine.js';

export function engineWith(engine: JobEngine, over: Partial<JobEngine>): JobEngine {
  return new Proxy(engine, {
    get(target, name) {
      const method: unknown = Reflect.get(over, name) ?? Reflect.get(target, name);
      return typeof method === 'function' && !Reflect.has(over, name) ? method.bind(target) : method;
    },
  });
}
