/** Chooses the scanner for this machine. */
import { scalarScanner } from './scalar.js';
import type { Scanner, ScanOptions } from './scanner.js';
import { simdScanner } from './simd.js';

/** Makes the fastest scanner available, in steps; the scalar one runs everywhere. */
export function* chooseScanner(options: ScanOptions): Generator<void, Scanner> {
  return (yield* simdScanner(options)) ?? scalarScanner(options);
}
