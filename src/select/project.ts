/** Keeps the requested parts of entities: source text of bytes, own values of objects. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import { batchError } from '../scan/lines.js';
import { MemberLocator, wantedMembers } from '../scan/members.js';
import { StringCache } from '../scan/string-cache.js';
import {
  type Batch,
  type ByteBatch,
  END,
  type MemberNames,
  type ObjectBatch,
  ORDINAL,
  ROW_WIDTH,
  START,
} from '../terms/batch.js';
import { lowerAscii } from '../terms/entity-type.js';
import type { FieldList } from '../terms/fields.js';
import type { Projection } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import { noSightings, type Sightings } from '../terms/sightings.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { ContextWatch } from './context-sightings.js';
import type { MembersRule } from './entity-rules.js';
import { keepByEntityRules } from './keep-by-entity-rules.js';
import { memberText } from './member-value.js';
import { PartWatch } from './part-sightings.js';
import { BytesProjector, locatedColumns, sizeOf } from './project-bytes.js';
import { projectPathsStage } from './project-paths.js';
import { compileEntityRules, type EntityRules, foldFilters } from './projection-rules.js';
import { type NameRules, tableOfNames } from './rule-table.js';
import { upToFault } from './up-to-fault.js';
import { EntityRulesWriter } from './write-by-entity-rules.js';

/**
 * Makes the stage. Id, name, type and action stay; properties, and attributes, relationships and contexts of `data`,
 * stay as the projection says; other members are left out, unless entities are kept complete. A container that becomes
 * empty is left out; a requested one that is empty in the source stays. Batches must have been checked, or trusted.
 */
export function projectStage(requested: Projection, sightings: Sightings = noSightings()): Stage<Batch, Batch> {
  if (requested.paths) return projectPathsStage(requested.paths, sightings);
  const projection = foldFilters(requested);
  const projector = isPlain(projection) ? new BytesProjector(tableOfNames(plainRules(projection))) : undefined;
  let strings: StringCache | undefined;
  const parts = new PartWatch(projection, sightings);
  const contexts = new ContextWatch(projection.scope, sightings);
  let names: MemberNames | undefined;
  let rules: EntityRules | undefined;
  return {
    name: 'project',
    step: 'select',
    async push(batch, run) {
      const projected = await upToFault(batch, run, (some) => project(some, run));
      parts.take(projected);
      return [projected];
    },
    absorb({ sightings: seen }) {
      parts.add(seen);
      contexts.add(seen.contexts);
    },
    flush(run) {
      parts.report(run);
      if (sightings.written > 0) contexts.report(run, 'no entity that was written');
      return NOTHING;
    },
    close: () => projector?.close(),
  };

  function project(batch: Batch, run: Run): Batch | Promise<Batch> {
    if (projector && batch.kind === 'bytes') return projector.project(batch, run);
    if (!rules || names !== batch.memberNames) rules = compileEntityRules(projection, batch.memberNames, contexts);
    names = batch.memberNames;
    if (batch.kind === 'objects') return projectObjects(batch, rules, run);
    strings ??= new StringCache();
    return projectTexts(batch, rules, strings, run);
  }
}

/** Whether lists of names on three levels describe the projection: the kernel supports nothing else. */
function isPlain({ attributes, relationships, properties, scope, ...more }: Projection): boolean {
  const isSelf = !scope || (scope.self && scope.contexts.length === 0);
  return isSelf && !Object.values(more).some((part) => part !== undefined && part !== false);
}

/** Members that every projection keeps beside id, name and type: `action` marks deleted records. */
const ALWAYS_KEPT = ['action'];

function plainRules({ attributes, relationships, properties }: Projection): NameRules {
  const rules = new Map<string, 'keep' | NameRules>(ALWAYS_KEPT.map((name) => [name, 'keep']));
  const data = new Map<string, 'keep' | NameRules>();
  addRule(rules, 'properties', properties);
  addRule(data, 'attributes', attributes);
  addRule(data, 'relationships', relationships);
  if (data.size > 0) rules.set('data', data);
  return rules;
}

function addRule(rules: Map<string, 'keep' | NameRules>, name: string, list: FieldList | undefined): void {
  if (list === 'all') rules.set(name, 'keep');
  else if (list && list.length > 0) rules.set(name, new Map(list.map((field) => [field, 'keep'])));
}

async function projectTexts(batch: ByteBatch, rules: EntityRules, strings: StringCache, run: Run): Promise<ByteBatch> {
  const { rows, count } = batch;
  const columns = locatedColumns(batch);
  const writer = new EntityRulesWriter(batch, sizeOf(batch), strings);
  const projected = new Int32Array(rows.length).fill(-1);
  const typed = rules.byType.size > 0 ? withTypes(batch) : batch;
  for (let position = 0; position < count; position++) {
    if (turnIsOver()) await nextTurn(run);
    const row = position * ROW_WIDTH;
    const start = writer.length;
    const rule = ruleFor(rules, typed, position);
    writer.writeEntity(rows[row + START], rows[row + END], rule, columns, projected, row);
    projected[row + START] = start;
    projected[row + END] = writer.length;
    projected[row + ORDINAL] = rows[row + ORDINAL];
  }
  return { ...batch, bytes: writer.target, knownLine: undefined, rows: projected, located: ['id', 'type', 'name'] };
}

async function projectObjects(batch: ObjectBatch, rules: EntityRules, run: Run): Promise<ObjectBatch> {
  const { source, firstIndex, ordinals } = batch;
  const objects: object[] = [];
  for (const [position, entity] of batch.objects.entries()) {
    if (turnIsOver()) await nextTurn(run);
    const details = { source, recordIndex: firstIndex + ordinals[position] };
    objects.push(keepByEntityRules(entity, ruleFor(rules, batch, position), details));
  }
  return { ...batch, objects };
}

function ruleFor({ byType, others }: EntityRules, batch: Batch, position: number): MembersRule {
  const type = byType.size > 0 ? memberText(batch, position, 'type') : undefined;
  return (type === undefined ? undefined : byType.get(lowerAscii(type))) ?? others;
}

/** The batch with the types located, if the reader did not locate them. */
function withTypes(batch: ByteBatch): ByteBatch {
  const { bytes, count, maxDepth } = batch;
  if (batch.located.includes('type')) return batch;
  const rows = batch.rows.slice();
  const members = new MemberLocator(wantedMembers(['type'], batch.memberNames), maxDepth);
  for (let row = 0; row < count * ROW_WIDTH; row += ROW_WIDTH) {
    const fault = members.locate(bytes, rows[row + START], rows[row + END], rows, row);
    if (!fault) continue;
    throw batchError(batch, fault, 'select', batch.firstIndex + rows[row + ORDINAL]);
  }
  return { ...batch, rows };
}
