/** The contract of one step of an export. */
import type { SluiceError, StageName } from './errors.js';
import type { Run } from './run.js';

/** What a call of a stage returns: the items that are ready now, or a promise of them when it waits for a library. */
export type Answer<Out> = readonly Out[] | Promise<readonly Out[]>;

/** Nothing ready; shared, because most calls of some stages return it. */
export const NOTHING: readonly never[] = Object.freeze([]);

/**
 * One step: takes what the step before returned and returns what the step after takes. A stage has one caller, which
 * awaits each answer before the next call; after `flush` it calls only `more` and `close`. Every call gets the run.
 */
export interface Stage<In, Out> {
  /** What it does in one word, for busy times; e.g. `filterByType`, `zip`. */
  readonly name: string;
  /** The step of the export it belongs to, for errors. */
  readonly step: StageName;
  push(input: In, run: Run): Answer<Out>;
  /**
   * For a stage whose answer may be larger than memory: each call returns the next piece, and an empty answer ends them.
   * The input that was pushed stays unchanged until then.
   */
  more?(run: Run): Answer<Out>;
  /** Returns what is in progress, so that the stage holds nothing beyond its state and its output. */
  drain?(run: Run): Answer<Out>;
  /** The input is complete: returns the rest. */
  flush(run: Run): Answer<Out>;
  /** The export failed upstream: returns what the output still needs to be readable, such as an envelope's tail. */
  fail?(error: SluiceError, run: Run): Answer<Out>;
  /** Releases what the stage holds; called once, however the export ends. */
  close?(): void | Promise<void>;
}
