/** Checks that results can be stored: before a job is accepted, and for health checks. */
import { SluiceError, toSluiceError } from '../terms/errors.js';
import type { BlobStore } from './blob-store.js';

/** @throws SluiceError `RESULTS_UNAVAILABLE`, `DISK_FULL`, `NOT_OWNED` */
export async function requireStore(store: BlobStore): Promise<void> {
  try {
    await store.check?.();
  } catch (thrown) {
    const cause = toSluiceError(thrown, 'READ_FAILED', 'job');
    if (cause.code === 'DISK_FULL' || cause.code === 'NOT_OWNED') throw cause;
    const message = 'results cannot be stored: their storage is gone or does not respond';
    throw new SluiceError('RESULTS_UNAVAILABLE', 'job', message, { path: cause.path, cause });
  }
}
