/** Jobs whose rows wait for the end of the input: the next attempt continues them, and they are gone with the job. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { makeAttempt } from '../../src/jobs/attempt.js';
import type { JobEngine } from '../../src/jobs/engine.js';
import { JobPlans } from '../../src/jobs/job-plan.js';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import { DirectoryStore } from '../../src/results/directory-store.js';
import { withChangedInputs } from '../../src/sources/changed-inputs.js';
import { files } from '../../src/sources/files.js';
import { SILENT } from '../../src/terms/logger.js';

let folder = '';
let engine: JobEngine;
let store: DirectoryStore;
let bytesRead = 0;
const OWNER = { tenant: 'acme', job: '01234567-89ab-cdef-0123-456789abcdef' };
const results = () => join(folder, 'results', OWNER.job);
const LINES = Array.from(
  { length: 15_000 },
  (_, index) => `{"id":"e${index}","m${Math.floor(index / 500)}":${index}}\n`,
);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-job-rows-'));
  await writeFile(join(folder, 'in.ndjson'), LINES.join(''));
  engine = await openEmbeddedEngine(join(folder, 'data'), { running: 4, queued: 10 }, Date.now);
  store = new DirectoryStore(join(folder, 'results'));
  bytesRead = 0;
});
afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

/** One attempt, which yields after so many checkpoints. */
async function attempt(format: 'dsv' | 'xlsx', checkpoints = Number.POSITIVE_INFINITY): Promise<void> {
  const row = await engine.claim();
  if (!row) throw new Error('there is no job');
  let made = 0;
  const source = withChangedInputs(files(join(folder, 'in.ndjson')), async function* (inputs) {
    for await (const input of inputs) {
      if (input.kind === 'objects') continue;
      yield {
        ...input,
        async read(into) {
          const length = await input.read(into.subarray(0, 9000));
          bytesRead += length;
          return length;
        },
      };
    }
  });
  await makeAttempt(row, {
    ...{ engine, store, source, plans: new JobPlans({ format, pack: 'none' }), now: Date.now, logger: SILENT },
    hit: async () => {},
    slice: { bytes: 10_000, durationMs: 60_000 },
    quota: { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
    resultTtlMs: 60_000,
    signal: new AbortController().signal,
    stopping: () => made >= checkpoints,
    onCheckpoint: () => void made++,
  });
}

describe.each(['dsv', 'xlsx'] as const)('the rows of %s', (format) => {
  beforeEach(() => engine.submit({ id: OWNER.job, tenant: OWNER.tenant, request: {} }));

  async function expectWhole(): Promise<void> {
    const { state, files: all = [] } = (await engine.get(OWNER.job)) ?? {};
    expect(state).toBe('completed');
    const chunks: Buffer[] = [];
    for await (const chunk of store.read(OWNER, all[0].parts)) chunks.push(chunk);
    const whole = await exportEntities({ source: join(folder, 'in.ndjson'), id: OWNER.job, format }).toBuffer();
    expect(Buffer.concat(chunks).equals(whole)).toBe(true);
    expect((await readdir(results())).filter((name) => !name.startsWith('part-'))).toStrictEqual([]);
  }

  test('are continued by the next attempt, and swept at the end', async () => {
    await attempt(format, 3);
    const { checkpoint } = (await engine.look(OWNER.job)) ?? {};
    // Of a workbook, less than a block is in the checkpoint itself.
    if (format === 'dsv') expect(checkpoint?.spooled?.length).toBeGreaterThan(0);
    await attempt(format, 4);
    const before = bytesRead;
    await attempt(format);
    expect(bytesRead - before).toBeLessThan(LINES.join('').length - 40_000);
    await expectWhole();
  });

  test.runIf(format === 'dsv')('are made again where they are damaged', async () => {
    await attempt(format, 3);
    for (const name of await readdir(results())) if (name.startsWith('spooled-')) await rm(join(results(), name));
    bytesRead = 0;
    await attempt(format);
    expect(bytesRead).toBe(LINES.join('').length);
    await expectWhole();
  });
});
