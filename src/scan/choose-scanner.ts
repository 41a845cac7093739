/** The scanner for this machine. */
import { scalarScanner } from './scalar.js';
import type { Scanner, ScanOptions } from './scanner.js';
import { simdScanner } from './simd.js';

/** Makes the fastest scanner there is, in steps; plain TypeScript runs everywhere. */
export function* chooseScanner(options: ScanOptions): Generator<void, Scanner> {
  return (yield* simdScanner(options)) ?? scalarScanner(options);
}
