/** Keeps the entities of one name. */
import { type Batch, entityCount, keep } from '../../terms/batch.js';
import { NOTHING, type Stage } from '../../terms/stage.js';
import { memberText, requireLocated } from './member-value.js';

/** Makes the stage; the name must be equal to the last character. */
export function filterByNameStage(name: string): Stage<Batch, Batch> {
  return {
    name: 'filterByName',
    step: 'select',
    push(batch) {
      requireLocated(batch, 'name');
      const positions: number[] = [];
      for (let position = 0; position < entityCount(batch); position++) {
        if (memberText(batch, position, 'name') === name) positions.push(position);
      }
      return [keep(batch, positions)];
    },
    flush: () => NOTHING,
  };
}
