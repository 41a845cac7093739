/** Tables built naively: random entities of the documented shape, and the rows that a table must have for them. */
import fc from 'fast-check';

/** A value as JSON writes it and as a cell has it. */
interface Value {
  readonly json: string;
  readonly cell: string;
  readonly locale?: string;
}

interface Attribute {
  readonly values: readonly Value[];
  readonly rows: readonly Attributes[];
  /** Whether an explicit null follows the rows. */
  readonly nullRow: boolean;
}

type Attributes = readonly (readonly [name: string, attribute: Attribute])[];
type Pairs = readonly (readonly [string, string])[];

interface Relationship {
  readonly name: string;
  readonly id: string;
  readonly to: Pairs;
  readonly attributes: Attributes;
}

interface Part {
  readonly context: Pairs;
  readonly attributes: Attributes;
  readonly relationships: readonly Relationship[];
}

/** An entity; its first part is the data of no context. */
export interface Entity {
  readonly who: Pairs;
  readonly parts: readonly Part[];
}

/** A row by its headers, without empty cells. */
export type NaiveRow = Readonly<Record<string, string>>;

const STRINGS = [
  ...['red', 'a b', '', ' ', ',', ';', '|', '\t', '"', "'", '""', '\n', '\r\n', '\r', 'a"b,c\nd', 'Relationships'],
  ...[
    '=1+1',
    '+x',
    '-',
    '-x',
    '@sum',
    '\tx',
    '\rx',
    '＝1',
    '-3.5',
    '+1',
    '1e3',
    '-.5',
    '-1 ',
    '+-1',
    '-0x1',
    '||',
    '[NULL]',
  ],
  ...['été', '中', '😀', '\u2028', '\ufeff', '\0', 'null', 'true', '12345678901234567890'],
];
const NUMBERS = [
  '7',
  '-7',
  '1.0',
  '-1.50',
  '12345678901234567890',
  '0.1000',
  '1e400',
  '-0',
  '1E+2',
  '9007199254740993',
];

const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...STRINGS) },
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);

const value: fc.Arbitrary<Value> = fc
  .tuple(
    fc.oneof(
      text.map((cell) => ({ json: JSON.stringify(cell), cell })),
      fc.constantFrom(...NUMBERS).map((digits) => ({ json: digits, cell: digits })),
      fc.constantFrom('true', 'false').map((word) => ({ json: word, cell: word })),
      fc.constant({ json: '"_NULL"', cell: '[NULL]' }),
    ),
    fc.option(fc.constantFrom('en-US', 'de-DE', 'fr-FR'), { nil: undefined }),
  )
  .map(([one, locale]) => ({ ...one, ...(locale === undefined ? {} : { locale }) }));

/** Without the separators in headers, and without duplicate columns. */
const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('color', 'size', 'vendors', 'x') },
  fc.constantFrom('été', '__proto__', 'a,b', '"q"', '=name', 'two\nlines', 'values', 'group'),
);

const { attributes } = fc.letrec<{ attributes: Attributes }>((tie) => ({
  attributes: fc.uniqueArray(
    fc.tuple(
      name,
      fc.oneof(
        { depthSize: 'small' },
        fc.array(value, { maxLength: 3 }).map((values) => ({ values, rows: [], nullRow: false })),
        fc
          .tuple(fc.array(tie('attributes'), { maxLength: 2 }), fc.boolean())
          .map(([rows, nullRow]) => ({ values: [], rows, nullRow })),
      ),
    ),
    { maxLength: 3, selector: ([key]) => key },
  ),
}));

const relationships: fc.Arbitrary<readonly Relationship[]> = fc.array(
  fc.record({
    name: fc.constantFrom('crosssell', 'upsell'),
    id: text,
    to: fc.tuple(text, text, text).map(([type, id, label]) => [
      ['type', type],
      ['id', id],
      ['name', label],
    ]) as fc.Arbitrary<Pairs>,
    attributes,
  }),
  { maxLength: 2 },
);

const contexts: fc.Arbitrary<Pairs> = fc.tuple(text, text).chain(([country, channel]) =>
  fc.constantFrom<Pairs>(
    [['country', country]],
    [['channel', channel]],
    [
      ['country', country],
      ['channel', channel],
    ],
  ),
);

/** Entities of the documented shape. */
export const entities: fc.Arbitrary<readonly Entity[]> = fc.array(
  fc
    .tuple(
      fc.tuple(fc.option(fc.constant('delete'), { nil: '' }), text, text, text),
      attributes,
      relationships,
      fc.array(fc.record({ context: contexts, attributes, relationships }), { maxLength: 2 }),
    )
    .map(([[action, type, id, label], own, related, others]) => ({
      who: [
        ['action', action],
        ['type', type],
        ['id', id],
        ['name', label],
      ],
      parts: [{ context: [], attributes: own, relationships: related }, ...others],
    })),
  { maxLength: 4 },
);

const member = (key: string, json: string) => `${JSON.stringify(key)}:${json}`;
const object = (members: readonly string[]) => `{${members.join(',')}}`;
const pairs = (all: Pairs) => object(all.map(([key, label]) => member(key, JSON.stringify(label))));

