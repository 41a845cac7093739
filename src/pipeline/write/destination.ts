/** To whom a result goes: the port that files and streams implement. */
import type { Writable } from 'node:stream';

/** A result on its way: written to, then either made visible or undone. */
export interface Delivery {
  readonly writable: Writable;
  /** The result is whole: makes it visible. */
  commit(): Promise<void>;
  /** The run failed: leaves no trace of it. */
  discard(): Promise<void>;
}

/** Takes one result. */
export interface Destination {
  /** Name for errors and receipts. */
  readonly name: string;
  /**
   * Whether the result is kept there under that name. Then the suffix of the name says how it is packed, where nothing
   * else does, and the receipt bears its digest.
   */
  readonly stored?: boolean;
  /** Called before anything is read, so that an impossible destination costs nothing. */
  open(): Promise<Delivery>;
}
