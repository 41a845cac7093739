/** Profiles: named forms of results that a request selects. */

import type { FieldFilters } from './fields.js';

/** How entities follow one another as JSON: the document `{"entities":[…]}`, a bare array, or one per line. */
export type JsonFormat = 'json' | 'array' | 'ndjson';

/** Every format of JSON. */
export const JSON_FORMATS: readonly JsonFormat[] = Object.freeze(['json', 'array', 'ndjson']);

/** How entities become rows: delimiter-separated values, or a workbook of Excel. */
export type TableFormat = 'dsv' | 'xlsx';

/** How the result is written: as JSON, or as a table for spreadsheets. */
export type Format = JsonFormat | TableFormat;

/** Every format. */
export const FORMATS: readonly Format[] = Object.freeze([...JSON_FORMATS, 'dsv', 'xlsx']);

/** Whether a format has rows and columns. */
export function isTable(format: Format): format is TableFormat {
  return format === 'dsv' || format === 'xlsx';
}

/** The layouts of tables: the platform's, with attributes and relationships, or a column for each path. */
export type DsvLayout = 'entities' | 'fields';

/** Every layout. */
export const DSV_LAYOUTS: readonly DsvLayout[] = Object.freeze(['entities', 'fields']);

/** How arrays become cells: joined where that can be undone, as JSON, or one row per element. */
export type DsvArrays = 'join' | 'json' | 'explode';

/** Every way of arrays. */
export const DSV_ARRAYS: readonly DsvArrays[] = Object.freeze(['join', 'json', 'explode']);

/** What the blob of an envelope holds, in base64: a zip of the files, or the only file itself. */
export type BlobContent = 'zip' | 'plain';

/** Every content of a blob. */
export const BLOB_CONTENTS: readonly BlobContent[] = Object.freeze(['zip', 'plain']);

/** The packing of the result: the documented envelope, a zip, gzip, Zstandard, or none. */
export type Pack = 'envelope' | 'zip' | 'gzip' | 'zstd' | 'none';

/** Every packing. */
export const PACKS: readonly Pack[] = Object.freeze(['envelope', 'zip', 'gzip', 'zstd', 'none']);

/** Whether a packing holds exactly one file. */
export function packsOneFile(pack: Pack): boolean {
  return pack !== 'zip' && pack !== 'envelope';
}

/** The pairs that select a profile, such as `{ service: 'ENTITY_EXPORT', channel: 'JOB' }`. */
export type ProfileContext = Readonly<Record<string, string>>;

/** Changes to the names of attributes and relationships. */
export interface NameStrategy {
  readonly caseFormat?: 'lowercase' | 'uppercase';
  readonly removeWhitespace?: boolean;
  /** Removes characters other than letters, digits and white space. */
  readonly removeSpecialCharacters?: boolean;
  readonly trimLeadingNumbers?: boolean;
  readonly trimTrailingNumbers?: boolean;
}

/** How delimiter-separated values are written. Written from its table by `npm run options`. */
export interface DsvSettings {
  /**
   * The platform's layout (`entities`), or a column for each path (`fields`). Default: `entities` for a profile or the
   * parts of a request of the platform, else by the first entities.
   */
  readonly layout?: DsvLayout;
  /** Arrays of plain values joined, all arrays as JSON, or one row per element; of layout `fields`. Default: `join`. */
  readonly arrays?: DsvArrays;
  /** Text of cells that are null, to tell them from absent ones; of layout `fields`. Default: none. */
  readonly nullText?: string;
  /** One character between values. Default: a comma; in .tsv files a tab. */
  readonly delimiter?: string;
  /** One character around values that need it. Default: `"`. */
  readonly quote?: string;
  /** Empty lines before the header. Default: 0. */
  readonly startLine?: number;
  /** Extension of the file. Default: `csv`. */
  readonly extension?: string;
  /** The line before the section of relationships. Default: `Relationships`. */
  readonly relationshipSeparator?: string;
  /**
   * Write relationships to a separate file; needs a zip, an envelope or a folder. Default: `true` for `.csv` files in a
   * zip or a folder, without a profile; else `false`.
   */
  readonly multiFile?: boolean;
  /**
   * Attributes of an entity that the rows of its relationships repeat; of layout `entities`. A column exists where an
   * entity with relationships has a value. Default: none.
   */
  readonly sourceAttributes?: readonly string[];
  /** The beginning of the headers of these columns. Default: `FROM_ENTITY_`. */
  readonly sourcePrefix?: string;
  /** Characters that the narrowest column of a workbook shows; columns are as wide as what they hold. Default: 8. */
  readonly minWidth?: number;
  /** Characters that the widest column of a workbook shows; not below `minWidth`. Default: 60. */
  readonly maxWidth?: number;
  /** Text between the values of a collection, or of a joined array. Default: `||`. */
  readonly collectionSeparator?: string;
  /**
   * Disarm values that a spreadsheet would run as a formula; numbers and phone numbers are not changed. Default:
   * `true`.
   */
  readonly guardFormulas?: boolean;
  /** Begin with a byte order mark, by which some programs recognize UTF-8. Default: `false`, and `true` for Excel. */
  readonly bom?: boolean;
  /** A table that Excel of this locale opens, such as `en` or `de-DE`: delimiter, decimal sign, long numbers. */
  readonly excel?: string;
}

