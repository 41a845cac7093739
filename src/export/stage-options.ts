/** The options of the streams of stages, and their checks. */

import { type EntitySchema, isEntitySchema } from '../encode/entity-schema.js';
import {
  anything,
  boolean,
  check,
  count,
  filledText,
  listOf,
  type OptionTable,
  oneOf,
  text,
} from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import { MEMBER_NAMES, type MemberName, type MemberNames } from '../terms/batch.js';
import type { Context, ContextChoice, ValueContext } from '../terms/context.js';
import { parseNames } from '../terms/path.js';
import type { InputForm, OnError } from '../terms/plan.js';
import { type DsvSettings, JSON_FORMATS, type JsonFormat } from '../terms/profile.js';
import { Run } from '../terms/run.js';
import type { RunHandle } from '../terms/run-handle.js';
import { PLAN_OPTIONS } from './plan-options.js';

/** The run of a stream: its receipt waits for every stream of the run. */
export interface StreamOptions {
  /** The run that counts this stream; default: that of the stream before it, or a new one. */
  readonly run?: RunHandle;
}

/** Options of `readEntities` and `scanEntities`. */
export interface ReadEntitiesOptions extends StreamOptions {
  /** Form of the input; default: detected from its first bytes. */
  readonly input?: InputForm;
  /** Path to the array of entities in a document: member names joined by dots. */
  readonly path?: string;
  /** Path from a record to the object that is its entity; default: the record. */
  readonly unwrap?: string;
  /** Paths to members of the record that become the first members of its entity; `new=path` renames. */
  readonly keep?: string | readonly string[];
  /** Path from a record to an array, each element of which takes its place in an entity, or is one. */
  readonly explode?: string;
  /** Path to the id of the parent in records that become a list in it; `path=list` names the list. */
  readonly nest?: string;
  /** The key of a record, where `path` leads over the members of an object, becomes its id. */
  readonly idFromKey?: boolean;
  /** Paths to id, type and name in the entities; default `{ id: 'id', type: 'type', name: 'name' }`. */
  readonly memberNames?: MemberNames;
  /** The members that later filters compare; default all three. Fewer are located faster. */
  readonly locate?: readonly MemberName[];
  /** Skips the checks of valid input, and only finds boundaries; default false. */
  readonly trust?: boolean;
  /** What a faulty record or file ends; default `stop`. */
  readonly onError?: OnError;
  /** Maximum depth of nested brackets in an entity; default 1024. */
  readonly maxDepth?: number;
  /** Maximum size of the text of an entity in bytes; default 256 MiB. */
  readonly maxEntityBytes?: number;
  /** `stream-json` reads entities as objects; default `scan`. */
  readonly reader?: 'scan' | 'stream-json';
}

/** Options of `filterById`. */
export interface FilterByIdOptions extends StreamOptions {
  /** Each id occurs once, so that reading ends when all were found; default true. */
  readonly uniqueIds?: boolean;
}

/** Options of `filterByCriteria`. */
export interface FilterByCriteriaOptions extends StreamOptions, ContextChoice {
  /** The time that date math calls `now`, in milliseconds since 1970; default: the time of the call. */
  readonly now?: number;
}

/** Options of `project`. */
export interface ProjectOptions extends StreamOptions {
  /** Paths to id, type and name, which always stay; default those of the reader. */
  readonly memberNames?: MemberNames;
  /** Contexts whose data stays; default none. */
  readonly contexts?: 'all' | readonly Context[];
  /** False leaves out the data of no context; only beside `contexts`. Default true. */
  readonly nonContextual?: boolean;
  /** Values to keep: those that match one of these; default any. */
  readonly valueContexts?: readonly ValueContext[];
}

/** Options of `mapEntities` and `filterEntities`. */
export interface MapOptions extends StreamOptions {
  /** Maximum number of pending promises of the function; default 16. */
  readonly concurrency?: number;
}

/** Options of `encodeJson`. */
export interface EncodeJsonOptions extends StreamOptions {
  /** Default `json`: the document `{"entities":[…]}`. */
  readonly format?: JsonFormat;
  /** Schema for entities that arrive as objects; a constant of the application, never part of a request. */
  readonly schema?: EntitySchema;
}

/** Options of `encodeDsv`. */
export interface EncodeDsvOptions extends StreamOptions, DsvSettings {
  /** The locale whose values are in the main column of their attribute; default `en-US`. */
  readonly locale?: string;
  /** Attributes that always have columns, before all others. */
  readonly attributes?: readonly string[];
}

