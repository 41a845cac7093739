/** Tables of fields, built naively: random entities of any shape, and the rows that a table must have for them. */
import fc from 'fast-check';

/** A number with its digits, which JSON.parse would lose. */
export class Digits {
  constructor(readonly text: string) {}
}

export type Value = string | boolean | null | Digits | readonly Value[] | Members;

/** An object as its members, of which the last of a name counts. */
export class Members {
  constructor(readonly all: readonly (readonly [name: string, value: Value])[]) {}
}

/** A row: cells by path. A null is no text. */
type NaiveCells = ReadonlyMap<string, string | null>;

export function jsonOf(value: Value): string {
  if (value instanceof Digits) return value.text;
  if (value instanceof Members) {
    return `{${value.all.map(([name, member]) => `${JSON.stringify(name)}:${jsonOf(member)}`)}}`;
  }
  return isList(value) ? `[${value.map(jsonOf)}]` : JSON.stringify(value);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export interface NaiveRules {
  readonly arrays: 'join' | 'json' | 'explode';
  readonly separator: string;
}

/** The headers in their order, and the rows. */
export function naiveFields(
  entities: readonly Members[],
  rules: NaiveRules,
): { readonly headers: readonly string[]; readonly rows: readonly NaiveCells[] } {
  const headers = new Map<string, number>();
  const rows = entities.flatMap((entity) => {
    const all = rowsOf(entity, [], rules, headers);
    return all.rows.length === 0 ? [all.cells] : all.rows.map((row) => new Map([...all.cells, ...row]));
  });
  return { headers: [...headers.keys()], rows };
}

interface Part {
  readonly cells: Map<string, string | null>;
  readonly rows: readonly NaiveCells[];
}

function rowsOf(value: Value, path: readonly string[], rules: NaiveRules, headers: Map<string, number>): Part {
  const one = (cell: string | null): Part => {
    headers.set(headerOf(path), 0);
    return { cells: new Map([[headerOf(path), cell]]), rows: [] };
  };
  if (value === null) return one(null);
  if (typeof value === 'string') return one(value);
  if (typeof value === 'boolean') return one(String(value));
  if (value instanceof Digits) return one(value.text);
  if (value instanceof Members) {
    const members = new Map(value.all);
    if (members.size === 0 && path.length > 0) return one('{}');
    const parts = [...members].map(([name, member]) => rowsOf(member, [...path, name], rules, headers));
    const most = Math.max(0, ...parts.map(({ rows }) => rows.length));
    return {
      cells: new Map(parts.flatMap(({ cells }) => [...cells])),
      rows: Array.from({ length: most }, (_, at) => new Map(parts.flatMap(({ rows }) => [...(rows[at] ?? [])]))),
    };
  }
  if (rules.arrays === 'json') return one(jsonOf(value));
  if (rules.arrays === 'join') return one(joinedOf(value, rules.separator) ?? jsonOf(value));
  if (value.length === 0) headers.set(headerOf(path), 0);
  const elements = value.map((element) => rowsOf(element, path, rules, headers));
  return {
    cells: new Map(),
    rows: elements.flatMap(({ cells, rows }) =>
      rows.length === 0 ? [cells] : rows.map((row) => new Map([...cells, ...row])),
    ),
  };
}

/** Joined, if splitting the text gives the elements again, and it is not taken for JSON. */
function joinedOf(value: readonly Value[], separator: string): string | undefined {
  const texts = value.map((one) => (one instanceof Digits ? one.text : one));
  if (texts.some((one) => typeof one !== 'string' && typeof one !== 'boolean')) return undefined;
  const text = texts.join(separator);
  const isSplit = JSON.stringify(text.split(separator)) === JSON.stringify(texts.map(String));
  return text !== '' && text[0] !== '[' && isSplit ? text : undefined;
}

function headerOf(path: readonly string[]): string {
  const steps = path.map((name, at) => {
    if (name === '*') return '\\*';
    const escaped = name.replaceAll('\\', '\\\\').replaceAll('.', '\\.');
    return at >= 0 && escaped.startsWith('/') ? `\\${escaped}` : escaped;
  });
  return steps.join('.');
}

const NAMES = ['a', 'b', 'a.b', 'ident', 'name', '*', '/x', '\\', '=1', "'=", 'é', ' ', ',', '"', 'data', 'x\ny'];
const TEXTS = [
  ...['red', '', ' ', ',', ';', '|', '||', 'a||b', '|', '"', "'", '\n', '\r\n', 'a"b,c\nd', 'NULL', '[', '[]', '{}'],
  ...['=1+1', '+x', '-', '@x', '\tx', '\rx', '＝1', "'=x", "''-1", '-3.5', '+1', '+1 555 0100', '+49-30-1', '0'],
  ...['été', '中', '😀', '\ufeff', '\\', 'true', 'null', '12345678901234567890', '\u0001'],
];
const NUMBERS = ['7', '-7', '1.0', '-1.50', '12345678901234567890', '1e400', '-0', '1E+2', '0'];

const scalar: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.constantFrom(...NUMBERS).map((digits) => new Digits(digits)),
  fc.boolean(),
  fc.constant(null),
);

function membersOf(value: fc.Arbitrary<Value>, isUnique: boolean): fc.Arbitrary<Members> {
  const member = fc.tuple(fc.oneof(fc.constantFrom(...NAMES), fc.string({ maxLength: 2 })), value);
  const options = { maxLength: 5 };
  const all = isUnique ? fc.uniqueArray(member, { ...options, selector: ([name]) => name }) : fc.array(member, options);
  return all.map((list) => new Members(list));
}

const nested = fc.letrec<{ list: readonly Value[]; inList: Value; value: Value }>((tie) => ({
  list: fc.array(tie('inList'), { maxLength: 3 }),
  inList: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, tie('list'), membersOf(tie('inList'), true)),
  value: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, tie('list'), membersOf(tie('value'), false)),
}));

/** Entities of any shape. */
export const anyEntities = fc.array(membersOf(nested.value, false), { maxLength: 6 });
