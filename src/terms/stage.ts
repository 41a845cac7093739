/** The contract of one step of an export. */
import type { SluiceError, StageName } from './errors.js';

/** What a stage answers: what it has ready now, or a promise of it where it must wait for a library. */
export type Answer<Out> = readonly Out[] | Promise<readonly Out[]>;

/** Nothing ready; shared, since most pushes of some stages end so. */
export const NOTHING: readonly never[] = Object.freeze([]);

/**
 * One step: takes what the step before answered, answers what the step behind takes. A stage is called by one
 * caller, which waits for each answer before it calls again; after `flush` only `more` and `close` are called.
 */
export interface Stage<In, Out> {
  /** What it does in one word, for busy times; e.g. `filterByType`, `zip`. */
  readonly name: string;
  /** The step of the export it belongs to, for errors. */
  readonly step: StageName;
  push(input: In): Answer<Out>;
  /**
   * For a stage whose answer may be larger than memory: what it answers is a piece of it then, and it is asked for the
   * next until it answers nothing. What was pushed stays as it is until then.
   */
  more?(): Answer<Out>;
  /** Answers what is under way, so that nothing the stage has taken is left outside of its state and its output. */
  drain?(): Answer<Out>;
  /** The input is complete: answers what is left. */
  flush(): Answer<Out>;
  /** The export failed further up: answers what the output still needs to be readable, such as an envelope's tail. */
  fail?(error: SluiceError): Answer<Out>;
  /** Releases what the stage holds; called once, however the export ends. */
  close?(): void | Promise<void>;
}
