/** Keeps the entities that bear one of the ids. */
import { type Batch, endAfter, entityCount, keep, ordinalAt } from '../../terms/batch.js';
import { NOTHING, type Stage } from '../../terms/stage.js';
import { memberText, requireLocated } from './member-value.js';

/**
 * Makes the stage.
 * @param ids exact texts; a number in an entity matches by its digits
 * @param options.uniqueIds (default true) each id occurs once: when all were found, the source is told to end
 * @param options.found the ids that were found before; those that are found are added
 */
export function filterByIdStage(
  ids: readonly string[],
  { uniqueIds = true, found = new Set() }: { readonly uniqueIds?: boolean; readonly found?: Set<string> } = {},
): Stage<Batch, Batch> {
  const wanted = new Set(ids);
  let done = false;
  return {
    name: 'filterById',
    step: 'select',
    push(batch) {
      if (done) return NOTHING;
      requireLocated(batch, 'id');
      if (wanted.size === 0) return end(batch, -1);
      const positions: number[] = [];
      for (let position = 0; position < entityCount(batch); position++) {
        const id = memberText(batch, position, 'id');
        if (id === undefined || !wanted.has(id)) continue;
        positions.push(position);
        if (!uniqueIds) continue;
        found.add(id);
        if (found.size === wanted.size) return end(keep(batch, positions), ordinalAt(batch, position));
      }
      return [keep(batch, positions)];
    },
    flush: () => NOTHING,
  };

  function end(batch: Batch, ordinal: number): readonly Batch[] {
    done = true;
    batch.run.stop();
    return [endAfter(batch, ordinal, { kind: 'stop', by: 'ids' })];
  }
}
