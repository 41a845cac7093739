/** The form of a new export, and the request that it stands for. */
import { LosslessNumber } from 'lossless-json';

/** Where a condition looks. */
export type Place = 'attributes' | 'properties' | 'fields';

/** One condition on values. */
export interface ConditionLine {
  readonly place: Place;
  readonly name: string;
  readonly operator: string;
  readonly value: string;
}

/** Which parts of the entities are kept. */
export type Keep = 'all' | 'attributes' | 'include' | 'exclude';

/** The fields of the form, as texts. */
export interface RequestForm {
  readonly types: string;
  readonly ids: string;
  readonly keywords: string;
  readonly conditions: readonly ConditionLine[];
  readonly keep: Keep;
  readonly names: string;
  readonly sort: string;
  readonly maxRecords: string;
  readonly profile: string;
  readonly format: string;
  readonly pack: string;
  readonly fileName: string;
}

/** A form in which nothing is chosen. */
export const EMPTY_FORM: RequestForm = {
  types: '',
  ids: '',
  keywords: '',
  conditions: [],
  keep: 'all',
  names: '',
  sort: '',
  maxRecords: '',
  profile: '',
  format: '',
  pack: '',
  fileName: '',
};

/** Name of the profile that the form makes of a format and a packing. */
const OWN_PROFILE = 'console';

/** Operators, with the words before their operand. */
export const OPERATORS: readonly (readonly [string, string])[] = [
  ['eq', 'has all words of'],
  ['contains', 'has a word of'],
  ['exact', 'is exactly'],
  ['exacts', 'is one of'],
  ['startswith', 'starts with'],
  ['gt', 'is above'],
  ['gte', 'is at least'],
  ['lt', 'is below'],
  ['lte', 'is at most'],
  ['hasvalue', 'has a value'],
];

const LISTS: readonly string[] = ['exacts', 'startswith'];
const EQUALS: readonly string[] = ['eq', 'exact', 'exacts'];
const BOUNDS: readonly string[] = ['gt', 'gte', 'lt', 'lte'];

/** The names in a text: one a line, or separated by commas. */
export function namesIn(text: string): readonly string[] | undefined {
  const names = text.split(/[,\n]/).map((name) => name.trim());
  const given = names.filter((name) => name !== '');
  return given.length === 0 ? undefined : given;
}

/** A text that is a number of JSON as that number, with all its digits. */
function plainValue(text: string): string | LosslessNumber {
  return /^-?(0|[1-9]\d*)(\.\d+)?$/.test(text) ? new LosslessNumber(text) : text;
}

function operandOf({ place, operator, value }: ConditionLine): unknown {
  if (operator === 'hasvalue') return value !== 'false';
  const isNumeric = BOUNDS.includes(operator) || (place === 'fields' && EQUALS.includes(operator));
  const toValue = (text: string) => (isNumeric ? plainValue(text.trim()) : text.trim());
  return LISTS.includes(operator) ? (namesIn(value) ?? []).map(toValue) : toValue(value);
}

/** The conditions that look at a place; lines without a name are not filled in yet. */
function linesAt(conditions: readonly ConditionLine[], place: Place): readonly ConditionLine[] {
  return conditions.filter((line) => line.place === place && line.name.trim() !== '');
}

/** The place of a condition in the request, among those that look where it does. */
export function indexOf(conditions: readonly ConditionLine[], line: ConditionLine): number {
  return linesAt(conditions, line.place).indexOf(line);
}

function criteriaOf({ conditions, keywords }: RequestForm): object | undefined {
  const at = (place: Place) => {
    const found = linesAt(conditions, place);
    if (found.length === 0) return {};
    return { [place]: found.map((line) => ({ [line.name.trim()]: { [line.operator]: operandOf(line) } })) };
  };
  const words = keywords.trim() === '' ? {} : { keywords: keywords.trim() };
  const criteria = { ...at('attributes'), ...at('properties'), ...at('fields'), ...words };
  return Object.keys(criteria).length === 0 ? undefined : criteria;
}

function fieldsOf({ keep, names }: RequestForm): object | undefined {
  return keep === 'all' ? undefined : { [keep]: namesIn(names) ?? [] };
}

function profileOf({ profile, format, pack }: RequestForm): unknown {
  if (profile !== '') return profile;
  if (format === '' && pack === '') return undefined;
  return { name: OWN_PROFILE, format: format === '' ? 'json' : format, pack: pack === '' ? 'zip' : pack };
}

const textOr = (text: string) => (text.trim() === '' ? undefined : text.trim());

/** The request of a form, in the form of the library; members that are not chosen are absent. */
export function toRequest(form: RequestForm): Readonly<Record<string, unknown>> {
  const members = {
    types: namesIn(form.types),
    ids: namesIn(form.ids),
    criteria: criteriaOf(form),
    fields: fieldsOf(form),
    sort: textOr(form.sort),
    maxRecords: textOr(form.maxRecords),
    profile: profileOf(form),
    fileName: textOr(form.fileName),
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