/** Options of `gzip`. */
export interface GzipOptions extends StreamOptions {
  /** Deflate level, 0 (stored) to 9; default 1. */
  readonly level?: number;
  /** Blocks deflated in parallel, from 1; default: by the number of cores. */
  readonly threads?: number;
}

/** Options of `zip`. */
export interface ZipStreamOptions extends GzipOptions {
  /** Name of the file inside. */
  readonly name: string;
}

/** Options of `envelope`. */
export interface EnvelopeStreamOptions {
  /** The run of the pipeline, whose id and counts are in the envelope. */
  readonly run: RunHandle;
  /** Default `local`. */
  readonly tenant?: string;
  /** Default `1.1`. */
  readonly version?: string;
  /** Default: the id of the run and `_out`. */
  readonly fileName?: string;
}

const run = check((value) => value instanceof Run, 'what createRun returns');

/** The run of a handle that the options accepted. */
export function runOf(handle: RunHandle | undefined): Run | undefined {
  return handle instanceof Run ? handle : undefined;
}

const memberNames = check(
  (value) =>
    isObject(value) &&
    Object.keys(value).length === MEMBER_NAMES.length &&
    MEMBER_NAMES.every((name) => isPath(value[name])),
  'the paths to id, type and name, all three',
);

function isPath(value: unknown): boolean {
  try {
    return typeof value === 'string' && parseNames(value, 'memberNames').length > 0;
  } catch {
    return false;
  }
}

/** An object; compiling it finds further faults. */
const schema = check(isEntitySchema, 'a JSON schema');

export const STREAM: OptionTable<StreamOptions> = { run };

export const READ_ENTITIES: OptionTable<ReadEntitiesOptions> = {
  run,
  memberNames,
  input: PLAN_OPTIONS.input,
  path: PLAN_OPTIONS.path,
  unwrap: PLAN_OPTIONS.unwrap,
  keep: PLAN_OPTIONS.keep,
  explode: PLAN_OPTIONS.explode,
  nest: PLAN_OPTIONS.nest,
  idFromKey: PLAN_OPTIONS.idFromKey,
  locate: listOf(oneOf(MEMBER_NAMES)),
  trust: PLAN_OPTIONS.trust,
  onError: PLAN_OPTIONS.onError,
  maxDepth: PLAN_OPTIONS.maxDepth,
  maxEntityBytes: PLAN_OPTIONS.maxEntityBytes,
  reader: oneOf(['scan', 'stream-json']),
};

export const FILTER_BY_ID: OptionTable<FilterByIdOptions> = { run, uniqueIds: boolean };

// Contexts are checked with the request that they become part of.
export const FILTER_BY_CRITERIA: OptionTable<FilterByCriteriaOptions> = {
  run,
  now: PLAN_OPTIONS.now,
  contexts: anything,
  nonContextual: anything,
};

export const PROJECT: OptionTable<ProjectOptions> = {
  run,
  memberNames,
  contexts: anything,
  nonContextual: anything,
  valueContexts: anything,
};

export const MAP_ENTITIES: OptionTable<MapOptions> = { run, concurrency: count(1) };

export const ENCODE_JSON: OptionTable<EncodeJsonOptions> = { run, format: oneOf(JSON_FORMATS), schema };

// The settings of tables are checked in one place.
export const ENCODE_DSV: OptionTable<EncodeDsvOptions> = {
  run,
  locale: filledText,
  attributes: listOf(filledText),
  delimiter: anything,
  quote: anything,
  startLine: anything,
  extension: anything,
  relationshipSeparator: anything,
  multiFile: anything,
  collectionSeparator: anything,
  guardFormulas: anything,
  layout: anything,
  arrays: anything,
  nullText: anything,
  bom: anything,
  excel: anything,
};

export const GZIP: OptionTable<GzipOptions> = { run, level: PLAN_OPTIONS.level, threads: PLAN_OPTIONS.threads };

export const ZIP: OptionTable<ZipStreamOptions> = { ...GZIP, name: filledText };

export const ENVELOPE: OptionTable<EnvelopeStreamOptions> = { run, tenant: text, version: text, fileName: filledText };

/** One text, or several. */
export const texts = check(
  (value) => typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string')),
  'a string, or an array of strings',
);
