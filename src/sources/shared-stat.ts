/** Examining a path once for all who ask for it meanwhile. */
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Examinations that have not ended, by the path. */
const EXAMINED = new Map<string, Promise<BigIntStats | undefined>>();

/** What is found at a path; undefined if it cannot be examined. Jobs that read one source at the same time share it. */
export function statShared(path: string): Promise<BigIntStats | undefined> {
  const begun = EXAMINED.get(path);
  if (begun) return begun;
  const examining = stat(path, { bigint: true })
    .catch(() => undefined)
    .finally(() => EXAMINED.delete(path));
  EXAMINED.set(path, examining);
  return examining;
}
