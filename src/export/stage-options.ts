/** The options of the streams of entities, and their checks. */
import { anything, check, listOf, oneOf } from '../options/accept-options.js';
import { isObject } from '../options/faults.js';
import { flagged, type Options, typed, wholeNumber, word } from '../options/option.js';
import { MEMBER_NAMES, type MemberName, type MemberNames } from '../terms/batch.js';
import type { Context, ContextChoice, ValueContext } from '../terms/context.js';
import { parseNames } from '../terms/path.js';
import type { InputForm } from '../terms/plan.js';
import { Run } from '../terms/run.js';
import type { RunHandle } from '../terms/run-handle.js';
import { PLAN_OPTIONS } from './plan-options.js';

export const isRun = check((value) => value instanceof Run, 'what createRun returns');

/** The run of a handle that the options accepted. */
export function runOf(handle: RunHandle | undefined): Run | undefined {
  return handle instanceof Run ? handle : undefined;
}

const isMemberNames = check(
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

/** What every stream takes. */
export const STREAM = {
  run: {
    kind: typed('RunHandle', isRun),
    about: 'the run that counts this stream, whose receipt waits for every stream of the run',
    default: 'that of the stream before it',
  },
} satisfies Options;

const memberNames = {
  kind: typed('MemberNames', isMemberNames),
  about: 'paths to id, type and name in the entities',
  default: "`{ id: 'id', type: 'type', name: 'name' }`",
} as const;

export const READ_OPTIONS = {
  input: PLAN_OPTIONS.input,
  path: PLAN_OPTIONS.path,
  unwrap: PLAN_OPTIONS.unwrap,
  keep: PLAN_OPTIONS.keep,
  explode: PLAN_OPTIONS.explode,
  nest: PLAN_OPTIONS.nest,
  idFromKey: PLAN_OPTIONS.idFromKey,
  memberNames,
  locate: {
    kind: typed('readonly MemberName[]', listOf(oneOf(MEMBER_NAMES))),
    about: 'the members that later filters compare; fewer are located faster',
    default: 'all three',
  },
  trust: PLAN_OPTIONS.trust,
  onError: PLAN_OPTIONS.onError,
  maxDepth: PLAN_OPTIONS.maxDepth,
  maxEntityBytes: PLAN_OPTIONS.maxEntityBytes,
  reader: {
    kind: word(['scan', 'stream-json']),
    about: 'how text is read: as ranges of bytes, or as objects that stream-json makes',
    default: '`scan`',
  },
} satisfies Options;

export const FILTER_BY_ID_OPTIONS = {
  uniqueIds: {
    kind: flagged,
    about: 'each id occurs once, so that reading ends when all were found',
    default: '`true`',
  },
} satisfies Options;

// Contexts are checked with the request that they become part of.
export const FILTER_BY_CRITERIA_OPTIONS = {
  now: {
    kind: PLAN_OPTIONS.now.kind,
    about: 'the time that date math calls `now`, in milliseconds since 1970',
    default: 'the time of the call',
  },
} satisfies Options;

export const PROJECT_OPTIONS = {
  memberNames: {
    kind: memberNames.kind,
    about: 'paths to id, type and name, which always stay',
    default: memberNames.default,
  },
  contexts: {
    kind: typed("'all' | readonly Context[]"),
    about: 'contexts whose data stays',
    default: 'none',
  },
  nonContextual: {
    kind: typed('boolean'),
    about: 'false leaves out the data of no context; only beside `contexts`',
    default: '`true`',
  },
  valueContexts: {
    kind: typed('readonly ValueContext[]'),
    about: 'values to keep: those that match one of these',
    default: 'any',
  },
} satisfies Options;

export const MAP_OPTIONS = {
  concurrency: { kind: wholeNumber(1), about: 'maximum number of pending promises of the function', default: '16' },
} satisfies Options;

export const READ_ENTITIES = { ...STREAM, ...READ_OPTIONS };

export const FILTER_BY_ID = { ...STREAM, ...FILTER_BY_ID_OPTIONS };

export const FILTER_BY_CRITERIA = {
  ...STREAM,
  ...FILTER_BY_CRITERIA_OPTIONS,
  contexts: anything,
  nonContextual: anything,
};

export const SORT = {
  ...STREAM,
  contexts: anything,
  nonContextual: anything,
  valueContexts: anything,
};

export const PROJECT = { ...STREAM, ...PROJECT_OPTIONS };

export const MAP_ENTITIES = { ...STREAM, ...MAP_OPTIONS };

// The interfaces are written from the tables by `npm run options`.

/** The run of a stream. */
export interface StreamOptions {
  /**
   * The run that counts this stream, whose receipt waits for every stream of the run. Default: that of the stream
   * before it.
   */
  readonly run?: RunHandle;
}

/** Options of `readEntities` and `scanEntities`. */
export interface ReadEntitiesOptions extends StreamOptions {
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
  /** Paths to id, type and name in the entities. Default: `{ id: 'id', type: 'type', name: 'name' }`. */
  readonly memberNames?: MemberNames;
  /** The members that later filters compare; fewer are located faster. Default: all three. */
  readonly locate?: readonly MemberName[];
  /** Skip the checks of valid input, and only find boundaries. Default: `false`. */
  readonly trust?: boolean;
  /**
   * Stop at a fault (`stop`), reject a faulty record and continue (`skip`), or set a file aside at its first fault and
   * continue with the next one (`skip-file`). Default: `stop`.
   */
  readonly onError?: 'stop' | 'skip' | 'skip-file';
  /** Nested brackets that an entity may have. Default: 1024. */
  readonly maxDepth?: number;
  /** Bytes that the text of an entity may have. Default: 256 MiB. */
  readonly maxEntityBytes?: number;
  /** How text is read: as ranges of bytes, or as objects that stream-json makes. Default: `scan`. */
  readonly reader?: 'scan' | 'stream-json';
}

/** Options of `filterById`. */
export interface FilterByIdOptions extends StreamOptions {
  /** Each id occurs once, so that reading ends when all were found. Default: `true`. */
  readonly uniqueIds?: boolean;
}

/** Options of `filterByCriteria`. */
export interface FilterByCriteriaOptions extends StreamOptions, ContextChoice {
  /** The time that date math calls `now`, in milliseconds since 1970. Default: the time of the call. */
  readonly now?: number;
}

/** Options of `sort`. */
export interface SortStreamOptions extends StreamOptions, ContextChoice {
  /** Values that count: those that match one of these; default: any. */
  readonly valueContexts?: readonly ValueContext[];
}

/** Options of `project`. */
export interface ProjectOptions extends StreamOptions {
  /** Paths to id, type and name, which always stay. Default: `{ id: 'id', type: 'type', name: 'name' }`. */
  readonly memberNames?: MemberNames;
  /** Contexts whose data stays. Default: none. */
  readonly contexts?: 'all' | readonly Context[];
  /** False leaves out the data of no context; only beside `contexts`. Default: `true`. */
  readonly nonContextual?: boolean;
  /** Values to keep: those that match one of these. Default: any. */
  readonly valueContexts?: readonly ValueContext[];
}

/** Options of `mapEntities` and `filterEntities`. */
export interface MapOptions extends StreamOptions {
  /** Maximum number of pending promises of the function. Default: 16. */
  readonly concurrency?: number;
}

/** One text, or several. */
export const texts = check(
  (value) => typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string')),
  'a string, or an array of strings',
);
