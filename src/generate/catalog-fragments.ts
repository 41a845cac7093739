/** Fragments of a made-up catalog: attributes, properties and relationships as JSON text, with traps for parsers. */

/** Returns an integer from 0 up to, but not including, the bound. */
export type Random = (bound: number) => number;

/** The id of the entity at an index: `e0000001` at 0. */
export function catalogId(index: number): string {
  return `e${String(index + 1).padStart(7, '0')}`;
}

/** The text with the character at `position` written as `\uXXXX`. */
export function withEscape(text: string, position: number): string {
  const digits = text.charCodeAt(position).toString(16).padStart(4, '0');
  return `${text.slice(0, position)}\\u${digits}${text.slice(position + 1)}`;
}

/** JSON text that entities are assembled from. */
export interface Pool {
  /** Members `"name":"…"`. */
  readonly names: readonly Buffer[];
  /** Members `"properties":{…}`; none for small entities. */
  readonly properties: readonly Buffer[];
  /** The nested attribute that comes first; none for small entities. */
  readonly groups: readonly Buffer[];
  /** Members to choose from, for each slot after it; slots have different names. */
  readonly attributes: readonly (readonly Buffer[])[];
  /** Minimum number of these attributes in an entity. */
  readonly fewest: number;
  /** Maximum number of them. */
  readonly most: number;
  /** What follows the attributes: the end of the object, relationships, contexts, and the brace that closes `data`. */
  readonly tails: readonly Buffer[];
}

/** Below this size an entity has no properties. */
const SMALLEST_WITH_PROPERTIES = 500;

/** Below this size an entity has no nested attribute, no relationships and no contexts. */
const SMALLEST_WITH_ALL = 2000;

/** Bytes of an entity outside the fragments: id, type, quotes and brackets. */
const FRAME_BYTES = 65;

/** Total fragments of attributes: enough for variety, few enough for the processor's cache. */
const ATTRIBUTE_FRAGMENTS = 1024;

/**
 * Makes the fragments for entities of this average size.
 * @param random equal numbers make equal fragments
 */
export function makePool(random: Random, entityBytes: number): Pool {
  const names = make(64, () => `"name":${JSON.stringify(words(random, 1 + random(3)))}`);
  const properties = entityBytes < SMALLEST_WITH_PROPERTIES ? [] : make(64, () => propertiesText(random));
  const groups = entityBytes < SMALLEST_WITH_ALL ? [] : make(64, () => groupText(random));
  const tails = entityBytes < SMALLEST_WITH_ALL ? make(1, () => '}}') : make(64, () => tailText(random));
  const fixed = [names, properties, groups, tails].reduce((sum, fragments) => sum + averageLength(fragments), 0);
  const sample = make(512, () => attributeText(random, random(ATTRIBUTE_NAMES.length)));
  const average = Math.max(0, Math.round((entityBytes - FRAME_BYTES - fixed) / (averageLength(sample) + 1)));
  const fewest = Math.ceil(average / 2);
  const most = 2 * average - fewest;
  const variants = Math.min(48, Math.max(1, Math.floor(ATTRIBUTE_FRAGMENTS / Math.max(1, most))));
  const attributes = Array.from({ length: most }, (_, slot) => make(variants, () => attributeText(random, slot)));
  return { names, properties, groups, attributes, fewest, most, tails };
}

function make(count: number, text: () => string): readonly Buffer[] {
  return Array.from({ length: count }, () => Buffer.from(text()));
}

function averageLength(fragments: readonly Buffer[]): number {
  return fragments.reduce((sum, { length }) => sum + length, 0) / Math.max(1, fragments.length);
}

/** Upper bound of the length of an entity made from the pool. */
export function maxEntityBytes({ names, properties, groups, attributes, tails }: Pool): number {
  const longest = (fragments: readonly Buffer[]) => Math.max(0, ...fragments.map(({ length }) => length + 1));
  const parts = [names, properties, groups, tails, ...attributes];
  return 2 * FRAME_BYTES + parts.reduce((sum, fragments) => sum + longest(fragments), 0);
}

const PLAIN_WORDS = (
  'cotton linen shirt sleeve collar button pocket slim regular washed organic summer winter jacket outdoor ' +
  'waterproof leather steel handle bottle kitchen garden lamp desk chair oak walnut matte gloss small large'
).split(' ');

/** Characters of two, three and four bytes in UTF-8. */
const OTHER_WORDS = (
  'Größe Baumwolle-weiß Knöpfe über été coûteux façonné niño señal Ärmel łóżko žlutý größer ' +
  'рубашка хлопок зима πουκάμισο シャツ 綿100% 颜色 尺寸 셔츠 قميص 👕 👟🧢 𝒜rt'
).split(' ');

