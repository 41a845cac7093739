/** Keeps the entities with one of the ids. */
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type Batch, endAfter, entityCount, keep, ordinalAt } from '../terms/batch.js';
import type { Run } from '../terms/run.js';
import { noSightings, type Sightings } from '../terms/sightings.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { MemberCounter, missingOf } from './member-sightings.js';
import { memberText, requireLocated } from './member-value.js';

/** Ids that are taken in at once: a look at the clock costs as much as one of them. */
const IDS_AT_ONCE = 1024;

/** How ids are searched for. */
export interface FilterByIdOptions {
  /** Each id occurs once: when all are found, reading ends; default true. */
  readonly uniqueIds?: boolean;
  /** The ids found so far; further ones are added. */
  readonly found?: Set<string>;
  readonly sightings?: Sightings;
}

/**
 * Makes the stage.
 * @param ids exact texts; a number in an entity matches by its digits
 */
export function filterByIdStage(
  ids: readonly string[],
  { uniqueIds = true, found = new Set(), sightings = noSightings() }: FilterByIdOptions = {},
): Stage<Batch, Batch> {
  const wanted = new Set<string>();
  const counter = new MemberCounter('id', sightings.members.id);
  let known = 0;
  let done = false;
  return {
    name: 'filterById',
    step: 'select',
    async push(batch, run) {
      if (done) return NOTHING;
      requireLocated(batch, 'id');
      if (known < ids.length) await know(run);
      if (wanted.size === 0) {
        run.note({ code: 'NO_IDS', text: 'the list of ids is empty: no entity can match' });
        return end(batch, -1, run);
      }
      const positions: number[] = [];
      counter.begin(batch);
      for (let position = 0; position < entityCount(batch); position++) {
        const id = memberText(batch, position, 'id');
        if (id === undefined) counter.missed(batch, position);
        if (id === undefined || !wanted.has(id)) continue;
        positions.push(position);
        found.add(id);
        if (uniqueIds && found.size === wanted.size) {
          return end(keep(batch, positions), ordinalAt(batch, position), run);
        }
      }
      return [keep(batch, positions)];
    },
    absorb({ ids: seen, sightings: { members } }) {
      for (const id of seen) found.add(id);
      counter.add(members.id);
    },
    async flush(run) {
      if (known < ids.length) await know(run);
      counter.report(missingOf('IDS_NOT_FOUND', 'ids', wanted, found), run);
      return NOTHING;
    },
  };

  /** Runs once, and in turns: there may be 100,000 ids. */
  async function know(run: Run): Promise<void> {
    while (known < ids.length) {
      if (turnIsOver()) await nextTurn(run);
      const end = Math.min(ids.length, known + IDS_AT_ONCE);
      while (known < end) wanted.add(ids[known++]);
    }
  }

  function end(batch: Batch, ordinal: number, run: Run): readonly Batch[] {
    done = true;
    run.stop();
    batch.enough?.(batch.firstIndex + ordinal);
    return [endAfter(batch, ordinal, { kind: 'stop', by: 'ids' })];
  }
}
