/** A made-up catalog of entities in the documented shape, the same bytes for the same seed: for demonstrations, tests and benches. */
import type { InputForm } from '../terms/plan.js';

/** What a catalog is made by. It ends at `entities` or at `bytes`, whichever comes first. */
export interface CatalogOptions {
  /** Any whole number; equal options give equal bytes. */
  readonly seed: number;
  /** How many entities; default 1,000, or no limit where `bytes` is given. */
  readonly entities?: number;
  /** The catalog ends with the entity that reaches this size. */
  readonly bytes?: number;
  readonly form: InputForm;
  /** Average size of an entity; default 4,200. From 2,000 on every entity has all that the shape documents. */
  readonly entityBytes?: number;
}

/** The types of the entities, and how often each occurs in a hundred. */
const TYPE_SHARES = { product: 30, sku: 50, image: 20 } as const;

/** The type of an entity of the catalog. */
export type CatalogType = keyof typeof TYPE_SHARES;

/** A number for each type. */
export type ByType = Readonly<Record<CatalogType, number>>;

/** What a catalog holds: the truth that an export of it is measured by. */
export interface CatalogFacts {
  readonly entities: number;
  /** Size of the catalog, with what stands around and between the entities. */
  readonly bytes: number;
  /** Entities of each type. */
  readonly byType: ByType;
  /** Bytes of the entities of each type, without what stands between them. */
  readonly entityBytesByType: ByType;
  /** Ids that are written with a `\u` escape. */
  readonly escapedIds: number;
  /** Types that are written with a `\u` escape. */
  readonly escapedTypes: number;
  /** Entities whose `data` stands before their type and id. */
  readonly dataFirst: number;
}

/** The id of the entity at a position, counted from 0: `e0000001` is the first. */
export function catalogId(index: number): string {
  return `e${String(index + 1).padStart(7, '0')}`;
}

/** A whole catalog in memory. */
export function catalog(options: CatalogOptions): { readonly bytes: Buffer; readonly facts: CatalogFacts } {
  const chunks: Buffer[] = [];
  const generator = catalogChunks(options);
  for (;;) {
    const { value, done } = generator.next();
    if (done) return { bytes: Buffer.concat(chunks), facts: value };
    chunks.push(value);
  }
}

/** Bytes of a chunk, about. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Makes a catalog chunk by chunk; a chunk may end anywhere between two entities and belongs to who takes it.
 * Entities are put together from fragments that are made once, which is why gigabytes take seconds.
 * @returns what the catalog holds
 */
export function* catalogChunks(options: CatalogOptions): Generator<Buffer, CatalogFacts> {
  const { seed, form, bytes: maxBytes = Number.POSITIVE_INFINITY, entityBytes = 4200 } = options;
  const maxEntities = options.entities ?? (options.bytes === undefined ? 1000 : Number.POSITIVE_INFINITY);
  const { head, separator, terminator, tail } = FRAMES[form];
  const writer = new EntityWriter(random(seed), entityBytes);
  const capacity = CHUNK_BYTES + writer.maxBytes + head.length + tail.length;
  let written = 0;
  let entities = 0;

  writer.begin(Buffer.allocUnsafeSlow(capacity));
  writer.text(head);
  while (entities < maxEntities && written + writer.length + tail.length < maxBytes) {
    if (writer.length >= CHUNK_BYTES) {
      written += writer.length;
      yield writer.begin(Buffer.allocUnsafeSlow(capacity));
    }
    if (entities > 0) writer.text(separator);
    writer.entity(entities);
    writer.text(terminator);
    entities++;
  }
  writer.text(tail);
  written += writer.length;
  if (writer.length > 0) yield writer.begin(Buffer.alloc(0));
  const { byType, entityBytesByType, escapedIds, escapedTypes, dataFirst } = writer;
  return { entities, bytes: written, byType, entityBytesByType, escapedIds, escapedTypes, dataFirst };
}

/** What stands around and between the entities; the document is what an export of every entity writes. */
const FRAMES: Readonly<Record<InputForm, Readonly<Record<'head' | 'separator' | 'terminator' | 'tail', string>>>> = {
  lines: { head: '', separator: '', terminator: '\n', tail: '' },
  array: { head: '[', separator: ',', terminator: '', tail: ']' },
  document: { head: '{"entities":[', separator: ',', terminator: '', tail: ']}' },
};

