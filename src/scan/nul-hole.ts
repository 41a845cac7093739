/** Holes of NUL bytes, which a writer leaves when its machine crashes before the data is on disk. */
import type { TextFault } from './text-faults.js';

/** Fewer may be damaged text, or text in another encoding. */
const LEAST_BYTES = 64;

/** A hole: `[start, end)`. */
export interface NulHole {
  readonly start: number;
  readonly end: number;
}

/** The first hole between two offsets. */
export function holeIn(bytes: Buffer, from: number, to: number): NulHole | undefined {
  for (let at = from; at < to; ) {
    const start = bytes.subarray(at, to).indexOf(0) + at;
    if (start < at) return undefined;
    let end = start;
    while (end < to && bytes[end] === 0) end++;
    if (end - start >= LEAST_BYTES) return { start, end };
    at = end;
  }
  return undefined;
}

/** The fault of a hole. */
export function holeFault({ start, end }: NulHole): TextFault {
  const message = `a hole of ${end - start} NUL bytes, as a crash of the writer leaves behind`;
  return { code: 'NOT_AN_ENTITY', at: start, message };
}
