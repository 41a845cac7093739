/** Keeps the young generation of V8's heap small in commands that run for long. */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

// Node 24 lets it grow to 128 MiB, which are resident once they were used. What a service makes of a request lives as long
// as the request, so that a small one is collected as cheaply, and the bytes of buffers that are behind its objects go
// sooner. V8 has no setter for the limit of a heap that exists, but reads the factor of growth at each collection; an idle
// heap shrinks, and may then grow again.

/** Bytes from which it grows no more. */
const ENOUGH = 8 * 1024 * 1024;

const GROW = 2;
const STAY = 1;

/** Flags by which whoever starts the program has decided, in `NODE_OPTIONS` too. */
const DECIDED = /semi[-_]space/;

/** Bounds the young generation of this process, unless its flags do so. */
export function boundYoungGeneration(): void {
  const { NODE_OPTIONS: options = '' } = process.env;
  if (DECIDED.test([options, ...process.execArgv].join(' '))) return;
  let factor = GROW;
  const adapt = () => {
    const wanted = youngBytes() < ENOUGH ? GROW : STAY;
    if (wanted === factor) return;
    factor = wanted;
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  };
  new PerformanceObserver(adapt).observe({ type: 'gc' });
}

/** The size of the young generation, used or not. */
function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
