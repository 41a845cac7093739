/** Random inputs as text, with everything JSON can spell: odd numbers, escapes, white space, repeated keys. */
import fc from 'fast-check';

/** The forms an input can have. */
export type ArbitraryForm = 'lines' | 'sequence' | 'array' | 'entities' | 'response' | 'keyed' | 'wrapped';
export const FORMS: readonly ArbitraryForm[] = [
  'lines',
  'sequence',
  'array',
  'entities',
  'response',
  'keyed',
  'wrapped',
];

/** JSON text as its tokens, so that white space can be put between them. */
type Tokens = readonly string[];

const PIECES = ['a', 'b', 'Z', ' ', '/', "'", ':', ',', '{', '}', '[', ']', 'é', '中', '😀', '\u2028'];
const ESCAPES = ['\\"', '\\\\', '\\/', '\\n', '\\u00e9', '\\u0041', '\\ud83d\\ude00', '\\ud800', '\\u0000'];

const string = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...PIECES) }, fc.constantFrom(...ESCAPES)), { maxLength: 6 })
  .map((pieces) => `"${pieces.join('')}"`);

const scalar = fc.oneof(
  string,
  fc.constantFrom('0', '-0', '7', '1.0', '-1.5E-3', '1e400', '0.1', '12345678901234567890', '9007199254740993'),
  fc.constantFrom('true', 'false', 'null', '{}', '[]'),
);

const FREE_KEYS = ['"a"', '"b"', '"c"', '"id"', '"type"', '"__proto__"', '"\\u0061"', '""', '"é"', '"entities"', '"1"'];

const value: fc.Arbitrary<Tokens> = fc.letrec<{ value: Tokens }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar.map((token) => [token]),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => ['[', ...join(values), ']']),
    fc
      .array(fc.tuple(fc.constantFrom(...FREE_KEYS), tie('value')), { maxLength: 3 })
      .map((all) => object(all.map(([key, tokens]) => member(key, tokens)))),
  ),
})).value;

const ID_VALUES = [
  '"e1"',
  '"e2"',
  '"e3"',
  '"\\u00651"',
  '"é"',
  '"\\ud800"',
  '7',
  '1.0',
  '12345678901234567890',
  'null',
];
const TYPE_VALUES = ['"product"', '"Product"', '"PRODUCT"', '"item"', '"\\u0069tem"', '"produkt é"', '5', '["item"]'];
const NAME_VALUES = ['"Lamp"', '"lamp"', '"L\\u0061mp"', '"😀"', 'null', '3'];

/** Values for requests: the ones above, decoded, and some that no entity has. */
export const IDS = ['e1', 'e2', 'e3', 'é', '\ud800', '7', '1.0', '1', '12345678901234567890', 'null', 'none'];
export const TYPES = ['product', 'PRODUCT', 'item', 'ITEM', 'produkt é', 'PRODUKT É', '5', 'none', '_ALL', '_all'];
export const NAMES = ['Lamp', 'lamp', '😀', '3', 'none'];
export const FIELDS = ['a', 'b', 'c', 'é', '__proto__', ''];

const one = (key: string, values: readonly string[]) =>
  fc.constantFrom(...values).map((token): Tokens => [key, ':', token]);

const lists: fc.Arbitrary<Tokens> = fc
  .array(fc.tuple(fc.constantFrom(...FREE_KEYS), value), { maxLength: 3 })
  .map((all) => object(all.map(([key, tokens]) => member(key, tokens))));

const data: fc.Arbitrary<Tokens> = fc
  .array(
    fc
      .tuple(fc.constantFrom('"attributes"', '"relationships"', '"contexts"'), fc.oneof(lists, value))
      .map(([key, tokens]) => member(key, tokens)),
    { maxLength: 3 },
  )
  .map(object);

const usualMember = fc.oneof(
  fc.tuple(fc.constantFrom('"properties"', '"prop\\u0065rties"'), fc.oneof(lists, value)).map(([k, v]) => member(k, v)),
  fc.tuple(fc.constant('"data"'), fc.oneof({ weight: 3, arbitrary: data }, value)).map(([k, v]) => member(k, v)),
  one('"name"', NAME_VALUES),
  one('"action"', ['"delete"']),
  fc
    .tuple(fc.constantFrom('"contexts"', '"__proto__"', '"response"', '"sku"', '"kind"'), value)
    .map(([k, v]) => member(k, v)),
);

