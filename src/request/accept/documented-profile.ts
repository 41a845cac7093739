/** Accepts a documented profile, an object of type `integrationprofile`: each of its contexts is one profile. */

import { Faults, join, type UnknownObject } from '../../options/faults.js';

import type { FieldFilters } from '../../terms/fields.js';
import {
  type DsvSettings,
  type Format,
  type IdleSetting,
  isTable,
  type NameStrategy,
  type Profile,
} from '../../terms/profile.js';
import { quoted } from '../../terms/shown-text.js';
import { checkDsv, checkWidths } from './dsv-settings.js';
import { acceptEntityProperties, acceptName } from './own-profile.js';
import { documentedContext } from './profile-context.js';
import { uniteDocumentedFilters } from './profile-filters.js';
import { CONTEXT_FORMATS, RESULT_FORMATS } from './profile-formats.js';
import { PROFILE_SETTINGS } from './profile-settings.js';
import { type OtherUse, otherUse } from './profile-use.js';
import { type Bases, contextsOf, isBare, type StoredContext, type StoredProfile } from './stored-profiles.js';
import { UsedSettings } from './used-settings.js';

const TYPES: readonly string[] = ['integrationprofile', 'integrationprofile-system'];

const PUBLISHED = 'publish.format.settings';
const ADDITIONAL = `${PUBLISHED}.additionalSettings`;
const STRATEGIES = 'transform.settings.strategies';
const SEPARATOR = 'transform.settings.collectionSeparator';

