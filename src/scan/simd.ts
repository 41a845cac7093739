/** The scanner with the kernel: the same walks, which let 128-bit vectors scan all text without faults. */
import { lowerAscii } from '../terms/entity-type.js';
import { borrowKernel, type Wanted } from './kernel.js';
import { KernelWindow } from './kernel-window.js';
import type { Prefilter, Scanner, ScanOptions } from './scanner.js';
import { WalkingScanner } from './walking-scanner.js';

/** Larger entities would need more memory than signed addresses can reach. */
const LARGEST_ENTITY = 512 * 1024 * 1024;

/** Makes a scanner with a kernel, in steps; undefined if the machine has no kernel, or if it cannot do the options. */
export function* simdScanner(options: ScanOptions): Generator<void, Scanner | undefined> {
  if (options.maxEntityBytes > LARGEST_ENTITY) return undefined;
  const kernel = borrowKernel();
  if (!kernel) return undefined;
  if (kernel.begin(options)) {
    const wanted = wantedBy(options.prefilter);
    if (wanted) yield* kernel.select(wanted);
    return new WalkingScanner(options, new KernelWindow(kernel, options.recycle, options.from?.byteOffset), kernel);
  }
  kernel.release();
  return undefined;
}

/** Maximum of characters of all wanted texts; more would take more memory than they save time. */
const MOST_WANTED = 64 * 1024 * 1024;

/** The condition that decides first: ids are tested before types, and found ids count whatever their type. */
function wantedBy({ ids, types, seed = 0 }: Prefilter = {}): Wanted | undefined {
  const texts = ids ?? types?.map(lowerAscii);
  if (!texts || texts.reduce((sum, { length }) => sum + length, 0) > MOST_WANTED) return undefined;
  return { member: ids ? 'id' : 'type', texts, seed };
}
