/** Hands memory on and drops it, then prints how often the whole heap was marked meanwhile. */
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { freshMemory } from '../../src/terms/fresh-memory.ts';

const SIZE = 512 * 1024;
const memory = process.argv[2] === 'fresh' ? freshMemory : (size) => Buffer.allocUnsafeSlow(size);
let marked = 0;
const observer = new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) marked++;
});
observer.observe({ entryTypes: ['gc'] });
for (let n = 0; n < 2000; n++) {
  memory(SIZE)[0] = 1;
  await turn();
}
await wait(10);
process.stdout.write(String(marked));
