/** Keeps the entities of some types. */

import { QUOTE } from '../../scan/ascii.js';
import { hasEscape } from '../../scan/bytes.js';
import { type Batch, entityCount, keep, ROW_WIDTH, TYPE_END, TYPE_START } from '../../terms/batch.js';
import { ANY_TYPE, lowerAscii } from '../../terms/entity-type.js';
import { NOTHING, type Stage } from '../../terms/stage.js';
import { memberText, requireLocated } from './member-value.js';

/**
 * Makes the stage.
 * @param types ASCII case is ignored; `_ALL` keeps everything, also what has no type
 */
export function filterByTypeStage(types: readonly string[]): Stage<Batch, Batch> {
  const wanted = new Set(types.map(lowerAscii));
  const any = wanted.has(ANY_TYPE);
  // A type with half a surrogate pair has no bytes; it can only be spelled by an escape.
  const spelled = [...wanted].filter((type) => type.isWellFormed()).map((type) => Buffer.from(type));

  return {
    name: 'filterByType',
    step: 'select',
    push(batch) {
      if (any) return [batch];
      requireLocated(batch, 'type');
      const positions: number[] = [];
      for (let position = 0; position < entityCount(batch); position++) {
        if (matches(batch, position)) positions.push(position);
      }
      return [keep(batch, positions)];
    },
    flush: () => NOTHING,
  };

  function matches(batch: Batch, position: number): boolean {
    if (batch.kind === 'bytes') {
      const row = position * ROW_WIDTH;
      const start = batch.rows[row + TYPE_START];
      if (start < 0) return false;
      // Most types are written plainly: compare their bytes before a string is made of them.
      const end = batch.rows[row + TYPE_END];
      for (const type of spelled) {
        if (equalsIgnoringCase(batch.bytes, start + 1, end - 1, type)) return batch.bytes[start] === QUOTE;
      }
      if (!hasEscape(batch.bytes, start, end)) return false;
    }
    const type = memberText(batch, position, 'type');
    return type !== undefined && wanted.has(lowerAscii(type));
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
