/** For tests: attempts that are held at a fault point, as if their process slept there. */
import type { FaultHook, FaultPoint } from '../../src/jobs/fault-points.js';
import { deferred } from '../../src/terms/deferred.js';

/** A hook that holds the nth pass of a point until it is released. */
export function holdAt(point: FaultPoint, nth = 1) {
  const there = deferred<void>();
  const released = deferred<void>();
  let hits = 0;
  const hit: FaultHook = async (at) => {
    if (at !== point || ++hits !== nth) return;
    there.resolve();
    await released.promise;
  };
  return { hit, there: there.promise, release: () => released.resolve() };
}
