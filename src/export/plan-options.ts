/** The options that decide a plan. */

import { check } from '../options/accept-options.js';
import { anyText, bytesFrom, flagged, name, type Options, typed, wholeNumber, word } from '../options/option.js';
import { acceptDsv } from '../request/accept/dsv-settings.js';
import { REQUEST_MEMBERS } from '../request/accept/request-members.js';
import { DEFLATERS, type Deflater } from '../terms/deflater.js';
import { ZSTD_LEVELS } from '../terms/levels.js';
import type { InputForm } from '../terms/plan.js';
import {
  BLOB_CONTENTS,
  type BlobContent,
  type DsvSettings,
  FORMATS,
  type Format,
  PACKS,
  type Pack,
  type Profile,
} from '../terms/profile.js';
import type { DocumentedBody, DocumentedProfile, ExportRequest } from '../terms/request.js';
import { keptMembers, names, nestPath } from './path-kinds.js';

/** Maximum size of libuv's pool, and so of the blocks in progress. */
const MOST_THREADS = 1024;

/** Milliseconds from 1970 to the last day of a JavaScript Date. */
const LATEST_TIME = 8.64e15;

/** A time that a JavaScript Date can represent. */
export const time = check(
  (value) => typeof value === 'number' && Math.abs(value) <= LATEST_TIME,
  'milliseconds since 1970, in the range of JavaScript dates',
);

