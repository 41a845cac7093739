/** Times contenders in the same interleaved rounds, and checks the outcome of every turn. */
import { Bench } from 'tinybench';
import { ROUNDS, WARMUP_ROUNDS } from './settings.js';

/** The outcome of a turn. */
export interface Outcome {
  /** Entities that were selected. */
  readonly entities: number;
  /** Bytes that arrived in the null sink. */
  readonly bytes: number;
  /** Milliseconds by the contender's own clock, where it stays warm in another process. */
  readonly ms?: number;
}

/** One way to do the work. */
export interface Contender {
  readonly name: string;
  /** Input bytes of one call. */
  readonly inputBytes: number;
  /** The expected outcome; any other ends the bench. */
  readonly expected: Outcome;
  work(): Promise<Outcome>;
  /** Ends processes that run between rounds. */
  close?(): void | Promise<void>;
}

/** The times of one contender. */
export interface Timing {
  readonly name: string;
  readonly inputBytes: number;
  /** Milliseconds of each round. */
  readonly ms: readonly number[];
}

/**
 * Times the contenders. Every contender has a turn in each round, so disturbances of the machine affect all of them.
 * @throws when an outcome is wrong
 */
export async function race(contenders: readonly Contender[]): Promise<readonly Timing[]> {
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  if (times.size < contenders.length) throw new Error('two contenders have the same name');
  try {
    for (let round = -WARMUP_ROUNDS; round < ROUNDS; round++) {
      for (const [name, ms] of await runRound(contenders)) if (round >= 0) times.get(name)?.push(ms);
      process.stderr.write(round < 0 ? 'w' : '.');
    }
  } finally {
    for (const contender of contenders) await contender.close?.();
  }
  process.stderr.write('\n');
  return contenders.map(({ name, inputBytes }) => ({ name, inputBytes, ms: times.get(name) ?? [] }));
}

/** Runs one turn of each; returns the milliseconds by name. */
async function runRound(contenders: readonly Contender[]): Promise<readonly (readonly [string, number])[]> {
  const bench = new Bench({ iterations: 1, time: 0, warmup: false, throws: true });
  for (const contender of contenders) {
    // Garbage of one contender must not be collected in the time of the next. After a full collection hot loops
    // run up to twice as slow for a while, so only young garbage is collected.
    const beforeEach = () => globalThis.gc?.({ type: 'minor' });
    const turn = async () => {
      const outcome = await contender.work();
      verify(contender, outcome);
      return outcome.ms === undefined ? undefined : { overriddenDuration: outcome.ms };
    };
    bench.add(contender.name, turn, { beforeEach, async: true });
  }
  return (await bench.run()).map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`${name} ended as ${result.state}`);
    return [name, Number(result.latency.mean.toPrecision(5))];
  });
}

function verify({ name, expected }: Contender, { entities, bytes }: Outcome): void {
  if (entities === expected.entities && bytes === expected.bytes) return;
  const right = `${expected.entities} entities and ${expected.bytes} bytes are right`;
  throw new Error(`${name}: ${entities} entities, ${bytes} bytes; ${right}`);
}

/**
 * A contender whose bytes are not known beforehand, such as a deflater: its first outcome is examined, and all others
 * must equal it.
 */
export async function proven(
  contender: Omit<Contender, 'expected'>,
  prove: (first: Outcome) => void | Promise<void>,
): Promise<Contender> {
  const { entities, bytes } = await contender.work();
  await prove({ entities, bytes });
  return { ...contender, expected: { entities, bytes } };
}

/** The median. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The number that a share of the numbers does not exceed. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Megabytes of input per second, by round. */
export function rates({ inputBytes, ms }: Timing): readonly number[] {
  return ms.map((time) => inputBytes / 1000 / time);
}

/** Speed of the first relative to the second, by round; of work without input, by its time. */
export function ratios(first: Timing, second: Timing): readonly number[] {
  const withoutInput = first.inputBytes === 0 && second.inputBytes === 0;
  const speeds = (timing: Timing) => (withoutInput ? timing.ms.map((time) => 1 / time) : rates(timing));
  const others = speeds(second);
  return speeds(first).map((speed, round) => speed / others[round]);
}
