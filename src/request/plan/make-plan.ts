/** Makes a plan from a request and settings: every decision, before a byte is read. */

import type { AcceptedRequest } from '../../terms/accepted-request.js';
import type { MemberName } from '../../terms/batch.js';
import { blobFacts } from '../../terms/blob-content.js';
import { scopeOf } from '../../terms/context.js';
import type { Deflater } from '../../terms/deflater.js';
import { ANY_TYPE, lowerAscii } from '../../terms/entity-type.js';
import { SluiceError } from '../../terms/errors.js';
import type { EnvelopePlan, ExportPlan, OutputPlan, ReadPlan, SelectPlan } from '../../terms/plan.js';
import type { BlobContent, DsvSettings, Profile, ProfileRegistry } from '../../terms/profile.js';
import { decideContent } from './blob-content.js';
import { safeFileName } from './file-name.js';
import { type GivenOptions, idleOptions } from './idle-options.js';
import { decideOutput, type OutputForm } from './output-form.js';
import { planDsv } from './plan-dsv.js';
import { planProjection } from './plan-projection.js';
import { planScan } from './plan-scan.js';
import type { PlanCompletion, PlanTarget } from './plan-target.js';
import { profileParts } from './profile-parts.js';
import { refusePacking } from './refuse-packing.js';
import { resolveCriteria } from './resolve-criteria.js';
import { idlePairs, resolveProfile } from './resolve-profile.js';
import { needsSeveralFiles, planSplit, type SplitSettings } from './split-plan.js';

/** The settings beside the request, accepted and with their defaults. */
export interface PlanSettings extends OutputForm, SplitSettings {
  readonly id: string;
  readonly profiles: ProfileRegistry;
  readonly level: number;
  readonly deflate: Deflater;
  readonly threads: number;
  /** Threads that scan a file, where the plan allows several. */
  readonly scanThreads: number;
  readonly tenant: string;
  /** What the blob of an envelope holds, whatever request and profile say. */
  readonly content?: BlobContent;
  /** Settings of delimiter-separated values; each overrides that of the profile. */
  readonly dsv?: DsvSettings;
  readonly uniqueIds: boolean;
  /** The user who runs the export, if the request names none. */
  readonly userId?: string;
  readonly userEmail?: string;
  readonly read: Omit<ReadPlan, 'locate'>;
  /** Options as the caller gave them, to report those without effect. */
  readonly given: GivenOptions;
}

/** Completes a plan: for a target, at a time. */
export type PlanFor = (completion: PlanCompletion) => ExportPlan;

/**
 * Plans a request: decides now which entities and which parts of them, and the rest once the target is known.
 * @returns the second step, which may be called again for another target
 * @throws SluiceError `UNKNOWN_PROFILE`, or `INVALID` for settings that contradict each other; so does the second step
 */
export function makePlan(request: AcceptedRequest, settings: PlanSettings): PlanFor {
  const profiles = request.inlineProfiles ?? settings.profiles;
  const profile = resolveProfile(request, profiles);
  const idleMembers = [...(request.idle ?? []), ...idlePairs(request, profiles)];
  const select = planSelection(request, settings);
  const { id, userId, userEmail } = settings;
  const parts = profile && profileParts(profile, { userId, userEmail, clientState: request.clientState });
  const project = planProjection(request, settings.read.memberNames, parts);
  // A copy, as freezing must not affect the caller's object.
  const clientState = request.clientState === undefined ? undefined : deepFreeze(structuredClone(request.clientState));
  const read = { ...settings.read, locate: neededMembers(select) };
  const entities = {
    id,
    read,
    project,
    delta: request.delta ? true : undefined,
    profile: profile?.name,
    idle: profile?.idle,
    idleMembers: idleMembers.length === 0 ? undefined : idleMembers,
  };
  return ({ now, ...target }) => {
    const output = planOutput(request, settings, profile, target);
    const scan = planScan(settings.scanThreads, read, select, output);
    const idle = idleOptions(
      { ...settings.given, content: settings.given.content ?? request.content },
      { output, select, scan },
      profile,
    );
    const envelope: EnvelopePlan = {
      tenant: settings.tenant,
      ...blobFacts(output, output.content ?? 'zip', profile?.version),
    };
    const plan = frozenCopy({
      ...entities,
      scan,
      select: { ...select, criteria: select.criteria && resolveCriteria(select.criteria, now) },
      output,
      envelope: output.pack === 'envelope' ? envelope : undefined,
      idleOptions: idle.length > 0 ? idle : undefined,
    });
    return clientState === undefined ? plan : Object.freeze({ ...plan, clientState });
  };
}

function planOutput(
  request: AcceptedRequest,
  settings: PlanSettings,
  profile: Profile | undefined,
  target: PlanTarget,
): OutputPlan {
  const { destination, folder } = target;
  const form = decideOutput(settings, profile, target, needsSeveralFiles(settings));
  refusePacking({ ...form, level: settings.level });
  const given = request.fileName ?? profile?.fileName;
  const dsv = planDsv(form, { ...settings, destination, folder }, profile, request);
  const fileName = safeFileName(given ?? `${settings.id}_out`, form.format, dsv?.extension);
  const split = planSplit(
    settings,
    profile,
    { ...form, folder },
    {
      id: settings.id,
      fileName,
      given,
      dsvExtension: dsv?.extension,
    },
  );
  if (folder && !(split.split || split.splitBy || split.manifest || dsv?.multiFile)) throw oneFileInFolder(destination);
  const { level, deflate, threads } = settings;
  const output = { ...form, folder, level, deflate, threads, fileName, dsv, ...split };
  if (form.pack !== 'envelope') return output;
  const content = settings.content ?? request.content ?? profile?.content;
  return decideContent(output, content, request.maxRecords);
}

function oneFileInFolder(folder = 'the destination'): SluiceError {
  const ways = 'splitBy (--split-by), batchSize (--batch-size) or maxBytesPerFile (--max-bytes-per-file)';
  const message = `${folder} names a folder, for several files: add ${ways}, or name a file`;
  return new SluiceError('IS_DIRECTORY', 'plan', message, { path: folder });
}

function planSelection(request: AcceptedRequest, { uniqueIds }: PlanSettings): SelectPlan {
  const { types, ids, name, criteria, sort, skip, maxRecords, valueContexts } = request;
  const lowered = types?.map(lowerAscii);
  return {
    types: lowered?.includes(ANY_TYPE) ? undefined : lowered,
    ids,
    names: name,
    criteria,
    scope: criteria || sort ? scopeOf(request) : undefined,
    uniqueIds,
    sort: sort && { keys: sort, valueContexts },
    skip: skip === 0 ? undefined : skip,
    limit: maxRecords,
  };
}

function neededMembers({ types, ids, names }: SelectPlan): readonly MemberName[] {
  const needed: MemberName[] = [];
  if (ids) needed.push('id');
  if (types) needed.push('type');
  if (names) needed.push('name');
  return needed;
}

/** Copies plain data without undefined members, and freezes the copy. */
function frozenCopy<T>(value: T): T;
function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => frozenCopy(item)));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.freeze(Object.fromEntries(members.map(([name, member]) => [name, frozenCopy(member)])));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
