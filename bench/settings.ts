/** What the benches may be told, by variables of the environment: every name, unit and default in one place. */
import { fileURLToPath } from 'node:url';

/** The folder of the package, seen from where the benches are compiled to. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Megabytes (10^6 bytes) of the catalogs that are read. */
export const MEGABYTES = setting('BENCH_MB', 100);

/** Megabytes for slow peers; the first entities of the same catalog. */
export const SLOW_MEGABYTES = setting('BENCH_SLOW_MB', Math.max(1, Math.round(MEGABYTES / 10)));

/** Megabytes for inputs of a peculiar shape (small entities, many brackets), and the most that is deflated. */
export const ODD_MEGABYTES = Math.min(MEGABYTES, 100);

/** Megabytes in memory for stages that run alone; those that deflate get a quarter. */
export const STAGE_MEGABYTES = setting('BENCH_STAGE_MB', Math.min(MEGABYTES, 40));

/** Entities of about 1.4 KB in the table that is read from PostgreSQL. */
export const POSTGRES_ENTITIES = setting('BENCH_POSTGRES_ENTITIES', 200_000);

/** Rounds that count. In each, every contender has its turn. */
export const ROUNDS = setting('BENCH_ROUNDS', 7);

/** Rounds before them: on Node 20 the code of a stage is at its best after some hundreds of megabytes. */
export const WARMUP_ROUNDS = setting('BENCH_WARMUP', 3);

/** Megabytes of the larger of the two exports whose memory is compared in process. */
export const LARGE_MEGABYTES = setting('BENCH_LARGE_MB', 20 * MEGABYTES);

/** Megabytes that go through `sluice generate | sluice export -` for the memory of the command; 0 leaves it out. */
export const COMMAND_MEGABYTES = setting('BENCH_COMMAND_MB', 0, 0);

/** Sections to run, with commas between; the others keep the numbers that they have that day. Empty: all. */
export const ONLY: readonly string[] = (process.env.BENCH_ONLY ?? '').split(',').filter((name) => name !== '');

/** Node versions of `bench:full`, with commas between. */
export const NODES: readonly string[] = (process.env.BENCH_NODES ?? '20,22,24,26').split(',');

/** Folder of `results/`, `RESULTS.md` and `chart.svg`; another one keeps the published numbers untouched. */
export const OUT = process.env.BENCH_OUT ?? `${ROOT}bench`;

/** All of them, for the record. */
export const SETTINGS = {
  megabytes: MEGABYTES,
  slowMegabytes: SLOW_MEGABYTES,
  oddMegabytes: ODD_MEGABYTES,
  stageMegabytes: STAGE_MEGABYTES,
  rounds: ROUNDS,
  warmupRounds: WARMUP_ROUNDS,
  largeMegabytes: LARGE_MEGABYTES,
  commandMegabytes: COMMAND_MEGABYTES,
} as const;

/** A whole number from the environment. */
function setting(name: string, fallback: number, least = 1): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`${name} must be a whole number from ${least}`);
  return value;
}