/** Strings that look like structure, for readers that confuse the two. */
const TRAPS = [
  '{"type":"product"}',
  '{"id":"e0000001","type":"product","data":{',
  '"type":"product",',
  '}]}{[',
  ']}\n{"id":"e0000002"}',
  '5" x 7"',
  'C:\\temp\\new',
  'ends in a backslash \\',
  '\\"',
  'tab\there',
];

/** Some words, a fifth of them not ASCII. */
function words(random: Random, count: number): string {
  const text = Array.from({ length: count }, () => oneOf(random, random(5) === 0 ? OTHER_WORDS : PLAIN_WORDS));
  return text.join(' ');
}

function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[random(choices.length)];
}

function propertiesText(random: Random): string {
  const createdDate = dateTime(random);
  return `"properties":${JSON.stringify({
    createdService: 'entityManageService',
    createdBy: `${oneOf(random, PLAIN_WORDS)}@example.com_user`,
    createdDate,
    modifiedService: 'entityManageService',
    modifiedBy: `${oneOf(random, PLAIN_WORDS)}@example.com_user`,
    modifiedDate: dateTime(random),
  })}`;
}

/** A date-time with an offset without a colon: `2018-07-19T03:18:30.557-0500`. */
function dateTime(random: Random): string {
  const digits = (value: number, length = 2) => String(value).padStart(length, '0');
  const date = `${2015 + random(10)}-${digits(1 + random(12))}-${digits(1 + random(28))}`;
  const time = `${digits(random(24))}:${digits(random(60))}:${digits(random(60))}.${digits(random(1000), 3)}`;
  return `${date}T${time}${oneOf(random, ['-0500', '+0000', '+0530'])}`;
}

const ATTRIBUTE_NAMES = (
  'mdmid color material displayname longdescription size weight price brand season gender care country fit neckline ' +
  'sleevelength pattern ean supplier taxonomy status launchdate packaging keywords'
).split(' ');

/** The nested attribute: two rows. */
function groupText(random: Random): string {
  return `"vendors":{"group":[${rowText(random, 1)},${rowText(random, 2)}]}`;
}

/** A member of `attributes`; each slot has its own name. */
function attributeText(random: Random, slot: number): string {
  const round = Math.floor(slot / ATTRIBUTE_NAMES.length);
  const name = `${ATTRIBUTE_NAMES[slot % ATTRIBUTE_NAMES.length]}${round === 0 ? '' : round}`;
  const count = random(5) === 0 ? 2 : 1;
  const values = Array.from({ length: count }, (_, index) => valueText(random, index === 0 ? 'en-US' : 'de-DE'));
  return `"${name}":{"values":[${values}]}`;
}

/** A row of a nested attribute: child attributes and metadata side by side. */
function rowText(random: Random, row: number): string {
  const child = (name: string) => `"${name}":{"values":[${valueText(random, 'en-US')}]}`;
  return `{${child('vendorid')},${child('vendorname')},"id":"row${row}","locale":"en-US","source":"internal"}`;
}

function valueText(random: Random, locale: string): string {
  const id = `${random(2 ** 32).toString(16)}-${random(2 ** 32).toString(16)}`;
  return `{"value":${scalarText(random)},"source":"internal","locale":"${locale}","id":"${id}"}`;
}

/** Mostly strings, some booleans and numbers, among them some that a double cannot hold. */
function scalarText(random: Random): string {
  const kind = random(100);
  if (kind < 4) return oneOf(random, ['true', 'false']);
  if (kind < 7) return oneOf(random, ['1.0', '19.90', '0.10', '-3.50', '1e3', '2.5E-7']);
  if (kind < 9) return `90071992547409${10 + random(90)}`;
  if (kind < 11) return String(random(100_000));
  if (kind < 13) return `"${dateTime(random)}"`;
  if (kind < 15) return `"${withEscape(oneOf(random, PLAIN_WORDS), 0)}"`;
  if (kind < 23) return JSON.stringify(`${words(random, 2)} ${oneOf(random, TRAPS)}`);
  return JSON.stringify(words(random, 1 + random(20)));
}

/** The end of `data`: relationships and contexts. */
function tailText(random: Random): string {
  const related = (name: string, type: string) => {
    const id = catalogId(random(1000));
    const relation = { id: `${name}_${id}`, relTo: { id, type }, properties: { relationshipType: 'association' } };
    return `"${name}":[${JSON.stringify(relation)}]`;
  };
  const vat = `{"context":{"country":"${oneOf(random, ['Germany', 'España', 'Ελλάδα'])}"},"attributes":{"vat":{"values":[${valueText(random, 'en-US')}]}}}`;
  return `},"relationships":{${related('crosssell', 'product')},${related('hasimages', 'image')}},"contexts":[${vat}]}`;
}
