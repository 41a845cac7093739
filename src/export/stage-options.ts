/** The options of the stages as streams: what they are, and how each is examined when a stream is made. */

import type { EntitySchema } from '../encode/entity-schema.js';
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
import type { InputForm } from '../terms/plan.js';
import { type DsvSettings, JSON_FORMATS, type JsonFormat } from '../terms/profile.js';
import { Run } from '../terms/run.js';
import type { RunHandle } from '../terms/run-handle.js';
import { PLAN_OPTIONS } from './plan-options.js';

/** The run that a stream takes part in: its receipt waits for every stream that was given it. */
export interface StreamOptions {
  readonly run?: RunHandle;
}

/** How `readEntities` reads. */
export interface ReadEntitiesOptions extends StreamOptions {
  /** Form of the input; default: found by its first bytes. */
  readonly input?: InputForm;
  /** Members that lead to the array of entities in a document, with dots between. */
  readonly path?: string;
  /** How the entities spell what filters ask for; default `{ id: 'id', type: 'type', name: 'name' }`. */
  readonly memberNames?: MemberNames;
  /** What the filters behind will ask for; default all three. Fewer are found sooner. */
  readonly locate?: readonly MemberName[];
  readonly trust?: boolean;
  readonly onError?: 'stop' | 'skip';
  readonly maxDepth?: number;
  readonly maxEntityBytes?: number;
  readonly reader?: 'scan' | 'stream-json';
}

/** How `filterById` keeps. */
export interface FilterByIdOptions extends StreamOptions {
  /** Each id occurs once, so that reading ends when all were found; default true. */
  readonly uniqueIds?: boolean;
}

/** What `filterByCriteria` searches. */
export interface FilterByCriteriaOptions extends StreamOptions, ContextChoice {
  /** What date math means by `now`, in milliseconds since 1970; default: the time of the call. */
  readonly now?: number;
}

/** What `project` keeps of contexts and values. */
export interface ProjectOptions extends StreamOptions {
  readonly memberNames?: MemberNames;
  /** Contexts whose data is kept; default none. */
  readonly contexts?: 'all' | readonly Context[];
  /** False leaves out the data of no context; only beside `contexts`. Default true. */
  readonly nonContextual?: boolean;
  /** Values to keep: those that match one of these; default any. */
  readonly valueContexts?: readonly ValueContext[];
}

/** How `mapEntities` calls its function. */
export interface MapOptions extends StreamOptions {
  /** How many of its promises may be pending at a time; default 16. */
  readonly concurrency?: number;
}

/** How `encodeJson` writes. */
export interface EncodeJsonOptions extends StreamOptions {
  /** Default `json`: the document `{"entities":[…]}`. */
  readonly format?: JsonFormat;
  /** Schema for entities that arrive as objects; a constant of the application, never part of a request. */
  readonly schema?: EntitySchema;
}

/** How `encodeDsv` writes. */
export interface EncodeDsvOptions extends StreamOptions, DsvSettings {
  /** Whose values have the column of their attribute; default `en-US`. */
  readonly locale?: string;
  /** Attributes that have columns in any case, before all others. */
  readonly attributes?: readonly string[];
}

/** How `gzip` compresses. */
export interface GzipOptions extends StreamOptions {
  /** Deflate level, 0 (stored) to 9; default 1. */
  readonly level?: number;
  /** Blocks deflated at the same time, from 1; default: as many as the machine does well. */
  readonly threads?: number;
}

/** How `zip` packs. */
export interface ZipStreamOptions extends GzipOptions {
  /** Name of the file inside. */
  readonly name: string;
}

/** What `envelope` says beside the blob. */
export interface EnvelopeStreamOptions {
  readonly run: RunHandle;
  /** Default `local`. */
  readonly tenant?: string;
  /** Default `1.1`. */
  readonly version?: string;
  /** Default the id of the run, and `_out`. */
  readonly fileName?: string;
}

const run = check((value) => value instanceof Run, 'what createRun returns');

/** The run behind a handle that the options accepted. */
export function runOf(handle: RunHandle | undefined): Run | undefined {
  return handle instanceof Run ? handle : undefined;
}

const memberNames = check(
  (value) =>
    isObject(value) &&
    Object.keys(value).length === MEMBER_NAMES.length &&
    MEMBER_NAMES.every((name) => typeof value[name] === 'string' && value[name] !== ''),
  'the names of id, type and name, all three',
);

/** An object; what else it must be is found where it is compiled. */
const schema = check(isObject, 'a JSON schema');

export const STREAM: OptionTable<StreamOptions> = { run };

export const READ_ENTITIES: OptionTable<ReadEntitiesOptions> = {
  run,
  memberNames,
  input: PLAN_OPTIONS.input,
  path: PLAN_OPTIONS.path,
  locate: listOf(oneOf(MEMBER_NAMES)),
  trust: PLAN_OPTIONS.trust,
  onError: PLAN_OPTIONS.onError,
  maxDepth: PLAN_OPTIONS.maxDepth,
  maxEntityBytes: PLAN_OPTIONS.maxEntityBytes,
  reader: oneOf(['scan', 'stream-json']),
};

export const FILTER_BY_ID: OptionTable<FilterByIdOptions> = { run, uniqueIds: boolean };

// Contexts are examined with the request that they become part of.
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

// What they may be is examined where all settings of that kind are.
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
};

export const GZIP: OptionTable<GzipOptions> = { run, level: PLAN_OPTIONS.level, threads: PLAN_OPTIONS.threads };

export const ZIP: OptionTable<ZipStreamOptions> = { ...GZIP, name: filledText };

export const ENVELOPE: OptionTable<EnvelopeStreamOptions> = { run, tenant: text, version: text, fileName: filledText };

/** One text, or several. */
export const texts = check(
  (value) => typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string')),
  'a string, or an array of strings',
);
