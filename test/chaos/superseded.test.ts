/** An attempt that was presumed dead wakes up, and must change, finish and overwrite nothing. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { catalog } from '../../src/generate/catalog.js';
import { makeAttempt } from '../../src/jobs/attempt.js';
import type { AttemptOptions } from '../../src/jobs/attempt-options.js';
import type { JobEngine } from '../../src/jobs/engine.js';
import { FAULT_POINTS, type FaultHook, type FaultPoint } from '../../src/jobs/fault-points.js';
import { JobPlans } from '../../src/jobs/job-plan.js';
import { openEmbeddedEngine } from '../../src/jobs/open-embedded-engine.js';
import { DirectoryStore } from '../../src/results/directory-store.js';
import { files } from '../../src/sources/files.js';
import { SILENT } from '../../src/terms/logger.js';
import { claimed, outcomeOf } from '../jobs/engine-calls.js';
import { holdAt } from '../jobs/hold-at.js';
import { unfenced } from './unfenced.mjs';

let folder = '';
let source = '';
let engine: JobEngine;
let store: DirectoryStore;
let truth: string | undefined;
const REQUEST = { types: ['product', 'sku'], fileName: 'same' };
const PLAN = { level: 1, threads: 1 };

let sources = '';
beforeAll(async () => {
  sources = await mkdtemp(join(tmpdir(), 'sluice-superseded-source-'));
  source = join(sources, 'catalog');
  await writeFile(source, catalog({ seed: 6, form: 'lines', bytes: 6_000_000 }).bytes);
  truth = (await exportEntities({ source, request: REQUEST, pack: 'zip', ...PLAN }).toFile(join(sources, 'truth.zip')))
    .output.sha256;
  return () => rm(sources, { recursive: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-superseded-'));
  engine = await openEmbeddedEngine(join(folder, 'data'), { running: 4, queued: 10 }, Date.now);
  store = new DirectoryStore(join(folder, 'results'));
});
afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

function options(hit: FaultHook, over: Partial<AttemptOptions> = {}): AttemptOptions {
  return {
    ...{ engine, store, source: files(source), plans: new JobPlans(PLAN), now: Date.now, logger: SILENT, hit },
    slice: { bytes: 500_000, durationMs: 60_000 },
    quota: { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
    resultTtlMs: 60_000,
    signal: new AbortController().signal,
    stopping: () => false,
    ...over,
  };
}

/** The outcome. */
interface Observed {
  /** How the attempts ended: `well`, or an error code. */
  readonly first: string;
  readonly second: string;
  /** Epochs under which the job was completed. */
  readonly doneBy: readonly number[];
  /** Whether the result is readable and equals that of an undisturbed run. */
  readonly result: 'whole' | 'damaged';
}

/**
 * Holds the first attempt before a write while a second one takes the job. Then releases the first one: before the
 * second one finishes, or after it.
 * @param zombieEngine the engine of the first attempt
 */
async function supersede(point: FaultPoint, when: 'while' | 'after', zombieEngine: JobEngine): Promise<Observed> {
  await engine.submit({ id: 'a-job', tenant: 'acme', request: REQUEST });
  const doneBy: number[] = [];
  const quiet = engine.events.on('change', ({ state, epoch }) => {
    if (state === 'completed') doneBy.push(epoch);
  });
  const late = holdAt(point, /claim|finish|sweep/.test(point) ? 1 : 3);
  const first = outcomeOf(makeAttempt(await claimed(engine), options(late.hit, { engine: zombieEngine })));
  await late.there;
  await engine.requeue('a-job', 1);

  // The second attempt proceeds to its last write, so that it has not finished when the first one wakes up.
  const before = holdAt('before-finish', 1);
  const second = outcomeOf(makeAttempt(await claimed(engine), options(before.hit)));
  await before.there;
  if (when === 'while') {
    late.release();
    await first;
  }
  before.release();
  await second;
  late.release();
  await first;
  quiet();
  return { first: await first, second: await second, doneBy, result: await resultOf('a-job') };
}

async function resultOf(id: string): Promise<'whole' | 'damaged'> {
  const files = (await engine.get(id))?.files ?? [];
  const hash = createHash('sha256');
  try {
    for await (const chunk of store.read({ tenant: 'acme', job: id }, files[0].parts)) hash.update(chunk);
  } catch {
    return 'damaged';
  }
  return hash.digest('hex') === truth ? 'whole' : 'damaged';
}

/** After the write that finishes a job there is nothing to supersede. */
const HELD = FAULT_POINTS.filter((point) => point !== 'after-finish' && point !== 'after-sweep');

describe.each(HELD)('held at %s', (point) => {
  test.each(['while', 'after'] as const)('an attempt that continues %s the next one changes nothing', async (when) => {
    const { first, ...rest } = await supersede(point, when, engine);
    expect(rest).toStrictEqual({ second: 'well', doneBy: [2], result: 'whole' });
    // Its unfinished bytes may have been swept meanwhile; that is as good an end.
    expect(first).toMatch(point === 'before-part' ? /^(SUPERSEDED|WRITE_FAILED)$/ : /^SUPERSEDED$/);
  });
});

describe('without the fence, the same scene', () => {
  test('at a checkpoint ends in an unreadable result', async () => {
    const { first, second, result } = await supersede('before-checkpoint', 'while', unfenced(engine));
    expect({ first, second, result }).toStrictEqual({ first: 'well', second: 'SUPERSEDED', result: 'damaged' });
  });

  test('before the end lets the zombie finish the job instead of its owner', async () => {
    const { first, second } = await supersede('before-finish', 'while', unfenced(engine));
    expect({ first, second }).toStrictEqual({ first: 'well', second: 'SUPERSEDED' });
  });
});