function attributesJson(all: Attributes): string {
  return object(
    all.map(([key, { values, rows, nullRow }]) => {
      const each = values.map(({ json, locale }) =>
        object([
          member('value', json),
          '"source":"internal"',
          ...(locale === undefined ? [] : [member('locale', JSON.stringify(locale))]),
        ]),
      );
      const inner = rows.map(
        (row) => `${attributesJson(row).slice(0, -1)}${row.length > 0 ? ',' : ''}"source":"internal"}`,
      );
      if (nullRow) inner.push('{"value":"_NULL","source":"internal"}');
      const isNested = rows.length > 0 || nullRow;
      return member(key, isNested ? `{"group":[${inner}]}` : `{"values":[${each}]}`);
    }),
  );
}

function partMembers({ attributes: all, relationships: related }: Part): readonly string[] {
  const names = [...new Set(related.map(({ name: key }) => key))];
  const lists = names.map((key) => {
    const those = related.filter((one) => one.name === key);
    const each = those.map(({ id, to, attributes: own }) =>
      object([member('id', JSON.stringify(id)), member('relTo', pairs(to)), member('attributes', attributesJson(own))]),
    );
    return member(key, `[${each}]`);
  });
  return [member('attributes', attributesJson(all)), member('relationships', object(lists))];
}

/** The entity as JSON text. */
export function jsonOf({ who, parts: [own, ...others] }: Entity): string {
  const elements = others.map((part) => object([member('context', pairs(part.context)), ...partMembers(part)]));
  const data = object([...partMembers(own), member('contexts', `[${elements}]`)]);
  return `${pairs(who).slice(0, -1)},"data":${data}}`;
}

/** A cell as it is written: formulas guarded, without NUL. */
function guarded(text: string, isOn: boolean): string {
  const cell = text.replaceAll('\0', '\ufffd');
  const isNumber =
    /^[-+]?[.0-9]/.test(cell) && cell === cell.trim() && !Number.isNaN(Number(cell)) && !/[a-df-z]/i.test(cell);
  const isPhone = /^\+[0-9]/.test(cell) && [...cell].every((one) => '+0123456789 ().-/'.includes(one));
  const bare = cell.replace(/^'+/, '');
  const begins = '=+-@\t\r＝＋－＠'.includes(bare.at(0) ?? 'x');
  return isOn && begins && (bare !== cell || !(isNumber || isPhone)) ? `'${cell}` : cell;
}

/** Options of the table. */
export interface NaiveRules {
  readonly locale: string;
  readonly separator: string;
  readonly guard: boolean;
}

/** The rows of both tables, and the set of their headers. */
export function naiveTables(
  all: readonly Entity[],
  { locale: usual, separator, guard }: NaiveRules,
): { readonly entities: readonly NaiveRow[]; readonly relationships: readonly NaiveRow[] } {
  const tables: { entities: NaiveRow[]; relationships: NaiveRow[] } = { entities: [], relationships: [] };
  const row = (cells: Pairs): NaiveRow =>
    Object.fromEntries(
      cells.filter(([, cell]) => cell !== '').map(([header, cell]) => [guarded(header, guard), guarded(cell, guard)]),
    );
  const add = (into: NaiveRow[], front: Pairs, path: string, level: Attributes): void => {
    const plain = new Map<string, string[]>();
    for (const [key, { values, rows, nullRow }] of level) {
      const isNested = rows.length > 0 || nullRow;
      const shown = isNested ? (nullRow ? [{ cell: '[NULL]', locale: usual }] : []) : values;
      for (const { cell, locale = usual } of shown) {
        const header = path + key + (locale === usual ? '' : `//${locale}`);
        plain.set(header, [...(plain.get(header) ?? []), cell]);
      }
    }
    into.push(row([...front, ...[...plain].map(([header, cells]) => [header, cells.join(separator)] as const)]));
    for (const [key, { rows }] of level) {
      rows.forEach((inner, index) => {
        add(into, [...front, [`${path + key}.SeqId`, String(index)]], `${path + key}.`, inner);
      });
    }
  };
  for (const { who, parts } of all) {
    const [action, type, id, label] = who.map(([, cell]) => cell);
    for (const { context, attributes: own } of parts) {
      add(tables.entities, [['Action', action], ['Type', type], ['ID', id], ['Name', label], ...context], '', own);
    }
    for (const { context, relationships: related } of parts) {
      const names = [...new Set(related.map(({ name: key }) => key))];
      for (const one of names.flatMap((key) => related.filter((other) => other.name === key))) {
        const [toType, toId, toName] = one.to.map(([, cell]) => cell);
        const front: Pairs = [
          ...([
            ['Type', `${type}@@${one.name}`],
            ['ID', id],
            ['Name', label],
          ] as const),
          ...context,
          ...([
            ['Relationship Id', one.id],
            ['Related to Type', toType],
          ] as const),
          ...([
            ['Related to ID', toId],
            ['Related to Name', toName],
          ] as const),
        ];
        add(tables.relationships, front, '', one.attributes);
      }
    }
  }
  return tables;
}
