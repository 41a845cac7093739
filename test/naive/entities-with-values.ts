/** Random entities in the documented shape with difficult cases, and random criteria that match some of them. */
import fc from 'fast-check';
import { Digits } from './criteria.js';

/** An object as it is written: keys may repeat, and may have escapes. */
export class Written {
  constructor(readonly pairs: readonly (readonly [key: string, value: unknown, escaped: boolean])[]) {}
}

const STRINGS = [
  ...['red', 'RED', 'Navy Blue', 'blue deep navy', 'navy', '_NULL', '_NULL', '_null', '', ' ', 'polo shirts'],
  ...[
    'LSPoloMenShirts',
    "Men's Ties",
    'Men’s',
    'MensShirts',
    "'men'",
    '10',
    '10.0',
    '+1e1',
    '-0',
    '007',
    '1.',
    'true',
    'False',
  ],
  ...[
    'été',
    'e\u0301te\u0301',
    'ÉTÉ',
    'straße',
    'STRASSE',
    'ΣΑΣ',
    'σας',
    'İ',
    'i̇',
    '\u212a',
    'k',
    'ab"c\\d\n',
    '中 文',
    '😀 x',
  ],
  ...['2018-07-19T03:18:30.557-0500', '2018-07-19T08:18:30.557Z', '2018-07-19T10:18:30.557+02:00', '2018-07-19'],
  ...['BATCH_COLLECT', 'navy_blue', '3.14', '10:10', 'a.b', '1,000', 'e-mail.me', 'צה"ל', '_'],
  ...['2018-02-30', '2020-02-29', '9007199254740993', '9007199254740992', '1e400', '*', 'a*b'],
];
const NUMBERS = [
  '10',
  '10.0',
  '1e1',
  '-0',
  '0',
  '9007199254740993',
  '9007199254740992',
  '1e400',
  '1e-400',
  '0.1',
  '20.33',
];

/** Few enough to match. */
const COMMON = ['red', 'RED', 'navy blue', '10', '10.0', '_NULL', '2018-07-19T03:18:30.557-0500'];
const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...COMMON) },
  { weight: 2, arbitrary: fc.constantFrom(...STRINGS) },
);

const scalar = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 2, arbitrary: fc.constantFrom(...NUMBERS).map((text) => new Digits(text)) },
  fc.boolean(),
);
const wrong = fc.constantFrom<unknown>(null, 7, 'x', true, [], new Written([]), ['red'], [new Written([])], [[null]]);

/** Usually as documented, sometimes of another shape. */
const mostly = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 30, arbitrary: arbitrary as fc.Arbitrary<unknown> }, wrong);

const NAMES = [...['color', 'color', 'color', 'color', 'color', 'size'], 'été', '"q\\"', '__proto__', 'id', 'value'];
const ATTRIBUTE_NAMES = [...['color', 'color', 'color'], ...NAMES, 'missing', '_ALL', '_all'];
const OS = ['os', 'osid', 'locale'];
const MEMBER_NAMES = [...OS, 'referenceData', '_ALL'];
const RELATIONSHIPS = ['crosssell', 'images'];
const RELATIONSHIP_NAMES = [...RELATIONSHIPS, '_ALL', 'none'];
const PROPERTIES = ['createdBy', 'createdBy', 'createdDate', '__proto__'];
const PROPERTY_NAMES = [...PROPERTIES, '_ALL', 'none'];
const CONTEXTS = [{ country: 'Germany' }, { channel: 'Web' }, { country: 'Germany', channel: 'Web' }];

function object(names: readonly string[], value: fc.Arbitrary<unknown>, maxLength: number): fc.Arbitrary<Written> {
  const pair = fc.tuple(
    fc.constantFrom(...names),
    value,
    fc.integer({ min: 0, max: 7 }).map((die) => die === 0),
  );
  return fc.array(pair, { maxLength, minLength: 1, size: 'max' }).map((pairs) => new Written(pairs));
}

