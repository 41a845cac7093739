/** Results in a folder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStore } from '../../src/jobs/directory-store.js';
import { blobStoreCases } from '../cases/blob-store.cases.js';

blobStoreCases('a folder', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-store-'));
  return {
    store: new DirectoryStore(root),
    other: new DirectoryStore(root),
    dispose: () => rm(root, { recursive: true }),
  };
});
