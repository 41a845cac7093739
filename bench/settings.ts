/** Settings of the benches: variables of the environment, with their units and defaults. */
import { fileURLToPath } from 'node:url';

/** The folder of the package, from the compiled benches. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Megabytes (10^6 bytes) of the catalogs that are read. */
export const MEGABYTES = setting('BENCH_MB', 100);

/** Megabytes for slow peers; the first entities of the same catalog. */
export const SLOW_MEGABYTES = setting('BENCH_SLOW_MB', Math.max(1, Math.round(MEGABYTES / 10)));

/** Megabytes for inputs of unusual shape (small entities, many brackets), and the maximum for deflate. */
export const ODD_MEGABYTES = Math.min(MEGABYTES, 100);

/** The larger input of complete processes, as a multiple of the usual one. */
export const PROCESS_FACTOR = setting('BENCH_PROCESS_FACTOR', 4);

/** Megabytes in memory for single stages; those that deflate get a quarter. */
export const STAGE_MEGABYTES = setting('BENCH_STAGE_MB', Math.min(MEGABYTES, 40));

/** Entities, of about 1.4 KB, in the table of PostgreSQL. */
export const POSTGRES_ENTITIES = setting('BENCH_POSTGRES_ENTITIES', 200_000);

/** Measured rounds; every contender has a turn in each. */
export const ROUNDS = setting('BENCH_ROUNDS', 7);

/** Rounds of warm-up: on Node 20 stages reach full speed after some hundreds of megabytes. */
export const WARMUP_ROUNDS = setting('BENCH_WARMUP', 3);

/** Megabytes of the larger of the two exports in process whose memory is compared. */
export const LARGE_MEGABYTES = setting('BENCH_LARGE_MB', 20 * MEGABYTES);

/** Megabytes through `sluice generate | sluice export -` for the memory of the command; 0 skips it. */
export const COMMAND_MEGABYTES = setting('BENCH_COMMAND_MB', 0, 0);

/** Sections to run, separated by commas; others keep their numbers of the day. Empty: all. */
export const ONLY: readonly string[] = (process.env.BENCH_ONLY ?? '').split(',').filter((name) => name !== '');

/** Node versions of `bench:full`, separated by commas. */
export const NODES: readonly string[] = (process.env.BENCH_NODES ?? '20,22,24,26').split(',');

/** Folder of `results/`, `RESULTS.md` and `chart.svg`; another one leaves the published numbers alone. */
export const OUT = process.env.BENCH_OUT ?? `${ROOT}bench`;

/** All settings, for the results. */
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

/** An integer from the environment. */
function setting(name: string, fallback: number, least = 1): number {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least) throw new Error(`${name} must be a whole number from ${least}`);
  return value;
}
