/** The flags of `sluice export`, and the plan that they ask for. */

import type { PlanOptions } from '../export/plan-export.js';
import {
  acceptRequest,
  acceptRequestWithProfiles,
  type RequestWithProfiles,
} from '../request/accept/accept-request.js';
import type { Conditions } from '../terms/criteria.js';
import { definedOnly } from '../terms/defined-only.js';
import type { Fields } from '../terms/fields.js';
import type { Logger } from '../terms/logger.js';
import type { DsvSettings } from '../terms/profile.js';
import type { ConsoleOptions } from './console.js';
import { usage } from './inputs.js';
import { ofFile, readJson } from './json-file.js';
import { readProfiles } from './profile-files.js';
import { DEFAULT_OVERLAP_MS, modifiedSince } from './since.js';
import type { SourceFlags } from './source-flags.js';
import { STANDARD } from './standard-input.js';
import { linesOf, MOST_BYTES_OF_IDS, readText } from './text-file.js';

/** The flags of `sluice export`, as commander hands them over. */
export interface ExportFlags
  extends ConsoleOptions,
    SourceFlags,
    Omit<PlanOptions, 'request' | 'profiles' | 'id' | 'uniqueIds' | 'dsv'> {
  readonly out?: string;
  readonly overwrite?: boolean;
  readonly delimiter?: string;
  readonly guardFormulas?: boolean;
  readonly type?: readonly string[];
  readonly id?: readonly string[];
  readonly idsFrom?: string;
  readonly allMatches?: boolean;
  readonly name?: string;
  readonly maxRecords?: string;
  readonly since?: string;
  readonly overlap?: number;
  readonly attributes?: readonly string[];
  readonly relationships?: readonly string[];
  readonly properties?: readonly string[];
  readonly request?: string;
  readonly profile?: string;
  readonly profileContext?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  readonly fileName?: string;
  readonly exportId?: string;
  readonly rejects?: string;
  readonly receipt?: string;
  readonly explain?: boolean;
}

/**
 * Reads what flags name, and makes of all of them the options of a plan.
 * @throws SluiceError `INVALID`, and what reading the files throws
 */
export async function planOptions(flags: ExportFlags, logger: Logger): Promise<PlanOptions> {
  const { format, pack, level, threads, input, path, idField, typeField, trust, onError, tenant } = flags;
  const { batchSize, maxBytesPerFile, manifest, userId, userEmail } = flags;
  const { request, profiles = await readProfiles(flags.profiles ?? []) } = await requestOf(flags, logger);
  if (flags.allMatches && request.ids === undefined) {
    throw usage('--all-matches goes with ids: --id, --ids-from, or those of a --request');
  }
  // Commander takes the flag that negates for one that is on unless it is given.
  const guardFormulas = flags.guardFormulas === false ? false : undefined;
  const dsv: DsvSettings = definedOnly({ delimiter: flags.delimiter, guardFormulas });
  return {
    request,
    profiles,
    ...(Object.keys(dsv).length > 0 ? { dsv } : {}),
    uniqueIds: !(flags.allMatches ?? false),
    ...definedOnly({
      id: flags.exportId,
      format,
      pack,
      level,
      threads,
      input,
      path,
      idField,
      typeField,
      trust,
      onError,
      tenant,
      ...{ batchSize, maxBytesPerFile, manifest, userId, userEmail },
    }),
  };
}

/** The request of the body, where one is given, with the members that flags replace. */
async function requestOf(flags: ExportFlags, logger: Logger): Promise<RequestWithProfiles> {
  const { request: body, profiles } = await fileRequest(flags.request);
  const ids = await idsOf(flags, logger);
  const { attributes, relationships, properties, name, maxRecords, profile, profileContext, fileName } = flags;
  const fields: Fields = definedOnly({ attributes, relationships, properties });
  const since = await sinceOf(flags);
  // What flags say is examined like any other request.
  const request = acceptRequest({
    ...body,
    ...(since ? { criteria: { ...body.criteria, properties: [...(body.criteria?.properties ?? []), since] } } : {}),
    ...definedOnly({ types: flags.type, ids, name, maxRecords, profile, profileContext, fileName }),
    ...(Object.keys(fields).length > 0 ? { fields: { ...body.fields, ...fields } } : {}),
  });
  // A profile that the request brought along gives way to one that is named.
  return { request, ...(profiles && profile === undefined ? { profiles } : {}) };
}

async function fileRequest(path: string | undefined): Promise<RequestWithProfiles> {
  if (path === undefined) return { request: {} };
  const value = await readJson(path);
  return ofFile(path, () => acceptRequestWithProfiles(value));
}

async function sinceOf({ since, overlap }: ExportFlags): Promise<Conditions | undefined> {
  if (since !== undefined) return modifiedSince(since, overlap ?? DEFAULT_OVERLAP_MS);
  if (overlap !== undefined) throw usage('--overlap goes with --since');
  return undefined;
}

async function idsOf({ id, idsFrom }: ExportFlags, logger: Logger): Promise<readonly string[] | undefined> {
  if (idsFrom === undefined) return id;
  const read = linesOf(await readText(idsFrom, MOST_BYTES_OF_IDS));
  const ids = [...(id ?? []), ...read];
  if (read.length === 0) {
    const name = idsFrom === STANDARD ? 'standard input' : idsFrom;
    logger.warn({ path: name }, `--ids-from: ${name} holds no id`);
  }
  return ids;
}
