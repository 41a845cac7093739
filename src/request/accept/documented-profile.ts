/** Accepts a documented profile, an object of type `integrationprofile`: each of its contexts is one profile. */

import { type Faults, join, kindOf, type UnknownObject } from '../../options/faults.js';

import type { DsvSettings, Format, IdleSetting, NameStrategy, Profile } from '../../terms/profile.js';
import { quoted } from '../../terms/shown-text.js';
import { checkDsv } from './dsv-settings.js';
import { acceptEntityProperties, acceptName } from './own-profile.js';
import { documentedContext } from './profile-context.js';
import { uniteDocumentedFilters } from './profile-filters.js';
import { UsedSettings } from './profile-settings.js';

const TYPE = 'integrationprofile';
const SERVICE = 'ENTITY_EXPORT';

const PUBLISHED = 'publish.format.settings';
const ADDITIONAL = `${PUBLISHED}.additionalSettings`;
const STRATEGIES = 'transform.settings.strategies';
const SEPARATOR = 'transform.settings.collectionSeparator';

/** The formats of results, by the documented words. */
const FORMATS: ReadonlyMap<string, Format> = new Map([
  ['RSJSON', 'json'],
  ['DSV', 'dsv'],
]);

/** The same formats by their words in a context, which apply if `publish` names none. */
const CONTEXT_FORMATS: ReadonlyMap<string, string> = new Map([
  ['JSON', 'RSJSON'],
  ['DSV', 'DSV'],
]);

/**
 * Accepts one object; settings without effect are listed in `idle` of each profile.
 * @returns the profiles that were accepted; faults have the reasons for the others
 */
export function acceptDocumentedProfile(object: UnknownObject, path: string, faults: Faults): readonly Profile[] {
  faults.checkKeys(object, path, ['id', 'name', 'type', 'data', 'properties']);
  const at = (key: string) => join(path, key);
  const id = acceptName(object.id, at('id'), faults);
  const name = acceptName(object.name, at('name'), faults) ?? id;
  if (object.name === undefined && object.id === undefined) faults.add('INVALID', at('name'), 'is required');
  const type = faults.string(object.type, at('type'));
  if (type !== undefined && type !== TYPE) {
    faults.add('INVALID', at('type'), `must be ${JSON.stringify(TYPE)}, not ${quoted(type)}`);
  }
  const idle: IdleSetting[] = [];
  if (id !== undefined && id !== name) idle.push({ path: at('id'), reason: 'profiles are selected by their name' });
  if (object.properties !== undefined) {
    idle.push({ path: at('properties'), reason: 'author and date of the profile do not matter' });
  }
  return contextsOf(object.data, at('data'), faults).flatMap(([context, where]) => {
    const accepted = acceptOne(context, where, faults);
    if (!accepted || name === undefined) return [];
    const { idle: within, ...profile } = accepted;
    const all = [...idle, ...within];
    return [{ name, ...profile, idle: all.length === 0 ? undefined : all }];
  });
}

function contextsOf(value: unknown, path: string, faults: Faults): readonly (readonly [UnknownObject, string])[] {
  const data = faults.object(value, path);
  if (!data) return [];
  faults.checkKeys(data, path, ['contexts']);
  const { contexts } = data;
  if (!Array.isArray(contexts) || contexts.length === 0) {
    const given = Array.isArray(contexts) ? 'an empty one' : kindOf(contexts);
    faults.add('INVALID', `${path}.contexts`, `must be an array of objects, not ${given}`);
    return [];
  }
  return contexts.flatMap((element: unknown, index) => {
    const at = `${path}.contexts[${index}]`;
    const context = faults.object(element, at);
    return context ? [[context, at] as const] : [];
  });
}

type NamelessProfile = Omit<Profile, 'name' | 'idle'> & { readonly idle: readonly IdleSetting[] };

