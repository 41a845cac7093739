/** How delimiter-separated values are written: what was asked for, else the profile, else the suffix of the file. */
import { ANY_TYPE, lowerAscii } from '../../terms/entity-type.js';
import { SluiceError } from '../../terms/errors.js';
import type { FieldList } from '../../terms/fields.js';
import type { DsvPlan } from '../../terms/plan.js';
import type { DsvSettings, Format, Profile } from '../../terms/profile.js';
import type { ExportRequest } from '../../terms/request.js';
import { DEFAULT_DSV_EXTENSION } from './file-name.js';

/** What is said of it beside the profile. */
export interface DsvSayings {
  /** Each setting counts before that of the profile. */
  readonly dsv?: DsvSettings;
  /** Path of the file that the result goes to, for its suffix. */
  readonly destination?: string;
  readonly maxBytesPerFile?: number;
}

/** What stands for the values of no locale in particular. */
const DEFAULT_LOCALE = 'en-US';

/** The suffixes of tables. */
const SUFFIX = /\.(csv|tsv|dsv)(\.gz)?$/i;

/**
 * Decides the settings.
 * @returns undefined for other formats
 * @throws SluiceError `INVALID` for settings of DSV where another format is written; `UNSUPPORTED` for what a table has
 * no place for, such as properties that the request lists
 */
export function planDsv(
  format: Format,
  { dsv: asked, destination, maxBytesPerFile }: DsvSayings,
  profile: Profile | undefined,
  { fields, valueContexts }: ExportRequest,
): DsvPlan | undefined {
  if (format !== 'dsv') {
    if (asked) throw refusal('INVALID', 'dsv', `the format is ${format}; these are settings of format dsv`);
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
    ...asked,
  };
  if (settings.multiFile) {
    throw refusal('UNSUPPORTED', 'dsv.multiFile', 'relationships in a file of their own are not supported');
  }
  return {
    ...settings,
    locale: valueContexts?.find(({ locale }) => locale !== undefined)?.locale ?? DEFAULT_LOCALE,
    attributes: listedAttributes(fields?.attributes, profile),
  };
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