/** Answers a whole number from 0 up to, not including, the bound. */
type Random = (bound: number) => number;

/** Mulberry32, by Tommy Ettinger: 32 bits of state, and the same numbers on every machine. */
function random(seed: number): Random {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** The members of an entity, in the orders they occur in; the numbers are how often in a hundred. */
const KEY_ORDERS = [
  { share: 50, members: ['id', 'name', 'type', 'properties', 'data'] },
  { share: 25, members: ['type', 'id', 'name', 'properties', 'data'] },
  { share: 15, members: ['name', 'properties', 'id', 'type', 'data'] },
  { share: 10, members: ['name', 'properties', 'data', 'type', 'id'] },
] as const;

type Member = (typeof KEY_ORDERS)[number]['members'][number];

/** One in so many ids, and types, is written with an escape. */
const ESCAPED_ID_EVERY = 100;
const ESCAPED_TYPE_EVERY = 250;

/** Writes entities one behind the other into a buffer. */
class EntityWriter {
  readonly byType = { product: 0, sku: 0, image: 0 };
  readonly entityBytesByType = { product: 0, sku: 0, image: 0 };
  escapedIds = 0;
  escapedTypes = 0;
  dataFirst = 0;
  /** Bytes in the current buffer. */
  length = 0;
  /** No entity is longer. */
  readonly maxBytes: number;
  readonly #random: Random;
  readonly #pool: Pool;
  #out: Buffer = Buffer.alloc(0);

  constructor(random: Random, entityBytes: number) {
    this.#random = random;
    this.#pool = makePool(random, entityBytes);
    this.maxBytes = maxEntityBytes(this.#pool);
  }

  /** Goes on in an empty buffer; answers what the one before holds. */
  begin(out: Buffer): Buffer {
    const full = this.#out.subarray(0, this.length);
    this.#out = out;
    this.length = 0;
    return full;
  }

  /** Writes ASCII text. */
  text(text: string): void {
    // A call into Node costs more than so few characters do.
    for (let index = 0; index < text.length; index++) this.#out[this.length++] = text.charCodeAt(index);
  }

  /** Writes the entity at a position of the catalog. */
  entity(index: number): void {
    const start = this.length;
    const type = byShare(TYPES, this.#random(100)).type;
    const { members } = byShare(KEY_ORDERS, this.#random(100));
    if (members[2] === 'data') this.dataFirst++;
    let before = '{';
    for (const member of members) {
      if (member === 'properties' && this.#pool.properties.length === 0) continue;
      this.text(before);
      before = ',';
      this.#member(member, index, type);
    }
    this.text('}');
    this.byType[type]++;
    this.entityBytesByType[type] += this.length - start;
  }

  #member(member: Member, index: number, type: CatalogType): void {
    switch (member) {
      case 'id':
        this.#id(catalogId(index));
        break;
      case 'type':
        this.#type(type);
        break;
      case 'name':
        this.#pick(this.#pool.names);
        break;
      case 'properties':
        this.#pick(this.#pool.properties);
        break;
      case 'data':
        this.#data();
    }
  }

  #id(id: string): void {
    const escaped = this.#random(ESCAPED_ID_EVERY) === 0;
    if (escaped) this.escapedIds++;
    this.text('"id":"');
    this.text(escaped ? withEscape(id, 0) : id);
    this.text('"');
  }

  #type(type: CatalogType): void {
    const escaped = this.#random(ESCAPED_TYPE_EVERY) === 0;
    if (escaped) this.escapedTypes++;
    this.text('"type":"');
    this.text(escaped ? withEscape(type, type.length - 1) : type);
    this.text('"');
  }

  #data(): void {
    const { groups, attributes, fewest, most, tails } = this.#pool;
    this.text('"data":{"attributes":{');
    if (groups.length > 0) this.#pick(groups);
    const count = fewest + this.#random(most - fewest + 1);
    for (let slot = 0; slot < count; slot++) {
      if (slot > 0 || groups.length > 0) this.text(',');
      this.#pick(attributes[slot]);
    }
    this.#pick(tails);
  }

  #pick(fragments: readonly Buffer[]): void {
    this.length += fragments[this.#random(fragments.length)].copy(this.#out, this.length);
  }
}

const TYPES = [
  { type: 'product', share: TYPE_SHARES.product },
  { type: 'sku', share: TYPE_SHARES.sku },
  { type: 'image', share: TYPE_SHARES.image },
] as const;

/** Chooses by a number from 0 to 99. */
function byShare<T extends { readonly share: number }>(choices: readonly T[], percent: number): T {
  let rest = percent;
  for (const choice of choices) {
    rest -= choice.share;
    if (rest < 0) return choice;
  }
  return choices[0];
}

/** The text with the character at `position` written as `\uXXXX`. */
function withEscape(text: string, position: number): string {
  const digits = text.charCodeAt(position).toString(16).padStart(4, '0');
  return `${text.slice(0, position)}\\u${digits}${text.slice(position + 1)}`;
}

/** JSON text that entities are put together from. */
interface Pool {
  /** Members `"name":"…"`. */
  readonly names: readonly Buffer[];
  /** Members `"properties":{…}`; none where entities are to be small. */
  readonly properties: readonly Buffer[];
  /** The nested attribute that comes first; none where entities are to be small. */
  readonly groups: readonly Buffer[];
  /** For each place behind it some members to choose from; their names differ from place to place. */
  readonly attributes: readonly (readonly Buffer[])[];
  /** How many of these attributes an entity has. */
  readonly fewest: number;
  readonly most: number;
  /** What follows the attributes: the end of the object, relationships, contexts, and the brace that closes `data`. */
  readonly tails: readonly Buffer[];
}

/** Below this size an entity has no properties. */
const SMALLEST_WITH_PROPERTIES = 500;

/** Below this size an entity has no nested attribute, no relationships and no contexts. */
const SMALLEST_WITH_ALL = 2000;

/** Bytes of an entity that no fragment brings: id, type, quotes and brackets. */
const FRAME_BYTES = 65;

/** Fragments of attributes in all: enough to differ, few enough to stay in the processor's cache. */
const ATTRIBUTE_FRAGMENTS = 1024;

function makePool(random: Random, entityBytes: number): Pool {
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

function maxEntityBytes({ names, properties, groups, attributes, tails }: Pool): number {
  const longest = (fragments: readonly Buffer[]) => Math.max(0, ...fragments.map(({ length }) => length + 1));
  const parts = [names, properties, groups, tails, ...attributes];
  return 2 * FRAME_BYTES + parts.reduce((sum, fragments) => sum + longest(fragments), 0);
}

const PLAIN_WORDS = (
  'cotton linen shirt sleeve collar button pocket slim regular washed organic summer winter jacket outdoor ' +
  'waterproof leather steel handle bottle kitchen garden lamp desk chair oak walnut matte gloss small large'
).split(' ');

/** Two, three and four bytes of UTF-8 to a character. */
const OTHER_WORDS = (
  'Größe Baumwolle-weiß Knöpfe über été coûteux façonné niño señal Ärmel łóżko žlutý größer ' +
  'рубашка хлопок зима πουκάμισο シャツ 綿100% 颜色 尺寸 셔츠 قميص 👕 👟🧢 𝒜rt'
).split(' ');

/** Text that a reader which does not know strings from structure stumbles over. */
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

/** Some words, a fifth of them beyond ASCII. */
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

/** `2018-07-19T03:18:30.557-0500`: the offset has no colon. */
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

/** A member of `attributes`, with a name of its own for each slot. */
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

/** Mostly strings, some numbers and booleans: digits that a double loses are written out. */
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

/** Behind the attributes: relationships and contexts. */
function tailText(random: Random): string {
  const related = (name: string, type: CatalogType) => {
    const id = catalogId(random(1000));
    const relation = { id: `${name}_${id}`, relTo: { id, type }, properties: { relationshipType: 'association' } };
    return `"${name}":[${JSON.stringify(relation)}]`;
  };
  const vat = `{"context":{"country":"${oneOf(random, ['Germany', 'España', 'Ελλάδα'])}"},"attributes":{"vat":{"values":[${valueText(random, 'en-US')}]}}}`;
  return `},"relationships":{${related('crosssell', 'product')},${related('hasimages', 'image')}},"contexts":[${vat}]}`;
}
