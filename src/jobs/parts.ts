/** Parts in a row: their names, their bytes, their digest. */
import { createHash } from 'node:crypto';
import type { Part } from '../results/blob-store.js';

export function namesOf(parts: readonly Part[]): readonly string[] {
  return parts.map(({ name }) => name);
}

/** Hexadecimal SHA-256. */
export async function digestOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
