/** The flags of `sluice export`, and the plan made from them. */

import { acceptSettings } from '../export/plan-export.js';
import type { PlanOptions } from '../export/plan-options.js';
import { READING_OPTIONS } from '../export/reading-options.js';
import { acceptRequest, replaceMembers } from '../request/accept/accept-request.js';
import { makePlan, type PlanFor } from '../request/plan/make-plan.js';
import type { AcceptedRequest } from '../terms/accepted-request.js';
import type { Conditions } from '../terms/criteria.js';
import type { Logger } from '../terms/logger.js';
import type { BlobContent, DsvArrays, DsvLayout, DsvSettings } from '../terms/profile.js';
import type { ConsoleOptions } from './console.js';
import { ofFile, readJson } from './json-file.js';
import { picked } from './option-flags.js';
import { readProfiles } from './profile-files.js';
import { randomId } from './random-id.js';
import { DEFAULT_OVERLAP_MS, modifiedSince } from './since.js';
import type { SourceFlags } from './source-flags.js';
import { STANDARD } from './standard-input.js';
import { linesOf, MAX_BYTES_OF_IDS, readText } from './text-file.js';
import { usage } from './usage.js';
import { parseWhere } from './where.js';

/** The locale of Excel where the flag has none. */
const DEFAULT_EXCEL = 'en';

/** The flags of `sluice export`, as commander parses them. */
export interface ExportFlags
  extends ConsoleOptions,
    SourceFlags,
    Omit<PlanOptions, 'request' | 'profiles' | 'id' | 'uniqueIds' | 'dsv' | 'content'> {
  readonly out?: string;
  readonly blob?: BlobContent;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
  readonly layout?: DsvLayout;
  readonly arrays?: DsvArrays;
  readonly multiFile?: boolean;
  readonly nullText?: string;
  readonly collectionSeparator?: string;
  readonly delimiter?: string;
  readonly guardFormulas?: boolean;
  readonly bom?: boolean;
  /** True without a value. */
  readonly excel?: string | true;
  readonly type?: readonly string[];
  readonly id?: readonly string[];
  readonly idsFrom?: string;
  readonly allMatches?: boolean;
  readonly name?: string;
  readonly orderBy?: readonly string[];
  readonly skip?: number;
  readonly maxRecords?: number;
  readonly deltaFrom?: string;
  readonly deltaTo?: string;
  readonly since?: string;
  readonly overlap?: number;
  readonly attributes?: readonly string[];
  readonly relationships?: readonly string[];
  readonly properties?: readonly string[];
  readonly fields?: readonly string[];
  readonly omit?: readonly string[];
  readonly where?: readonly string[];
  readonly request?: string;
  readonly profile?: string;
  readonly profileContext?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  readonly fileName?: string;
  readonly exportId?: string;
  readonly rejects?: string;
  readonly receipt?: string;
  readonly explain?: boolean;
  readonly strict?: boolean;
}

/**
 * Reads the files that flags name, accepts the request once, and plans it.
 * @throws SluiceError `INVALID`; what reading the files throws
 */
export async function planOf(flags: ExportFlags, logger: Logger): Promise<PlanFor> {
  const profiles = await readProfiles(flags.profiles ?? []);
  const request = await requestOf(flags, logger);
  if (flags.allMatches && request.ids === undefined) {
    throw usage('--all-matches needs ids: give --id, --ids-from, or a --request with ids');
  }
  const { exportId: id = randomId(), blob: content } = flags;
  const dsv = tableSettings(flags);
  const settings = acceptSettings({
    ...picked(flags, SAME_NAMES),
    id,
    profiles,
    content,
    dsv: hasValue(dsv) ? dsv : undefined,
    uniqueIds: !(flags.allMatches ?? false),
  });
  return makePlan(request, settings);
}

/** Options that have the name of their flag. */
const SAME_NAMES = [
  ...READING_OPTIONS,
  'format',
  'pack',
  'level',
  'deflate',
  'threads',
  'tenant',
  'userId',
  'userEmail',
  'batchSize',
  'maxBytesPerFile',
  'splitBy',
  'manifest',
] as const;

function tableSettings(flags: ExportFlags): DsvSettings {
  const { layout, arrays, nullText, collectionSeparator, delimiter, bom, multiFile } = flags;
  // Commander sets the negatable flag to true unless it is given.
  const guardFormulas = flags.guardFormulas === false ? false : undefined;
  const excel = flags.excel === true ? DEFAULT_EXCEL : flags.excel;
  return { layout, arrays, nullText, collectionSeparator, delimiter, guardFormulas, bom, excel, multiFile };
}

/** The request of `--request`, if given, with the members that flags replace. */
async function requestOf(flags: ExportFlags, logger: Logger): Promise<AcceptedRequest> {
  const request = await fileRequest(flags.request);
  const ids = await idsOf(flags, logger);
  const { type: types, attributes, relationships, properties, fields: include, omit: exclude } = flags;
  const { name, orderBy: sort, skip, maxRecords, profile, profileContext, fileName } = flags;
  const fields = { attributes, relationships, properties, include, exclude };
  const accepted = replaceMembers(request, {
    types,
    ids,
    name,
    sort,
    skip,
    maxRecords,
    profile,
    profileContext,
    fileName,
    fields: hasValue(fields) ? fields : undefined,
  });
  const since = await sinceOf(flags);
  const where = whereOf(flags);
  if (!since && !where) return accepted;
  const { criteria } = accepted;
  const all = {
    properties: [...(criteria?.properties ?? []), ...(since ? [since] : [])],
    fields: [...(criteria?.fields ?? []), ...(where ?? [])],
  };
  const given = Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0));
  return { ...accepted, criteria: { ...criteria, ...given } };
}

/** The conditions of `--where`, accepted like those of a request. */
function whereOf({ where }: ExportFlags): readonly Conditions[] | undefined {
  const fields = where?.map((text) => {
    const { path, condition } = parseWhere(text);
    return { [path]: condition };
  });
  return fields && ofFile('--where', () => acceptRequest({ criteria: { fields } })).criteria?.fields;
}

function hasValue(members: object): boolean {
  return Object.values(members).some((value) => value !== undefined);
}

async function fileRequest(path: string | undefined): Promise<AcceptedRequest> {
  if (path === undefined) return {};
  const value = await readJson(path);
  return ofFile(path, () => acceptRequest(value));
}

async function sinceOf({ since, overlap }: ExportFlags): Promise<Conditions | undefined> {
  if (since !== undefined) return modifiedSince(since, overlap ?? DEFAULT_OVERLAP_MS);
  if (overlap !== undefined) throw usage('--overlap needs --since');
  return undefined;
}

async function idsOf({ id, idsFrom }: ExportFlags, logger: Logger): Promise<readonly string[] | undefined> {
  if (idsFrom === undefined) return id;
  const read = linesOf(await readText(idsFrom, MAX_BYTES_OF_IDS));
  const ids = [...(id ?? []), ...read];
  if (read.length === 0) {
    const name = idsFrom === STANDARD ? 'standard input' : idsFrom;
    logger.warn({ path: name }, `--ids-from: ${name} contains no id`);
  }
  return ids;
}
