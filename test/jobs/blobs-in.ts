/** For tests: the blobs of each job in a data directory that nobody has open, in its files and in its database. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { jobsIn } from './jobs-in.js';

export async function blobsIn(dataDir: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const blobs = new Map<string, string[]>();
  const results = join(dataDir, 'results');
  for (const job of await jobsIn(results)) blobs.set(job, await readdir(join(results, job)));
  const root = open({ path: join(dataDir, 'jobs.lmdb'), overlappingSync: false, maxDbs: 32 });
  const keys = [...root.openDB<Buffer, string>({ name: 'results', encoding: 'binary' }).getKeys()];
  await root.close();
  for (const key of keys) {
    const [job = '', name = ''] = key.split(' ');
    blobs.set(job, [...(blobs.get(job) ?? []), name]);
  }
  return blobs;
}
