/** Plans an export: accepts the options, fills in defaults, and decides everything before a byte is read. */
import { randomUUID } from 'node:crypto';
import {
  acceptOptions,
  anything,
  boolean,
  check,
  count,
  filledText,
  type OptionTable,
  oneOf,
  text,
} from '../options/accept-options.js';
import { defaultThreads } from '../pack/default-threads.js';
import { DEFAULT_LEVEL } from '../pack/deflate-stage.js';
import { acceptRequest } from '../request/accept/accept-request.js';
import { acceptDsv } from '../request/accept/own-profile.js';
import { acceptProfiles } from '../request/accept/profile.js';
import { makePlan, type PlanFor, type PlanSettings } from '../request/plan/make-plan.js';
import type { PlanTarget } from '../request/plan/plan-target.js';
import { DEFAULT_MEMBER_NAMES } from '../terms/batch.js';
import { definedOnly } from '../terms/defined-only.js';
import { invalid } from '../terms/errors.js';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_ENTITY_BYTES, type ExportPlan, type InputForm } from '../terms/plan.js';
import {
  type DsvSettings,
  FORMATS,
  type Format,
  PACKS,
  type Pack,
  type Profile,
  profileRegistry,
} from '../terms/profile.js';
import type { DocumentedBody, DocumentedProfile, ExportRequest } from '../terms/request.js';

/** What decides a plan. */
export interface PlanOptions {
  /** What to export, in the library's form or as the documented body. Absent: everything, whole. */
  readonly request?: ExportRequest | DocumentedBody;
  /**
   * Your own profiles, beside the built-in `downloadDataJSONJob`; the plan reports settings of documented ones that have
   * no effect in `idle`.
   */
  readonly profiles?: readonly (Profile | DocumentedProfile)[];
  /** The work automation id; default: a random UUID. */
  readonly id?: string;
  /** `systemInfo.tenantId` of the envelope; default `local`. */
  readonly tenant?: string;
  /** Default: by profile, else by the suffix of the file, else the document. */
  readonly format?: Format;
  /** Default: by profile, else by the suffix of the file, else `none`. */
  readonly pack?: Pack;
  /** How delimiter-separated values are written, where they are: each setting instead of the profile's. */
  readonly dsv?: DsvSettings;
  /** Deflate level of zip and gzip, 0 (stored) to 9; default 1. */
  readonly level?: number;
  /**
   * How many blocks zip and gzip deflate at the same time, 1 to 1,024; the bytes are the same for any number. Default:
   * one more than there are cores, but one less than libuv's pool has threads (4, or `UV_THREADPOOL_SIZE`).
   */
  readonly threads?: number;
  /** Records per file, instead of what the profile says; 0 is one file. Only in a zip or an envelope. */
  readonly batchSize?: number;
  /** A file ends before it would have more bytes than this; a larger record has a file of its own. */
  readonly maxBytesPerFile?: number;
  /** Put a list of the files into the zip. */
  readonly manifest?: boolean;
  /** Who runs the export, for profiles that tell it; default: `clientState.notificationInfo.userId`. */
  readonly userId?: string;
  /** Their address; default: the user's id without its ending `_user`, where that is an address. */
  readonly userEmail?: string;
  /** Form of the input; default: found by its first bytes. */
  readonly input?: InputForm;
  /** Members that lead to the array of entities in a document, with dots between: `response.entities`. */
  readonly path?: string;
  /** How the entities spell their id; default `id`. */
  readonly idField?: string;
  /** How the entities spell their type; default `type`. */
  readonly typeField?: string;
  /** Vouch for the input: only look for boundaries. Default false. */
  readonly trust?: boolean;
  /** `skip` puts faulty lines and objects aside and goes on; default `stop`. */
  readonly onError?: 'stop' | 'skip';
  /** Each id occurs once, so that reading ends when all were found; default true. */
  readonly uniqueIds?: boolean;
  /** What `now` means in criteria, in milliseconds since 1970; default: the time of the call. */
  readonly now?: number;
  /** Limit of nested brackets in an entity; default 1,024. */
  readonly maxDepth?: number;
  /** Limit of an entity's text in bytes; default 256 MiB. */
  readonly maxEntityBytes?: number;
}

/** The largest pool that libuv makes; more blocks than that can never be at work. */
const MOST_THREADS = 1024;

/** Milliseconds from 1970 to the last day that JavaScript knows. */
const LATEST_TIME = 8.64e15;

/** A time that JavaScript knows. */
export const time = check(
  (value) => typeof value === 'number' && Math.abs(value) <= LATEST_TIME,
  'milliseconds since 1970, in the range of JavaScript dates',
);

