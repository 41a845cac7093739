/** The largest entity that can become rows: its text, values and rows are in memory at the same time. */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** Bytes of memory per byte of an entity on its way to a table, with a reserve for the rest of the process. */
const MEMORY_PER_BYTE = 12;

/** The share of them in the JavaScript heap. */
const HEAP_PER_BYTE = 8;

/** Bytes of the largest entity for the memory of this process, of the machine or of its container. */
export function largestTableEntity(): number {
  const constrained = process.constrainedMemory() ?? 0;
  // Without a container the limit is zero, or more than the machine has.
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor(Math.min(memory / MEMORY_PER_BYTE, getHeapStatistics().heap_size_limit / HEAP_PER_BYTE));
}
