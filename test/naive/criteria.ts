/** Criteria evaluated naively: one parsed entity, every value of it, one rule after the other. Slow, and meant to be plainly right. */
import type { Context } from '../../src/terms/context.js';
import type { Condition, Conditions, Criteria, RelationshipCondition } from '../../src/terms/criteria.js';

/** A number as it is written, which JSON.parse would lose. */
export class Digits {
  constructor(readonly text: string) {}
}

/** Prefix of digits that are parsed as a string. */
const MARK = '\u0000digits:';

/** The result of JSON.parse, except for numbers. */
export function parseWithDigits(text: string): unknown {
  const quoted = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[-+.\deE]*/g, (token) =>
    token.startsWith('"') ? token : JSON.stringify(MARK + token),
  );
  return JSON.parse(quoted, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? new Digits(value.slice(MARK.length)) : value,
  );
}

/** The data of an entity that is searched. */
export interface NaiveScope {
  readonly self: boolean;
  readonly contexts: 'all' | readonly Context[];
}

type Members = Readonly<Record<string, unknown>>;

const META = ['id', 'locale', 'source', 'os', 'osid', 'ostype', 'osctxpath', 'src', 'value', 'action', 'properties'];

/** What a condition is tested on: a value with its text, or the row of a nested attribute. */
type Candidate =
  | { readonly kind: 'value'; readonly text: string; readonly members: unknown }
  | { readonly kind: 'row'; readonly members: Members };

export function meetsCriteria(entity: unknown, criteria: Criteria, scope: NaiveScope): boolean {
  const attributes = (criteria.attributes ?? []).map((element) =>
    Object.entries(element).every(([name, condition]) => {
      const own = condition.contexts !== undefined || condition.nonContextual !== undefined;
      const where = own ? ownScope(condition) : scope;
      const all = places(entity, where).flatMap((data) => attributesOf(member(data, 'attributes'), name));
      return decide(all.flatMap(candidates), condition);
    }),
  );
  const attributesMeet = criteria.anyAttribute
    ? attributes.length === 0 || attributes.includes(true)
    : !attributes.includes(false);
  const properties = member(entity, 'properties');
  const propertiesMeet = (criteria.properties ?? []).every((element) =>
    Object.entries(element).every(([name, condition]) => decide(plain([properties], name), condition)),
  );
  const relationshipsMeet = (criteria.relationships ?? []).every((element) =>
    Object.entries(element).every(
      ([name, condition]) =>
        places(entity, scope)
          .flatMap((data) => named(member(data, 'relationships'), name))
          .flatMap(elements)
          .some((relationship) => meetsRelationship(relationship, condition)) !==
        (condition.hasvalue === false),
    ),
  );
  const fieldsMeet = (criteria.fields ?? []).every((element) =>
    Object.entries(element).every(([path, condition]) => decide(valuesAt(entity, stepsOf(path)), condition)),
  );
  return attributesMeet && propertiesMeet && fieldsMeet && relationshipsMeet && meetsKeywords(entity, criteria, scope);
}

/** Paths of tests have no escapes. */
function stepsOf(path: string): readonly string[] {
  return path.startsWith('/') ? path.slice(1).split('/') : path.split('.');
}

/** The values at a path; an object is a value without text, like a row without children. */
function valuesAt(value: unknown, path: readonly string[]): Candidate[] {
  const [step, ...rest] = path;
  if (Array.isArray(value)) {
    if (step === '*') return value.flatMap((element) => valuesAt(element, rest));
    if (step !== undefined && /^\d+$/.test(step))
      return value.slice(Number(step), Number(step) + 1).flatMap((element) => valuesAt(element, rest));
    return value.flatMap((element) => valuesAt(element, path));
  }
  if (step !== undefined) {
    if (!isMembers(value)) return [];
    const names = step === '*' ? Object.keys(value) : [step];
    return names.flatMap((name) => valuesAt(member(value, name), rest));
  }
  if (isMembers(value)) return [{ kind: 'row', members: {} }];
  const text = textOf(value);
  return text === undefined ? [] : [{ kind: 'value', text, members: undefined }];
}

function ownScope({ contexts, nonContextual }: Condition): NaiveScope {
  if (contexts === undefined) return { self: true, contexts: [] };
  return { self: nonContextual !== false, contexts };
}