/** How each option is examined; requests and profiles are where they are accepted. */
export const PLAN_OPTIONS: OptionTable<PlanOptions> = {
  request: anything,
  profiles: anything,
  id: filledText,
  tenant: filledText,
  format: oneOf(FORMATS),
  pack: oneOf(PACKS),
  dsv: (value, path, faults) => void acceptDsv(value, path, faults),
  level: count(0, 9),
  threads: count(1, MOST_THREADS),
  batchSize: count(),
  maxBytesPerFile: count(1),
  manifest: boolean,
  userId: filledText,
  userEmail: filledText,
  input: oneOf(['lines', 'array', 'document']),
  path: text,
  idField: filledText,
  typeField: filledText,
  trust: boolean,
  onError: oneOf(['stop', 'skip']),
  uniqueIds: boolean,
  now: time,
  maxDepth: count(1),
  maxEntityBytes: count(1),
};

const { request: _, ...SETTINGS } = PLAN_OPTIONS;

const PLAN_TARGET: OptionTable<PlanTarget> = {
  destination: filledText,
  fallbackFormat: oneOf(FORMATS),
  fallbackPack: oneOf(PACKS),
};

/**
 * Decides everything about an export before a byte is read.
 * @returns frozen data; `explainPlan` describes it as text
 * @throws SluiceError `UNKNOWN_KEY`, `UNSUPPORTED`, `INVALID` with all faults of the request, `UNKNOWN_PROFILE`
 */
export function planExport(options: PlanOptions = {}, target: PlanTarget = {}): ExportPlan {
  const planFor = acceptAndPlan(options);
  acceptOptions(target, PLAN_TARGET);
  return planFor({ now: options.now ?? Date.now(), ...target });
}

/**
 * Accepts options and request, and plans all but the output.
 * @throws SluiceError as `planExport` does
 */
export function acceptAndPlan(options: PlanOptions): PlanFor {
  acceptOptions(options, PLAN_OPTIONS);
  const { request = {}, ...settings } = options;
  return makePlan(acceptRequest(request), settingsOf(settings));
}

/**
 * Accepts the options of a plan beside the request, and fills in their defaults.
 * @throws SluiceError `UNKNOWN_KEY`, `INVALID`
 */
export function acceptSettings(options: Omit<PlanOptions, 'request'>): PlanSettings {
  acceptOptions(options, SETTINGS);
  return settingsOf(options);
}

function settingsOf(options: Omit<PlanOptions, 'request'>): PlanSettings {
  const { idField = DEFAULT_MEMBER_NAMES.id, typeField = DEFAULT_MEMBER_NAMES.type } = options;
  return {
    id: options.id ?? randomUUID(),
    profiles: profileRegistry(acceptProfiles(options.profiles ?? [], 'profiles')),
    format: options.format,
    pack: options.pack,
    dsv: options.dsv,
    level: options.level ?? DEFAULT_LEVEL,
    threads: options.threads ?? defaultThreads(),
    tenant: options.tenant ?? 'local',
    batchSize: options.batchSize,
    maxBytesPerFile: options.maxBytesPerFile,
    manifest: options.manifest,
    userId: options.userId,
    userEmail: options.userEmail,
    given: options,
    uniqueIds: options.uniqueIds ?? true,
    read: {
      ...definedOnly({ form: options.input, path: pathOf(options) }),
      memberNames: { id: idField, type: typeField, name: DEFAULT_MEMBER_NAMES.name },
      trust: options.trust ?? false,
      onError: options.onError ?? 'stop',
      maxDepth: options.maxDepth ?? DEFAULT_MAX_DEPTH,
      maxEntityBytes: options.maxEntityBytes ?? DEFAULT_MAX_ENTITY_BYTES,
    },
  };
}

function pathOf({ path, input }: Pick<PlanOptions, 'path' | 'input'>): readonly string[] | undefined {
  const members = path?.split('.');
  if (members?.includes('')) throw invalid('plan', 'must be member names separated by dots', 'path');
  if (members && input === 'lines') throw invalid('plan', 'lines have no path to their entities', 'path');
  return members;
}

/** Options of the scanner, which the second reader has no use for. */
const SCANNER_OPTIONS = ['trust', 'onError', 'maxDepth', 'maxEntityBytes'] as const;

/**
 * Refuses what stream-json cannot do, rather than to ignore it.
 * @throws SluiceError `INVALID`
 */
export function checkReader(
  options: Partial<Record<(typeof SCANNER_OPTIONS)[number], unknown>> & { readonly reader?: 'scan' | 'stream-json' },
): void {
  if (options.reader !== 'stream-json') return;
  const given = SCANNER_OPTIONS.find((name) => options[name] !== undefined);
  if (given) throw invalid('plan', 'is an option of the scanner; reader stream-json has none of the kind', given);
}
