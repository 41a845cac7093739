/** Contenders side by side: the same rounds for all, one after the other, each proven right before it is timed. */
import { Bench } from 'tinybench';

/** What a contender has to show for its time. */
export interface Outcome {
  /** Entities that were selected. */
  readonly entities: number;
  /** Bytes that arrived in the null sink. */
  readonly bytes: number;
}

/** One way to do the work. */
export interface Contender {
  readonly name: string;
  /** Bytes of input that one call goes through. */
  readonly inputBytes: number;
  /** The right outcome; one that differs ends the bench. */
  readonly expected: Outcome;
  work(): Promise<Outcome>;
}

/** The times of one contender, a number for each round. */
export interface Timing {
  readonly name: string;
  readonly inputBytes: number;
  /** Megabytes (10^6 bytes) of input a second. */
  readonly rates: readonly number[];
}

/** Rounds that are not counted: on Node 20 the code of a stage is at its best after some hundreds of megabytes. */
const WARMUP_ROUNDS = 3;

/**
 * Times the contenders. In each round every one has its turn, so that what disturbs the machine disturbs all.
 * @throws when an outcome is wrong
 */
export async function race(contenders: readonly Contender[], rounds: number): Promise<readonly Timing[]> {
  const rates = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let round = -WARMUP_ROUNDS; round < rounds; round++) {
    const bench = new Bench({ iterations: 1, time: 0, warmup: false, throws: true });
    for (const contender of contenders) {
      // The young garbage of one must not be collected in the time of the next. After a full
      // collection hot loops run up to twice as slow for a while, and no real run forces one.
      const beforeEach = () => globalThis.gc?.({ type: 'minor' });
      bench.add(contender.name, async () => verify(contender, await contender.work()), { beforeEach, async: true });
    }
    for (const { name, result } of await bench.run()) {
      const contender = contenders.find((one) => one.name === name);
      if (!contender || result.state !== 'completed') throw new Error(`${name} ended as ${result.state}`);
      if (round >= 0) rates.get(name)?.push(Math.round(contender.inputBytes / 100 / result.latency.mean) / 10);
    }
    process.stderr.write(round < 0 ? 'w' : '.');
  }
  process.stderr.write('\n');
  return contenders.map(({ name, inputBytes }) => ({ name, inputBytes, rates: rates.get(name) ?? [] }));
}

function verify({ name, expected }: Contender, { entities, bytes }: Outcome): void {
  if (entities === expected.entities && bytes === expected.bytes) return;
  const right = `${expected.entities} entities and ${expected.bytes} bytes are right`;
  throw new Error(`${name}: ${entities} entities, ${bytes} bytes; ${right}`);
}

/** The middle number. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How many times as fast the first is, round by round: the median of the ratios. */
export function ratio(first: Timing, second: Timing): number {
  return median(first.rates.map((rate, round) => rate / second.rates[round]));
}
