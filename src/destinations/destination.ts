/** To whom a result goes: the port that files and streams implement. */
import type { Writable } from 'node:stream';
import { boolean, check, type OptionTable } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import type { Note } from '../terms/receipt.js';

/** A result on its way: written to, then either made visible or undone. */
export interface Delivery {
  readonly writable: Writable;
  /** Bytes that have arrived, held against the receipt before `commit`; absent: what was written counts as arrived. */
  bytes?(): number;
  /** The result is whole: makes it visible. */
  commit(): Promise<void>;
  /** The run failed: leaves no trace of it. */
  discard(): Promise<void>;
}

/** What a destination is given by the run whose result it takes. */
export interface DeliveryContext {
  /** Takes what a user should know of the place, such as that a file there cannot be replaced. */
  readonly note?: (note: Note) => void;
  /** Fires when nobody wants the result any more. */
  readonly signal?: AbortSignal;
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
  /** What tells the file that is there now from others, as `fileIdentity` does; undefined where nothing does. */
  identity?(): Promise<string | undefined>;
  /** Called before anything is read, so that an impossible destination costs nothing. */
  open(context?: DeliveryContext): Promise<Delivery>;
}

/** How a result becomes a file. */
export interface ToFileOptions {
  /** Replace an existing file; default: refuse. */
  readonly overwrite?: boolean;
}

export const TO_FILE: OptionTable<ToFileOptions> = { overwrite: boolean };

/** Something that takes a result. */
export const destinationCheck = check(
  (value) => isObject(value) && typeof value.open === 'function' && typeof value.name === 'string',
  'a destination, such as writable(stream)',
);
