/** Chains of deltas as jobs, whose process is killed right before or after a job ends. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bundledProgram } from '../bundled-program.js';
import { Replica } from '../delta/chain.js';

const KILLED = fileURLToPath(new URL('./killed-chain.mjs', import.meta.url));

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-killed-chain-'));
});
afterEach(() => rm(folder, { recursive: true }));

test.each(['before-finish', 'after-finish'])('a chain goes on after kill -9 at %s', async (point) => {
  const source = join(folder, 'catalog.ndjson');
  const dataDir = join(folder, 'data');
  const program = await bundledProgram(KILLED);
  const run = (killedAt: string) => promisify(execFile)(process.execPath, [program, source, dataDir, killedAt]);
  await writeFile(source, '{"id":"1","v":1}\n{"id":"2","v":1}\n');
  const replica = new Replica(true).apply((await run('never')).stdout);
  await writeFile(source, '{"id":"2","v":2}\n{"id":"3","v":1}\n');
  await expect(run(point)).rejects.toMatchObject({ signal: 'SIGKILL' });
  // The killed job is finished first, and its result is there.
  const results = await run('never');
  expect(results.stdout.split('\n').length).toBe(4);
  expect(replica.apply(results.stdout).sorted).toEqual(['{"id":"2","v":2}', '{"id":"3","v":1}']);
});
