/** Plans an export: accepts the options, fills in defaults, and decides everything before a byte is read. */
import { randomUUID } from 'node:crypto';
import { defaultScanThreads, defaultThreads } from '../loop/default-threads.js';
import { acceptOptions, boolean, filledText, type OptionTable, oneOf } from '../options/accept-options.js';
import { canDeflate, defaultDeflater } from '../pack/deflate-engine.js';
import { DEFAULT_LEVEL } from '../pack/deflate-stage.js';
import { acceptRequest } from '../request/accept/accept-request.js';
import { acceptProfiles } from '../request/accept/profile.js';
import { makePlan, type PlanFor, type PlanSettings } from '../request/plan/make-plan.js';
import type { PlanTarget } from '../request/plan/plan-target.js';
import { definedOnly } from '../terms/defined-only.js';
import { type Deflater, SLUICE_LEVELS } from '../terms/deflater.js';
import { invalid } from '../terms/errors.js';
import { EVERY, type Path, parsePath } from '../terms/path.js';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_ENTITY_BYTES, type ExportPlan } from '../terms/plan.js';
import { FORMATS, PACKS, profileRegistry } from '../terms/profile.js';
import { PLAN_OPTIONS, type PlanOptions } from './plan-options.js';
import { membersAt, planShape } from './plan-shape.js';

const { request: _, ...SETTINGS } = PLAN_OPTIONS;

const PLAN_TARGET: OptionTable<PlanTarget> = {
  folder: boolean,
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
  const { idField = 'id', typeField = 'type' } = options;
  const path = pathOf(options);
  const { level = DEFAULT_LEVEL } = options;
  const deflate = deflaterOf(level, options.deflate);
  return {
    id: options.id ?? randomUUID(),
    profiles: profileRegistry(acceptProfiles(options.profiles ?? [], 'profiles')),
    format: options.format,
    pack: options.pack,
    content: options.content,
    dsv: options.dsv,
    level,
    deflate,
    threads: options.threads ?? defaultThreads(),
    scanThreads: options.threads ?? defaultScanThreads(),
    tenant: options.tenant ?? 'local',
    batchSize: options.batchSize,
    maxBytesPerFile: options.maxBytesPerFile,
    manifest: options.manifest,
    splitBy: options.splitBy,
    userId: options.userId,
    userEmail: options.userEmail,
    given: options,
    uniqueIds: options.uniqueIds ?? true,
    read: {
      ...definedOnly({ form: options.input, path }),
      ...membersAt({ id: idField, type: typeField, name: 'name' }),
      ...planShape(options),
      trust: options.trust ?? false,
      onError: options.onError ?? 'stop',
      maxDepth: options.maxDepth ?? DEFAULT_MAX_DEPTH,
      maxEntityBytes: options.maxEntityBytes ?? DEFAULT_MAX_ENTITY_BYTES,
    },
  };
}

/** Who deflates: as wanted, or the default. */
function deflaterOf(level: number, wanted: Deflater = defaultDeflater(level)): Deflater {
  if (wanted === 'zlib' || canDeflate(level)) return wanted;
  const levels = SLUICE_LEVELS.join(' and ');
  const why = SLUICE_LEVELS.includes(level)
    ? 'this machine has no WebAssembly with vectors'
    : `sluice deflates at levels ${levels}, and the level is ${level}`;
  throw invalid('plan', why, 'deflate');
}

/** The way to the records: what follows its last `EVERY` leads into each of them (`planShape`). */
function pathOf({ path, input }: Pick<PlanOptions, 'path' | 'input'>): Path | undefined {
  if (path === undefined) return undefined;
  if (input === 'lines' || input === 'sequence') {
    throw invalid('plan', `${input === 'lines' ? 'lines have' : 'a sequence has'} no path to its entities`, 'path');
  }
  const steps = parsePath(path, 'path');
  const after = steps.lastIndexOf(EVERY) + 1;
  return after === 0 ? steps : steps.slice(0, after);
}

/** Options of the scanner, which the second reader does not support. */
const SCANNER_OPTIONS = ['trust', 'onError', 'maxDepth', 'maxEntityBytes', 'idFromKey'] as const;

/**
 * Refuses what stream-json cannot do, instead of ignoring it.
 * @throws SluiceError `INVALID`
 */
export function checkReader(
  options: Partial<Record<(typeof SCANNER_OPTIONS)[number], unknown>> & { readonly reader?: 'scan' | 'stream-json' },
): void {
  if (options.reader !== 'stream-json') return;
  const given = SCANNER_OPTIONS.find((name) => options[name] !== undefined);
  if (given) throw invalid('plan', 'is an option of the scanner; reader stream-json has none of the kind', given);
}
