/** Workers over one database, killed or stopped for longer than their leases: no job is lost or done twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { POSTGRES } from '../../servers/postgres-database.js';
import { died, randomFrom } from '../kill-worker.js';
import { type Arena, type Loss, makeArena, type Reckoning, type Worker } from './workers.js';

/** The long form is `npm run test:chaos`. */
const LONG = process.env.CHAOS === 'long';
const KILLS = LONG ? 100 : 8;
const STOPS = LONG ? 50 : 5;
/** Maximum number of stops without the fence, until something goes wrong. */
const UNFENCED_STOPS = 40;
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000);
const TIMEOUT = { timeout: 1_200_000 };

const SOURCE_BYTES = 16_000_000;
const SLICE_BYTES = 500_000;

/** Interval of polls of the database, in milliseconds. */
const LOOK_MS = 20;

const FAULTLESS = { lost: [], doubled: [], damaged: [], twins: 0, leftOver: [] };

/** Starts a worker, and waits until it claims jobs. */
async function working(arena: Arena, isUnfenced = false): Promise<Worker> {
  const worker = arena.start(isUnfenced);
  await worker.opened;
  return worker;
}

/** Stops a process until a job was taken from it, or for several leases if it had none; then continues it. */
async function stopAndGoOn(arena: Arena, worker: Worker, leaseMs: number, longerMs: number): Promise<boolean> {
  const before = await arena.reclaims();
  worker.process.kill('SIGSTOP');
  const late = Date.now() + leaseMs + 4_000;
  let isTaken = false;
  while (!isTaken && Date.now() < late) {
    await sleep(LOOK_MS);
    isTaken = (await arena.reclaims()) > before;
  }
  // A moment later, so that the new owner of the job is somewhere within it.
  await sleep(longerMs);
  worker.process.kill('SIGCONT');
  return isTaken;
}

function summary({ jobs }: Reckoning, times: readonly number[]): string {
  const middle = times[Math.floor(times.length / 2)];
  return (
    `${jobs} jobs: 0 lost, 0 doubled, bytes equal; ` +
    `running again after ${times[0]}/${middle}/${times.at(-1)} ms (min/median/max of ${times.length})`
  );
}

describe.skipIf(!POSTGRES)('two workers over one database', () => {
  test(`killed ${KILLS} times at work`, TIMEOUT, async () => {
    const leaseMs = 1_000;
    const arena = await makeArena(SOURCE_BYTES, SLICE_BYTES, leaseMs);
    const random = randomFrom(SEED);
    try {
      const workers = [await working(arena), await working(arena)];
      const losses: Loss[] = [];
      let kills = 0;
      while (losses.length < KILLS) {
        await arena.supply();
        const index = random() < 0.5 ? 0 : 1;
        await sleep(100 + random() * 500);
        const { process: victim, jobs } = workers[index];
        const end = died(victim);
        if (jobs.size > 0) losses.push({ at: Date.now(), jobs: [...jobs] });
        victim.kill('SIGKILL');
        await end;
        kills++;
        workers[index] = await working(arena);
      }
      const reckoning = await arena.reckon();
      const times = reckoning.recoveries(losses);
      console.log(`chaos: seed ${SEED}, ${kills} kills -9, ${KILLS} of them at work, ${summary(reckoning, times)}`);
      expect(reckoning).toMatchObject(FAULTLESS);
    } finally {
      if (arena.errors.length > 0) console.log(`chaos: workers complained: ${[...new Set(arena.errors)].join('\n')}`);
      await arena.dispose();
    }
  });

  test(`stopped ${STOPS} times for longer than their leases, and continued`, TIMEOUT, async () => {
    const leaseMs = 500;
    const arena = await makeArena(SOURCE_BYTES, SLICE_BYTES, leaseMs);
    const random = randomFrom(SEED + 1);
    try {
      const workers = [await working(arena), await working(arena)];
      const losses: Loss[] = [];
      let stops = 0;
      for (; losses.length < STOPS; stops++) {
        await arena.supply();
        await sleep(50 + random() * 300);
        const loss = { at: Date.now(), jobs: [...workers[stops % 2].jobs] };
        const isTaken = await stopAndGoOn(arena, workers[stops % 2], leaseMs, random() * 400);
        if (isTaken) losses.push(loss);
      }
      const reckoning = await arena.reckon();
      const times = reckoning.recoveries(losses);
      console.log(
        `chaos: seed ${SEED}, ${stops} times SIGSTOP and SIGCONT, ${STOPS} of them lost a job by it, ` +
          summary(reckoning, times),
      );
      expect(reckoning).toMatchObject(FAULTLESS);
    } finally {
      if (arena.errors.length > 0) console.log(`chaos: workers complained: ${[...new Set(arena.errors)].join('\n')}`);
      await arena.dispose();
    }
  });

  test('without the fence, something is lost, doubled or damaged after such stops', TIMEOUT, async () => {
    const leaseMs = 500;
    const arena = await makeArena(SOURCE_BYTES, SLICE_BYTES, leaseMs);
    const random = randomFrom(SEED + 2);
    try {
      const workers = [await working(arena, true), await working(arena, true)];
      let stops = 0;
      let seen: Reckoning | undefined;
      for (; stops < UNFENCED_STOPS && !seen; ) {
        // Some stops, then a check of the jobs.
        for (const until = stops + 5; stops < until; stops++) {
          await arena.supply();
          await sleep(50 + random() * 300);
          await stopAndGoOn(arena, workers[stops % 2], leaseMs, random() * 400);
        }
        const reckoning = await arena.reckon();
        const { lost, doubled, damaged } = reckoning;
        if (lost.length + doubled.length + damaged.length > 0) seen = reckoning;
      }
      const counts = (what: readonly string[] | undefined) => what?.length ?? 0;
      console.log(
        `chaos: seed ${SEED}, fence off, ${stops} stops, ${seen?.jobs} jobs: ${counts(seen?.lost)} lost, ` +
          `${counts(seen?.doubled)} doubled, ${counts(seen?.damaged)} damaged`,
      );
      expect(seen).toBeDefined();
    } finally {
      await arena.dispose();
    }
  });
});
