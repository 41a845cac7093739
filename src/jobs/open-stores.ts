/** Opens the storage of results, or that of each tenant. */
import { isS3Address } from '../destinations/s3/s3-address.js';
import type { BlobStore } from '../results/blob-store.js';
import { DirectoryStore } from '../results/directory-store.js';
import { openS3Store } from '../results/s3-store.js';
import { SluiceError } from '../terms/errors.js';
import { type Logger, SILENT } from '../terms/logger.js';
import type { JobEngine } from './engine.js';
import { resultsPlace } from './results-place.js';
import { TenantStores } from './tenant-stores.js';
import { type PerTenant, valueFor } from './tenant-terms.js';

/**
 * Opens the store of results and claims it for an engine's jobs. A missing folder is created, a missing bucket is not. That
 * of a tenant is opened when it is first needed.
 * @param isLocal whether a folder of results is in that of the jobs
 * @throws SluiceError `NOT_OWNED`, before anything was changed
 */
export async function openStores(
  results: PerTenant<string | BlobStore>,
  engine: Pick<JobEngine, 'owner'>,
  logger: Logger = SILENT,
  isLocal = false,
): Promise<BlobStore> {
  if (typeof results !== 'function') return openStore(results, engine, logger, isLocal);
  return new TenantStores(
    async (tenant) => {
      const place = await valueFor('results', results, tenant, resultsPlace);
      if (place === undefined) {
        const message = `the function of the option results returned no place for the tenant ${tenant}`;
        throw new SluiceError('CALLBACK_FAILED', 'job', message);
      }
      return place;
    },
    (place) => openStore(place, engine, logger),
  );
}

async function openStore(
  results: string | BlobStore,
  engine: Pick<JobEngine, 'owner'>,
  logger: Logger,
  isLocal = false,
): Promise<BlobStore> {
  const store = await storeOf(results, logger, isLocal);
  const takenOver = (await store.own?.(await engine.owner())) ?? 0;
  if (takenOver > 0) {
    const place = typeof results === 'string' ? { results } : {};
    logger.warn({ ...place, jobs: takenOver }, 'results of an earlier version were marked as those of these jobs');
  }
  return store;
}

async function storeOf(results: string | BlobStore, logger: Logger, isLocal: boolean): Promise<BlobStore> {
  if (typeof results !== 'string') return results;
  return isS3Address(results) ? openS3Store(results) : new DirectoryStore(results, logger, isLocal);
}
