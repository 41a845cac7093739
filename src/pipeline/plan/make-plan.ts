/** A request and settings to a plan: every decision, before a byte is read. */
import type { MemberName, MemberNames } from '../../terms/batch.js';
import { scopeOf } from '../../terms/context.js';
import { ANY_TYPE, lowerAscii } from '../../terms/entity-type.js';
import { messageOf, SluiceError } from '../../terms/errors.js';
import type { FieldList, Fields } from '../../terms/fields.js';
import type { EnvelopePlan, ExportPlan, Projection, ReadPlan, SelectPlan } from '../../terms/plan.js';
import type { Format, Profile, ProfileRegistry } from '../../terms/profile.js';
import type { ExportRequest } from '../../terms/request.js';
import { safeFileName } from './file-name.js';
import { decideOutput, type OutputForm } from './output-form.js';
import { resolveCriteria } from './resolve-criteria.js';

/** What is decided beside the request. */
export interface PlanSettings extends OutputForm {
  readonly id: string;
  readonly profiles: ProfileRegistry;
  readonly level: number;
  readonly threads: number;
  readonly tenant: string;
  /** Path of the file that the result goes to, for its suffix. */
  readonly destination?: string;
  /** Format when neither request, profile nor suffix say one. */
  readonly fallbackFormat: Format;
  readonly uniqueIds: boolean;
  /** What `now` means in the bounds of criteria, in milliseconds since 1970. */
  readonly now: number;
  readonly read: Omit<ReadPlan, 'locate'>;
}

/** The version of the documented JSON form of entities. */
export const RSJSON_VERSION = '1.1';

/**
 * Makes the plan.
 * @throws SluiceError `UNKNOWN_PROFILE`, or `INVALID` for settings that contradict each other
 */
export function makePlan(request: ExportRequest, settings: PlanSettings): ExportPlan {
  const profile = findProfile(request.profile, settings.profiles);
  const { format, pack } = decideOutput(settings, profile, settings.destination, settings.fallbackFormat);
  const name = request.fileName ?? profile?.fileName ?? `${settings.id}_out`;
  const select = planSelection(request, settings);
  const envelope: EnvelopePlan = { tenant: settings.tenant, version: profile?.version ?? RSJSON_VERSION };
  return deepFreeze({
    id: settings.id,
    read: { ...settings.read, locate: neededMembers(select) },
    select,
    ...(request.fields ? { project: planProjection(request.fields, settings.read.memberNames) } : {}),
    output: { format, pack, level: settings.level, threads: settings.threads, fileName: safeFileName(name, format) },
    ...(pack === 'envelope' ? { envelope } : {}),
    ...(profile ? { profile: profile.name } : {}),
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

function findProfile(name: string | undefined, profiles: ProfileRegistry): Profile | undefined {
  if (name === undefined) return undefined;
  const profile = profiles.find((one) => one.name === name);
  if (profile) return profile;
  const known = profiles.map((one) => one.name).join(', ');
  throw new SluiceError('UNKNOWN_PROFILE', 'plan', `no profile is called "${name}"; there are: ${known}`);
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

/** The projection's own members, which no other part of an entity may be called. */
const PROJECTED = ['properties', 'data', 'action'];

/**
 * Decides what a list of fields keeps.
 * @throws SluiceError `INVALID` when an id, type or name is spelled like a part that is projected
 */
export function planProjection({ attributes, relationships, properties }: Fields, names: MemberNames): Projection {
  const clash = Object.values(names).find((name) => PROJECTED.includes(name));
  if (clash) throw new SluiceError('INVALID', 'plan', `"${clash}" cannot be projected and be an id, type or name`);
  // The platform answers all properties with attributes or relationships, unless they are listed.
  const implied: FieldList | undefined = some(attributes) || some(relationships) ? 'all' : undefined;
  const listed = properties ?? implied;
  return {
    ...(some(attributes) ? { attributes } : {}),
    ...(some(relationships) ? { relationships } : {}),
    ...(some(listed) ? { properties: listed } : {}),
  };
}

function some(list: FieldList | undefined): list is FieldList {
  return list !== undefined && list.length > 0;
}

function deepFreeze<T>(value: T): T {
  // Bytes cannot be frozen; only a client state can hold some, and it is a copy already.
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
