/** Test helper: drives bytes through one stage, in chunks of any sizes. */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { newRun } from '../../src/export/create-run.js';
import type { Run } from '../../src/terms/run.js';
import type { Stage } from '../../src/terms/stage.js';

/** Cuts bytes into chunks of these sizes, repeatedly; a single number is the size of all. */
export function chunksOf(bytes: Uint8Array, sizes: number | readonly number[]): Buffer[] {
  const cycle = typeof sizes === 'number' ? [sizes] : sizes;
  const chunks: Buffer[] = [];
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const to = Math.min(from + Math.max(1, cycle[turn % cycle.length]), bytes.length);
    chunks.push(Buffer.from(bytes.subarray(from, to)));
    from = to;
  }
  return chunks;
}

/** Pushes every chunk, flushes and closes; returns the complete output. */
export async function drive(
  stage: Stage<Buffer, Buffer>,
  chunks: Iterable<Buffer>,
  run: Run = newRun(),
): Promise<Buffer> {
  const out: Buffer[] = [];
  for (const chunk of chunks) out.push(...(await stage.push(chunk, run)));
  out.push(...(await stage.flush(run)));
  await stage.close?.();
  return Buffer.concat(out);
}

/** Bytes that compress slightly: repetition with noise, the same in every run. */
export function someBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0, state = 1; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = at % 7 < 4 ? at % 251 : state >>> 16;
  }
  return bytes;
}

/** Bytes with sizes of chunks. */
export const chunkedBytes = fc.record({
  bytes: fc.uint8Array({ maxLength: 500 }),
  sizes: fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 }),
});
