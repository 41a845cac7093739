/** Death of the process at any moment: no job is lost or done twice, and every result is complete. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exportEntities } from '../../src/export/run-export.js';
import { FAULT_POINTS, type FaultPoint } from '../../src/jobs/fault-points.js';
import { isEnded } from '../../src/jobs/job.js';
import type { ExportRequest } from '../../src/terms/request.js';
import { blobsIn } from '../jobs/blobs-in.js';
import { type Arena, died, killAfter, makeArena, randomFrom, type Said, type SourceForm } from './kill-worker.js';

/** The long form is `npm run test:chaos`. */
const LONG = process.env.CHAOS === 'long';
const KILLS = LONG ? 200 : 12;
const SUBMITS = LONG ? 1000 : 40;
/** Sizes of the sources: a job of the largest one takes about as long as a life, one of the smallest has several slices. */
const [LARGE, SMALLEST] = LONG ? [30_000_000, 16_000_000] : [16_000_000, 3_000_000];
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);

/** Each fault point, and at which of its passes the attempt is killed. */
const POINTS = FAULT_POINTS.flatMap((point) => {
  const once: readonly FaultPoint[] = ['after-claim', 'before-finish', 'after-finish', 'after-sweep'];
  return (LONG && !once.includes(point) ? [1, 2, 5] : [1]).map((nth) => ({ point, nth }));
});

/** Points with several files and their manifest in progress. */
const SPLIT_POINTS: readonly { readonly point: FaultPoint; readonly nth: number }[] = [
  { point: 'after-part', nth: 2 },
  { point: 'after-checkpoint', nth: 3 },
  { point: 'before-finish', nth: 1 },
];

/** Sources in which attempts continue between values, and inside of what surrounds an array; parts that the first one leaves. */
const FORMS: readonly (readonly [string, SourceForm, readonly string[]])[] = [
  [
    'a sequence',
    { of: (lines) => lines.map((line) => line.replace(',', ',\n ')).join('\n'), plan: { input: 'sequence' } },
    ['part-00000-e1', 'part-00001-e1'],
  ],
  [
    'resources of entries',
    {
      of: (lines) => `{"type":"bundle","entry":[${lines.map((line) => `{"n":[1],"resource":${line}}`).join(',\n')}]}`,
      plan: { path: 'entry.*.resource' },
    },
    ['part-00000-e1', 'part-00001-e1'],
  ],
  // Before its end, a zip of a table is a head.
  [
    'a table',
    { of: (lines) => lines.join('\n'), plan: { format: 'dsv', dsv: { multiFile: false } } },
    ['part-00000-e1'],
  ],
];

const REQUEST = { types: ['product', 'sku'], fileName: 'chaos' };
/** Several files in one zip. */
const SPLIT = { ...REQUEST, profile: 'split' };
const SMALL = { types: ['product'], maxRecords: 1, fileName: 'small' };

/** The digest of an undisturbed export in this process. */
async function undisturbed(arena: Arena, request: ExportRequest): Promise<string> {
  const options = { ...arena.plan, source: arena.source, request, pack: 'zip' } as const;
  const { output } = await exportEntities(options).toFile(join(arena.folder, 'truth.zip'));
  return output.sha256 ?? '';
}

/** Lets all jobs end, and checks every acknowledged one. */
async function reckon(arena: Arena, truth: string): Promise<{ readonly done: number }> {
  const jobs = await arena.open();
  const tenant = jobs.forTenant('acme');
  const said = await arena.journal();
  const acknowledged = new Map(said.flatMap(({ acknowledged: id, key = '' }) => (id ? [[key, id] as const] : [])));
  const rows = new Map<string, string>();
  for (let after: string | undefined, more = true; more; ) {
    const page = await tenant.list({ limit: 500, ...(after === undefined ? {} : { after }) });
    for (const { id } of page.jobs) {
      const { state, files } = await tenant.waitFor(id, { timeoutMs: 120_000 });
      rows.set(id, `${state} ${files[0]?.sha256}`);
      const kept: Buffer[] = [];
      for await (const chunk of await tenant.openFile(id, files[0].name)) kept.push(chunk);
      expect(Buffer.concat(kept).length).toBe(files[0].bytes);
    }
    after = page.next;
    more = after !== undefined;
  }
  await jobs.close();
  // Lost: acknowledged, but missing. Doubled: more jobs than keys.
  expect([...acknowledged.values()].filter((id) => !rows.has(id))).toStrictEqual([]);
  const perKey = new Set(acknowledged.values());
  expect(perKey.size).toBe(acknowledged.size);
  expect([...rows.values()].filter((row) => row !== `completed ${truth}`)).toStrictEqual([]);
  expect(doneMoreThanOnce(said)).toStrictEqual([]);
  await nothingLeftOver(arena, rows.size);
  return { done: rows.size };
}

function doneMoreThanOnce(said: readonly Said[]): readonly string[] {
  const done = said.filter(({ log }) => log === 'completed').map(({ job = '' }) => job);
  return done.filter((job, index) => done.indexOf(job) !== index);
}

/** Each result consists of its parts only: no state, no orphan of an earlier attempt, no temporary file. */
async function nothingLeftOver(arena: Arena, jobs: number): Promise<void> {
  const stored = await blobsIn(arena.dataDir);
  expect(stored.size).toBe(jobs);
  for (const names of stored.values()) {
    expect(names.filter((name) => !/^part-\d{5}-e\d+$/.test(name))).toStrictEqual([]);
    const numbers = names.map((name) => name.slice(0, 10));
    expect(new Set(numbers).size).toBe(numbers.length);
  }
}

