/** The receipt of a finished run, and what it is made of: files, notes, rejected records. */
import type { ErrorCode, SluiceError } from './errors.js';

/** Why a run read no further: the input ended, the limit was reached, or all requested ids were found. */
export type StoppedBy = 'end' | 'limit' | 'ids';

/** One file of the result: the document inside a zip, or the output itself. */
export interface FileReceipt {
  /** Name inside the zip or envelope. */
  readonly name: string;
  /** Records in it. */
  readonly records: number;
  /** Bytes before compression. */
  readonly bytes: number;
  /** Hexadecimal SHA-256; absent unless a digest was requested or the result was stored. */
  readonly sha256?: string;
}

/** Every code of a note. Codes are stable: one may be added, none changes its meaning. */
export type NoteCode = (typeof NOTE_CODES)[number];

export const NOTE_CODES = [
  /** The blob is longer than `JSON.parse` in Node.js can hold in one string. */
  'BLOB_TOO_LONG_TO_PARSE',
  /** A single record exceeds the limit of bytes per file and has a separate file. */
  'LARGE_FILES',
  /** The result has more files than the receipt of a job lists. */
  'FILES_NOT_LISTED',
  /** Cells of a table hold lone surrogates, which are written as U+FFFD. */
  'ILL_FORMED_CELLS',
  /** Cells of a table hold NUL characters, which are written as U+FFFD. */
  'NUL_CELLS',
  /** Cells of a table begin like a formula of a spreadsheet and have got a leading quote. */
  'GUARDED_CELLS',
  /** Texts are longer than a cell holds, and complete in a sheet of their own. */
  'LONG_TEXTS',
  /** A table has more rows than a sheet holds, and the others are in further sheets. */
  'FURTHER_SHEETS',
  /** The first entities have decided the layout of a table, and others fit another layout. */
  'LAYOUT_FOUND',
  /** The file at the destination cannot be replaced and is overwritten in place, which a crash can interrupt. */
  'WRITTEN_IN_PLACE',
  'FOLDER_NOT_EMPTY',
  /** The system refuses to sync the result to disk. */
  'NOT_SYNCED',
  /** An input may be meant otherwise than it is read: as a document or one entity, or as records that are documents. */
  'FORM_ASSUMED',
  /** An input is a sequence in brackets of which one is missing: a part of an array. */
  'BRACKET_MISSING',
  /** An input is one record, mostly an array of objects: it may be meant as a document of them. */
  'ARRAY_IN_ONE_RECORD',
  /** An input is one record with neither id nor type, so it may not be an entity. */
  'UNIDENTIFIED_RECORD',
  /** A document holds arrays of objects beside the entities that were read, and no path was given. */
  'OTHER_ARRAYS',
  /** An envelope that was read states another number of records than it holds. */
  'TOTAL_DIFFERS',
  /** A database cancelled the query, and reading continued in a later snapshot. */
  'READ_AGAIN',
  /** Files were set aside because of their faults, under `onError: 'skip-file'`. */
  'FILES_SET_ASIDE',
  /** A folder has files whose names do not look like JSON, which are not read. */
  'FILES_LEFT_OUT',
  /** A file was touched, copied or written to between two slices; the parts that were compared are unchanged. */
  'SOURCE_TOUCHED',
  /** Records have nothing at a path that makes the entity. */
  'NOTHING_AT_PATH',
  /** Given options have no effect on this export. */
  'OPTIONS_WITHOUT_EFFECT',
  /** The list of requested ids is empty. */
  'NO_IDS',
  /** No entity has the member that holds ids, types or names. */
  'MEMBER_MISSING',
  /** In some entities that member is of a kind that cannot match. */
  'MEMBER_NOT_TEXT',
  /** Some of the requested ids were not found. */
  'IDS_NOT_FOUND',
  /** No entity has some of the requested types. */
  'TYPES_NOT_FOUND',
  /** No entity has the requested name. */
  'NAME_NOT_FOUND',
  /** No entity that reached the criteria met them. */
  'CRITERIA_NOT_MET',
  /** No written entity has one of the requested attributes, relationships or properties. */
  'FIELDS_NOT_FOUND',
  /** Entities have members without a column in the table. */
  'MEMBERS_WITHOUT_COLUMN',
  /** No entity has data in some of the requested contexts. */
  'CONTEXTS_NOT_FOUND',
  /** A delta had no index of an earlier export to compare with, and is complete. */
  'DELTA_IS_FULL',
  /** Entities are missing that may be among rejected records, so a delta does not report them as deleted. */
  'DELETIONS_HELD',
  /** A delta has several entities with the same id and type. */
  'REPEATED_IDS',
] as const;

const MATCHED_NOTHING = /_NOT_FOUND$|^(?:CRITERIA_NOT_MET|MEMBER_MISSING|NOTHING_AT_PATH)$/;

