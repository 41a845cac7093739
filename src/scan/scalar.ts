/** The scanner in plain TypeScript: the readable version, which runs on every machine. */
import type { Scanner, ScanOptions } from './scanner.js';
import { WalkingScanner } from './walking-scanner.js';
import { BufferWindow } from './window.js';

/** Makes a scanner that needs only JavaScript. */
export function scalarScanner(options: ScanOptions): Scanner {
  return new WalkingScanner(options, new BufferWindow(options.recycle, options.from?.byteOffset));
}
