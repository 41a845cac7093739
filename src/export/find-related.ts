/** Finds the entities that the queries of relationship criteria select, by reading the source a first time. */
import { stat } from 'node:fs/promises';
import { nextTurn, turnIsOver } from '../loop/turn.js';
import { unpacked } from '../places/unpacked.js';
import { checkStage } from '../select/check.js';
import { filterByCriteriaStage } from '../select/filter-by-criteria.js';
import { filterByIdStage } from '../select/filter-by-id.js';
import { filterByNameStage } from '../select/filter-by-name.js';
import { filterByTypeStage } from '../select/filter-by-type.js';
import { memberText } from '../select/member-value.js';
import { TargetIds } from '../select/target-ids.js';
import { readBatches } from '../sources/read-batches.js';
import type { Source } from '../sources/source.js';
import { type Batch, entityCount } from '../terms/batch.js';
import { scopeOf } from '../terms/context.js';
import type { Criteria, RelatedQuery } from '../terms/criteria.js';
import { ANY_TYPE, lowerAscii } from '../terms/entity-type.js';
import { SluiceError } from '../terms/errors.js';
import type { ExportPlan, SelectPlan } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import { quoted } from '../terms/shown-text.js';
import type { Stage } from '../terms/stage.js';
import { newRun } from './create-run.js';
import { EVERYTHING, narrowed } from './to-source.js';

/** The ids that each query has found. */
export type Related = Map<RelatedQuery, TargetIds>;

/** The queries of relationship criteria, each with the name of its relationship. */
export function relatedQueries({ relationships = [] }: Criteria): readonly (readonly [string, RelatedQuery])[] {
  return relationships.flatMap((element) =>
    Object.entries(element).flatMap(([name, { query }]) => (query ? [[name, query] as const] : [])),
  );
}

/**
 * Reads the source to its end, and adds what the queries select. Records and bytes are counted when it is read again.
 * @throws SluiceError (rejects) `INVALID` for a source that can be read once only; what reading fails with
 */
export async function findRelated(
  source: Source,
  plan: ExportPlan,
  reader: 'scan' | 'stream-json',
  related: Related,
  run: Run,
): Promise<void> {
  const queries = relatedQueries(plan.select.criteria ?? {});
  await requireTwice(source, queries[0][0]);
  const before = run.now();
  const first = newRun({ id: run.id, signal: run.signal });
  const searches = queries.map(([, query]) => new Search(query, related));
  const [only, ...others] = searches;
  const select = others.length === 0 ? only.select : EVERYTHING;
  const read = { ...plan.read, locate: ['id', 'type', 'name'] as const, reader, recycle: true };
  const check = checkStage();
  try {
    for await (const batch of readBatches(unpacked(narrowed(source, { ...plan, select }), plan.read), read, first)) {
      for (const checked of await check.push(batch, first)) {
        for (const search of searches) await search.take(checked, first);
        if (checked.ending?.kind === 'fault' && checked.fromInput === undefined) throw checked.ending.error;
        if (checked.ending?.kind === 'fault') first.ledger.addAside(asideOf(checked), checked.fromInput);
      }
    }
    for (const [number, search] of searches.entries()) {
      await search.ids.seal(first);
      if (search.found > 0) continue;
      const text = `no entity satisfies the query of the relationship ${quoted(queries[number][0])}`;
      run.noteOnce({ code: 'CRITERIA_NOT_MET', text, counts: { entities: 0 } });
    }
  } finally {
    await check.close?.();
    for (const search of searches) await search.close();
    run.ledger.addBusy('findRelated', run.now() - before);
  }
}

/** The file is set aside again, and then reported, when the source is read again. */
function asideOf({ source, ending, firstIndex, covers }: Batch): Parameters<Run['ledger']['addAside']>[0] {
  const error = ending?.kind === 'fault' ? ending.error : undefined;
  return { source, code: error?.code ?? 'INTERNAL', message: error?.message ?? '', records: firstIndex + covers };
}

/** @throws SluiceError (rejects) `INVALID` */
async function requireTwice(source: Source, relationship: string): Promise<void> {
  const refuse = (name: string) => {
    const path = `relationshipsCriterion.${relationship}.query`;
    const message = `${path}: the source is read twice, first for the related entities, and ${name} can be read once only`;
    return new SluiceError('INVALID', 'plan', `${message}; give files, or a source that can be opened again`, { path });
  };
  if (source.reopenable === false) throw refuse('this one');
  for await (const { name } of source.files?.() ?? []) {
    const found = await stat(name).catch(() => undefined);
    if (found && !found.isFile() && !found.isDirectory() && !found.isBlockDevice()) throw refuse(name);
  }
}

/** One query. */
class Search {
  readonly ids = new TargetIds();
  /** Entities that the query has selected. */
  found = 0;
  readonly select: SelectPlan;
  readonly #stages: readonly Stage<Batch, Batch>[];

  constructor(query: RelatedQuery, related: Related) {
    const { ids, name: names, criteria } = query;
    const lowered = query.types?.map(lowerAscii);
    const types = lowered?.includes(ANY_TYPE) ? undefined : lowered;
    const scope = scopeOf(query);
    this.select = { types, ids, names, criteria, scope, uniqueIds: false };
    this.#stages = [
      ...(ids ? [filterByIdStage(ids, { uniqueIds: false })] : []),
      ...(types ? [filterByTypeStage(types)] : []),
      ...(names ? [filterByNameStage(names)] : []),
      ...(criteria ? [filterByCriteriaStage(criteria, scope)] : []),
    ];
    related.set(query, this.ids);
  }

  async take(batch: Batch, run: Run): Promise<void> {
    let batches: readonly Batch[] = [batch];
    for (const stage of this.#stages) {
      const passed: Batch[] = [];
      for (const one of batches) passed.push(...(await stage.push(one, run)));
      batches = passed;
    }
    for (const one of batches) {
      this.found += entityCount(one);
      for (let position = 0; position < entityCount(one); position++) {
        if (turnIsOver()) await nextTurn(run);
        const id = memberText(one, position, 'id');
        const waiting = id === undefined ? undefined : this.ids.add(id, run);
        if (waiting) await waiting;
      }
    }
  }

  async close(): Promise<void> {
    for (const stage of this.#stages) await stage.close?.();
  }
}