/** The name that a stored object is selected by. */
export function nameOf({ id, name = id }: UnknownObject): string | undefined {
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/** Members of a stored object beside its settings. */
const STORED = ['id', 'name', 'type', 'data', 'properties', 'migration', 'domain', 'systemInfo'];

/**
 * Accepts one object; settings without effect are listed in `idle` of each profile.
 * @param bases what profiles may extend
 * @returns the profiles that were accepted; faults have the reasons for the others
 */
export function acceptDocumentedProfile(one: StoredProfile, bases: Bases, faults: Faults): readonly Profile[] {
  const unheard = new Faults();
  const uses = contextsOf(one, unheard).map((context) => usesOf(bases.merged(context, unheard)));
  // What a profile is for says more than a fault for each of its settings.
  for (const use of uses) if (use) faults.add('UNSUPPORTED', use.path, use.reason);
  if (uses.length > 0 && uses.every((use) => use)) return [];
  const idle: IdleSetting[] = [];
  const name = acceptObject(one, idle, faults);
  return contextsOf(one, faults).flatMap((context, index) => {
    const whole = uses[index] ? undefined : bases.merged(context, faults);
    const accepted = whole && acceptOne(whole, faults);
    if (!accepted || name === undefined) return [];
    const { idle: within, ...profile } = accepted;
    const all = [...idle, ...within];
    return [{ name, ...profile, extends: context.base, idle: all.length === 0 ? undefined : all }];
  });
}

function usesOf(context: StoredContext | undefined): OtherUse | undefined {
  return context && otherUse(context);
}

/** Accepts the members beside the settings. @returns the name */
function acceptObject({ object, path }: StoredProfile, idle: IdleSetting[], faults: Faults): string | undefined {
  const at = (key: string) => join(path, key);
  const id = acceptName(object.id, at('id'), faults);
  const name = acceptName(object.name, at('name'), faults) ?? id;
  if (object.name === undefined && object.id === undefined) faults.add('INVALID', at('name'), 'is required');
  if (id !== undefined && id !== name) idle.push({ path: at('id'), reason: 'profiles are selected by their name' });
  if (isBare(object)) return name;
  faults.checkKeys(object, path, STORED);
  const type = faults.string(object.type, at('type'));
  if (type !== undefined && !TYPES.includes(type)) {
    faults.add('INVALID', at('type'), `must be ${JSON.stringify(TYPES[0])}, not ${quoted(type)}`);
  }
  for (const key of ['properties', 'migration', 'domain', 'systemInfo']) {
    if (object[key] !== undefined) idle.push({ path: at(key), reason: 'who stored the profile does not matter' });
  }
  return name;
}

type NamelessProfile = Omit<Profile, 'name' | 'idle'> & { readonly idle: readonly IdleSetting[] };

function acceptOne(
  { context: given, jsonData: data, path, settingsPath }: StoredContext,
  faults: Faults,
): NamelessProfile | undefined {
  const { context, order } = acceptContext(given, join(path, 'context'), faults);
  const jsonData = faults.object(data, settingsPath);
  if (!jsonData) return undefined;
  const settings = new UsedSettings(jsonData, settingsPath, PROFILE_SETTINGS, faults);
  const format = formatOf(settings, context?.format, faults);
  const batchSize = settings.count('publish.format.batchSize');
  const filters = (kind: string) =>
    uniteDocumentedFilters(
      ['collect', 'publish'].map((step) => {
        const at = `${step}.filter.${kind}`;
        return [settings.value(at), settings.pathOf(at)] as const;
      }),
      faults,
    );
  const others = {
    version: settings.text('publish.format.version'),
    fileName: settings.text(`${ADDITIONAL}.fileName`) ?? settings.text('publish.channel[0].settings.fileName'),
    mode: modeOf(settings, context?.channel, faults),
    context,
    order,
    enabled: settings.flag('isEnabled'),
    include: filters('include'),
    exclude: filters('exclude'),
    batchSize: batchSize === 0 ? undefined : batchSize,
    ...propertiesOf(settings, format, faults),
    names: namesOf(settings, faults),
  };
  const dsv = dsvOf(settings, format, others.include, faults);
  refuseOneLocale(settings, format, faults);
  settings.note('extendedBaseProfileName', 'the settings of the base are merged in');
  return format && { format, pack: 'envelope', ...others, dsv, idle: settings.idle };
}

/** Columns of all locales are written where there are values; leaving them out is the request's to say. */
function refuseOneLocale(settings: UsedSettings, format: Format | undefined, faults: Faults): void {
  for (const path of [`${PUBLISHED}.isLocalizationEnabled`, `${ADDITIONAL}.isLocalizationEnabled`]) {
    if (format === 'json' || settings.flag(path) !== false) {
      settings.note(path, 'values of all locales are written');
    } else {
      const message = 'values of other locales are written too; select one by valueContexts of the request';
      faults.add('UNSUPPORTED', settings.pathOf(path), message);
    }
  }
}

function acceptContext(value: unknown, path: string, faults: Faults): Pick<Profile, 'context' | 'order'> {
  if (value === undefined) return {};
  const { order, ...context } = documentedContext(value, path, faults);
  return { context, order: order === undefined ? undefined : Number(order) };
}

/** The format of `publish`, else of the context. */
function formatOf(settings: UsedSettings, inContext: string | undefined, faults: Faults): Format | undefined {
  const path = 'publish.format.type';
  const word = settings.text(path);
  const format =
    word === undefined ? CONTEXT_FORMATS.get(inContext?.toUpperCase() ?? '') : RESULT_FORMATS.get(word.toUpperCase());
  if (!format) faults.add('INVALID', settings.pathOf(path), `is required: ${[...RESULT_FORMATS.keys()].join(', ')}`);
  return format;
}

/** Properties of entities and of the run; tables have none of the run. */
function propertiesOf(
  settings: UsedSettings,
  format: Format | undefined,
  faults: Faults,
): Pick<Profile, 'includeEntityProperties' | 'entityProperties'> {
  const [included, added] = [`${ADDITIONAL}.includeEntityProperties`, `${PUBLISHED}.entityProperties`];
  const entityProperties = acceptEntityProperties(settings.value(added), settings.pathOf(added), faults);
  if (format !== undefined && !isTable(format))
    return { includeEntityProperties: settings.flag(included), entityProperties };
  settings.note(added, 'a table has no columns for properties of the run');
  return { includeEntityProperties: settings.flag(included) };
}

/** How the result is delivered; the documented words are ASYNC and SYNC. */
function modeOf(settings: UsedSettings, channel: string | undefined, faults: Faults): Profile['mode'] {
  if (settings.size('publish.channel') > 1) {
    faults.add('UNSUPPORTED', settings.pathOf('publish.channel'), 'more than one channel is not supported');
  }
  const [inner, outer] = ['publish.channel[0].settings.mode', 'publish.channel[0].mode'].map((path) =>
    faults.word(settings.value(path), settings.pathOf(path), ['ASYNC', 'SYNC']),
  );
  // The channel of the user interface is the documented one of synchronous downloads.
  return inner ?? outer ?? (channel?.toUpperCase() === 'UI' ? 'SYNC' : undefined);
}

/** The only strategy, or the default one of several. */
function namesOf(settings: UsedSettings, faults: Faults): NameStrategy | undefined {
  const all = Array.from({ length: settings.size(STRATEGIES) }, (_, index) => `${STRATEGIES}[${index}]`);
  const defaults = all.filter((path) => settings.flag(`${path}.isDefault`) === true);
  const [chosen] = all.length === 1 ? all : defaults;
  if (all.length > 1 && defaults.length !== 1) {
    const message = 'more than one strategy is supported only if exactly one of them has isDefault true';
    faults.add('UNSUPPORTED', settings.pathOf(STRATEGIES), message);
  }
  // All strategies are checked, not only the chosen one.
  const [names] = all
    .map((path) => [path, strategyAt(path, settings, faults)] as const)
    .flatMap(([path, strategy]) => (path === chosen ? [strategy] : []));
  for (const path of all) settings.note(`${path}.isDefault`, 'it chooses one of several strategies');
  if (settings.flag('transform.settings.nullRecordTransformer') !== true) return names;
  settings.note('transform.settings.nullRecordTransformer', 'names and values are not changed');
  settings.note(STRATEGIES, 'nullRecordTransformer is true: names are not changed');
  return undefined;
}

function strategyAt(path: string, settings: UsedSettings, faults: Faults): NameStrategy | undefined {
  const at = `${path}.caseFormat`;
  const caseFormat = faults.word(settings.value(at), settings.pathOf(at), ['lowercase', 'uppercase', 'none']);
  // False is the default.
  const flag = (name: string) => settings.flag(`${path}.${name}`) || undefined;
  const strategy: NameStrategy = {
    caseFormat: caseFormat === 'none' ? undefined : caseFormat,
    removeWhitespace: flag('removeWhitespace'),
    removeSpecialCharacters: flag('removeSpecialCharacters'),
    trimLeadingNumbers: flag('trimLeadingNumbers'),
    trimTrailingNumbers: flag('trimTrailingNumbers'),
  };
  return hasSetting(strategy) ? strategy : undefined;
}

/** Paths of the settings of DSV. */
const DSV_PATHS = {
  delimiter: `${PUBLISHED}.dsvSettings.delimiter`,
  quote: `${PUBLISHED}.dsvSettings.quotechar`,
  startLine: `${PUBLISHED}.dsvSettings.startLine`,
  extension: `${ADDITIONAL}.fileExtension`,
  relationshipSeparator: `${ADDITIONAL}.relationshipSeparator`,
  multiFile: `${ADDITIONAL}.multiFileExport`,
  collectionSeparator: SEPARATOR,
  sourceAttributes: `${ADDITIONAL}.loadSourceEntityMatchAttributes`,
  sourcePrefix: `${ADDITIONAL}.columnPrefix`,
} as const;

/** Paths of the settings of workbooks. */
const WIDTH_PATHS = { minWidth: `${ADDITIONAL}.minWidth`, maxWidth: `${ADDITIONAL}.maxWidth` } as const;

function dsvOf(
  settings: UsedSettings,
  format: Format | undefined,
  include: FieldFilters | undefined,
  faults: Faults,
): DsvSettings | undefined {
  if (format === 'json' || format === 'xlsx') {
    const result = format === 'json' ? 'JSON' : 'a workbook';
    for (const path of Object.values(DSV_PATHS)) {
      if (path !== SEPARATOR) settings.note(path, `it applies to DSV; the result is ${result}`);
    }
    const collectionSeparator = settings.text(SEPARATOR);
    if (format === 'xlsx') return workbookOf(settings, collectionSeparator, faults);
    noteWidths(settings, result);
    settings.note(SEPARATOR, 'values stay a list in JSON');
    return undefined;
  }
  noteWidths(settings, 'DSV');
  const dsv: DsvSettings = {
    delimiter: settings.text(DSV_PATHS.delimiter),
    quote: settings.text(DSV_PATHS.quote),
    startLine: settings.count(DSV_PATHS.startLine),
    extension: settings.text(DSV_PATHS.extension)?.replace(/^\./, ''),
    relationshipSeparator: settings.text(DSV_PATHS.relationshipSeparator),
    multiFile: settings.flag(DSV_PATHS.multiFile),
    ...sourceOf(settings, include),
    collectionSeparator: settings.text(DSV_PATHS.collectionSeparator),
  };
  const { delimiter, quote, extension } = DSV_PATHS;
  checkDsv(
    dsv,
    {
      delimiter: settings.pathOf(delimiter),
      quote: settings.pathOf(quote),
      extension: settings.pathOf(extension),
    },
    faults,
  );
  return hasSetting(dsv) ? dsv : undefined;
}

function workbookOf(
  settings: UsedSettings,
  collectionSeparator: string | undefined,
  faults: Faults,
): DsvSettings | undefined {
  const { minWidth, maxWidth } = WIDTH_PATHS;
  const workbook = { collectionSeparator, minWidth: settings.count(minWidth), maxWidth: settings.count(maxWidth) };
  checkWidths(workbook, { minWidth: settings.pathOf(minWidth), maxWidth: settings.pathOf(maxWidth) }, faults);
  return hasSetting(workbook) ? workbook : undefined;
}

function noteWidths(settings: UsedSettings, result: string): void {
  for (const path of Object.values(WIDTH_PATHS))
    settings.note(path, `it applies to workbooks; the result is ${result}`);
}

/**
 * The attributes of the source entity that rows of relationships repeat. Match attributes are known to a data model; here
 * those that the profile always includes stand for them.
 */
function sourceOf(
  settings: UsedSettings,
  include: FieldFilters = {},
): Pick<DsvSettings, 'sourceAttributes' | 'sourcePrefix'> {
  const names = Object.values(include).flatMap(({ attributes }) => (Array.isArray(attributes) ? attributes : []));
  const isLoaded = settings.flag(DSV_PATHS.sourceAttributes) === true;
  if (isLoaded && names.length > 0) {
    return { sourceAttributes: [...new Set(names)], sourcePrefix: settings.text(DSV_PATHS.sourcePrefix) };
  }
  const reason = 'filter.include lists no attributes, which stand for match attributes here';
  settings.note(DSV_PATHS.sourceAttributes, isLoaded ? reason : 'false is the default');
  settings.note(DSV_PATHS.sourcePrefix, 'it applies to match attributes of the source entity, which are not loaded');
  return {};
}

function hasSetting(settings: object): boolean {
  return Object.values(settings).some((value) => value !== undefined);
}