/** An object of these members, each usually present. */
function members(parts: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<Written> {
  const pairs = Object.entries(parts).map(([key, value]) =>
    fc.tuple(fc.constant(key), value, fc.integer({ min: 0, max: 15 })),
  );
  return fc.tuple(...pairs).map((all) => {
    const kept = all.filter(([, , die]) => die !== 1 && die !== 2);
    return new Written(kept.map(([key, value, die]) => [key, value, die === 0] as const));
  });
}

const properties = object(['referenceData', 'os', 'createdBy'], fc.oneof(scalar, wrong), 2);
const valueObject = fc.oneof(
  members({
    value: scalar,
    source: fc.constant('internal'),
    locale: fc.constantFrom('en-US', 'de-DE'),
    uom: fc.constantFrom('cm', 'm'),
  }),
  object(['value', 'os', 'osid', 'properties'], fc.oneof({ weight: 4, arbitrary: scalar }, properties, wrong), 4),
);
const values = fc.array(mostly(valueObject), { minLength: 1, maxLength: 3, size: 'max' });

const { attributes } = fc.letrec<{ attribute: unknown; attributes: Written }>((tie) => ({
  attribute: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    members({ values: mostly(values) }),
    members({ values: mostly(values) }),
    members({ group: mostly(fc.array(mostly(fc.oneof(tie('attributes'), valueObject)), { maxLength: 2 })) }),
    members({ values: mostly(values), group: mostly(fc.array(tie('attributes'), { maxLength: 2 })) }),
  ),
  attributes: object(NAMES, mostly(tie('attribute')), 3),
}));

const relationship = members({
  id: fc.constant('r1'),
  relTo: mostly(
    members({
      id: fc.constantFrom<unknown>('e1', 'e2', new Digits('7'), true),
      type: fc.constantFrom('sku', 'SKU', 'é'),
    }),
  ),
  properties: mostly(properties),
  attributes: mostly(attributes),
  os: scalar,
});
const relationships = object(RELATIONSHIPS, mostly(fc.array(mostly(relationship), { maxLength: 2 })), 2);
const context = fc
  .constantFrom(...CONTEXTS)
  .map((pairs) => new Written(Object.entries(pairs).map(([k, v]) => [k, v, false])));
const inContext = members({
  context: mostly(context),
  attributes: mostly(attributes),
  relationships: mostly(relationships),
});
const data = fc.oneof(
  members({
    attributes: mostly(attributes),
    relationships: mostly(relationships),
    contexts: mostly(fc.array(mostly(inContext), { maxLength: 2 })),
  }),
  object(['attributes', 'relationships', 'contexts'], mostly(attributes), 3),
);

/** Entities without an id. */
export const entityWithValues: fc.Arbitrary<Written> = fc.oneof(
  {
    weight: 6,
    arbitrary: members({
      name: mostly(scalar),
      properties: mostly(object(PROPERTIES, mostly(scalar), 3)),
      data: mostly(data),
    }),
  },
  object(['name', 'properties', 'data', 'x'], mostly(fc.oneof(data, attributes, scalar)), 4),
);

/** The JSON text with the generated escapes. */
export function writtenText(value: unknown): string {
  if (value instanceof Digits) return value.text;
  if (Array.isArray(value)) return `[${value.map(writtenText).join(',')}]`;
  if (!(value instanceof Written)) return JSON.stringify(value);
  const text = value.pairs.map(
    ([key, one, escaped]) => `${escaped ? escapedKey(key) : JSON.stringify(key)} :${writtenText(one)}`,
  );
  return `{${text.join(', ')}}`;
}

