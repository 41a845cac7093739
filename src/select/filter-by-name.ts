/** Keeps the entities with given names. */
import { type Batch, entityCount, keep } from '../terms/batch.js';
import { noSightings, type Sightings } from '../terms/sightings.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { MemberCounter } from './member-sightings.js';
import { memberText, requireLocated } from './member-value.js';

/** Names shown in a note. */
const EXAMPLES = 5;

/** Makes the stage; a name must be equal in every character. */
export function filterByNameStage(names: readonly string[], sightings: Sightings = noSightings()): Stage<Batch, Batch> {
  const counter = new MemberCounter('name', sightings.members.name);
  const wanted = new Set(names);
  const missing = new Set(names.filter((name) => !sightings.names.includes(name)));
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
        else if (wanted.has(own)) {
          positions.push(position);
          find(own);
        }
      }
      return [keep(batch, positions)];
    },
    absorb({ sightings: { names: seen, members } }) {
      for (const one of seen) find(one);
      counter.add(members.name);
    },
    flush(run) {
      const examples = [...missing].slice(0, EXAMPLES);
      const counts = { wanted: wanted.size, notFound: missing.size, examples };
      counter.report({ code: 'NAME_NOT_FOUND', plural: 'names', ...counts }, run);
      return NOTHING;
    },
  };

  function find(one: string): void {
    if (missing.delete(one)) sightings.names.push(one);
  }
}
