/** Tests of long texts, in steps: a search that meets one is interrupted, and repeated when the test has its result. */
import { stepsInTurns } from '../loop/turn.js';
import type { Run } from '../terms/run.js';
import { LONG_TEXT } from './word-pieces.js';

/** Results of tests of long texts, by the test. */
type Results = Map<object, Map<string, boolean>>;

const NO_RESULTS: Results = new Map();

/** Those of the search that runs. */
let results = NO_RESULTS;

/** Characters of the longest text that is tested at once: any, outside of searches that can be interrupted. */
let longest = Number.POSITIVE_INFINITY;

/** Ends a search where it needs the result of a test. */
class Interrupted extends Error {
  constructor(
    readonly test: object,
    readonly text: string,
    readonly inSteps: () => Generator<void, boolean>,
  ) {
    super('a long text is tested in steps');
  }
}

/** Whether a search may test a text at once. */
export function isTestedAtOnce(text: string): boolean {
  return text.length <= longest;
}

/**
 * Whether another text satisfies a test. Interrupts the search where that is not known.
 * @param test the same object, whenever the test is the same
 * @param inSteps tests the text
 */
export function longTest(test: object, text: string, inSteps: () => Generator<void, boolean>): boolean {
  const known = results.get(test)?.get(text);
  if (known === undefined) throw new Interrupted(test, text, inSteps);
  return known;
}

function attempt<T>(search: () => T, known: Results, most: number): T | Interrupted {
  results = known;
  longest = most;
  try {
    return search();
  } catch (cause) {
    if (cause instanceof Interrupted) return cause;
    throw cause;
  } finally {
    results = NO_RESULTS;
    longest = Number.POSITIVE_INFINITY;
  }
}

/** Runs a search that may have no result. @returns its result; undefined where it met a long text */
export function searchShort(search: () => boolean | undefined, most = LONG_TEXT): boolean | undefined {
  const found = attempt(search, NO_RESULTS, most);
  return found instanceof Interrupted ? undefined : found;
}

/** Searches of one entity, whose long texts are tested in steps, between which others have their turn. */
export class LongTests {
  readonly #results: Results = new Map();
  readonly #most: number;

  /** @param most characters of the longest text that is tested at once */
  constructor(most = LONG_TEXT) {
    this.#most = most;
  }

  /** Runs a search, again after each test of a long text: what it finds, it may find several times. */
  async search(search: () => boolean, run?: Run): Promise<boolean> {
    for (;;) {
      const found = attempt(search, this.#results, this.#most);
      if (!(found instanceof Interrupted)) return found;
      const { test, text, inSteps } = found;
      const known = this.#results.get(test) ?? new Map<string, boolean>();
      this.#results.set(test, known.set(text, await stepsInTurns(inSteps(), run)));
    }
  }
}
