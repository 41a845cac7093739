/** Tracks which listed parts were written, until each was seen once. */
import { type Batch, type ByteBatch, END, entityCount, ROW_WIDTH, START } from '../terms/batch.js';
import { formatCount } from '../terms/format-count.js';
import type { Projection } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import { quoted } from '../terms/shown-text.js';
import { LISTED_PARTS, type ListedPart, type Sightings } from '../terms/sightings.js';
import { MOST_SHOWN } from './member-sightings.js';

const BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/** Where each part is in an entity. */
const PLACES: Readonly<Record<ListedPart, string>> = {
  attributes: 'data.attributes',
  relationships: 'data.relationships',
  properties: 'properties',
};

/** Watches the output of a projection. */
export class PartWatch {
  readonly #projection: Projection;
  readonly #sightings: Sightings;
  #unseen: readonly ListedPart[];

  constructor(projection: Projection, sightings: Sightings) {
    this.#projection = projection;
    this.#sightings = sightings;
    this.#unseen = LISTED_PARTS.filter((part) => isAsked(projection, part) && !sightings.parts.includes(part));
  }

  /** Notes the parts of a projected batch. */
  take(batch: Batch): void {
    const count = entityCount(batch);
    this.#sightings.written += count;
    if (this.#unseen.length === 0 || count === 0) return;
    const seen = this.#unseen.filter((part) =>
      batch.kind === 'bytes' ? hasPart(batch, part) : batch.objects.some((entity) => objectHasPart(entity, part)),
    );
    this.#found(seen);
  }

  /** Takes over what was seen of a projected batch in another thread. */
  add({ written, parts }: Pick<Sightings, 'written' | 'parts'>): void {
    this.#sightings.written += written;
    this.#found(this.#unseen.filter((part) => parts.includes(part)));
  }

  #found(seen: readonly ListedPart[]): void {
    if (seen.length === 0) return;
    this.#sightings.parts = [...this.#sightings.parts, ...seen];
    this.#unseen = this.#unseen.filter((part) => !seen.includes(part));
  }

  /** Reports at the end the parts that no entity had. */
  report(run: Run): void {
    const { written } = this.#sightings;
    if (written === 0) return;
    for (const part of this.#unseen) {
      const list = this.#projection[part] ?? [];
      const names = list === 'all' ? [] : list.slice(0, MOST_SHOWN).map(quoted);
      const more = list.length > names.length ? ', …' : '';
      const what = list === 'all' ? part : `any of the ${part} ${names.join(', ')}${more}`;
      const text = `none of the ${formatCount(written)} entities that were written has ${what}; ${part} are searched for in ${PLACES[part]}`;
      run.note({ code: 'FIELDS_NOT_FOUND', text, counts: { written } });
    }
  }
}

/** Whether the part is certainly requested: `all` is often requested although few entities have the part. */
function isAsked(projection: Projection, part: ListedPart): boolean {
  const list = projection[part];
  return list === 'all' ? part === 'attributes' && !projection.whole : list !== undefined && list.length > 0;
}

/** Whether one of the texts has the part, not empty. Inside a string every quote has a backslash. */
function hasPart({ bytes, rows, count }: ByteBatch, part: ListedPart): boolean {
  const key = Buffer.from(`"${part}":`);
  const end = rows[(count - 1) * ROW_WIDTH + END];
  const texts = bytes.subarray(0, end);
  for (let at = texts.indexOf(key, rows[START]); at >= 0; at = texts.indexOf(key, at + 1)) {
    let next = at + key.length;
    if (texts[next] !== BRACE) continue;
    do next++;
    while (texts[next] <= SPACE);
    if (texts[next] !== CLOSE_BRACE) return true;
  }
  return false;
}

function objectHasPart(entity: object, part: ListedPart): boolean {
  if (part === 'properties') return isFilled(memberOf(entity, part));
  const data = memberOf(entity, 'data');
  const contexts = memberOf(data, 'contexts');
  const places: readonly unknown[] = [data, ...(Array.isArray(contexts) ? contexts : [])];
  return places.some((place) => isFilled(memberOf(place, part)));
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function isFilled(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