/** Requests and profiles are examined when they are accepted. */
export const PLAN_OPTIONS = {
  request: {
    kind: typed('ExportRequest | DocumentedBody', undefined, Object.keys(REQUEST_MEMBERS)),
    about: 'what to export, in the library form or as the documented body',
    default: 'everything, complete',
    flag: '--request <file>',
    flagAbout: 'a request in a file, in the library form or as the documented body; flags replace its members',
  },
  profiles: {
    kind: typed('readonly (Profile | DocumentedProfile)[]'),
    about: 'your own profiles, beside the built-in ones',
    details: 'The plan reports settings of documented ones that have no effect in `idle`.',
    flag: '--profiles <file>',
    flagAbout: 'a JSON file with profiles, in the library form or documented; repeatable',
    flagSyntax: 'repeated',
  },
  id: { kind: name, about: 'the work automation id', default: 'a random UUID', flag: '--export-id <id>' },
  tenant: { kind: name, about: 'tenant of the envelope', default: '`local`', flag: '--tenant <id>' },
  format: {
    kind: word(FORMATS, 'Format'),
    about:
      'a document (`json`), a bare array, lines (`ndjson`), a table as text (`dsv`), or a workbook of Excel (`xlsx`)',
    default: 'by the profile, else by the suffix of the file, else `json`',
    flag: '--format <format>',
  },
  pack: {
    kind: word(PACKS, 'Pack'),
    about: 'what the result is packed in',
    default: 'by the profile, else by the suffix of the file, else `none`',
    flag: '--pack <pack>',
  },
  content: {
    kind: word(BLOB_CONTENTS, 'BlobContent'),
    about: 'what the blob of an envelope holds: a zip of the files (`zip`), or the only file itself (`plain`)',
    default: 'by the request, else by the profile, else `zip`; of a workbook `plain`',
    flag: '--blob <content>',
  },
  dsv: {
    kind: typed('DsvSettings', (value, path, faults) => void acceptDsv(value, path, faults)),
    about: 'how tables are written; each setting overrides that of the profile',
  },
  level: {
    kind: wholeNumber(0, ZSTD_LEVELS.max),
    about: `level of zip and gzip, 0 (stored) to 9, and of zstd, 1 to ${ZSTD_LEVELS.max}`,
    default: '1',
    flag: '--level <n>',
  },
  deflate: {
    kind: word(DEFLATERS, 'Deflater'),
    about: 'who deflates: the faster deflater of sluice (`sluice`, levels 1 and 2), or that of Node (`zlib`)',
    details: 'Both write what any program reads, in different bytes.',
    default: '`sluice` at its levels where the machine has WebAssembly with vectors, else `zlib`',
    flag: '--deflate <deflater>',
  },
  threads: {
    kind: wholeNumber(1, MOST_THREADS),
    about:
      'what works at the same time: threads that scan a file of lines of 256 MiB and more, 512 MiB on fewer than four cores (1: none is started), and blocks that are compressed; the bytes are the same for any number',
    default:
      'one thread scans on fewer than four cores, else one for each, up to 8; blocks: one more than there are cores, and less than the thread pool of libuv has',
    flag: '--threads <n>',
  },
  batchSize: {
    kind: wholeNumber(),
    about: 'records per file in a zip; 0 is one file',
    default: 'by the profile',
    flag: '--batch-size <n>',
  },
  maxBytesPerFile: {
    kind: bytesFrom(1),
    about: 'bytes per file in a zip; a larger record has a separate file',
    flag: '--max-bytes-per-file <size>',
  },
  splitBy: {
    kind: name,
    about: 'path to the value by which entities are split, such as `type`: one file in a zip for each value',
    flag: '--split-by <path>',
  },
  manifest: { kind: flagged, about: 'put a list of the files into the zip', default: '`false`', flag: '--manifest' },
  userId: {
    kind: name,
    about: 'who runs the export, for profiles that record it',
    default: '`clientState.notificationInfo.userId`',
    flag: '--user-id <id>',
  },
  userEmail: {
    kind: name,
    about: 'address of the user, for profiles that record it',
    default: 'the user id without its ending `_user`, if that is an address',
    flag: '--user-email <address>',
  },
  input: {
    kind: word(['lines', 'sequence', 'array', 'document'], 'InputForm'),
    about: 'form of the input',
    default: 'found by its first bytes',
    flag: '--input <form>',
  },
  path: {
    kind: anyText,
    about: 'path to the entities in a document: `response.entities`, `entry.*.resource`, or a JSON Pointer',
    default: 'found',
    flag: '--path <path>',
  },
  unwrap: {
    kind: names,
    about: 'path from a record to the object that is its entity: `_source`, `payload.after`',
    details: 'Records without an object there are filtered, and reported in a note.',
    default: 'the record is the entity',
    flag: '--unwrap <path>',
  },
  keep: {
    kind: keptMembers,
    about: 'paths to members of the record that become the first members of the unwrapped entity; `new=path` renames',
    details: 'A member that the entity has too is a fault.',
    flag: '--keep <paths>',
  },
  explode: {
    kind: names,
    about: 'path from a record to an array, each element of which takes its place in an entity',
    details:
      'With `keep`, or with `unwrap` at or below the path, the elements themselves are the entities. The receipt counts those beyond the first of a record as `added`.',
    flag: '--explode <path>',
  },
  nest: {
    kind: nestPath,
    about: 'path to the id of the parent in records that follow it: they become a list in their parent',
    details:
      'The list is called by the type in the id of the child (`gid://shopify/Image/1`), or as `__parentId=children` says. The receipt counts children as `nested`, not as read.',
    flag: '--nest <path>',
  },
  idFromKey: {
    kind: flagged,
    about: 'the key of a record, where `path` leads over the members of an object, becomes its id',
    default: '`false`',
    flag: '--id-from-key',
  },
  idField: { kind: names, about: 'path to the id in entities', default: '`id`', flag: '--id-field <path>' },
  typeField: { kind: names, about: 'path to the type in entities', default: '`type`', flag: '--type-field <path>' },
  trust: {
    kind: flagged,
    about: 'skip the checks of valid input, and only find boundaries',
    default: '`false`',
    flag: '--trust',
  },
  onError: {
    kind: word(['stop', 'skip', 'skip-file']),
    about:
      'stop at a fault (`stop`), reject a faulty record and continue (`skip`), or set a file aside at its first fault and continue with the next one (`skip-file`)',
    default: '`stop`',
    flag: '--on-error <action>',
  },
  uniqueIds: {
    kind: flagged,
    about: 'each id occurs once, so that reading ends when all ids were found',
    default: '`true`',
    flag: '--all-matches',
    flagAbout: 'continue when every id was found once',
  },
  now: {
    kind: typed('number', time),
    about: 'what `now` means in criteria, in milliseconds since 1970',
    default: 'the time of the call',
  },
  maxDepth: {
    kind: wholeNumber(1),
    about: 'nested brackets that an entity may have',
    default: '1024',
    flag: '--max-depth <n>',
  },
  maxEntityBytes: {
    kind: bytesFrom(1),
    about: 'bytes that the text of an entity may have',
    default: '256 MiB',
    flag: '--max-entity-bytes <size>',
  },
} satisfies Options;

// The interface is written from the table by `npm run options`.

