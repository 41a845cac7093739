/** The parts of a result as one sequence of bytes: its size, and the spans of the parts in a range of it. */
import type { Part } from './blob-store.js';

/** Bytes `[start, end)` of one part. */
export interface PartSpan {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Bytes of all parts together. */
export function sizeOf(parts: readonly Pick<Part, 'bytes'>[]): number {
  return parts.reduce((size, { bytes }) => size + bytes, 0);
}

/** The spans of the parts that make up the bytes `[start, end)` of all of them. */
export function spansOf(parts: readonly Part[], start: number, end: number): readonly PartSpan[] {
  const spans: PartSpan[] = [];
  let offset = 0;
  for (const { name, bytes } of parts) {
    const from = Math.max(0, start - offset);
    const to = Math.min(bytes, end - offset);
    if (from < to) spans.push({ name, start: from, end: to });
    offset += bytes;
  }
  return spans;
}
