/** A made-up catalog of entities in the documented shape, for demonstrations, tests and benches; equal seeds give equal bytes. */
import type { InputForm } from '../terms/plan.js';
import { catalogId, makePool, maxEntityBytes, type Pool, type Random, withEscape } from './catalog-fragments.js';

export { catalogId } from './catalog-fragments.js';

/** Options of a catalog. It ends at `entities` or at `bytes`, whichever comes first. */
export interface CatalogOptions {
  /** Any integer; equal options give equal bytes. */
  readonly seed: number;
  /** Number of entities; default 1,000, or unlimited with `bytes`. */
  readonly entities?: number;
  /** The catalog ends with the entity that reaches this size. */
  readonly bytes?: number;
  readonly form: InputForm;
  /** Average bytes of an entity; default 4,200. From 2,000 on every entity has all documented parts. */
  readonly entityBytes?: number;
}

/** The types of the entities, with their percentages. */
const TYPE_SHARES = { product: 30, sku: 50, image: 20 } as const;

/** The type of a generated entity. */
export type CatalogType = keyof typeof TYPE_SHARES;

/** A number for each type. */
export type ByType = Readonly<Record<CatalogType, number>>;

/** Facts about a catalog, to check an export of it against. */
export interface CatalogFacts {
  readonly entities: number;
  /** Size of the catalog, including the framing of the entities. */
  readonly bytes: number;
  /** Entities of each type. */
  readonly byType: ByType;
  /** Bytes of the entities of each type, without framing. */
  readonly entityBytesByType: ByType;
  /** Number of ids written with a `\u` escape. */
  readonly escapedIds: number;
  /** Number of types written with a `\u` escape. */
  readonly escapedTypes: number;
  /** Number of entities with `data` before type and id. */
  readonly dataFirst: number;
}

/** Makes a complete catalog in memory. */
export function catalog(options: CatalogOptions): { readonly bytes: Buffer; readonly facts: CatalogFacts } {
  const chunks: Buffer[] = [];
  const generator = catalogChunks(options);
  for (;;) {
    const { value, done } = generator.next();
    if (done) return { bytes: Buffer.concat(chunks), facts: value };
    chunks.push(value);
  }
}

/** Approximate bytes of a chunk. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Makes a catalog in chunks, each of which ends between two entities and belongs to the caller. Entities are assembled
 * from fragments that are made once, so gigabytes take seconds.
 * @returns facts about the catalog
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

/** Text around and between entities; the document is what an export of all entities writes. */
const FRAMES: Readonly<Record<InputForm, Readonly<Record<'head' | 'separator' | 'terminator' | 'tail', string>>>> = {
  lines: { head: '', separator: '', terminator: '\n', tail: '' },
  sequence: { head: '', separator: '', terminator: '', tail: '' },
  array: { head: '[', separator: ',', terminator: '', tail: ']' },
  document: { head: '{"entities":[', separator: ',', terminator: '', tail: ']}' },
};

/** Mulberry32, by Tommy Ettinger: 32 bits of state, equal numbers on every machine. */
function random(seed: number): Random {
  let state = seed | 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

/** Orders of the members of an entity, with their percentages. */
const KEY_ORDERS = [
  { share: 50, members: ['id', 'name', 'type', 'properties', 'data'] },
  { share: 25, members: ['type', 'id', 'name', 'properties', 'data'] },
  { share: 15, members: ['name', 'properties', 'id', 'type', 'data'] },
  { share: 10, members: ['name', 'properties', 'data', 'type', 'id'] },
] as const;

type Member = (typeof KEY_ORDERS)[number]['members'][number];

/** One in this many ids, and types, is written with an escape. */
const ESCAPED_ID_EVERY = 100;
const ESCAPED_TYPE_EVERY = 250;

/** Writes entities one after the other into a buffer. */
class EntityWriter {
  readonly byType = { product: 0, sku: 0, image: 0 };
  readonly entityBytesByType = { product: 0, sku: 0, image: 0 };
  escapedIds = 0;
  escapedTypes = 0;
  dataFirst = 0;
  /** Bytes in the current buffer. */
  length = 0;
  /** Upper bound of the length of an entity. */
  readonly maxBytes: number;
  readonly #random: Random;
  readonly #pool: Pool;
  #out: Buffer = Buffer.alloc(0);

  constructor(random: Random, entityBytes: number) {
    this.#random = random;
    this.#pool = makePool(random, entityBytes);
    this.maxBytes = maxEntityBytes(this.#pool);
  }

  /** Continues in an empty buffer; returns the filled part of the previous one. */
  begin(out: Buffer): Buffer {
    const full = this.#out.subarray(0, this.length);
    this.#out = out;
    this.length = 0;
    return full;
  }

  /** Writes ASCII text. */
  text(text: string): void {
    // For so few characters a call into Node costs more than this loop.
    for (let index = 0; index < text.length; index++) this.#out[this.length++] = text.charCodeAt(index);
  }

  /** Writes the entity at an index of the catalog. */
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

/** Chooses by a percentage from 0 to 99. */
function byShare<T extends { readonly share: number }>(choices: readonly T[], percent: number): T {
  let rest = percent;
  for (const choice of choices) {
    rest -= choice.share;
    if (rest < 0) return choice;
  }
  return choices[0];
}