/** The source of the value of an added property: the user who runs the export. */
export type ExecutionValue = 'executionContext.userId' | 'executionContext.userEmail';

/** A setting of a documented profile that has no effect here, and why. */
export interface IdleSetting {
  /** Dotted path of the setting in the profile. */
  readonly path: string;
  /** Why it has no effect. */
  readonly reason: string;
}

/** The form of a result, as data; a request selects it by name or by context. */
export interface Profile {
  /** The name a request selects it by. */
  readonly name: string;
  /** How entities are written. */
  readonly format: Format;
  /** What is around them: nothing, gzip, Zstandard, a zip, an envelope. */
  readonly pack: Pack;
  /** What the blob of an envelope holds; absent: a zip, of a workbook the workbook itself. */
  readonly content?: BlobContent;
  /** `version` of the envelope; "1.1" when absent, the version of the documented RSJSON form. */
  readonly version?: string;
  /** Name of results that the request does not name. */
  readonly fileName?: string;
  /**
   * How a service answers: with the result if it is ready in a while, else the job (`AUTO`, default); with the result,
   * however long it takes (`SYNC`); with the job at once (`ASYNC`).
   */
  readonly mode?: 'AUTO' | 'SYNC' | 'ASYNC';
  /** The pairs a request can select it by. */
  readonly context?: ProfileContext;
  /** Of profiles that fit equally well, the one with the lowest order is selected; default: the last. */
  readonly order?: number;
  /** Default true; a disabled profile cannot be selected. */
  readonly enabled?: boolean;
  /** Name of the stored profile that this one extends, in whose place a context selects it. */
  readonly extends?: string;
  /** Fields kept in addition to those of the request. */
  readonly include?: FieldFilters;
  /** Fields never kept, even if the request lists them. */
  readonly exclude?: FieldFilters;
  /** Records per file; absent: one file. */
  readonly batchSize?: number;
  /** True: all properties are kept, unless the request lists some. False: none, unless it lists some. */
  readonly includeEntityProperties?: boolean;
  /** Properties added to each entity, by name. */
  readonly entityProperties?: Readonly<Record<string, ExecutionValue>>;
  /** Changes the names of attributes and relationships; absent: no change. */
  readonly names?: NameStrategy;
  /** Settings of tables; without effect for other formats. */
  readonly dsv?: DsvSettings;
  /** Settings of the stored profile that have no effect here. */
  readonly idle?: readonly IdleSetting[];
}

/** All profiles that can be selected; several may have one name, with different contexts. */
export type ProfileRegistry = readonly Profile[];

/** A built-in profile: one file with unchanged entities in the envelope, with the documented context of its name. */
function builtIn(name: string, format: Format, channel: 'JOB' | 'UI', word: string): Profile {
  return Object.freeze({
    name,
    format,
    pack: 'envelope',
    version: '1.1',
    ...(channel === 'UI' ? { mode: 'SYNC' } : {}),
    context: Object.freeze({ service: 'ENTITY_EXPORT', channel, format: word, source: 'internal', subtype: 'User' }),
  });
}

/** The documented profile for JSON. */
export const DOWNLOAD_DATA_JSON_JOB: Profile = builtIn('downloadDataJSONJob', 'json', 'JOB', 'JSON');

/** The profiles of the documented names; the platform's own are these until others of the name are given. */
export const BUILT_IN_PROFILES: readonly Profile[] = Object.freeze([
  DOWNLOAD_DATA_JSON_JOB,
  builtIn('downloadDataDSVJob', 'dsv', 'JOB', 'DSV'),
  builtIn('downloadDataDSV', 'dsv', 'UI', 'DSV'),
  builtIn('downloadDataExcelJob', 'xlsx', 'JOB', 'Excel'),
  builtIn('downloadDataExcel', 'xlsx', 'UI', 'Excel'),
]);

/**
 * The built-in profiles and your own; yours replace a built-in one of the same name.
 * @example profileRegistry([{ name: 'nightly', format: 'ndjson', pack: 'gzip' }])
 */
export function profileRegistry(own: readonly Profile[] = []): ProfileRegistry {
  const kept = BUILT_IN_PROFILES.filter(({ name }) => !own.some((profile) => profile.name === name));
  return [...kept, ...own.map((profile) => Object.freeze({ ...profile }))];
}
