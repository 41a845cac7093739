/** Random commands: small files in random forms, and random flags. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { FileForm, PlainFile, Request } from './truth.js';

/** Where the result goes: its suffix decides the form. */
export const OUTPUTS = ['-', 'out.ndjson', 'out.json', 'out.ndjson.gz', 'out.zip', 'envelope', 'out.csv'] as const;
export type Output = (typeof OUTPUTS)[number];

/** How a file is compressed. */
type Packing = 'plain' | 'gzip' | 'members' | 'padded';

/** One command. */
export interface Scenario {
  readonly files: readonly (PlainFile & { readonly packing: Packing; readonly cut: number })[];
  /** The first file goes to standard input. */
  readonly piped: boolean;
  /** A flag states the form, if all files have the same one. */
  readonly stated: boolean;
  readonly request: Request;
  readonly idsFrom: boolean;
  readonly output: Output;
  readonly threads?: number;
}

const IDS = ['1', '2', '3', '17', 'é', 'a b', 'x}{', '9007199254740993'];
const TYPES = ['product', 'PRODUCT', 'sku', '404', 'b'];

/** Values that look like structure to a parser that does not read strings. */
const TEXTS = fc.oneof(
  fc.constantFrom('}', '{', '}{', ']', '",', '\\', '\\"', '\n', '\u2028', '\r', '\0', 'é', '😀', '"}\n{"id":"9"'),
  fc.string({ maxLength: 8 }),
  fc.string({ minLength: 60, maxLength: 70 }),
);

const attributes = fc.dictionary(
  fc.constantFrom('color', 'weight', 'x'),
  fc.record({ values: fc.array(fc.record({ value: TEXTS }), { maxLength: 2 }) }),
  {
    maxKeys: 2,
  },
);

const word = (words: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...words), fc.nat(9))
    .map(([text, kind]) =>
      kind === 0 && /^[1-9]\d{0,14}$/.test(text) ? text : kind === 1 ? escaped(text) : JSON.stringify(text),
    );

/** The same text, each character as an escape. */
function escaped(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index).toString(16).padStart(4, '0'));
  return `"${units.map((unit) => `\\u${unit}`).join('')}"`;
}

/** The text of an entity: its members in any order, with any white space between them. */
const good: fc.Arbitrary<string> = fc
  .record({
    id: fc.option(word(IDS), { nil: undefined, freq: 9 }),
    type: fc.option(word(TYPES), { nil: undefined, freq: 9 }),
    data: fc.option(attributes, { nil: undefined }),
    more: fc.option(TEXTS, { nil: undefined }),
    order: fc.shuffledSubarray(['id', 'type', 'data', 'more'], { minLength: 4 }),
    space: fc.constantFrom('', '', ' ', '\t'),
  })
  .map(({ order, space, id, type, data, more }) => {
    const texts: Readonly<Record<string, string | undefined>> = {
      id,
      type,
      data: data && JSON.stringify({ attributes: data }),
      more: more === undefined ? undefined : JSON.stringify(more),
    };
    const members = order
      .filter((name) => texts[name] !== undefined)
      .map((name) => `"${name}"${space}:${space}${texts[name]}`);
    return `{${members.join(`${space},${space}`)}}`;
  });

/** Text in place of a record. */
const faulty: fc.Arbitrary<string> = fc.oneof(
  fc.tuple(good, good).map(([one, other]) => one + other),
  fc
    .tuple(good, fc.constantFrom(' ', ',', '\r', '\0', ''))
    .map(([one, between]) => `${one}${between}{"id":"7","type":"b"}`),
  fc.tuple(good, fc.nat(30)).map(([text, cut]) => text.slice(0, Math.max(1, text.length - 1 - cut))),
  fc.tuple(good, fc.constantFrom('}', ']', 'x', '"', ',', '1', '\0')).map(([text, tail]) => text + tail),
  fc.constantFrom('1', '"text"', 'null', 'true', '[]', '[{"id":"1"}]', '{', '}', '"', '\0\0\0', '{"id":"1","id":"2"}'),
  fc.constantFrom('{"type":"sku","type":"product"}', '{"id":"1" "type":"b"}', '{"type":"b","x":nul}', "{'id':'1'}"),
);

