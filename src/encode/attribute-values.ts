/** The values of attributes as the texts of cells. */
import { elementsOf, isMembers, memberNames, memberOf, NumberText, textOf } from '../scan/decode-value.js';
import { NULL_TEXT, ROW_MEMBERS } from '../terms/entity-words.js';

/** The text of a cell; that of a number is told apart. */
export type CellValue = string | NumberText;

/** The text that imports read as an explicit null. */
const NULL_CELL = '[NULL]';

/** The values of an attribute that has no rows of its own here; rows are values as well. */
export function allValuesOf(attribute: unknown): readonly unknown[] {
  if (!isMembers(attribute)) return [attribute];
  return [...elementsOf(memberOf(attribute, 'values')), ...elementsOf(memberOf(attribute, 'group')).map(wrapped)];
}

/** A row as a value; an explicit null is one. */
function wrapped(row: unknown): unknown {
  return isNested(row) ? { value: row } : row;
}

/** The value objects of an attribute; anything but an object is its own value. */
export function valuesOf(attribute: unknown, rows: readonly unknown[]): readonly unknown[] {
  if (!isMembers(attribute)) return [attribute];
  const values = elementsOf(memberOf(attribute, 'values'));
  // A row that is an explicit null represents the complete attribute.
  const bare = rows.filter((row) => !isMembers(row) || memberOf(row, 'value') !== undefined);
  return bare.length === 0 ? values : [...values, ...bare];
}

/** Whether a row of a nested attribute has columns of its own, and is not a bare value. */
export function isNested(row: unknown): boolean {
  if (!isMembers(row)) return false;
  return memberOf(row, 'value') === undefined || memberNames(row).some((name) => !ROW_MEMBERS.has(name));
}

export function isNumber(value: unknown): boolean {
  return typeof value === 'number' || value instanceof NumberText;
}

export function pairsOf(context: unknown): readonly (readonly [string, string])[] {
  return memberNames(context).map((key) => [key, cellOf(memberOf(context, key)) ?? '']);
}

/** The text of a value: of strings, numbers and booleans their text, of anything else its JSON. */
export function cellOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = textOf(value);
  if (text !== undefined) return text === NULL_TEXT ? NULL_CELL : text;
  return typeof value === 'number' ? undefined : jsonOf(value);
}

/** The JSON text of a value in which numbers have kept their digits. */
export function jsonOf(value: unknown): string {
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return `[${elementsOf(value).map((element) => jsonOf(element ?? null))}]`;
  if (!isMembers(value)) return JSON.stringify(value);
  const members = memberNames(value).flatMap((name) => {
    const member = memberOf(value, name);
    return member === undefined ? [] : [`${JSON.stringify(name)}:${jsonOf(member)}`];
  });
  return `{${members.join(',')}}`;
}
