/** How delimiter-separated values are written: what was asked for, else the profile, else the suffix of the file. */

import type { AcceptedRequest } from '../../terms/accepted-request.js';
import { definedOnly } from '../../terms/defined-only.js';
import { ANY_TYPE, lowerAscii } from '../../terms/entity-type.js';
import { SluiceError } from '../../terms/errors.js';
import type { FieldList } from '../../terms/fields.js';
import type { DsvPlan, EnvelopePlan } from '../../terms/plan.js';
import type { DsvSettings, Profile } from '../../terms/profile.js';
import { DEFAULT_DSV_EXTENSION, safeNumberedName } from './file-name.js';
import type { OutputForm } from './output-form.js';

/** What is said of it beside the profile. */
export interface DsvSayings {
  readonly id: string;
  /** Each setting counts before that of the profile. */
  readonly dsv?: DsvSettings;
  /** Path of the file that the result goes to, for its suffix. */
  readonly destination?: string;
  readonly batchSize?: number;
  readonly maxBytesPerFile?: number;
}

/** What stands for the values of no locale in particular. */
const DEFAULT_LOCALE = 'en-US';

/** What the file of relationships has where others have their number; no longer than one may be. */
const RELATIONSHIPS = 'relationships';

/** The suffixes of tables. */
const SUFFIX = /\.(csv|tsv|dsv)(\.gz|\.zip)?$/i;

/**
 * Decides the settings.
 * @returns undefined for other formats
 * @throws SluiceError `INVALID` for settings of DSV where another format is written, or two files where a pack holds
 *   one; `UNSUPPORTED` for what a table has no place for, such as properties that the request lists
 */
export function planDsv(
  { format, pack }: Required<OutputForm>,
  sayings: DsvSayings,
  profile: Profile | undefined,
  { fields, valueContexts, fileName }: AcceptedRequest,
): DsvPlan | undefined {
  const { id, dsv: asked = {}, destination, maxBytesPerFile, batchSize = profile?.batchSize ?? 0 } = sayings;
  if (format !== 'dsv') {
    if (sayings.dsv) throw refusal('INVALID', 'dsv', `the format is ${format}; these are settings of format dsv`);
    return undefined;
  }
  if (fields?.properties?.length) {
    throw refusal('UNSUPPORTED', 'fields.properties', 'delimiter-separated values have no columns for properties');
  }
  if (maxBytesPerFile !== undefined) {
    throw refusal('UNSUPPORTED', 'maxBytesPerFile', 'tables are cut by records; say batchSize');
  }
  const suffix = SUFFIX.exec(destination ?? '')?.[1].toLowerCase();
  const settings = {
    delimiter: suffix === 'tsv' ? '\t' : ',',
    quote: '"',
    startLine: 0,
    extension: suffix ?? DEFAULT_DSV_EXTENSION,
    relationshipSeparator: 'Relationships',
    multiFile: false,
    collectionSeparator: '||',
    guardFormulas: true,
    ...profile?.dsv,
    ...definedOnly(asked),
  };
  if (settings.multiFile && (pack === 'none' || pack === 'gzip')) {
    throw refusal('INVALID', 'dsv.multiFile', `pack ${pack} holds one file only; choose pack zip or envelope`);
  }
  if (settings.multiFile && batchSize > 0) {
    throw refusal('UNSUPPORTED', 'dsv.multiFile', 'is not supported where files are cut by records; say batchSize 0');
  }
  const { before, behind } = safeNumberedName(
    fileName ?? profile?.fileName ?? `${id}_out`,
    '',
    'dsv',
    settings.extension,
  );
  return {
    ...settings,
    ...(settings.multiFile ? { relationshipsName: `${before}${RELATIONSHIPS}${behind}` } : {}),
    locale: valueContexts?.find(({ locale }) => locale !== undefined)?.locale ?? DEFAULT_LOCALE,
    attributes: listedAttributes(fields?.attributes, profile),
  };
}

/** What the envelope says of its content. */
export function envelopeKind(dsv: DsvPlan | undefined): Pick<EnvelopePlan, 'objectType' | 'extension'> {
  return dsv ? { objectType: 'DSVObject', extension: dsv.extension } : {};
}

/** Those the request lists, as they are called in the result; none where a profile changes names. */
function listedAttributes(list: FieldList | undefined, profile: Profile | undefined): readonly string[] {
  if (list === undefined || list === 'all' || profile?.names) return [];
  const excluded = Object.entries(profile?.exclude ?? {}).find(([type]) => lowerAscii(type) === ANY_TYPE)?.[1];
  if (excluded?.attributes === 'all') return [];
  return [...new Set(list)].filter((name) => excluded?.attributes?.includes(name) !== true);
}

function refusal(code: 'INVALID' | 'UNSUPPORTED', path: string, message: string): SluiceError {
  return new SluiceError(code, 'plan', `${path}: ${message}`, { path });
}
