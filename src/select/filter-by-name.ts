/** Keeps the entities with a given name. */
import { type Batch, entityCount, keep } from '../terms/batch.js';
import { noSightings, type Sightings } from '../terms/sightings.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { MemberCounter } from './member-sightings.js';
import { memberText, requireLocated } from './member-value.js';

/** Makes the stage; the name must be equal in every character. */
export function filterByNameStage(name: string, sightings: Sightings = noSightings()): Stage<Batch, Batch> {
  const counter = new MemberCounter('name', sightings.members.name);
  return {
    name: 'filterByName',
    step: 'select',
    push(batch) {
      requireLocated(batch, 'name');
      const positions: number[] = [];
      counter.begin(batch);
      for (let position = 0; position < entityCount(batch); position++) {
        const own = memberText(batch, position, 'name');
        if (own === undefined) counter.missed(batch, position);
        if (own === name) positions.push(position);
      }
      if (positions.length > 0) sightings.name = true;
      return [keep(batch, positions)];
    },
    flush(run) {
      const notFound = sightings.name ? 0 : 1;
      counter.report({ code: 'NAME_NOT_FOUND', plural: 'names', wanted: 1, notFound, examples: [name] }, run);
      return NOTHING;
    },
  };
}
