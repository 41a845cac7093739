/** The scanner in plain TypeScript: the readable version, and the one for every machine. */
import type { Scanner, ScanOptions } from './scanner.js';
import { WalkingScanner } from './walking-scanner.js';
import { BufferWindow } from './window.js';

/** Makes a scanner that needs nothing but JavaScript. */
export function scalarScanner(options: ScanOptions): Scanner {
  return new WalkingScanner(options, new BufferWindow(options.recycle, options.from?.byteOffset));
}