/** Usually present, sometimes absent. */
function sometimes(member: fc.Arbitrary<Tokens>): fc.Arbitrary<Tokens> {
  return fc.option(member, { nil: [], freq: 8 });
}

/** Members that must be unique, each at most once. */
const identity = fc.tuple(
  sometimes(
    fc.oneof(
      { weight: 3, arbitrary: one('"id"', ['"e1"', '"e2"', '"e3"']) },
      one('"id"', ID_VALUES),
      one('"\\u0069d"', ID_VALUES),
    ),
  ),
  sometimes(one('"type"', TYPE_VALUES)),
);

/** An entity; the order of its members is free. */
const entity: fc.Arbitrary<Tokens> = fc
  .tuple(identity, fc.array(usualMember, { maxLength: 5 }), fc.nat(), fc.nat({ max: 30 }))
  .map(([[id, type], others, seed, twice]) => {
    // One in thirty has an id or type twice, which is a fault when it is written.
    const own = [id, type, ...(twice === 0 ? [id] : []), ...(twice === 1 ? [type] : [])];
    const all = [...others];
    own.forEach((tokens, index) => {
      if (tokens.length > 0) all.splice((seed >> (3 * index)) % (all.length + 1), 0, tokens);
    });
    return object(all);
  });

const SPACES = ['', '', '', '', ' ', '\t', '  ', '\r'];
const BREAKS = [...SPACES, '\n', '\r\n'];

/** Tokens with repeating white space between them. */
function spaced(tokens: Tokens, spaces: readonly string[]): string {
  return tokens.map((token, index) => token + (spaces[index % spaces.length] ?? '')).join('');
}

const SEPARATORS = ['', '', ' ', '\n', '\r\n', ',\n', ',', '\n\x1e', '\n,'];

const LINE_ENDS = ['\n', '\n', '\n', '\r\n', '\n\n', '\n \r\n'];

/** Members of a document around its array. */
const frameMember = fc
  .tuple(
    fc.constantFrom('"status"', '"total"', '"x"', '"\\u0078"'),
    fc.oneof(
      value,
      scalar.map((token) => [token]),
    ),
  )
  .map(([k, v]) => member(k, v));
const frame = fc.tuple(fc.array(frameMember, { maxLength: 2 }), fc.array(frameMember, { maxLength: 2 }));

/** A valid input of one form. */
export function inputText(form: ArbitraryForm): fc.Arbitrary<string> {
  const entities = fc.oneof(fc.array(entity, { maxLength: 3 }), fc.array(entity, { minLength: 3, maxLength: 8 }));
  const front = fc.constantFrom('', '', '', '\ufeff', '\n', ' \r\n');
  if (form === 'lines') {
    return fc
      .tuple(
        front,
        entities,
        fc.array(fc.constantFrom(...SPACES), { minLength: 1, maxLength: 5 }),
        fc.array(fc.constantFrom(...LINE_ENDS), { minLength: 8, maxLength: 8 }),
        fc.boolean(),
      )
      .map(([head, all, spaces, ends, ended]) => {
        const lines = all.map((tokens, index) => spaced(tokens, spaces) + ends[index]);
        const text = head + lines.join('');
        return ended ? text : text.trimEnd();
      });
  }
  if (form === 'sequence') {
    const parts = {
      separators: fc.array(fc.constantFrom(...SEPARATORS), { minLength: 1, maxLength: 4 }),
      brackets: fc.constantFrom(['', ''], ['', ''], ['[', ']'], ['', ']'], ['[', '']),
      spaces: fc.array(fc.constantFrom(...BREAKS), { minLength: 1, maxLength: 5 }),
    };
    return fc.tuple(front, entities, fc.record(parts)).map(([head, all, { separators, brackets, spaces }]) => {
      const values = all.map((tokens, index) => spaced(tokens, spaces) + separators[index % separators.length]);
      return head + brackets[0] + values.join('') + brackets[1];
    });
  }
  return fc
    .tuple(front, entities, frame, frame, fc.array(fc.constantFrom(...BREAKS), { minLength: 1, maxLength: 5 }))
    .map(([head, all, inner, outer, spaces]) => {
      const array: Tokens = ['[', ...join(all), ']'];
      const around = (key: string, [before, after]: readonly (readonly Tokens[])[], tokens: Tokens) =>
        object([...before, member(key, tokens), ...after]);
      const tokens =
        form === 'array'
          ? array
          : form === 'entities'
            ? around('"entities"', inner, array)
            : form === 'response'
              ? around('"response"', outer, around('"entities"', inner, array))
              : form === 'wrapped'
                ? around('"items"', inner, array)
                : object(all.map((one, index) => member(`"k${index % 4}"`, one)));
      return head + spaced(tokens, spaces);
    });
}

