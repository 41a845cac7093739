/** The contract of one step of an export. */
import type { SluiceError, StageName } from './errors.js';
import type { Run } from './run.js';
import type { Seen } from './sightings.js';

/** The result of a call of a stage: the items that are ready, or a promise of them if it waits for a library. */
export type StageOutput<Out> = readonly Out[] | Promise<readonly Out[]>;

/** No items are ready; shared, because most calls of some stages return it. */
export const NOTHING: readonly never[] = Object.freeze([]);

/**
 * One step: takes the items of the previous step, and returns the items for the next one. A stage has one caller, which
 * awaits each result before the next call; after `flush` it calls only `more` and `close`. Every call gets the run.
 */
export interface Stage<In, Out> {
  /** Its name in busy times, such as `filterByType` or `zip`. */
  readonly name: string;
  /** The step of the export it belongs to, for errors. */
  readonly step: StageName;
  push(input: In, run: Run): StageOutput<Out>;
  /**
   * For a stage whose result may be larger than memory: each call returns the next piece, and an empty result ends them.
   * The pushed input stays unchanged until then.
   */
  more?(run: Run): StageOutput<Out>;
  /** Takes over what the same stage has seen in another thread of an input, which it has passed there. */
  absorb?(seen: Seen, input: In): void | Promise<void>;
  /** Returns pending items, so that the stage then holds only its state. */
  drain?(run: Run): StageOutput<Out>;
  /** The input is complete: returns the rest. */
  flush(run: Run): StageOutput<Out>;
  /** The export failed upstream: returns the end that the output needs to be readable, such as the tail of an envelope. */
  fail?(error: SluiceError, run: Run): StageOutput<Out>;
  /** Releases resources; called once, however the export ends. */
  close?(): void | Promise<void>;
}