/** What decides a plan. */
export interface PlanOptions {
  /** What to export, in the library form or as the documented body. Default: everything, complete. */
  readonly request?: ExportRequest | DocumentedBody;
  /**
   * Your own profiles, beside the built-in ones. The plan reports settings of documented ones that have no effect in
   * `idle`.
   */
  readonly profiles?: readonly (Profile | DocumentedProfile)[];
  /** The work automation id. Default: a random UUID. */
  readonly id?: string;
  /** Tenant of the envelope. Default: `local`. */
  readonly tenant?: string;
  /**
   * A document (`json`), a bare array, lines (`ndjson`), a table as text (`dsv`), or a workbook of Excel (`xlsx`).
   * Default: by the profile, else by the suffix of the file, else `json`.
   */
  readonly format?: Format;
  /** What the result is packed in. Default: by the profile, else by the suffix of the file, else `none`. */
  readonly pack?: Pack;
  /**
   * What the blob of an envelope holds: a zip of the files (`zip`), or the only file itself (`plain`). Default: by the
   * request, else by the profile, else `zip`; of a workbook `plain`.
   */
  readonly content?: BlobContent;
  /** How tables are written; each setting overrides that of the profile. */
  readonly dsv?: DsvSettings;
  /** Level of zip and gzip, 0 (stored) to 9, and of zstd, 1 to 22. Default: 1. */
  readonly level?: number;
  /**
   * Who deflates: the faster deflater of sluice (`sluice`, levels 1 and 2), or that of Node (`zlib`). Both write what
   * any program reads, in different bytes. Default: `sluice` at its levels where the machine has WebAssembly with
   * vectors, else `zlib`.
   */
  readonly deflate?: Deflater;
  /**
   * What works at the same time: threads that scan a file of lines of 256 MiB and more, 512 MiB on fewer than four
   * cores (1: none is started), and blocks that are compressed; the bytes are the same for any number. Default: one
   * thread scans on fewer than four cores, else one for each, up to 8; blocks: one more than there are cores, and less
   * than the thread pool of libuv has.
   */
  readonly threads?: number;
  /** Records per file in a zip; 0 is one file. Default: by the profile. */
  readonly batchSize?: number;
  /** Bytes per file in a zip; a larger record has a separate file. */
  readonly maxBytesPerFile?: number;
  /** Path to the value by which entities are split, such as `type`: one file in a zip for each value. */
  readonly splitBy?: string;
  /** Put a list of the files into the zip. Default: `false`. */
  readonly manifest?: boolean;
  /** Who runs the export, for profiles that record it. Default: `clientState.notificationInfo.userId`. */
  readonly userId?: string;
  /**
   * Address of the user, for profiles that record it. Default: the user id without its ending `_user`, if that is an
   * address.
   */
  readonly userEmail?: string;
  /** Form of the input. Default: found by its first bytes. */
  readonly input?: InputForm;
  /** Path to the entities in a document: `response.entities`, `entry.*.resource`, or a JSON Pointer. Default: found. */
  readonly path?: string;
  /**
   * Path from a record to the object that is its entity: `_source`, `payload.after`. Records without an object there
   * are filtered, and reported in a note. Default: the record is the entity.
   */
  readonly unwrap?: string;
  /**
   * Paths to members of the record that become the first members of the unwrapped entity; `new=path` renames. A member
   * that the entity has too is a fault.
   */
  readonly keep?: string | readonly string[];
  /**
   * Path from a record to an array, each element of which takes its place in an entity. With `keep`, or with `unwrap`
   * at or below the path, the elements themselves are the entities. The receipt counts those beyond the first of a
   * record as `added`.
   */
  readonly explode?: string;
  /**
   * Path to the id of the parent in records that follow it: they become a list in their parent. The list is called by
   * the type in the id of the child (`gid://shopify/Image/1`), or as `__parentId=children` says. The receipt counts
   * children as `nested`, not as read.
   */
  readonly nest?: string;
  /** The key of a record, where `path` leads over the members of an object, becomes its id. Default: `false`. */
  readonly idFromKey?: boolean;
  /** Path to the id in entities. Default: `id`. */
  readonly idField?: string;
  /** Path to the type in entities. Default: `type`. */
  readonly typeField?: string;
  /** Skip the checks of valid input, and only find boundaries. Default: `false`. */
  readonly trust?: boolean;
  /**
   * Stop at a fault (`stop`), reject a faulty record and continue (`skip`), or set a file aside at its first fault and
   * continue with the next one (`skip-file`). Default: `stop`.
   */
  readonly onError?: 'stop' | 'skip' | 'skip-file';
  /** Each id occurs once, so that reading ends when all ids were found. Default: `true`. */
  readonly uniqueIds?: boolean;
  /** What `now` means in criteria, in milliseconds since 1970. Default: the time of the call. */
  readonly now?: number;
  /** Nested brackets that an entity may have. Default: 1024. */
  readonly maxDepth?: number;
  /** Bytes that the text of an entity may have. Default: 256 MiB. */
  readonly maxEntityBytes?: number;
}
