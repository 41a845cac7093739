/** Keeps the entities of given types. */

import { QUOTE } from '../scan/ascii.js';
import { hasEscape } from '../scan/bytes.js';
import { type Batch, entityCount, keep, ROW_WIDTH, TYPE_END, TYPE_START } from '../terms/batch.js';
import { ANY_TYPE, lowerAscii } from '../terms/entity-type.js';
import { noSightings, type Sightings } from '../terms/sightings.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { MemberCounter, missingOf } from './member-sightings.js';
import { memberText, requireLocated } from './member-value.js';

/** Number of types up to which they are compared one by one; more are looked up. */
const MOST_COMPARED = 16;

/**
 * Makes the stage.
 * @param types ASCII case is ignored, a number in an entity matches by its digits; `_ALL` keeps all entities, with a
 *   type or without
 */
export function filterByTypeStage(types: readonly string[], sightings: Sightings = noSightings()): Stage<Batch, Batch> {
  const wanted = new Set(types.map(lowerAscii));
  const any = wanted.has(ANY_TYPE);
  // A type with half a surrogate pair has no bytes; entities can only spell it by an escape.
  const all = [...wanted].filter((type) => type.isWellFormed());
  const spelled = all.length <= MOST_COMPARED ? all.map((type) => ({ type, bytes: Buffer.from(type) })) : undefined;
  const counter = new MemberCounter('type', sightings.members.type);
  const found = new Set(sightings.types);

  return {
    name: 'filterByType',
    step: 'select',
    push(batch) {
      if (any) return [batch];
      requireLocated(batch, 'type');
      const positions: number[] = [];
      counter.begin(batch);
      for (let position = 0; position < entityCount(batch); position++) {
        const type = wantedType(batch, position);
        if (type === undefined) continue;
        positions.push(position);
        find(type);
      }
      return [keep(batch, positions)];
    },
    absorb({ sightings: { types: seen, members } }) {
      for (const type of seen) find(type);
      counter.add(members.type);
    },
    flush(run) {
      if (!any) counter.report(missingOf('TYPES_NOT_FOUND', 'types', wanted, found), run);
      return NOTHING;
    },
  };

  function find(type: string): void {
    if (found.has(type)) return;
    found.add(type);
    sightings.types.push(type);
  }

  /** The type of the entity, if it is wanted. */
  function wantedType(batch: Batch, position: number): string | undefined {
    if (batch.kind === 'bytes') {
      const row = position * ROW_WIDTH;
      const start = batch.rows[row + TYPE_START];
      // Most types have no escapes: compare their bytes before a string is created.
      if (spelled && start >= 0 && batch.bytes[start] === QUOTE) {
        const end = batch.rows[row + TYPE_END];
        for (const { type, bytes } of spelled) {
          if (equalsIgnoringCase(batch.bytes, start + 1, end - 1, bytes)) return type;
        }
        if (!hasEscape(batch.bytes, start, end)) return undefined;
      }
    }
    const text = memberText(batch, position, 'type');
    if (text === undefined) counter.missed(batch, position);
    const type = text === undefined ? undefined : lowerAscii(text);
    return type !== undefined && wanted.has(type) ? type : undefined;
  }
}

/** Whether `[start, end)` is the lower-case text, ASCII case ignored. */
function equalsIgnoringCase(bytes: Uint8Array, start: number, end: number, lower: Uint8Array): boolean {
  if (end - start !== lower.length) return false;
  for (let index = 0; index < lower.length; index++) {
    const byte = bytes[start + index];
    if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== lower[index]) return false;
  }
  return true;
}
