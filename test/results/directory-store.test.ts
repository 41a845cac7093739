/** Results in a folder. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DirectoryStore } from '../../src/results/directory-store.js';
import { SILENT } from '../../src/terms/logger.js';
import { blobStoreCases } from '../cases/blob-store.cases.js';
import { failSync } from '../destinations/failing-sync.js';

blobStoreCases('a folder', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-store-'));
  return {
    store: new DirectoryStore(root),
    other: new DirectoryStore(root),
    dispose: () => rm(root, { recursive: true }),
  };
});

test('stores results on a file system that cannot sync, and logs the consequence once', async () => {
  const root = await mkdtemp(join(tmpdir(), 'sluice-store-'));
  failSync('EINVAL');
  try {
    const said: string[] = [];
    const store = new DirectoryStore(root, { ...SILENT, warn: (_facts, message) => void said.push(message) });
    for (const name of ['1-part-0', '1-part-1']) {
      const writer = await store.create({ tenant: 'acme', job: randomUUID() }, name);
      await writer.write(Buffer.from('bytes'));
      expect(await writer.commit()).toStrictEqual({ name, bytes: 5 });
    }
    expect(said).toStrictEqual([expect.stringContaining('cannot sync')]);
  } finally {
    await rm(root, { recursive: true });
  }
});
