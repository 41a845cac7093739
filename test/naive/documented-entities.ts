/** Random entities of the documented shapes as text: contexts, locales, rows in rows, relationships, and difficult cases of all. */
import fc from 'fast-check';

type Tokens = readonly string[];

const ODD: fc.Arbitrary<Tokens> = fc.constantFrom(
  ['null'],
  ['"x"'],
  ['0.10'],
  ['{', '}'],
  ['[', ']'],
  ['[', '12345678901234567890', ',', '{', '}', ']'],
  ['{', '"values"', ':', '"a"', '}'],
  ['{', '"locale"', ':', '"en-US"', '}'],
);

/** Usually of the documented shape. */
function usually(tokens: fc.Arbitrary<Tokens>): fc.Arbitrary<Tokens> {
  return fc.oneof({ weight: 14, arbitrary: tokens }, { weight: 1, arbitrary: ODD });
}

/** A key in plain spelling, or with its first letter as an escape. */
function key(...names: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...names), fc.nat({ max: 7 })).map(([name, seed]) => {
    if (seed > 0 || name === '') return JSON.stringify(name);
    return `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${JSON.stringify(name.slice(1)).slice(1)}`;
  });
}

function join(all: readonly Tokens[]): Tokens {
  return all.flatMap((tokens, index) => (index === 0 ? tokens : [',', ...tokens]));
}

/** An object of some of the members, in any order; sometimes a name comes twice. */
function object(
  members: readonly (readonly [fc.Arbitrary<string>, fc.Arbitrary<Tokens>])[],
  maxLength = members.length,
): fc.Arbitrary<Tokens> {
  const any = fc.oneof(...members.map(([name, value]) => fc.tuple(name, value)));
  return fc
    .tuple(fc.array(any, { minLength: Math.min(2, maxLength), maxLength, size: 'max' }), fc.nat({ max: 15 }))
    .map(([drawn, seed]) => {
      const isNew = ([name]: readonly [string, Tokens], index: number) =>
        drawn.findIndex(([other]) => JSON.parse(other) === JSON.parse(name)) === index;
      const list = seed === 0 ? drawn : drawn.filter(isNew);
      return ['{', ...join(list.map(([name, value]) => [name, ':', ...value])), '}'];
    });
}

function array(element: fc.Arbitrary<Tokens>, maxLength = 2): fc.Arbitrary<Tokens> {
  return fc.array(element, { maxLength }).map((all) => ['[', ...join(all), ']']);
}

const one = (...tokens: readonly string[]): fc.Arbitrary<Tokens> => fc.constantFrom(...tokens).map((token) => [token]);

export const LOCALES = ['en-US', 'de-DE'];
export const SOURCES = ['internal', 'SAP'];
export const ATTRIBUTES = ['color', 'Color', 'co lor', 'größe', '__proto__', 'values', '', ' '];
export const RELATIONSHIPS = ['fits', 'Fits', 'belongsto'];
export const PROPERTIES = ['createdBy', 'at', 'source'];
export const ENTITY_TYPES = ['sku', 'SKU', 'image'];

const locale = usually(one('"en-US"', '"de-DE"', '"\\u0065n-US"'));
const source = usually(one('"internal"', '"SAP"'));
const os = [key('os', 'osid', 'osctxpath'), one('"contextCoalesce"', '"country@@Germany"')] as const;
const properties = usually(object(PROPERTIES.map((name) => [key(name), one('"me"', '1.0', 'null', '"caf\\u00e9"')])));

const value = object([
  [key('value'), one('"Red"', '20.330', 'false', '"_NULL"', '1e400')],
  [key('locale'), locale],
  [key('source'), source],
  os,
]);

const shapes = fc.letrec<{ attribute: Tokens; row: Tokens }>((tie) => ({
  attribute: usually(
    fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      object([
        [key('values'), usually(array(usually(value)))],
        [key('properties'), properties],
      ]),
      object([
        [key('group'), usually(array(usually(tie('row')), 2))],
        [key('values'), array(value, 1)],
      ]),
    ),
  ),
  row: object([
    [key('color', 'Color', 'ID', 'length'), tie('attribute')],
    [key('size'), tie('attribute')],
    [key('id'), one('"r1"')],
    [key('locale'), locale],
    [key('source'), source],
    [key('value'), one('"_NULL"')],
  ]),
}));

const attributes = usually(
  object(
    ATTRIBUTES.map((name) => [key(name), shapes.attribute]),
    3,
  ),
);
const relationship = object([
  [key('id'), one('"fits_p2"')],
  [key('relTo'), one('{}')],
  [key('attributes'), attributes],
]);
const relationships = usually(
  object(RELATIONSHIPS.map((name) => [key(name), usually(array(usually(relationship), 2))])),
);

const context = usually(
  object([
    [key('country'), one('"Germany"', '"France"', '"G\\u0065rmany"')],
    [key('channel'), one('"Web"')],
  ]),
);
const parts = [
  [key('attributes'), attributes],
  [key('relationships'), relationships],
] as const;
const element = object([[key('context'), context], ...parts, [key('properties'), properties], os]);
const data = object([...parts, [key('contexts'), usually(array(usually(element)))], [key('jsonData'), one('{}')]]);

const others = object([
  [key('properties'), properties],
  [key('name'), one('"Lamp"')],
  [key('action'), one('"delete"')],
  [key('systemInfo', 'contexts', '__proto__'), ODD],
]);
const entity = fc
  .tuple(others, fc.tuple(key('data'), usually(data)), fc.nat({ max: 1 }))
  .map(([tokens, [name, value], place]): Tokens => {
    const inner = tokens.slice(1, -1);
    const own: Tokens = [name, ':', ...value];
    return ['{', ...join((place === 0 ? [own, inner] : [inner, own]).filter((one) => one.length > 0)), '}'];
  });

const SPACES = ['', '', '', '', ' ', '\t', '\n'];

/** An entity with at most one id and type. */
export const documentedEntity: fc.Arbitrary<string> = fc
  .tuple(
    entity,
    fc.option(fc.constantFrom('"sku"', '"Sku"', '"image"', '"\\u0073ku"', '7'), { nil: undefined, freq: 6 }),
    fc.array(fc.constantFrom(...SPACES), { minLength: 1, maxLength: 5 }),
    fc.boolean(),
  )
  .map(([tokens, type, spaces, isFirst]) => {
    const own = ['"id"', ':', '"e1"', ...(type ? [',', '"type"', ':', type] : [])];
    const inner = tokens.slice(1, -1);
    const comma = inner.length > 0 ? [','] : [];
    const all = isFirst ? ['{', ...own, ...comma, ...inner, '}'] : ['{', ...inner, ...comma, ...own, '}'];
    return all
      .map((token, index) => token + (spaces[index % spaces.length] ?? ''))
      .join('')
      .trim();
  });
