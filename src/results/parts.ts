/** Consecutive parts of a file: their names, their size, their digest, and the ranges they cover. */
import { createHash } from 'node:crypto';
import type { ByteRange, Part } from './blob-store.js';

export function namesOf(parts: readonly Part[]): readonly string[] {
  return parts.map(({ name }) => name);
}

/** Size of all parts together. */
export function sizeOf(parts: readonly Pick<Part, 'bytes'>[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Hexadecimal SHA-256. */
export async function digestOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}

/** Bytes of one part. */
export interface PartSpan extends ByteRange {
  /** Name of the part. */
  readonly name: string;
}

/** The parts, or their pieces, that make up a range of the file. */
export function spansOf(parts: readonly Part[], { start, end }: ByteRange = ALL): readonly PartSpan[] {
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

const ALL: ByteRange = { start: 0, end: Number.POSITIVE_INFINITY };
