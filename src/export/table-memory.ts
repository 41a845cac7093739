/** How large an entity may be that becomes rows: its text, its values and its rows are in memory at the same time. */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/** Bytes of memory that a byte of an entity takes on its way to a table, and some more for the rest of the process. */
const MEMORY_PER_BYTE = 12;

/** Of these, those in the heap of JavaScript. */
const HEAP_PER_BYTE = 8;

/** Bytes of the largest entity that the memory of this process is enough for, be it the machine's or a container's. */
export function largestTableEntity(): number {
  const constrained = process.constrainedMemory() ?? 0;
  // Without a container the answer is zero, or more than there is.
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.floor(Math.min(memory / MEMORY_PER_BYTE, getHeapStatistics().heap_size_limit / HEAP_PER_BYTE));
}
