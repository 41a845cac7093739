/** Decides how tables are written: by options, else the profile, else the suffix of the file. */

import type { AcceptedRequest } from '../../terms/accepted-request.js';
import { definedOnly } from '../../terms/defined-only.js';
import { ANY_TYPE, lowerAscii } from '../../terms/entity-type.js';
import { SluiceError } from '../../terms/errors.js';
import type { FieldList } from '../../terms/fields.js';
import { placesOf } from '../../terms/path-fields.js';
import type { DsvPlan } from '../../terms/plan.js';
import {
  DSV_LAYOUTS,
  type DsvLayout,
  type DsvSettings,
  isTable,
  type Pack,
  type Profile,
  packsOneFile,
} from '../../terms/profile.js';
import { decimalSign, excelDelimiter } from '../../values/excel-locale.js';
import { DEFAULT_DSV_EXTENSION, safeNumberedName } from './file-name.js';
import type { OutputForm } from './output-form.js';

/** The options that matter, beside the profile. */
export interface DsvOptions {
  readonly id: string;
  /** Each setting overrides that of the profile. */
  readonly dsv?: DsvSettings;
  /** Path of the result, for its suffix. */
  readonly destination?: string;
  readonly batchSize?: number;
  readonly maxBytesPerFile?: number;
  readonly splitBy?: string;
  /** Whether the destination is a folder. */
  readonly folder?: boolean;
}

/** The locale of values without a locale. */
const DEFAULT_LOCALE = 'en-US';

/** Takes the place of the number in the name of the file of relationships; no longer than a number. */
const RELATIONSHIPS = 'relationships';

/** Characters that columns of a workbook show at least and at most. */
const [DEFAULT_MIN_WIDTH, DEFAULT_MAX_WIDTH] = [8, 60];

/** The suffixes of tables. */
const SUFFIX = /\.(csv|tsv|dsv)(\.gz|\.zst|\.zip)?$/i;

/**
 * Decides the settings.
 * @returns undefined for other formats
 * @throws SluiceError `INVALID` for settings of DSV with another format, or two files in a pack of one;
 *   `UNSUPPORTED` for what tables cannot do
 */
export function planDsv(
  { format, pack }: Required<OutputForm>,
  options: DsvOptions,
  profile: Profile | undefined,
  request: AcceptedRequest,
): DsvPlan | undefined {
  const { fields, valueContexts, fileName } = request;
  const { id, dsv: own = {}, destination, batchSize = profile?.batchSize ?? 0, splitBy, folder = false } = options;
  if (!isTable(format)) {
    if (options.dsv)
      throw refusal('INVALID', 'dsv', `the format is ${format}; these are settings of tables, format dsv or xlsx`);
    return undefined;
  }
  if (options.maxBytesPerFile !== undefined) {
    throw refusal('UNSUPPORTED', 'maxBytesPerFile', 'tables are split by records; use batchSize');
  }
  const isWorkbook = format === 'xlsx';
  if (isWorkbook) refuseTextSettings(own);
  else refuseWidths(own);
  const theirs = isWorkbook ? withoutTextSettings(profile?.dsv ?? {}) : profile?.dsv;
  const given: DsvSettings = { ...theirs, ...definedOnly(own) };
  const { excel } = given;
  const suffix = SUFFIX.exec(destination ?? '')?.[1].toLowerCase();
  if (excel !== undefined && suffix === 'tsv') {
    throw refusal('INVALID', 'dsv.excel', 'Excel expects no tabs in a file that it opens; name it .csv');
  }
  const extension = isWorkbook ? format : (given.extension ?? suffix ?? DEFAULT_DSV_EXTENSION);
  const layout = layoutOf(given, profile, request);
  const isOneTable = profile !== undefined || isWorkbook || batchSize > 0 || splitBy !== undefined;
  // A file with one table is what readers of .csv files expect.
  const usualMultiFile =
    !isOneTable && layout !== 'fields' && extension === DEFAULT_DSV_EXTENSION && (folder || pack === 'zip');
  const multiFile = given.multiFile ?? usualMultiFile;
  if (multiFile) refuseMultiFile(pack, batchSize, options);
  const maxWidth = given.maxWidth ?? Math.max(DEFAULT_MAX_WIDTH, given.minWidth ?? 0);
  const { before, after } = safeNumberedName(fileName ?? profile?.fileName ?? `${id}_out`, '', 'dsv', extension);
  return {
    delimiter: given.delimiter ?? usualDelimiter(excel, suffix),
    quote: given.quote ?? '"',
    startLine: given.startLine ?? 0,
    extension,
    relationshipSeparator: given.relationshipSeparator ?? 'Relationships',
    multiFile,
    sourceAttributes: given.sourceAttributes ?? [],
    sourcePrefix: given.sourcePrefix ?? 'FROM_ENTITY_',
    collectionSeparator: given.collectionSeparator ?? '||',
    guardFormulas: given.guardFormulas ?? !isWorkbook,
    bom: given.bom ?? excel !== undefined,
    minWidth: given.minWidth ?? Math.min(DEFAULT_MIN_WIDTH, maxWidth),
    maxWidth,
    arrays: given.arrays ?? 'join',
    nullText: given.nullText,
    decimalComma: excel !== undefined && decimalSign(excel) === ',',
    excel,
    layout,
    relationshipsName: multiFile ? `${before}${RELATIONSHIPS}${after}` : undefined,
    locale: valueContexts?.find(({ locale }) => locale !== undefined)?.locale ?? DEFAULT_LOCALE,
    attributes: listedAttributes(fields?.attributes, profile),
    properties: propertiesOf(fields?.properties, profile),
    columns: fields?.include === undefined ? [] : placesOf([fields.include].flat(), 'fields.include'),
  };
}

