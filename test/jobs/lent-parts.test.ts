/** The parts of a job are written from few memories, which are used again. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openJobs } from '../../src/jobs.js';
import { DirectoryStore } from '../../src/results/directory-store.js';
import type { Profile } from '../../src/terms/profile.js';

const PLAIN: Profile = { name: 'plain', format: 'ndjson', pack: 'none', context: {} };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-parts-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

test('a job gives the memory of its output back once it is stored', async () => {
  const line = (index: number) => `{"id":"${index}","type":"product","text":"${'x'.repeat(900)}"}\n`;
  const text = Array.from({ length: 12_000 }, (_, index) => line(index)).join('');
  const source = join(folder, 'catalog.ndjson');
  await writeFile(source, text);
  const memories: unknown[] = [];
  const { create } = DirectoryStore.prototype;
  vi.spyOn(DirectoryStore.prototype, 'create').mockImplementation(async function (this: DirectoryStore, ...name) {
    const writer = await create.apply(this, name);
    return {
      ...writer,
      write: (bytes) => {
        if (bytes.length > 64 * 1024) memories.push(bytes.buffer);
        return writer.write(bytes);
      },
    };
  });
  const jobs = await openJobs({ dataDir: join(folder, 'data'), source });
  try {
    const tenant = jobs.forTenant('acme');
    const { job } = await tenant.submit({ request: { profile: PLAIN } });
    const { files } = await tenant.waitFor(job.id, { timeoutMs: 60_000 });
    expect(files).toMatchObject([{ sha256: createHash('sha256').update(text).digest('hex') }]);
  } finally {
    await jobs.close();
  }
  expect(memories.length).toBeGreaterThan(5);
  expect(new Set(memories).size).toBeLessThan(memories.length / 2);
});