/** Whether a note is about something that was asked for and matched nothing. */
export function matchedNothing(code: string): boolean {
  return MATCHED_NOTHING.test(code);
}

/** Something a user should know that is not a failure. */
export interface Note {
  /** Which kind of note it is: stable, for programs. */
  readonly code: NoteCode;
  /** One sentence for people. */
  readonly text: string;
  /** The numbers in the text, by name: `{ wanted: 100000, notFound: 65000 }`. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** Whether a note says that something asked for matched nothing at all; of paths to entities, in no record. */
export function isUnmatched({ code, counts }: Pick<Note, 'code' | 'counts'>): boolean {
  return matchedNothing(code) && (code !== 'NOTHING_AT_PATH' || counts?.nothing === counts?.records);
}

/** The proof of a finished run. `read + added = written + filtered + rejected` holds in every one. */
export interface Receipt {
  /** The run's id: the work automation id of the envelope. */
  readonly id: string;
  /** When the run began, before its input was read: `2026-01-31T08:30:00.000Z`. */
  readonly startedAt: string;
  /** Records of the input, up to and including the one that ended the run. */
  readonly read: number;
  /**
   * Records that `mapEntities` or `explode` has added, where it has made several of one, and those that a delta has
   * written for deleted entities; absent: none.
   */
  readonly added?: number;
  /** Child records that `nest` has put into their parents. They are parts of these, and not counted in `read`. */
  readonly nested?: number;
  /** Records in the result. */
  readonly written: number;
  /** Records that the request does not select. */
  readonly filtered: number;
  /** Faulty records, under `onError: 'skip'`. */
  readonly rejected: number;
  /** Files that were set aside, under `onError: 'skip-file'`, and the first 100 of them; absent: none. */
  readonly setAside?: {
    /** Number of files. */
    readonly files: number;
    /** The first of them, in the order of reading. */
    readonly first: readonly SetAsideFile[];
  };
  /** What changed since the earlier export; absent where nothing was compared. */
  readonly delta?: DeltaCounts;
  /** Why reading ended. */
  readonly stoppedBy: StoppedBy;
  /** Bytes taken from the sources, before decompression. */
  readonly bytesIn: number;
  /** Bytes of the output. */
  readonly bytesOut: number;
  /** Milliseconds from the begin of the run to its end. */
  readonly durationMs: number;
  /** Milliseconds in which each stage was busy or waited for its library. */
  readonly busyMs: Readonly<Record<string, number>>;
  /** The stage with the largest share of `busyMs`; absent when nothing was measured. */
  readonly bottleneck?: string;
  /** The files of the result in their order: one, unless the result is split. */
  readonly files: readonly FileReceipt[];
  /** The complete output, with its digest where one was requested. */
  readonly output: {
    /** Size of the output, as `bytesOut`. */
    readonly bytes: number;
    /** Hexadecimal SHA-256. */
    readonly sha256?: string;
  };
  /** What a user should know that is not a failure, such as requested ids that were not found. */
  readonly notes: readonly Note[];
}

/** What a delta found. `changed` and `new` were written, `unchanged` are among the filtered, `deleted` are the added. */
export interface DeltaCounts {
  /** Entities that the earlier export did not have; without an earlier index all. */
  readonly new: number;
  /** Entities of which something else was written then. */
  readonly changed: number;
  /** Entities of which the same was written then. */
  readonly unchanged: number;
  /** Records that were written for entities which are gone. */
  readonly deleted: number;
  /** Entities that are missing, and not reported as deleted because records were rejected or set aside; absent: none. */
  readonly held?: number;
  /** Entities with the id and type of an earlier one in the same export; absent: none. */
  readonly repeated?: number;
}

/** A file that was set aside under `onError: 'skip-file'`, because it is broken or holds something else. */
export interface SetAsideFile {
  readonly source: string;
  readonly code: ErrorCode;
  /** The fault, with its place. */
  readonly message: string;
  /** Records before the fault: they count as those of other files do. */
  readonly records: number;
}

/** A file that is to be set aside. */
export interface FaultyFile extends Pick<SetAsideFile, 'source' | 'records'> {
  readonly error: SluiceError;
}

/** A record that was rejected under `onError: 'skip'`. */
export interface Reject {
  /** Name of the file. */
  readonly source: string;
  /** The record of that input, counted from 0. */
  readonly recordIndex: number;
  /** Offset of the record in its source; absent for an object. */
  readonly byteOffset?: number;
  /** First line of the record in its source, from 1; absent where lines mean nothing, as in rows of a table. */
  readonly line?: number | undefined;
  /** Why it is set aside. */
  readonly error: SluiceError;
  /**
   * The record's bytes in the input, valid only until the reject was handled; of an object its JSON, or nothing where JSON
   * cannot hold it.
   */
  readonly raw: Uint8Array;
}