function escapedKey(key: string): string {
  return `"${[...key].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;
}

/** The value of the text: the last of equal keys; numbers as `number` returns them. */
export function meantValue(value: unknown, number: (digits: Digits) => unknown = (digits) => digits): unknown {
  if (value instanceof Digits) return number(value);
  if (Array.isArray(value)) return value.map((one) => meantValue(one, number));
  if (!(value instanceof Written)) return value;
  return Object.fromEntries(value.pairs.map(([key, one]) => [key, meantValue(one, number)]));
}

const someContexts = fc.subarray(CONTEXTS, { minLength: 1, maxLength: 2 });

/** The contexts of a request. */
export const contextChoice = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  fc.record({ contexts: fc.oneof(fc.constant('all' as const), someContexts) }),
  fc.record({ contexts: fc.oneof(fc.constant('all' as const), someContexts), nonContextual: fc.boolean() }),
);

const words = fc.constantFrom(
  ...['red', 'red', 'red', 'blue', 'navy blue', 'r*d', '10', '10'],
  ...[
    'red',
    'navy blue',
    '"navy blue"',
    'blue "deep NAVY"',
    'polo',
    '*polo*',
    'LS*Shirts',
    '*',
    "men's",
    'men',
    '"men ties',
    '_NULL',
  ],
  ...['ete', 'été', 'strasse', 'ΣΑΣ', 'k', '10', '文', 'c*', '*d', 'm*n’s', 'p*o s*s', '"p*o s*s"', 'true', '*i*'],
  ...[
    'red|blue',
    'navy blue|10',
    '_NULL|red',
    '|',
    'navy|',
    'COLLECT',
    'batch*',
    'navy_blue',
    '10:10 b',
    'a.*',
    '3.14',
    '14',
  ],
);
const number = fc.constantFrom(...['10', '10', '10', '10'], ...NUMBERS, '9007199254740992.5');
const time = fc.constantFrom(...STRINGS.filter((one) => /^2(018-07|020)/.test(one)));
const list = (one: fc.Arbitrary<string | number>) => fc.array(one, { minLength: 1, maxLength: 3 });
const type = (...types: readonly string[]) => fc.constantFrom(...types);
/** Usually one of these members, sometimes more: the more a value must satisfy, the more rarely one is found. */
const some = (parts: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<object> =>
  fc.oneof(
    ...Object.entries(parts).map(([name, one]) => ({ weight: 2, arbitrary: fc.record({ [name]: one }) })),
    fc.record(parts, { requiredKeys: [] }),
  );
const few = { minLength: 1, maxLength: 2, size: 'xsmall' } as const;
const fewKeys = { minKeys: 1, maxKeys: 2, size: 'xsmall' } as const;

const operators: fc.Arbitrary<object> = fc.oneof(
  fc.oneof(text, number.map(Number), fc.boolean()).map((exact) => ({ exact })),
  fc.oneof(words, number.map(Number).filter(Number.isFinite), fc.boolean()).map((eq) => ({ eq })),
  some({ contains: words, startswith: list(text.filter((one) => one !== '')) }),
  some({ exacts: list(fc.oneof(text, fc.constantFrom(1, 12.5, 10))), eq: words, exact: text }),
  some({ gt: number, gte: fc.oneof(number, number.map(Number)), lt: number, lte: number, exact: text }),
  some({ gt: time, gte: time, lt: time, lte: time }),
  fc.record({ eq: number, type: type('_INTEGER', '_decimal') }),
  fc.record({ exacts: list(fc.oneof(number, fc.constant('_NULL'))), type: type('_INTEGER', '_decimal') }),
  fc.record({ exact: fc.oneof(time, fc.constant('_NULL')), type: type('_DATETIME') }),
  fc.record({ exacts: list(time), lte: time, type: type('_DATETIME') }),
  fc.record({ gte: number, type: type('_INTEGER', '_DECIMAL') }),
  fc.record({ gt: text, lte: text, type: type('_STRING') }),
  fc.record({ eq: type('true', 'FALSE'), type: type('_BOOLEAN') }),
  fc.record({ exact: time, type: type('_DATE') }),
  fc.record({ gt: time, lte: time, type: type('_date') }),
  fc.record({ eq: fc.constantFrom('10|0.1', '2018-07-19'), type: type('_DECIMAL', '_DATE') }),
  fc.record({ eq: words, operator: type('_OR', '_AND') }),
  fc.record({ contains: words, operator: type('_OR', '_AND') }),
  fc.record({ hasvalue: fc.boolean() }),
  fc.record({ hasvalue: fc.constant(true), exact: text }),
);

const negated = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, fc.constant({ not: true }));
const plain = fc.tuple(operators, negated).map((parts): object => Object.assign({}, ...parts));
const plainBy = (names: readonly string[]) => fc.array(fc.dictionary(fc.constantFrom(...names), plain, fewKeys), few);

const nothing = { weight: 5, arbitrary: fc.constant({}) };

const units = fc.constantFrom('10##cm', '10.0##m', 'red##cm', '_NULL##m', '20.33##cm|10##m', '0.1##kg');

/** Modifiers that are about the complete value. */
const ofValue = fc.oneof(
  fc.record({
    valueContexts: fc.array(
      fc.constantFrom({ locale: 'en-US' }, { locale: 'de-DE', source: 'internal' }, { source: 'internal' }),
      few,
    ),
  }),
  fc.oneof(
    fc.record({ eq: units, isUom: fc.constant(true) }),
    fc.record({ exact: units, isUom: fc.constant('true') }),
    fc.record({ exacts: fc.array(units, few), isUom: fc.constant(true) }),
  ),
);

const { condition } = fc.letrec<{ condition: object; conditions: readonly object[] }>((tie) => ({
  condition: fc
    .tuple(
      fc.oneof({ weight: 3, arbitrary: operators }, fc.record({ hasvalue: fc.boolean() })),
      negated,
      fc.oneof({ depthSize: 'small' }, nothing, fc.record({ attributes: tie('conditions') })),
      fc.oneof(nothing, fc.record({ valueProperties: plainBy(MEMBER_NAMES) }), ofValue),
    )
    .map(([asked, not, inside, value]) =>
      // Operands without a unit are refused beside those with one.
      'isUom' in value || ('attributes' in inside && !('hasvalue' in asked))
        ? { ...not, ...inside, ...value }
        : { ...asked, ...not, ...inside, ...value },
    ),
  conditions: fc.array(fc.dictionary(fc.constantFrom(...ATTRIBUTE_NAMES), tie('condition'), fewKeys), few),
}));
const own = fc.oneof(
  nothing,
  fc.record({ contexts: someContexts, nonContextual: fc.boolean() }),
  fc.constant({ nonContextual: false }),
);
const attributeCondition = fc.tuple(condition, own).map(([asked, where]) => ({ ...asked, ...where }));
const childConditions = fc.array(
  fc.dictionary(fc.constantFrom(...ATTRIBUTE_NAMES), condition, { minKeys: 1, maxKeys: 1 }),
  few,
);

const keywords = fc.record({ keywords: words, operator: fc.constantFrom('_AND', '_OR', '_EXACT') });

/** Paths in such entities; a dot separates the steps. */
const PATHS = [
  ...['data.attributes.color.values.value', 'data.attributes.*.values.0.value', '/data/attributes/size/values/value'],
  ...[
    'properties.createdBy',
    '*.createdBy',
    'properties',
    'data.relationships.*.relTo.id',
    'data.attributes.color',
    'id',
  ],
  ...['data.attributes.color.group.size.values.value', 'none', '__proto__', '*'],
];

const criterion: fc.Arbitrary<object> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      fields: fc.oneof(
        plainBy(PATHS),
        plainBy(PATHS).map(([one]) => one),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      attributes: fc.array(fc.dictionary(fc.constantFrom(...ATTRIBUTE_NAMES), attributeCondition, fewKeys), few),
      anyAttribute: fc.boolean(),
    }),
  },
  fc.record({ properties: plainBy(PROPERTY_NAMES) }),
  fc.record({
    relationships: fc.array(
      fc.dictionary(
        fc.constantFrom(...RELATIONSHIP_NAMES),
        some({
          attributes: childConditions,
          properties: plainBy(['os', 'createdBy', 'referenceData', '_ALL']),
          hasvalue: fc.boolean(),
          relTo: fc.constantFrom({ id: 'e1' }, { type: 'Sku' }, { id: '7' }, { id: 'e2', type: 'É' }, { id: 'true' }),
        }),
        fewKeys,
      ),
      few,
    ),
  }),
  fc.record({ keywords }),
);

/** Criteria of the library's form; some are contradictory, and refused. */
export const criteriaForm: fc.Arbitrary<object> = fc.oneof(
  { weight: 4, arbitrary: criterion },
  fc.tuple(criterion, criterion).map((both): object => Object.assign({}, ...both)),
);
