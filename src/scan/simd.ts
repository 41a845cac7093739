/** The scanner with the kernel: the same walks, which leave to 128-bit vectors what has no fault. */
import { lowerAscii } from '../terms/entity-type.js';
import { borrowKernel, type Wanted } from './kernel.js';
import { KernelWindow } from './kernel-window.js';
import type { Prefilter, Scanner, ScanOptions } from './scanner.js';
import { WalkingScanner } from './walking-scanner.js';

/** Entities beyond this would need more memory than addresses with a sign can reach. */
const LARGEST_ENTITY = 512 * 1024 * 1024;

/** Makes a scanner on a kernel, in steps; undefined where the machine has none for us, or the options are beyond it. */
export function* simdScanner(options: ScanOptions): Generator<void, Scanner | undefined> {
  if (options.maxEntityBytes > LARGEST_ENTITY) return undefined;
  const kernel = borrowKernel();
  if (!kernel) return undefined;
  if (kernel.begin(options)) {
    const wanted = wantedBy(options.prefilter);
    if (wanted) yield* kernel.select(wanted);
    return new WalkingScanner(options, new KernelWindow(kernel, options.recycle, options.from?.byteOffset), kernel);
  }
  kernel.giveBack();
  return undefined;
}

/** Characters of all texts together beyond which nothing is left out: they would take more memory than they save time. */
const MOST_WANTED = 64 * 1024 * 1024;

/** What decides first: ids are tested before types, and those that are found count whatever their type. */
function wantedBy({ ids, types, seed = 0 }: Prefilter = {}): Wanted | undefined {
  const texts = ids ?? types?.map(lowerAscii);
  if (!texts || texts.reduce((sum, { length }) => sum + length, 0) > MOST_WANTED) return undefined;
  return { member: ids ? 'id' : 'type', texts, seed };
}
