/** A request and settings to a plan: every decision, before a byte is read. */

import type { AcceptedRequest } from '../../terms/accepted-request.js';
import type { MemberName } from '../../terms/batch.js';
import { scopeOf } from '../../terms/context.js';
import { ANY_TYPE, lowerAscii } from '../../terms/entity-type.js';
import { messageOf, SluiceError } from '../../terms/errors.js';
import type { EnvelopePlan, ExportPlan, OutputPlan, ReadPlan, SelectPlan } from '../../terms/plan.js';
import type { DsvSettings, Profile, ProfileRegistry } from '../../terms/profile.js';
import { safeFileName } from './file-name.js';
import { type GivenOptions, idleOptions } from './idle-options.js';
import { decideOutput, type OutputForm } from './output-form.js';
import { envelopeKind, planDsv } from './plan-dsv.js';
import { planProjection } from './plan-projection.js';
import type { PlanCompletion, PlanTarget } from './plan-target.js';
import { profileParts } from './profile-parts.js';
import { resolveCriteria } from './resolve-criteria.js';
import { resolveProfile } from './resolve-profile.js';
import { asksForFiles, planSplit, type SplitSettings } from './split-plan.js';

/** What a caller gives beside the request, accepted and with its defaults. */
export interface PlanSettings extends OutputForm, SplitSettings {
  readonly id: string;
  readonly profiles: ProfileRegistry;
  readonly level: number;
  readonly threads: number;
  readonly tenant: string;
  /** Settings of delimiter-separated values; each overrides that of the profile. */
  readonly dsv?: DsvSettings;
  readonly uniqueIds: boolean;
  /** Who runs the export, where the request does not say. */
  readonly userId?: string;
  readonly userEmail?: string;
  readonly read: Omit<ReadPlan, 'locate'>;
  /** Options as the caller gave them, to report those without effect. */
  readonly given: GivenOptions;
}

/** Completes a plan: for a target, at a time. */
export type PlanFor = (completion: PlanCompletion) => ExportPlan;

/** The version of the documented JSON form of entities. */
export const RSJSON_VERSION = '1.1';

/**
 * Plans a request: decides now which entities and which parts of them, and the rest once the target is known.
 * @returns the second step, which may be called again for another target
 * @throws SluiceError `UNKNOWN_PROFILE`, or `INVALID` for settings that contradict each other; so does the second step
 */
export function makePlan(request: AcceptedRequest, settings: PlanSettings): PlanFor {
  const profile = resolveProfile(request, request.inlineProfiles ?? settings.profiles);
  const select = planSelection(request, settings);
  const { id, userId, userEmail } = settings;
  const parts = profile && profileParts(profile, { userId, userEmail, clientState: request.clientState });
  const project = planProjection(request, settings.read.memberNames, parts);
  const entities = {
    id,
    read: { ...settings.read, locate: neededMembers(select) },
    ...(project ? { project } : {}),
    ...(profile ? { profile: profile.name } : {}),
    ...(profile?.idle ? { idle: profile.idle } : {}),
    ...(request.clientState === undefined ? {} : { clientState: copyOf(request.clientState) }),
  };
  return ({ now, ...target }) => {
    const output = planOutput(request, settings, profile, target);
    const idle = idleOptions(settings.given, { output, select }, profile);
    const envelope: EnvelopePlan = {
      tenant: settings.tenant,
      version: profile?.version ?? RSJSON_VERSION,
      ...envelopeKind(output.dsv),
    };
    return deepFreeze({
      ...entities,
      select: { ...select, ...(select.criteria ? { criteria: resolveCriteria(select.criteria, now) } : {}) },
      output,
      ...(output.pack === 'envelope' ? { envelope } : {}),
      ...(idle.length > 0 ? { idleOptions: idle } : {}),
    });
  };
}

function planOutput(
  request: AcceptedRequest,
  settings: PlanSettings,
  profile: Profile | undefined,
  target: PlanTarget,
): OutputPlan {
  const form = decideOutput(settings, profile, target, asksForFiles(settings));
  const given = request.fileName ?? profile?.fileName;
  const dsv = planDsv(form, { ...settings, destination: target.destination }, profile, request);
  const fileName = safeFileName(given ?? `${settings.id}_out`, form.format, dsv?.extension);
  const split = planSplit(settings, profile, form, {
    id: settings.id,
    fileName,
    given,
    dsvExtension: dsv?.extension,
  });
  return {
    ...form,
    level: settings.level,
    threads: settings.threads,
    fileName,
    ...(dsv ? { dsv } : {}),
    ...split,
  };
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

function planSelection(request: AcceptedRequest, { uniqueIds }: PlanSettings): SelectPlan {
  const { types, ids, name, criteria, maxRecords } = request;
  const lowered = types?.map(lowerAscii);
  return {
    ...(lowered && !lowered.includes(ANY_TYPE) ? { types: lowered } : {}),
    ...(ids ? { ids: [...ids] } : {}),
    ...(name === undefined ? {} : { name }),
    ...(criteria ? { criteria, scope: scopeOf(request) } : {}),
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
