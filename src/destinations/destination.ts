/** Destinations of results: the port that files and streams implement. */
import type { Writable } from 'node:stream';
import { boolean, check, type OptionTable } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import type { FileMarks } from '../terms/file-marks.js';
import type { Note } from '../terms/receipt.js';

/** A result in progress: written, then either committed or discarded. */
export interface Delivery {
  /** Takes the bytes of the result; the run ends it. */
  readonly writable: Writable;
  /**
   * `writable`, if nothing refers to bytes that were written to it once none are waiting (`writableLength` is 0), so that
   * their memory may be used again; absent, or another stream: written bytes may be kept.
   */
  readonly releasesBytes?: Writable;
  /** Bytes that have arrived, compared with the receipt before `commit`; absent: all written bytes have arrived. */
  bytes?(): number;
  /** The result is complete: makes it visible. */
  commit(): Promise<void>;
  /** The run failed: removes every trace of it. */
  discard(): Promise<void>;
}

/** What the run passes to a destination. */
export interface DeliveryContext {
  /** Adds a note about the destination, such as that a file there cannot be replaced. */
  readonly note?: (note: Note) => void;
  /** Fires when the run is aborted. */
  readonly signal?: AbortSignal;
  /** For a folder: where the files of the result end in its bytes, and their names. */
  readonly files?: FileMarks;
  /** For a folder: rejects if one of these existing files, by their identity, is an input too. */
  readonly refuseInputs?: (existing: ReadonlyMap<string, string>) => Promise<void>;
}

/** The destination of one result. */
export interface Destination {
  /** Name for errors and receipts. */
  readonly name: string;
  /**
   * Whether the result is stored under that name. Then the suffix of the name decides the packing, unless it is given
   * elsewhere, and the receipt has its digest unless the caller wants none.
   */
  readonly stored?: boolean;
  /** Whether the result is several files in a folder; they pass as one stream, which `DeliveryContext.files` divides. */
  readonly folder?: boolean;
  /** Identifies the existing file, as `fileIdentity` does; undefined where there is none. */
  identity?(): Promise<string | undefined>;
  /** Called before anything is read, so that an impossible destination costs nothing. */
  open(context?: DeliveryContext): Promise<Delivery>;
}

/** Options of writing a result to a file. */
export interface ToFileOptions {
  /** Replace an existing file; default: refuse. */
  readonly overwrite?: boolean;
}

export const TO_FILE: OptionTable<ToFileOptions> = { overwrite: boolean };

/** Checks that a value is a destination. */
export const destinationCheck = check(
  (value) => isObject(value) && typeof value.open === 'function' && typeof value.name === 'string',
  'a destination, such as writable(stream)',
);