/** The data of no context and of each context in scope. */
export function places(entity: unknown, scope: NaiveScope): unknown[] {
  const data = member(entity, 'data');
  const others = elements(member(data, 'contexts')).filter((element) => {
    const context = member(element, 'context');
    if (!isMembers(context)) return false;
    if (scope.contexts === 'all') return true;
    return scope.contexts.some((one) => pairs(one) === pairs(context));
  });
  return scope.self ? [data, ...others] : others;
}

function pairs(context: Members): string {
  return JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The attributes of a name; for `_ALL` all of them, and those in rows of rows. */
function attributesOf(attributes: unknown, name: string): unknown[] {
  return isAll(name) ? everyAttribute(attributes) : named(attributes, name);
}

function everyAttribute(attributes: unknown): unknown[] {
  return named(attributes, '_ALL').flatMap((attribute) => [
    attribute,
    ...elements(member(attribute, 'group')).flatMap((row) => everyAttribute(children(row))),
  ]);
}

function children(row: unknown): unknown {
  return isMembers(row) ? Object.fromEntries(Object.entries(row).filter(([key]) => !META.includes(key))) : undefined;
}

function named(container: unknown, name: string): unknown[] {
  if (!isMembers(container)) return [];
  return isAll(name) ? Object.values(container) : Object.hasOwn(container, name) ? [container[name]] : [];
}

function candidates(attribute: unknown): Candidate[] {
  const values = elements(member(attribute, 'values')).flatMap((value): Candidate[] => {
    const text = textOf(member(value, 'value'));
    return text === undefined ? [] : [{ kind: 'value', text, members: value }];
  });
  const rows = elements(member(attribute, 'group')).flatMap((row): Candidate[] =>
    isMembers(row) ? [{ kind: 'row', members: row }] : [],
  );
  return [...values, ...rows];
}

/** Plain values, of the first place that has one of the name. */
function plain(where: readonly unknown[], name: string): Candidate[] {
  const found = where.map((place) =>
    named(place, name).flatMap((value): Candidate[] => {
      const text = textOf(value);
      return text === undefined ? [] : [{ kind: 'value', text, members: undefined }];
    }),
  );
  return isAll(name) ? found.flat() : (found.find((values) => values.length > 0) ?? []);
}

function decide(all: readonly Candidate[], condition: Condition): boolean {
  const { not = false, hasvalue } = condition;
  const some = all.some((candidate) => satisfies(candidate, condition));
  const wanted = hasvalue === false ? !some : some;
  return not ? !wanted : wanted;
}

const TEXT_OPERATORS = ['eq', 'contains', 'exact', 'exacts', 'startswith', 'gt', 'gte', 'lt', 'lte'] as const;

function satisfies(candidate: Candidate, condition: Condition): boolean {
  const { members } = candidate;
  const membersMeet = (condition.valueProperties ?? []).every((element) =>
    Object.entries(element).every(([name, one]) => decide(plain([members, member(members, 'properties')], name), one)),
  );
  if (!membersMeet || !isOfContext(candidate, condition)) return false;
  const asked = TEXT_OPERATORS.filter((name) => condition[name] !== undefined);
  const isNull = candidate.kind === 'row' ? candidate.members.value === '_NULL' : candidate.text === '_NULL';
  if (isNull) {
    if (condition.hasvalue !== undefined || condition.attributes || asked.length === 0) return false;
    return asked.every((name) => {
      const operand = condition[name];
      if (condition.isUom) return false;
      if (name === 'eq' && typeof operand === 'string') return alternatives(operand).includes('_NULL');
      return name === 'exacts' ? condition.exacts?.includes('_NULL') : name === 'exact' && operand === '_NULL';
    });
  }
  if (candidate.kind === 'row') {
    if (asked.length > 0) return false;
    return (condition.attributes ?? []).every((element) => rowMeets(candidate.members, element));
  }
  if (condition.attributes) return false;
  const unit = textOf(member(members, 'uom'));
  return asked.every((name) =>
    condition.isUom
      ? hasUnit(candidate.text, unit, unitOperands(condition, name))
      : compares(candidate.text, name, condition),
  );
}

/** The operands of one operator; only `eq` has several in one text. */
function unitOperands(condition: Condition, name: (typeof TEXT_OPERATORS)[number]): readonly string[] {
  const operand = condition[name];
  if (Array.isArray(operand)) return operand.map(String);
  return name === 'eq' ? String(operand).split('|') : [String(operand)];
}

/** Whether value and unit are those of one of the operands. */
function hasUnit(text: string, unit: string | undefined, operands: readonly string[]): boolean {
  return operands.some((one) => {
    const [, value, wanted] = /^(.*)##(.*)$/s.exec(one) ?? [];
    const isEqual = number(value) ? compareNumbers(text, value) === 0 : folded(text) === folded(value);
    return isEqual && unit === wanted;
  });
}

/** Whether locale and source are those of a wanted pair; a row may have neither. */
function isOfContext({ kind, members }: Candidate, { valueContexts }: Condition): boolean {
  if (!valueContexts) return true;
  const own = { locale: member(members, 'locale'), source: member(members, 'source') };
  if (kind === 'row' && own.locale === undefined && own.source === undefined) return true;
  const isOwn = (name: 'locale' | 'source', wanted: string | undefined) => wanted === undefined || own[name] === wanted;
  return valueContexts.some(({ locale, source }) => isOwn('locale', locale) && isOwn('source', source));
}

function rowMeets(row: Members, conditions: Conditions): boolean {
  return Object.entries(conditions).every(([name, condition]) =>
    decide(attributesOf(children(row), name).flatMap(candidates), condition),
  );
}

function compares(text: string, name: (typeof TEXT_OPERATORS)[number], condition: Condition): boolean {
  const { type } = condition;
  const isNumeric = type === '_INTEGER' || type === '_DECIMAL';
  switch (name) {
    case 'contains':
      return phrases(condition.contains ?? '').some((phrase) => occurs(phrase, text));
    case 'startswith':
      return (condition.startswith ?? []).some((one) => folded(text).startsWith(folded(one)));
    case 'exacts':
      return (condition.exacts ?? []).some((one) =>
        isEqual(text, String(one), typeof one === 'number' ? (type ?? '_DECIMAL') : type),
      );
    case 'exact':
    case 'eq': {
      const operand = condition[name] ?? '';
      if (name === 'eq' && typeof operand === 'string' && alternatives(operand).length > 1) {
        return alternatives(operand).some((eq) => eq !== '_NULL' && compares(text, name, { ...condition, eq }));
      }
      if (name === 'eq' && typeof operand === 'string' && operand !== '_NULL' && (!type || type === '_STRING')) {
        return phrases(operand).every((phrase) => occurs(phrase, text));
      }
      const asNumber = isNumeric || (!type && typeof operand === 'number');
      return isEqual(text, String(operand), asNumber ? '_DECIMAL' : type);
    }
    default: {
      const order = compareRange(text, String(condition[name]), type);
      return { gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[name];
    }
  }
}

function isEqual(text: string, operand: string, type: Condition['type']): boolean {
  if (operand === '_NULL') return false;
  if (type === '_INTEGER' || type === '_DECIMAL') return compareNumbers(text, operand) === 0;
  if (type === '_DATETIME') return instant(text) === instant(operand);
  if (type === '_DATE') return date(text) === date(operand);
  return folded(text) === folded(operand);
}

function compareRange(text: string, bound: string, type: Condition['type']): number {
  if (type === '_STRING') {
    const [a, b] = [folded(text), folded(bound)];
    return a < b ? -1 : a > b ? 1 : 0;
  }
  if (type === '_DATE') return date(text) - date(bound);
  return type !== '_DATETIME' && number(bound) ? compareNumbers(text, bound) : instant(text) - instant(bound);
}

/** A number as an integer and a power of ten; undefined if the text is not a number. */
export function number(text: string): { readonly whole: bigint; readonly power: number } | undefined {
  const match = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, digits, power = '0'] = match;
  const [before, after = ''] = digits.split('.');
  const size = BigInt(before + after);
  return { whole: sign === '-' ? -size : size, power: Number(power) - after.length };
}

export function compareNumbers(text: string, other: string): number {
  const [a, b] = [number(text), number(other)];
  if (!a || !b) return Number.NaN;
  const power = Math.min(a.power, b.power);
  const [x, y] = [a, b].map((one) => one.whole * 10n ** BigInt(one.power - power));
  return x < y ? -1 : x > y ? 1 : 0;
}

/** NaN if the text is not a date-time. */
export function instant(text: string): number {
  const match = /^(\d{4})-(\d\d)-(\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (!match) return Number.NaN;
  const [, year, month, day, time, offset = 'Z'] = match;
  if (time === undefined && match[5] !== undefined) return Number.NaN;
  if (Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()) return Number.NaN;
  return Date.parse(`${year}-${month}-${day}${time ?? 'T00:00'}${offset.replace(/(\d\d)(\d\d)$/, '$1:$2')}`);
}

/** The day as it is written, of a date-time. */
export function date(text: string): number {
  return Number.isNaN(instant(text)) ? Number.NaN : instant(text.slice(0, 10));
}

function meetsRelationship(relationship: unknown, condition: RelationshipCondition): boolean {
  if (!isMembers(relationship)) return false;
  const target = relationship.relTo;
  const { id, type } = condition.relTo ?? {};
  const targetId = member(target, 'id');
  if (id !== undefined && (typeof targetId === 'boolean' || textOf(targetId) !== id)) return false;
  const targetType = member(target, 'type');
  const typeText = typeof targetType === 'boolean' ? undefined : textOf(targetType);
  if (type !== undefined && (typeText === undefined || lower(typeText) !== lower(type))) return false;
  return (
    (condition.attributes ?? []).every((element) =>
      Object.entries(element).every(([name, one]) =>
        decide(attributesOf(relationship.attributes, name).flatMap(candidates), one),
      ),
    ) &&
    (condition.properties ?? []).every((element) =>
      Object.entries(element).every(([name, one]) => decide(plain([relationship.properties, relationship], name), one)),
    )
  );
}

function lower(type: unknown): string | undefined {
  return typeof type === 'string' ? type.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : undefined;
}

function meetsKeywords(entity: unknown, { keywords: criterion }: Criteria, scope: NaiveScope): boolean {
  if (!criterion) return true;
  const name = member(entity, 'name');
  const texts = [
    ...(typeof name === 'string' ? [name] : []),
    ...plain([member(entity, 'properties')], '_ALL').flatMap((one) => (one.kind === 'value' ? [one.text] : [])),
    ...places(entity, scope)
      .flatMap((data) => everyAttribute(member(data, 'attributes')))
      .flatMap(candidates)
      .flatMap((one) => (one.kind === 'value' ? [one.text] : [])),
  ].filter((text) => text !== '_NULL');
  const { keywords, operator } = criterion;
  if (operator === '_EXACT') return texts.some((text) => folded(text) === folded(keywords));
  const found = phrases(keywords).map((phrase) => texts.some((text) => occurs(phrase, text)));
  return operator === '_AND' ? !found.includes(false) : found.includes(true);
}

/** The alternatives of `eq`, without quotes around a `|`. */
function alternatives(operand: string): string[] {
  const all = operand.split('|').filter((one) => one.trim() !== '');
  return all.length === 0 ? [operand] : all;
}

/** The words of each phrase; a word alone is a phrase of one. */
function phrases(operand: string): string[][] {
  const all: string[][] = [];
  const parts = operand.split('"');
  for (const [index, part] of parts.entries()) {
    const words = split(part.replaceAll('*', STAR)).map((word) => word.replaceAll(STAR, '*'));
    if (index % 2 === 1 && index < parts.length - 1) all.push(words);
    else all.push(...words.map((word) => [word]));
  }
  return all.filter((words) => words.length > 0);
}

/** A letter without a case, which stands for `*`. */
const STAR = '\u01c0';

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' });

/** Words as the platform of the tests cuts them. */
function split(text: string): string[] {
  const segments = [...SEGMENTER.segment(folded(text))].map(({ segment }) => segment);
  return segments.filter((segment) => /[\p{L}\p{Nd}]/u.test(segment));
}

function occurs(phrase: readonly string[], text: string): boolean {
  const words = split(text);
  return words.some((_, at) => phrase.every((pattern, index) => spells(pattern, words[at + index])));
}

function spells(pattern: string, word: string | undefined): boolean {
  if (word === undefined) return false;
  if (pattern === '') return word === '';
  if (pattern[0] === '*') return spells(pattern.slice(1), word) || (word !== '' && spells(pattern, word.slice(1)));
  return word !== '' && pattern[0] === word[0] && spells(pattern.slice(1), word.slice(1));
}

export function folded(text: string): string {
  return text.normalize('NFC').toUpperCase().toLowerCase().replace(/ς/g, 'σ');
}

function textOf(value: unknown): string | undefined {
  if (value instanceof Digits) return value.text;
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

function isAll(name: string): boolean {
  return name.toLowerCase() === '_all';
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Digits);
}

export function member(value: unknown, name: string): unknown {
  return isMembers(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

export function elements(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
