/** The scanner for this machine. */
import { scalarScanner } from './scalar.js';
import type { Scanner, ScanOptions } from './scanner.js';
import { simdScanner } from './simd.js';

/** Answers the fastest scanner there is; plain TypeScript runs everywhere. */
export function chooseScanner(options: ScanOptions): Scanner {
  return simdScanner(options) ?? scalarScanner(options);
}
