/** The receipt of a finished run, and what it is made of: files, notes, rejected records. */
import type { SluiceError } from './errors.js';

/** Why a run read no further: the input ended, the limit was reached, or every id asked for was found. */
export type StoppedBy = 'end' | 'limit' | 'ids';

/** One file that the run made: the document inside a zip, or the output itself. */
export interface FileReceipt {
  readonly name: string;
  readonly records: number;
  readonly bytes: number;
  /** Hexadecimal SHA-256; absent unless a digest was asked for or the result was stored. */
  readonly sha256?: string;
}

/** Every code a note can carry. Codes are stable: one may be added, none changes its meaning. */
export type NoteCode = (typeof NOTE_CODES)[number];

export const NOTE_CODES = [
  /** The blob is longer than `JSON.parse` in Node.js can hold in one string. */
  'BLOB_TOO_LONG_TO_PARSE',
  /** A record alone exceeds the limit of bytes per file, and has a file of its own. */
  'LARGE_FILES',
  /** The result has more files than the receipt of a job lists. */
  'FILES_NOT_LISTED',
  /** Cells of a table hold half of a surrogate pair, which stands as U+FFFD. */
  'ILL_FORMED_CELLS',
  /** Cells of a table hold a NUL, which stands as U+FFFD. */
  'NUL_CELLS',
  /** The file at the destination cannot be replaced, and is written over instead, which a crash can leave half done. */
  'WRITTEN_IN_PLACE',
  /** The system refuses to sync the result to disk. */
  'NOT_SYNCED',
  /** An input is one record, most of which is an array of objects: it may have been meant as a document of them. */
  'ARRAY_IN_ONE_RECORD',
  /** An input is one record that has neither id nor type, so that it may be no entity. */
  'UNIDENTIFIED_RECORD',
  /** A document holds arrays of objects beside the entities that were read, and nobody has said which is meant. */
  'OTHER_ARRAYS',
  /** A database ended the query for the sake of others, and reading went on in a later state of it. */
  'READ_AGAIN',
  /** A file was touched, copied or written to between two slices; what was compared of it is what it was. */
  'SOURCE_TOUCHED',
  /** Options were given that have no effect on this export. */
  'OPTIONS_WITHOUT_EFFECT',
  /** Ids were asked for, and the list of them is empty. */
  'NO_IDS',
  /** No entity bears the member by which ids, types or names are looked for. */
  'MEMBER_MISSING',
  /** In some entities that member is of a kind that cannot match. */
  'MEMBER_NOT_TEXT',
  /** Some of the ids that were asked for were not found. */
  'IDS_NOT_FOUND',
  /** No entity is of some of the types that were asked for. */
  'TYPES_NOT_FOUND',
  /** No entity has the name that was asked for. */
  'NAME_NOT_FOUND',
  /** No entity that came to the criteria met them. */
  'CRITERIA_NOT_MET',
  /** No entity that was written has one of the attributes, relationships or properties that were asked for. */
  'FIELDS_NOT_FOUND',
  /** Entities have members that a table has no column for. */
  'MEMBERS_WITHOUT_COLUMN',
  /** No entity has data of some of the contexts that were asked for. */
  'CONTEXTS_NOT_FOUND',
] as const;

/** Something a user should know that is no failure. */
export interface Note {
  readonly code: NoteCode;
  /** One sentence for people. */
  readonly text: string;
  /** Its numbers, by what they count: `{ wanted: 100000, notFound: 65000 }`. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** The proof of a finished run. `read + added = written + filtered + rejected` holds in every one. */
export interface Receipt {
  /** The run's id: the work automation id of the envelope. */
  readonly id: string;
  /** When the run began, before its input was read: `2026-01-31T08:30:00.000Z`. */
  readonly startedAt: string;
  /** Records of the input, up to and including the one that ended the run. */
  readonly read: number;
  /** Records that `mapEntities` has added, where it has returned several for one; absent: none. */
  readonly added?: number;
  readonly written: number;
  /** Records that the request did not ask for. */
  readonly filtered: number;
  /** Records refused as faulty, with `onError: 'skip'`. */
  readonly rejected: number;
  readonly stoppedBy: StoppedBy;
  /** Bytes taken from the sources, before decompression. */
  readonly bytesIn: number;
  /** Bytes of the output. */
  readonly bytesOut: number;
  readonly durationMs: number;
  /** Milliseconds each stage was busy or waited for its library. */
  readonly busyMs: Readonly<Record<string, number>>;
  /** The stage with the largest share of `busyMs`; absent when nothing was measured. */
  readonly bottleneck?: string;
  readonly files: readonly FileReceipt[];
  /** The whole output; its digest where one was asked for. */
  readonly output: { readonly bytes: number; readonly sha256?: string };
  /** What a user should know that is no failure, such as ids that were asked for and not found. */
  readonly notes: readonly Note[];
}

/** A record that was refused under `onError: 'skip'`. */
export interface Reject {
  readonly source: string;
  readonly recordIndex: number;
  /** Where the record begins in its source; absent for one that came as an object. */
  readonly byteOffset?: number;
  /** On which line of its source the record begins, from 1; absent where lines mean nothing, as in rows of a table. */
  readonly line?: number | undefined;
  readonly error: SluiceError;
  /**
   * The record's bytes as they stand in the input, valid only until the reject was handled; of an object what JSON
   * writes of it, and nothing where it cannot.
   */
  readonly raw: Uint8Array;
}
