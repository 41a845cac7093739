/** Contenders side by side: the same rounds for all, one after the other, each proven right whenever it is timed. */
import { Bench } from 'tinybench';
import { ROUNDS, WARMUP_ROUNDS } from './settings.js';

/** What a contender has to show for its time. */
export interface Outcome {
  /** Entities that were selected. */
  readonly entities: number;
  /** Bytes that arrived in the null sink. */
  readonly bytes: number;
  /** Milliseconds by its own clock, from a contender that stays warm in a process of its own. */
  readonly ms?: number;
}

/** One way to do the work. */
export interface Contender {
  readonly name: string;
  /** Bytes of input that one call goes through. */
  readonly inputBytes: number;
  /** The right outcome; one that differs ends the bench. */
  readonly expected: Outcome;
  work(): Promise<Outcome>;
  /** Ends what it keeps running between rounds. */
  close?(): void | Promise<void>;
}

/** The times of one contender. */
export interface Timing {
  readonly name: string;
  readonly inputBytes: number;
  /** Milliseconds, a number for each round. */
  readonly ms: readonly number[];
}

/**
 * Times the contenders. In each round every one has its turn, so that what disturbs the machine disturbs all.
 * @throws when an outcome is wrong
 */
export async function race(contenders: readonly Contender[]): Promise<readonly Timing[]> {
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  if (times.size < contenders.length) throw new Error('two contenders bear the same name');
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

/** One turn for each; answers the milliseconds by name. */
async function runRound(contenders: readonly Contender[]): Promise<readonly (readonly [string, number])[]> {
  const bench = new Bench({ iterations: 1, time: 0, warmup: false, throws: true });
  for (const contender of contenders) {
    // The young garbage of one must not be collected in the time of the next. After a full
    // collection hot loops run up to twice as slow for a while, and no real run forces one.
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
 * A contender whose bytes nobody can foretell, such as a deflater: its first outcome is examined, and every other one
 * must be equal to it.
 */
export async function proven(
  contender: Omit<Contender, 'expected'>,
  prove: (first: Outcome) => void | Promise<void>,
): Promise<Contender> {
  const { entities, bytes } = await contender.work();
  await prove({ entities, bytes });
  return { ...contender, expected: { entities, bytes } };
}

/** The middle number. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Megabytes of input a second, round by round. */
export function rates({ inputBytes, ms }: Timing): readonly number[] {
  return ms.map((time) => inputBytes / 1000 / time);
}

/** How many times as fast the first is, round by round. */
export function ratios(first: Timing, second: Timing): readonly number[] {
  const others = rates(second);
  return rates(first).map((rate, round) => rate / others[round]);
}