function acceptOne(element: UnknownObject, path: string, faults: Faults): NamelessProfile | undefined {
  faults.checkKeys(element, path, ['context', 'jsonData']);
  const { context, order } = acceptContext(element.context, `${path}.context`, faults);
  const jsonData = faults.object(element.jsonData, `${path}.jsonData`);
  if (!jsonData) return undefined;
  const settings = new UsedSettings(jsonData, `${path}.jsonData`, faults);
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
    fileName: settings.text(`${ADDITIONAL}.fileName`),
    mode: modeOf(settings, faults),
    context,
    order,
    enabled: settings.flag('isEnabled'),
    include: filters('include'),
    exclude: filters('exclude'),
    batchSize: batchSize === 0 ? undefined : batchSize,
    ...propertiesOf(settings, format, faults),
    names: namesOf(settings, faults),
    dsv: dsvOf(settings, format, faults),
  };
  return format && { format, pack: 'envelope', ...others, idle: settings.idle };
}

function acceptContext(value: unknown, path: string, faults: Faults): Pick<Profile, 'context' | 'order'> {
  if (value === undefined) return {};
  const { order, ...context } = documentedContext(value, path, faults);
  if (context.service !== undefined && context.service.toUpperCase() !== SERVICE) {
    const given = quoted(context.service);
    faults.add('UNSUPPORTED', `${path}.service`, `${given} is not supported; ${SERVICE} is`);
  }
  return { context, order: order === undefined ? undefined : Number(order) };
}

/** The format of `publish`, else of the context. */
function formatOf(settings: UsedSettings, inContext: string | undefined, faults: Faults): Format | undefined {
  const path = 'publish.format.type';
  const word = settings.text(path) ?? CONTEXT_FORMATS.get(inContext?.toUpperCase() ?? '');
  const known = [...FORMATS.keys()].join(', ');
  if (word === undefined) {
    faults.add('INVALID', settings.pathOf(path), `is required: ${known}`);
    return undefined;
  }
  const format = FORMATS.get(word.toUpperCase());
  if (!format) {
    faults.add('UNSUPPORTED', settings.pathOf(path), `${quoted(word)} is not supported; supported: ${known}`);
  }
  return format;
}

/** Properties of entities and of the run; tables have none. */
function propertiesOf(
  settings: UsedSettings,
  format: Format | undefined,
  faults: Faults,
): Pick<Profile, 'includeEntityProperties' | 'entityProperties'> {
  const [included, added] = [`${ADDITIONAL}.includeEntityProperties`, `${PUBLISHED}.entityProperties`];
  const entityProperties = acceptEntityProperties(settings.value(added), settings.pathOf(added), faults);
  if (format !== 'dsv') return { includeEntityProperties: settings.flag(included), entityProperties };
  for (const path of [included, added]) settings.note(path, 'a table has no columns for properties');
  return {};
}

/** How the result is delivered; the documented words are ASYNC and SYNC. */
function modeOf(settings: UsedSettings, faults: Faults): Profile['mode'] {
  if (settings.size('publish.channel') > 1) {
    faults.add('UNSUPPORTED', settings.pathOf('publish.channel'), 'more than one channel is not supported');
  }
  const [inner, outer] = ['publish.channel[0].settings.mode', 'publish.channel[0].mode'].map((path) =>
    faults.word(settings.value(path), settings.pathOf(path), ['ASYNC', 'SYNC']),
  );
  const mode = inner ?? outer;
  if (mode === undefined) return undefined;
  return mode === 'ASYNC' ? 'ASYNC' : 'AUTO';
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
} as const;

function dsvOf(settings: UsedSettings, format: Format | undefined, faults: Faults): DsvSettings | undefined {
  if (format === 'json') {
    for (const path of Object.values(DSV_PATHS)) {
      const isSeparator = path === SEPARATOR;
      settings.note(path, isSeparator ? 'values stay a list in JSON' : 'it applies to DSV; the result is JSON');
    }
    return undefined;
  }
  const dsv: DsvSettings = {
    delimiter: settings.text(DSV_PATHS.delimiter),
    quote: settings.text(DSV_PATHS.quote),
    startLine: settings.count(DSV_PATHS.startLine),
    extension: settings.text(DSV_PATHS.extension)?.replace(/^\./, ''),
    relationshipSeparator: settings.text(DSV_PATHS.relationshipSeparator),
    multiFile: settings.flag(DSV_PATHS.multiFile),
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

function hasSetting(settings: object): boolean {
  return Object.values(settings).some((value) => value !== undefined);
}