function member(key: string, tokens: Tokens): Tokens {
  return [key, ':', ...tokens];
}

function object(all: readonly Tokens[]): Tokens {
  return ['{', ...join(all), '}'];
}

function join(all: readonly Tokens[]): Tokens {
  return all.flatMap((tokens, index) => (index === 0 ? tokens : [',', ...tokens]));
}

/** Bytes that cause damage wherever they are. */
const DAMAGE = ['{', '}', '[', ']', '"', '\\', ',', ':', '\n', '\r', '\t', '\0', ' ', '0', 'u', 'e', '-', 't', '.'];

type Edit = readonly ['replace' | 'insert' | 'remove' | 'cut', number, number];

const edit: fc.Arbitrary<Edit> = fc.tuple(
  fc.constantFrom('replace', 'insert', 'remove', 'cut'),
  fc.nat(),
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...DAMAGE).map((byte) => byte.charCodeAt(0)) },
    fc.constantFrom(0x80, 0xc3, 0xe2, 0xed, 0xf0, 0xff),
  ),
);

/** The text with some bytes changed; usually not valid JSON. */
export function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  return fc.tuple(text, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([whole, edits]) => {
    let bytes = Buffer.from(whole);
    for (const [kind, where, byte] of edits) {
      const at = where % (bytes.length + 1);
      const rest = bytes.subarray(kind === 'insert' ? at : kind === 'cut' ? bytes.length : at + 1);
      const middle = kind === 'insert' || kind === 'replace' ? [byte] : [];
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(middle), rest]);
    }
    return bytes;
  });
}

/** The entities of one line or array as text. */
export const entityText: fc.Arbitrary<string> = fc
  .tuple(entity, fc.array(fc.constantFrom(...BREAKS), { minLength: 1, maxLength: 5 }))
  .map(([tokens, spaces]) => spaced(tokens, spaces).trim());

/** Texts of few pieces, which are JSON only now and then: what is right in one is wrong in the next. */
const PIECES_OF_TEXT = [
  '1',
  '"x"',
  '-0.5',
  'null',
  ',',
  ',"a":',
  ',"id":',
  '[',
  '{"a":',
  ']',
  '}',
  '],"a":',
  '},"a":',
  '[],',
  '{}',
];
const pieced = fc
  .array(fc.constantFrom(...PIECES_OF_TEXT), { minLength: 1, maxLength: 9 })
  .map((pieces) => Buffer.from(`{"a":${pieces.join('')}}`));

/** Many texts that are like one another: a few entities again and again, some of them with damage. */
export const similarTexts: fc.Arbitrary<readonly Buffer[]> = fc
  .tuple(fc.array(entityText, { minLength: 1, maxLength: 2 }), fc.array(pieced, { minLength: 4, maxLength: 8 }))
  .chain(([texts, others]) => {
    const text = fc.constantFrom(...texts);
    const one = fc.oneof(
      { weight: 2, arbitrary: text.map((whole) => Buffer.from(whole)) },
      { weight: 3, arbitrary: fc.constantFrom(...others) },
      { weight: 1, arbitrary: damaged(text) },
    );
    return fc.array(one, { minLength: 10, maxLength: 60 });
  });

/** Sizes of chunks, which repeat. */
export const chunkSizes = fc.oneof(
  // Complete inputs make batches of many entities, small chunks make many batches.
  fc.constant([2 ** 16]),
  fc.array(fc.integer({ min: 100, max: 500 }), { minLength: 1, maxLength: 6 }),
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 }),
);

/** The bytes in chunks of the sizes, which repeat. */
export function chunked(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = sizes[chunks.length % sizes.length] ?? bytes.length;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
