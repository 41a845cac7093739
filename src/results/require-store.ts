/** Whether results can be kept: asked before a job is taken in, and by whoever watches the service. */
import { SluiceError, toSluiceError } from '../terms/errors.js';
import type { BlobStore } from './blob-store.js';

/** @throws SluiceError `RESULTS_UNAVAILABLE`, `DISK_FULL`, `NOT_OWNED` */
export async function requireStore(store: BlobStore): Promise<void> {
  try {
    await store.check?.();
  } catch (thrown) {
    const cause = toSluiceError(thrown, 'READ_FAILED', 'job');
    if (cause.code === 'DISK_FULL' || cause.code === 'NOT_OWNED') throw cause;
    const message = 'results cannot be kept: the place where they lie is gone, or does not answer';
    throw new SluiceError('RESULTS_UNAVAILABLE', 'job', message, { path: cause.path, cause });
  }
}