/** Milliseconds from the start of each life that found a running job until it runs again. */
function recoveries(said: readonly Said[], starts: readonly number[]): readonly number[] {
  const times: number[] = [];
  for (const start of starts) {
    const next = said.find(({ log, epoch = 0, at }) => log === 'running' && epoch > 1 && at >= start);
    const following = starts.find((other) => other > start) ?? Number.POSITIVE_INFINITY;
    if (next && next.at < following) times.push(next.at - start);
  }
  return times.sort((a, b) => a - b);
}

describe('kill -9', () => {
  test(`at ${KILLS} random moments`, { timeout: 900_000 }, async () => {
    const arena = await makeArena(LARGE, 600_000);
    const random = randomFrom(SEED);
    const starts: number[] = [];
    try {
      const truth = await undisturbed(arena, REQUEST);
      let submitted = 0;
      let kills = 0;
      for (; kills < KILLS; kills++) {
        starts.push(Date.now());
        // A new job every third life: some lives find none, some find several.
        const submits = kills % 3 === 0 ? { from: submitted, to: ++submitted, request: REQUEST } : undefined;
        await killAfter(arena.start(submits ? { submits } : {}), random() * 1000);
      }
      const { done } = await reckon(arena, truth);
      const times = recoveries(await arena.journal(), starts);
      const middle = times[Math.floor(times.length / 2)];
      console.log(
        `chaos: seed ${SEED}, ${kills} kills at random, ${done} jobs: 0 lost, 0 doubled, bytes equal; ` +
          `running again after ${times[0]}/${middle}/${times.at(-1)} ms (min/median/max of ${times.length}, start of the process included)`,
      );
    } finally {
      await arena.dispose();
    }
  });

  test.each(POINTS)('at $point, hit $nth', { timeout: 120_000 }, async (killAt) => {
    const arena = await makeArena(SMALLEST, 400_000);
    try {
      const truth = await undisturbed(arena, REQUEST);
      expect(await died(arena.start({ killAt, submits: { from: 0, to: 1, request: REQUEST } }))).toBe('SIGKILL');
      expect(await reckon(arena, truth)).toMatchObject({ done: 1 });
      // Work before a checkpoint is not repeated: the first part is that of the first attempt.
      const [names = []] = [...(await blobsIn(arena.dataDir)).values()];
      const noneYet: readonly FaultPoint[] = ['after-claim', 'before-part', 'after-part', 'before-checkpoint'];
      expect(names.includes('part-00000-e1')).toBe(killAt.nth > 1 || !noneYet.includes(killAt.point));
    } finally {
      await arena.dispose();
    }
  });

  test.each(SPLIT_POINTS)('at $point, hit $nth, of a result of several files', { timeout: 120_000 }, async (killAt) => {
    const arena = await makeArena(LARGE, 400_000);
    try {
      const truth = await undisturbed(arena, SPLIT);
      expect(await died(arena.start({ killAt, submits: { from: 0, to: 1, request: SPLIT } }))).toBe('SIGKILL');
      expect(await reckon(arena, truth)).toMatchObject({ done: 1 });
    } finally {
      await arena.dispose();
    }
  });

  test.each(FORMS)('at checkpoints of %s', { timeout: 120_000 }, async (_, form, kept) => {
    const arena = await makeArena(3_000_000, 400_000, form);
    try {
      const truth = await undisturbed(arena, REQUEST);
      const submits = { from: 0, to: 1, request: REQUEST };
      expect(await died(arena.start({ killAt: { point: 'after-checkpoint', nth: 2 }, submits }))).toBe('SIGKILL');
      expect(await died(arena.start({ killAt: { point: 'after-checkpoint', nth: 1 } }))).toBe('SIGKILL');
      expect(await reckon(arena, truth)).toMatchObject({ done: 1 });
      // Work before a checkpoint is not repeated.
      const [names = []] = [...(await blobsIn(arena.dataDir)).values()];
      expect(names).toEqual(expect.arrayContaining([...kept]));
    } finally {
      await arena.dispose();
    }
  });

  test(`over ${SUBMITS} acknowledged submissions`, { timeout: 900_000 }, async () => {
    const arena = await makeArena(200_000, 1_000_000);
    const random = randomFrom(SEED + 1);
    try {
      const truth = await undisturbed(arena, SMALL);
      let kills = 0;
      for (;;) {
        const keys = new Set((await arena.journal()).flatMap(({ key }) => (key === undefined ? [] : [key])));
        if (keys.size >= SUBMITS) break;
        // Submissions without an acknowledgement are repeated under their key.
        let from = 0;
        while (keys.has(`key-${from}`)) from++;
        await killAfter(
          arena.start({ submits: { from, to: Math.min(SUBMITS, from + 20), request: SMALL } }),
          random() * 500,
        );
        kills++;
      }
      const { done } = await reckon(arena, truth);
      expect(done).toBe(SUBMITS);
      const jobs = await arena.open();
      expect(isEnded((await jobs.forTenant('acme').list({ limit: 1 })).jobs[0].state)).toBe(true);
      await jobs.close();
      console.log(
        `chaos: ${SUBMITS} acknowledged submissions over ${kills} kills: ${done} jobs done, 0 lost, 0 doubled`,
      );
    } finally {
      await arena.dispose();
    }
  });
});