function usualDelimiter(excel: string | undefined, suffix: string | undefined): string {
  if (excel !== undefined) return excelDelimiter(excel);
  return suffix === 'tsv' ? '\t' : ',';
}

/** @throws SluiceError for a result that cannot have a second file with the relationships */
function refuseMultiFile(pack: Pack, batchSize: number, { folder = false, splitBy }: DsvOptions): void {
  if (!folder && packsOneFile(pack)) {
    throw refusal('INVALID', 'dsv.multiFile', `pack ${pack} holds one file only; choose pack zip or envelope`);
  }
  if (splitBy !== undefined) {
    throw refusal('UNSUPPORTED', 'dsv.multiFile', 'is not supported with a file for each value; leave one of them out');
  }
  if (batchSize > 0) {
    throw refusal('UNSUPPORTED', 'dsv.multiFile', 'is not supported with files split by records; set batchSize to 0');
  }
}

/** Settings that only one of the layouts has. */
const ONLY_IN: Readonly<Record<DsvLayout, readonly (keyof DsvSettings)[]>> = {
  entities: ['relationshipSeparator', 'multiFile', 'sourceAttributes', 'sourcePrefix'],
  fields: ['arrays', 'nullText'],
};

/**
 * The layout that is given, or that follows from what is: a profile and the parts of a request that only the platform's
 * entities have mean `entities`, settings that only one layout has mean that one.
 * @returns undefined where the entities decide
 * @throws SluiceError `INVALID` for a setting of the other layout
 */
function layoutOf(
  settings: DsvSettings,
  profile: Profile | undefined,
  { fields, contexts, valueContexts, criteria }: AcceptedRequest,
): DsvLayout | undefined {
  const byPath = fields?.include !== undefined || fields?.exclude !== undefined;
  const hasCriteria = Object.entries(criteria ?? {}).some(([name, part]) => name !== 'fields' && part !== undefined);
  const isOfPlatform = hasCriteria || [profile, fields, contexts, valueContexts].some((part) => part !== undefined);
  const layout = settings.layout ?? (byPath ? 'fields' : isOfPlatform ? 'entities' : undefined);
  for (const one of DSV_LAYOUTS) {
    const setting = ONLY_IN[one].find((name) => settings[name] !== undefined && settings[name] !== false);
    if (setting === undefined) continue;
    if (layout === undefined) return layoutOf({ ...settings, layout: one }, profile, {});
    if (layout === one) continue;
    const why = settings.layout === undefined ? ', by the profile or the request; choose a layout' : '';
    throw refusal('INVALID', `dsv.${setting}`, `is a setting of layout ${one}, and the layout is ${layout}${why}`);
  }
  return layout;
}

/** Settings of the text of delimiter-separated values, which a workbook has not. */
const OF_TEXT = [
  'delimiter',
  'quote',
  'startLine',
  'extension',
  'relationshipSeparator',
  'multiFile',
  'guardFormulas',
  'bom',
  'excel',
] as const;

/** @throws SluiceError `INVALID` */
function refuseTextSettings(own: DsvSettings): void {
  const given = OF_TEXT.find((name) => own[name] !== undefined);
  if (given === undefined) return;
  throw refusal('INVALID', `dsv.${given}`, 'is a setting of delimiter-separated values, and the format is xlsx');
}

/** @throws SluiceError `INVALID` */
function refuseWidths(own: DsvSettings): void {
  const given = (['minWidth', 'maxWidth'] as const).find((name) => own[name] !== undefined);
  if (given !== undefined) throw refusal('INVALID', `dsv.${given}`, 'is a setting of workbooks, and the format is dsv');
}

function withoutTextSettings(settings: DsvSettings): DsvSettings {
  const { layout, arrays, nullText, collectionSeparator, sourceAttributes, sourcePrefix, minWidth, maxWidth } =
    settings;
  return { layout, arrays, nullText, collectionSeparator, sourceAttributes, sourcePrefix, minWidth, maxWidth };
}

/** The properties that the request lists, or all, if the profile asks for them. */
function propertiesOf(list: FieldList | undefined, profile: Profile | undefined): FieldList | undefined {
  if (list !== undefined) return list.length > 0 ? list : undefined;
  return profile?.includeEntityProperties ? 'all' : undefined;
}

/** The attributes that the request lists, except excluded ones; none if a profile changes names. */
function listedAttributes(list: FieldList | undefined, profile: Profile | undefined): readonly string[] {
  if (list === undefined || list === 'all' || profile?.names) return [];
  const excluded = Object.entries(profile?.exclude ?? {}).find(([type]) => lowerAscii(type) === ANY_TYPE)?.[1];
  if (excluded?.attributes === 'all') return [];
  return [...new Set(list)].filter((name) => excluded?.attributes?.includes(name) !== true);
}

function refusal(code: 'INVALID' | 'UNSUPPORTED', path: string, message: string): SluiceError {
  return new SluiceError(code, 'plan', `${path}: ${message}`, { path });
}
