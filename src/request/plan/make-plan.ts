/** A request and settings to a plan: every decision, before a byte is read. */
import type { MemberName } from '../../terms/batch.js';
import { scopeOf } from '../../terms/context.js';
import { definedOnly } from '../../terms/defined-only.js';
import { ANY_TYPE, lowerAscii } from '../../terms/entity-type.js';
import { messageOf, SluiceError } from '../../terms/errors.js';
import type { EnvelopePlan, ExportPlan, ReadPlan, SelectPlan } from '../../terms/plan.js';
import type { DsvSettings, Format, ProfileRegistry } from '../../terms/profile.js';
import type { ExportRequest } from '../../terms/request.js';
import { safeFileName } from './file-name.js';
import { idleOptions, type SaidOptions } from './idle-options.js';
import { decideOutput, type OutputForm } from './output-form.js';
import { envelopeKind, planDsv } from './plan-dsv.js';
import { planProjection } from './plan-projection.js';
import { profileParts } from './profile-parts.js';
import { resolveCriteria } from './resolve-criteria.js';
import { resolveProfile } from './resolve-profile.js';
import { asksForFiles, planSplit, type SplitSettings } from './split-plan.js';

/** What is decided beside the request. */
export interface PlanSettings extends OutputForm, SplitSettings {
  readonly id: string;
  readonly profiles: ProfileRegistry;
  readonly level: number;
  readonly threads: number;
  readonly tenant: string;
  /** Path of the file that the result goes to, for its suffix. */
  readonly destination?: string;
  /** Settings of delimiter-separated values; each counts before that of the profile. */
  readonly dsv?: DsvSettings;
  /** Format when neither request, profile nor suffix say one. */
  readonly fallbackFormat: Format;
  readonly uniqueIds: boolean;
  /** What `now` means in the bounds of criteria, in milliseconds since 1970. */
  readonly now: number;
  /** Who runs the export, where the request does not say it. */
  readonly userId?: string;
  readonly userEmail?: string;
  readonly read: Omit<ReadPlan, 'locate'>;
  /** What the caller has said of what may have no effect. */
  readonly said: SaidOptions;
}

/** The version of the documented JSON form of entities. */
export const RSJSON_VERSION = '1.1';

/**
 * Makes the plan.
 * @throws SluiceError `UNKNOWN_PROFILE`, or `INVALID` for settings that contradict each other
 */
export function makePlan(request: ExportRequest, settings: PlanSettings): ExportPlan {
  const profile = resolveProfile(request, settings.profiles);
  const { destination, fallbackFormat } = settings;
  const form = decideOutput(settings, profile, destination, fallbackFormat, asksForFiles(settings));
  const given = request.fileName ?? profile?.fileName;
  const dsv = planDsv(form, settings, profile, request);
  const fileName = safeFileName(given ?? `${settings.id}_out`, form.format, dsv?.extension);
  const names = { id: settings.id, fileName, ...definedOnly({ given, dsvExtension: dsv?.extension }) };
  const split = planSplit(settings, profile, form, names);
  const select = planSelection(request, settings);
  const { userId, userEmail } = settings;
  const parts = profile && profileParts(profile, { userId, userEmail, clientState: request.clientState });
  const project = planProjection(request, settings.read.memberNames, parts);
  const envelope: EnvelopePlan = {
    tenant: settings.tenant,
    version: profile?.version ?? RSJSON_VERSION,
    ...envelopeKind(dsv),
  };
  const output = {
    ...form,
    level: settings.level,
    threads: settings.threads,
    fileName,
    ...(dsv ? { dsv } : {}),
    ...split,
  };
  const idle = idleOptions(settings.said, { output, select }, profile);
  return deepFreeze({
    id: settings.id,
    read: { ...settings.read, locate: neededMembers(select) },
    select,
    ...(project ? { project } : {}),
    output,
    ...(form.pack === 'envelope' ? { envelope } : {}),
    ...(profile ? { profile: profile.name } : {}),
    ...(profile?.idle ? { idle: profile.idle } : {}),
    ...(idle.length > 0 ? { idleOptions: idle } : {}),
    ...(request.clientState === undefined ? {} : { clientState: copyOf(request.clientState) }),
  });
}

/** A copy of our own, so that freezing the plan freezes nothing of the caller's. */
function copyOf(clientState: unknown): unknown {
  try {
    return structuredClone(clientState);
  } catch (cause) {
    throw new SluiceError('INVALID', 'plan', `clientState must be data: ${messageOf(cause)}`, {
      path: 'clientState',
      cause,
    });
  }
}

function planSelection(request: ExportRequest, { uniqueIds, now }: PlanSettings): SelectPlan {
  const { types, ids, name, criteria, maxRecords } = request;
  const lowered = types?.map(lowerAscii);
  return {
    ...(lowered && !lowered.includes(ANY_TYPE) ? { types: lowered } : {}),
    ...(ids ? { ids: [...ids] } : {}),
    ...(name === undefined ? {} : { name }),
    ...(criteria ? { criteria: resolveCriteria(criteria, now), scope: scopeOf(request) } : {}),
    uniqueIds,
    ...(maxRecords === undefined ? {} : { limit: maxRecords }),
  };
}

function neededMembers({ types, ids, name }: SelectPlan): readonly MemberName[] {
  const needed: MemberName[] = [];
  if (ids) needed.push('id');
  if (types) needed.push('type');
  if (name !== undefined) needed.push('name');
  return needed;
}

function deepFreeze<T>(value: T): T {
  // Bytes cannot be frozen; only a client state can hold some, and it is a copy already.
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