const lines = fc
  .record({
    records: fc.array(fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: faulty }), { maxLength: 12 }),
    end: fc.constantFrom('\n', '\n', '\r\n', '\n\n', '\n \n'),
    last: fc.boolean(),
    mark: fc.nat(9).map((n) => n === 0),
    damage: fc.option(fc.record({ at: fc.nat(), byte: fc.constantFrom(0xff, 0xc3, 0, 0x0d) }), {
      nil: undefined,
      freq: 12,
    }),
  })
  .map(({ records, end, last, mark, damage }): PlainFile => {
    const bytes = Buffer.from((mark ? '\ufeff' : '') + records.join(end) + (last ? end : ''));
    if (damage && bytes.length > 4) bytes[3 + (damage.at % (bytes.length - 3))] = damage.byte;
    return { form: 'lines', bytes };
  });

const document = fc
  .record({
    records: fc.array(good, { maxLength: 10 }),
    form: fc.constantFrom<Exclude<FileForm, 'lines' | 'sequence'>>('array', 'entities', 'response', 'items', 'keyed'),
    between: fc.constantFrom(',', ', ', ',\n', '\n,\n  '),
    before: fc.constantFrom('', '"a":1,', '"a":{"entities":3},'),
    after: fc.constantFrom('', ',"b":[{}]'),
    cut: fc.option(fc.nat(20), { nil: undefined, freq: 9 }),
  })
  .map(({ records, form, between, before, after, cut }): PlainFile => {
    const array = `[${records.join(between)}]`;
    const texts = {
      array,
      entities: `{${before}"entities":${array}${after}}`,
      response: `{"response":{${before}"entities":${array}${after}}}`,
      // Where no array leads, the object is a record.
      items: `{${records.length === 0 ? '' : before}"items":${array}}`,
      keyed: `{${records.map((record, index) => `"k${index}": ${record}`).join(between)}}`,
    };
    const text = texts[form];
    return { form, bytes: Buffer.from(cut === undefined ? text : text.slice(0, Math.max(1, text.length - 1 - cut))) };
  });

const sequence = fc
  .record({
    records: fc.array(good, { maxLength: 10 }),
    isPretty: fc.boolean(),
    separator: fc.constantFrom('', ' ', '\n', '\r\n', ',\n', ', ', '\n\x1e'),
    last: fc.boolean(),
    cut: fc.option(fc.nat(20), { nil: undefined, freq: 9 }),
  })
  .map(({ records, isPretty, separator, last, cut }): PlainFile => {
    const texts = isPretty ? records.map((text) => `{\n${text.slice(1)}`) : records;
    // Objects on lines of their own are lines.
    const mark = separator.trimStart() !== separator && !isPretty ? '\x1e' : '';
    const text = mark + texts.join(separator) + (last ? separator : '');
    const bytes = Buffer.from(cut === undefined ? text : text.slice(0, Math.max(1, text.length - 1 - cut)));
    return { form: 'sequence', bytes };
  });

const file = fc.record({
  plain: fc.oneof(
    { weight: 3, arbitrary: lines },
    { weight: 1, arbitrary: document },
    { weight: 1, arbitrary: sequence },
  ),
  packing: fc.constantFrom<Packing>('plain', 'plain', 'plain', 'gzip', 'members', 'padded'),
  cut: fc.nat(),
});

