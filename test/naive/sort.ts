/** Sorting, naively: all values of all keys, compared one by one. */
import type { ContextScope } from '../../src/terms/context.js';
import type { SortKey } from '../../src/terms/sort.js';
import { compareNumbers, Digits, date, elements, folded, instant, member, number, places } from './criteria.js';

export { Digits, parseWithDigits } from './criteria.js';

interface Asked {
  readonly sort: readonly SortKey[];
  readonly contexts?: ContextScope['contexts'];
  readonly valueContexts?: readonly { readonly locale?: string }[];
}

/** The positions of the entities in order. */
export function naiveOrder(entities: readonly unknown[], asked: Asked): number[] {
  const { sort } = asked;
  return [...entities.keys()].sort((one, other) => {
    for (const key of sort) {
      const [a, b] = [bestOf(entities[one], key, asked), bestOf(entities[other], key, asked)];
      if (a === undefined || b === undefined) {
        if (a === b) continue;
        return a === undefined ? 1 : -1;
      }
      const order = compareKeys(a, b, key.type);
      if (order !== 0) return key.order === 'desc' ? -order : order;
    }
    return one - other;
  });
}

/** The smallest value, or the largest of a descending key. */
function bestOf(entity: unknown, key: SortKey, asked: Asked): unknown {
  const values = valuesOf(entity, key, asked).filter((value) => isValue(value, key.type));
  return values.reduce((best: unknown, value) => {
    if (best === undefined) return value;
    const order = compareKeys(value, best, key.type);
    return (key.order === 'desc' ? order > 0 : order < 0) ? value : best;
  }, undefined);
}

function valuesOf(entity: unknown, { attribute, property, field }: SortKey, asked: Asked): unknown[] {
  if (field !== undefined) return [member(entity, field)].flat();
  if (property !== undefined) return [member(member(entity, 'properties'), property)];
  return places(entity, { self: true, contexts: asked.contexts ?? [] })
    .flatMap((data) => elements(member(member(member(data, 'attributes'), attribute ?? ''), 'values')))
    .filter((one) => !asked.valueContexts || asked.valueContexts.some(({ locale }) => locale === member(one, 'locale')))
    .map((one) => member(one, 'value'));
}

function textOf(value: unknown): string {
  return value instanceof Digits ? value.text : String(value);
}

function isValue(value: unknown, type: SortKey['type']): boolean {
  if (value === null || value === undefined || value === '_NULL') return false;
  if (typeof value === 'object' && !(value instanceof Digits)) return false;
  const text = textOf(value);
  if (type === '_INTEGER' || type === '_DECIMAL') return number(text) !== undefined;
  if (type === '_DATETIME' || type === '_DATE') return !Number.isNaN(instant(text));
  if (type === '_BOOLEAN') return /^(true|false)$/i.test(text);
  return true;
}

/** Below, at or above zero. */
export function compareKeys(one: unknown, other: unknown, type: SortKey['type']): number {
  const [a, b] = [textOf(one), textOf(other)];
  switch (type) {
    case '_STRING':
      return compareTexts(a, b);
    case '_INTEGER':
    case '_DECIMAL':
      return compareNumbers(a, b) || 0;
    case '_DATETIME':
      return instant(a) - instant(b) || 0;
    case '_DATE':
      return date(a) - date(b) || 0;
    case '_BOOLEAN':
      return compareTexts(a, b);
    default: {
      const kinds = [one, other].map((value) => (value instanceof Digits ? 0 : typeof value === 'string' ? 1 : 2));
      if (kinds[0] !== kinds[1]) return kinds[0] - kinds[1];
      return kinds[0] === 0 ? compareNumbers(a, b) : compareTexts(a, b);
    }
  }
}

/** By code points. */
function compareTexts(one: string, other: string): number {
  const [a, b] = [one, other].map((text) => [...folded(text)].map((letter) => letter.codePointAt(0) ?? 0));
  for (let index = 0; index < Math.min(a.length, b.length); index++)
    if (a[index] !== b[index]) return a[index] - b[index];
  return a.length - b.length;
}
