/** An attempt that was thought dead wakes up: it must change, finish and overwrite nothing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { catalog } from '../../src/cli/catalog.js';
import { type AttemptOptions, makeAttempt } from '../../src/jobs/attempt.js';
import { DirectoryStore } from '../../src/jobs/directory-store.js';
import { openEmbeddedEngine } from '../../src/jobs/embedded-engine.js';
import type { JobEngine, JobRow } from '../../src/jobs/engine.js';
import { FAULT_POINTS, type FaultHook, type FaultPoint } from '../../src/jobs/fault-points.js';
import { files } from '../../src/pipeline/read/files.js';
import { exportEntities } from '../../src/pipeline/run-export.js';
import { SILENT } from '../../src/terms/logger.js';
import { unfenced } from './unfenced.js';

let folder = '';
let source = '';
let engine: JobEngine;
let store: DirectoryStore;
let truth: string | undefined;
const REQUEST = { types: ['product', 'sku'], fileName: 'same' };
const PLAN = { level: 1, threads: 1 };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-superseded-'));
  source = join(folder, 'catalog');
  await writeFile(source, catalog({ seed: 6, form: 'lines', bytes: 12_000_000 }).bytes);
  engine = await openEmbeddedEngine(folder, { running: 4, queued: 10 }, Date.now);
  store = new DirectoryStore(join(folder, 'results'));
  truth = (await exportEntities({ source, request: REQUEST, pack: 'zip', ...PLAN }).toFile(join(folder, 'truth.zip')))
    .output.sha256;
});
afterEach(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

function options(hit: FaultHook, over: Partial<AttemptOptions> = {}): AttemptOptions {
  return {
    ...{ engine, store, source: files(source), plan: PLAN, now: Date.now, logger: SILENT, hit },
    slice: { bytes: 1_000_000, ms: 60_000 },
    quota: { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
    keepResultsMs: 60_000,
    signal: new AbortController().signal,
    stopping: () => false,
    ...over,
  };
}

/** A hook that stops at a point for the nth time, tells that it is there, and goes on when it is released. */
function holdAt(point: FaultPoint, nth: number) {
  let reached: () => void = () => {};
  let release: () => void = () => {};
  const there = new Promise<void>((resolve) => (reached = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  let hits = 0;
  const hit: FaultHook = async (at) => {
    if (at !== point || ++hits !== nth) return;
    reached();
    await released;
  };
  return { hit, there, release };
}

async function claimed(): Promise<JobRow> {
  const row = await engine.claim();
  if (!row) throw new Error('nothing to claim');
  return row;
}

async function contentOf(row: JobRow): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of store.read({ tenant: 'acme', job: row.id }, row.files[0].parts)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * The first attempt is held with its write in hand; a second one takes the job. Then the first goes on: before the
 * second has finished, or behind it. Rejects where any of what must hold does not.
 * @param zombieEngine what the first attempt writes to
 */
async function supersede(point: FaultPoint, when: 'while' | 'behind', zombieEngine: JobEngine): Promise<void> {
  await engine.submit({ id: 'a-job', tenant: 'acme', request: REQUEST });
  const done: string[] = [];
  const quiet = engine.onChange(({ state, epoch }) => {
    if (state === 'completed') done.push(`done by ${epoch}`);
  });
  const late = holdAt(point, /claim|finish|sweep/.test(point) ? 1 : 3);
  const first = makeAttempt(await claimed(), options(late.hit, { engine: zombieEngine }));
  const ended = first.then(
    () => 'ended well',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
  await late.there;
  await engine.handBack('a-job', 1);

  // The second one goes as far as its last write, so that it has not finished when the first one wakes.
  const before = holdAt('before-finish', 1);
  const second = makeAttempt(await claimed(), options(before.hit));
  await before.there;
  // The bytes that it had not finished may have been swept under its hands; that is an end as good.
  const refused = point === 'before-part' ? /^(SUPERSEDED|WRITE_FAILED)$/ : /^SUPERSEDED$/;
  if (when === 'while') {
    late.release();
    expect(await ended).toMatch(refused);
  }
  before.release();
  await second;
  late.release();
  expect(await ended).toMatch(refused);
  quiet();

  const row = await engine.get('a-job');
  expect(row).toMatchObject({ state: 'completed', epoch: 2 });
  expect(done).toStrictEqual(['done by 2']);
  if (!row) return;
  expect(row.files[0].sha256).toBe(truth);
  const content = await contentOf(row);
  expect(content.length).toBe(row.files[0].bytes);
}

/** Behind the write that finishes a job there is nothing to supersede. */
const HELD = FAULT_POINTS.filter((point) => point !== 'after-finish' && point !== 'after-sweep');

describe.each(HELD)('held at %s', (point) => {
  test.each(['while', 'behind'] as const)('an attempt goes on %s the next one', async (when) => {
    await supersede(point, when, engine);
  });
});

describe('without the fence', () => {
  test('the same is caught: a zombie at a checkpoint finishes the job a second time, of parts that are gone', async () => {
    await expect(supersede('before-checkpoint', 'while', unfenced(engine))).rejects.toThrow();
  });

  test('and so is one that is held before it finishes', async () => {
    await expect(supersede('before-finish', 'while', unfenced(engine))).rejects.toThrow();
  });
});
