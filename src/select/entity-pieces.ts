/** Splits a large entity into pieces: entities that together have every value, row and relationship once. */

import { isMembers } from '../scan/decode-value.js';

/** Approximate maximum of one piece: values and rows, and characters of their texts. */
const MOST_ITEMS = 64;
const MOST_CHARACTERS = 64 * 1024;

type Members = Readonly<Record<string, unknown>>;

/** Yields the pieces. Rows of nested attributes, relationships and texts are never split. */
export function* piecesOf(entity: unknown, mostItems = MOST_ITEMS): Generator<unknown, void> {
  if (!isMembers(entity)) {
    yield entity;
    return;
  }
  const { data, properties, ...others } = entity;
  // A member that is not the expected object may be the name of the entity.
  yield { ...others, ...(isMembers(data) ? {} : { data }), ...(isMembers(properties) ? {} : { properties }) };
  if (isMembers(properties)) for (const some of cut(properties, mostItems)) yield { properties: some };
  if (!isMembers(data)) return;
  for (const some of dataPieces(data, mostItems)) yield { data: some };
  const { contexts } = data;
  if (!Array.isArray(contexts)) return;
  for (const element of contexts) {
    if (!isMembers(element)) continue;
    const { context } = element;
    for (const some of dataPieces(element, mostItems)) yield { data: { contexts: [{ context, ...some }] } };
  }
}

function* dataPieces({ attributes, relationships }: Members, mostItems: number): Generator<Members, void> {
  if (isMembers(attributes)) {
    for (const name of Object.keys(attributes)) {
      const attribute = attributes[name];
      if (!isMembers(attribute)) continue;
      const { values, group } = attribute;
      for (const some of chunks(values, mostItems)) yield { attributes: named(name, { values: some }) };
      for (const some of chunks(group, mostItems)) yield { attributes: named(name, { group: some }) };
    }
  }
  if (isMembers(relationships)) {
    for (const name of Object.keys(relationships)) {
      for (const some of chunks(relationships[name], mostItems)) yield { relationships: named(name, some) };
    }
  }
}

function* chunks(list: unknown, mostItems: number): Generator<readonly unknown[], void> {
  if (!Array.isArray(list)) return;
  let from = 0;
  let characters = 0;
  for (let at = 0; at < list.length; at++) {
    characters += charactersOf(list[at]);
    if (at + 1 - from < mostItems && characters < MOST_CHARACTERS) continue;
    yield list.slice(from, at + 1);
    from = at + 1;
    characters = 0;
  }
  if (from < list.length) yield list.slice(from);
}

function charactersOf(item: unknown): number {
  const value = isMembers(item) ? item.value : undefined;
  return typeof value === 'string' ? value.length : 0;
}

function* cut(members: Members, mostItems: number): Generator<Members, void> {
  for (const some of chunks(Object.entries(members), mostItems)) {
    yield Object.fromEntries(some.filter(isEntry));
  }
}

function isEntry(entry: unknown): entry is readonly [string, unknown] {
  return Array.isArray(entry);
}

/** Works for every name, including those with a meaning in assignments, such as `__proto__`. */
function named(name: string, value: unknown): Members {
  return Object.fromEntries([[name, value]]);
}
