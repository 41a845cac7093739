/** Accepts a profile in the library form. */

import { type Faults, join, kindOf, type UnknownObject } from '../../options/faults.js';

import {
  BLOB_CONTENTS,
  type ExecutionValue,
  FORMATS,
  type NameStrategy,
  PACKS,
  type Profile,
} from '../../terms/profile.js';
import { acceptDsv } from './dsv-settings.js';
import { textPairs } from './profile-context.js';
import { acceptFieldFilters } from './profile-filters.js';

const MODES = ['AUTO', 'SYNC', 'ASYNC'] as const;
const CASE_FORMATS = ['lowercase', 'uppercase'] as const;
const EXECUTION_VALUES: readonly ExecutionValue[] = ['executionContext.userId', 'executionContext.userEmail'];

const MEMBERS = [
  ...[
    'name',
    'format',
    'pack',
    'content',
    'version',
    'fileName',
    'mode',
    'context',
    'order',
    'enabled',
    'include',
    'exclude',
  ],
  ...['batchSize', 'includeEntityProperties', 'entityProperties', 'names', 'dsv', 'extends', 'idle'],
];

const STRATEGY_FLAGS = [
  'removeWhitespace',
  'removeSpecialCharacters',
  'trimLeadingNumbers',
  'trimTrailingNumbers',
] as const;

/** Accepts a profile, which shares nothing with the input; undefined, with faults, if it is invalid. */
export function acceptOwnProfile(form: UnknownObject, path: string, faults: Faults): Profile | undefined {
  faults.checkKeys(form, path, MEMBERS);
  const at = (name: string) => join(path, name);
  const required = (name: string) => {
    if (form[name] === undefined) faults.add('INVALID', at(name), 'is required');
  };
  required('name');
  required('format');
  required('pack');
  const name = acceptName(form.name, at('name'), faults);
  const format = faults.word(form.format, at('format'), FORMATS);
  const pack = faults.word(form.pack, at('pack'), PACKS);
  const batchSize = faults.count(form.batchSize, at('batchSize'));
  const others = {
    content: faults.word(form.content, at('content'), BLOB_CONTENTS),
    version: faults.string(form.version, at('version')),
    fileName: faults.string(form.fileName, at('fileName')),
    mode: faults.word(form.mode, at('mode'), MODES),
    context: acceptContext(form.context, at('context'), faults),
    order: faults.count(form.order, at('order')),
    enabled: faults.boolean(form.enabled, at('enabled')),
    extends: faults.filledString(form.extends, at('extends')),
    include: acceptFieldFilters(form.include, at('include'), faults),
    exclude: acceptFieldFilters(form.exclude, at('exclude'), faults),
    batchSize: batchSize === 0 ? undefined : batchSize,
    includeEntityProperties: faults.boolean(form.includeEntityProperties, at('includeEntityProperties')),
    entityProperties: acceptEntityProperties(form.entityProperties, at('entityProperties'), faults),
    names: acceptNames(form.names, at('names'), faults),
    dsv: acceptDsv(form.dsv, at('dsv'), faults),
    idle: acceptIdle(form.idle, at('idle'), faults),
  };
  return name === undefined || format === undefined || pack === undefined
    ? undefined
    : { name, format, pack, ...others };
}

/** Accepts the name of a profile; an empty one could not be selected. */
export function acceptName(value: unknown, path: string, faults: Faults): string | undefined {
  const name = faults.string(value, path);
  if (name === '') faults.add('INVALID', path, 'must not be empty');
  return name;
}

/** Accepts the sources of added properties, by name. */
export function acceptEntityProperties(
  value: unknown,
  path: string,
  faults: Faults,
): Readonly<Record<string, ExecutionValue>> | undefined {
  if (value === undefined) return undefined;
  const entries = Object.entries(faults.object(value, path) ?? {}).flatMap(([name, value]) => {
    const one = faults.word(value, join(path, name), EXECUTION_VALUES);
    if (value === undefined) faults.add('INVALID', join(path, name), 'has no value');
    return one === undefined ? [] : [[name, one] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function acceptContext(value: unknown, path: string, faults: Faults): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  const context = faults.object(value, path) ?? {};
  if ('order' in context) faults.add('INVALID', `${path}.order`, 'is a member of the profile, not of its context');
  return textPairs(context, path, faults);
}

function acceptNames(value: unknown, path: string, faults: Faults): NameStrategy | undefined {
  if (value === undefined) return undefined;
  const names = faults.object(value, path) ?? {};
  faults.checkKeys(names, path, ['caseFormat', ...STRATEGY_FLAGS]);
  return {
    caseFormat: faults.word(names.caseFormat, `${path}.caseFormat`, CASE_FORMATS),
    removeWhitespace: faults.boolean(names.removeWhitespace, `${path}.removeWhitespace`),
    removeSpecialCharacters: faults.boolean(names.removeSpecialCharacters, `${path}.removeSpecialCharacters`),
    trimLeadingNumbers: faults.boolean(names.trimLeadingNumbers, `${path}.trimLeadingNumbers`),
    trimTrailingNumbers: faults.boolean(names.trimTrailingNumbers, `${path}.trimTrailingNumbers`),
  };
}

function acceptIdle(value: unknown, path: string, faults: Faults): Profile['idle'] {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) {
    faults.add('INVALID', path, `must be an array of objects, not ${kindOf(value)}`);
    return undefined;
  }
  return value.flatMap((element: unknown, index) => {
    const at = `${path}[${index}]`;
    const note = faults.object(element, at) ?? {};
    faults.checkKeys(note, at, ['path', 'reason']);
    const [where, reason] = [faults.string(note.path, `${at}.path`), faults.string(note.reason, `${at}.reason`)];
    return where === undefined || reason === undefined ? [] : [{ path: where, reason }];
  });
}
