/** The stages that choose entities and their parts, in the order of the data; each thread of an export has them. */
import { checkStage } from '../select/check.js';
import type { RelatedIds } from '../select/compile-criteria.js';
import { filterByCriteriaStage } from '../select/filter-by-criteria.js';
import { filterByIdStage } from '../select/filter-by-id.js';
import { filterByNameStage } from '../select/filter-by-name.js';
import { filterByTypeStage } from '../select/filter-by-type.js';
import { limitStage } from '../select/limit.js';
import { projectStage } from '../select/project.js';
import { skipStage } from '../select/skip.js';
import { sortStage } from '../select/sort.js';
import type { ScannedSection } from '../sources/sections.js';
import { type Batch, entityCount } from '../terms/batch.js';
import type { ExportPlan, ReadPlan } from '../terms/plan.js';
import type { Sightings } from '../terms/sightings.js';
import type { Stage } from '../terms/stage.js';

/** The part of a plan that says which entities and which of their parts are written. */
export type SelectionPlan = Pick<ExportPlan, 'read' | 'select' | 'project'>;

/** The state of the stages, which they change. */
export interface SelectionState {
  /** Ids found. */
  readonly found: Set<string>;
  readonly sightings: Sightings;
  /** The ids of related entities, complete before the first batch. */
  readonly related?: RelatedIds | undefined;
  /** Records that an earlier run of the same plan has written. */
  readonly written: number;
}

/** The stages, and whether they need to see a section that another thread has scanned. */
export interface Selection {
  readonly stages: readonly Stage<Batch, Batch>[];
  /** Whether nothing in the section ends the run: then it may pass these stages as it is. */
  mayTake(section: ScannedSection): boolean;
}

/** Makes the stages of an export. */
export function selectionStages(plan: SelectionPlan, state: SelectionState): Selection {
  const { select, project } = plan;
  const { found, sightings, written } = state;
  const { sort, skip, limit, scope, ids, uniqueIds } = select;
  const elsewhere = sectionStages(plan, state).map(absorbing);
  /** Entities that have reached the limit so far. */
  let passed = written;
  /** Wanted ids, each counted once. */
  let wanted: number | undefined;
  const stages: Stage<Batch, Batch>[] = isProjectedEarly(plan) ? elsewhere.slice(0, -1) : [...elsewhere];
  if (sort) stages.push(sortStage(sort, { scope, skip, limit }));
  else if (skip !== undefined) stages.push(skipStage(skip, sightings));
  // Every entity that has passed the limit was written.
  if (limit !== undefined && !sort) {
    stages.push(
      counting(limitStage(limit - written), (count) => {
        passed += count;
      }),
    );
  }
  if (project) stages.push(isProjectedEarly(plan) ? elsewhere[elsewhere.length - 1] : projectStage(project, sightings));
  return { stages, mayTake };

  function mayTake({ count, seen }: ScannedSection): boolean {
    if (ids && uniqueIds) {
      wanted ??= new Set(ids).size;
      if (found.size + seen.ids.filter((id) => !found.has(id)).length >= wanted) return false;
    }
    if (sort) return true;
    if (skip !== undefined && (sightings.skipped ?? 0) < skip) return false;
    return limit === undefined || passed + count < limit;
  }
}

/** Makes the stages of a thread that scans sections: those that look at one entity at a time. */
export function sectionStages(plan: SelectionPlan, state: SelectionState): readonly Stage<Batch, Batch>[] {
  const { read, select, project } = plan;
  const { found, sightings } = state;
  const stages: Stage<Batch, Batch>[] = [];
  if (checksFirst(read)) stages.push(checkStage());
  if (select.ids) stages.push(filterByIdStage(select.ids, { uniqueIds: select.uniqueIds, found, sightings }));
  if (select.types) stages.push(filterByTypeStage(select.types, sightings));
  if (select.names) stages.push(filterByNameStage(select.names, sightings));
  if (!checksFirst(read)) stages.push(checkStage());
  if (select.criteria) stages.push(filterByCriteriaStage(select.criteria, select.scope, sightings, state.related));
  if (project && isProjectedEarly(plan)) stages.push(projectStage(project, sightings));
  return stages;
}

/**
 * Whether all entities are checked before the first filter. A file that may be set aside is: filters must not count, or
 * stop at, what follows its first fault.
 */
export function checksFirst({ onError }: ReadPlan): boolean {
  return onError === 'skip-file';
}

/** Whether entities can be projected before others are known: those that are sorted keep what they are sorted by. */
function isProjectedEarly({ select, project }: SelectionPlan): boolean {
  return project !== undefined && select.sort === undefined;
}

/** The stage, which lets batches pass that the same stage has had in another thread. */
function absorbing(stage: Stage<Batch, Batch>): Stage<Batch, Batch> {
  return {
    ...stage,
    push(batch, run) {
      if (batch.kind !== 'bytes' || !batch.seen) return stage.push(batch, run);
      const absorbed = stage.absorb?.(batch.seen, batch);
      return absorbed ? absorbed.then(() => [batch]) : [batch];
    },
  };
}

/** The stage, with the entities of its batches counted. */
function counting(stage: Stage<Batch, Batch>, count: (entities: number) => void): Stage<Batch, Batch> {
  return {
    ...stage,
    push(batch, run) {
      count(entityCount(batch));
      return stage.push(batch, run);
    },
  };
}