/** Any command. */
export const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    files: fc.array(file, { minLength: 1, maxLength: 3 }),
    piped: fc.boolean(),
    stated: fc.boolean(),
    types: fc.option(fc.subarray([...TYPES, '_ALL'], { minLength: 1, maxLength: 2 }), { nil: undefined }),
    ids: fc.option(fc.subarray(IDS, { minLength: 1, maxLength: 3 }), { nil: undefined, freq: 2 }),
    allMatches: fc.boolean(),
    maxRecords: fc.option(fc.nat(5), { nil: undefined, freq: 3 }),
    skip: fc.boolean(),
    idsFrom: fc.boolean(),
    output: fc.constantFrom(...OUTPUTS),
    threads: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  })
  .map(({ files, types, ids, allMatches, maxRecords, skip, ...rest }): Scenario => {
    const all = files.map(({ plain, packing, cut }) => ({ ...plain, packing, cut }));
    // One path is for all files.
    const keyed = all.filter(({ form }) => form === 'keyed');
    const plain = keyed.length > 0 ? keyed : all;
    // Faults are skipped in lines only, and lines that begin with a fault are not always detected as lines.
    const onlyLines = plain.every(({ form }) => form === 'lines');
    const stated = rest.stated || (skip && onlyLines);
    const one = {
      ...rest,
      files: plain,
      piped: rest.piped && plain.length === 1,
      stated,
      request: { types, ids, allMatches, maxRecords, skip: skip && onlyLines },
    };
    return Object.defineProperty(one, fc.toStringMethod, { value: () => shown(one) });
  });

/** A scenario as text, for the report of a failure. */
function shown(one: Scenario): string {
  const files = one.files.map(
    ({ bytes, packing, cut }) => `${packing} ${cut}: ${JSON.stringify(bytes.toString('latin1'))}`,
  );
  return `sluice ${flagsOf(one).join(' ')}\nids: ${JSON.stringify(one.request.ids)}\n${files.join('\n')}`;
}

/** The bytes of a file on disk. */
export function packed({ bytes, packing, cut }: Scenario['files'][number]): Buffer {
  if (packing === 'plain') return bytes;
  if (packing === 'gzip') return gzipSync(bytes);
  const at = cut % (bytes.length + 1);
  const members = [gzipSync(bytes.subarray(0, at)), gzipSync(bytes.subarray(at))];
  const padding = Buffer.alloc(packing === 'padded' ? 1 + (cut % 2000) : 0);
  return Buffer.concat([members[0], padding, members[1], padding]);
}

/** The flags of a command over the files in.0, in.1 and so on. */
export function flagsOf({ files, piped, stated, request, idsFrom, output, threads }: Scenario): readonly string[] {
  const { types = [], ids = [], allMatches, maxRecords, skip } = request;
  const forms = new Set(
    files.map(({ form }) => (form === 'lines' || form === 'sequence' || form === 'array' ? form : 'document')),
  );
  const [form] = forms;
  return [
    'export',
    ...files.map((_, index) => (piped && index === 0 ? '-' : `in.${index}`)),
    ...(stated && forms.size === 1 ? ['--input', form] : []),
    ...(files.some((one) => one.form === 'keyed') ? ['--path', '*'] : []),
    ...types.flatMap((type) => ['--type', type]),
    ...(request.ids === undefined ? [] : idsFrom ? ['--ids-from', 'ids'] : ids.flatMap((id) => ['--id', id])),
    ...(allMatches && request.ids !== undefined ? ['--all-matches'] : []),
    ...(maxRecords === undefined ? [] : ['--max-records', `${maxRecords}`]),
    ...(skip ? ['--on-error', 'skip', '--rejects', 'rejects'] : []),
    ...(threads === undefined || !/^envelope$|\.(zip|gz)$/.test(output) ? [] : ['--threads', `${threads}`]),
    ...(output === '-' ? [] : output === 'envelope' ? ['--pack', 'envelope', '-o', 'out.json'] : ['-o', output]),
    ...(output === 'out.csv' ? ['--layout', 'entities'] : []),
    ...['--receipt', 'receipt.json', '--quiet'],
  ];
}
