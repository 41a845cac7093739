/** Keeps the parts of an entity that were asked for: source text for bytes, own values for objects. */

import type { Rule, Rules } from '../../scan/kernel-projector.js';
import type { Batch, ObjectBatch } from '../../terms/batch.js';
import type { FieldList } from '../../terms/fields.js';
import { jsonObject } from '../../terms/json-value.js';
import type { Projection } from '../../terms/plan.js';
import { NOTHING, type Stage } from '../../terms/stage.js';
import { BytesProjector } from './project-bytes.js';

/**
 * Makes the stage. Id, name, type and action stay; properties, and attributes and relationships of `data`, stay as
 * listed; everything else goes. A container that was emptied goes too; one that came empty and was asked for stays.
 * Batches must have been checked, or trusted.
 */
export function projectStage(projection: Projection): Stage<Batch, Batch> {
  const rules = compileRules(projection);
  const projector = new BytesProjector(rules);
  return {
    name: 'project',
    step: 'select',
    push(batch) {
      if (batch.kind === 'objects') return [projectObjects(batch, rules)];
      return [projector.project(batch)];
    },
    flush: () => NOTHING,
    close: () => projector.close(),
  };
}

/** Members that every projection keeps beside id, name and type: `action` marks deleted records. */
const ALWAYS_KEPT = ['action'];

function compileRules({ attributes, relationships, properties }: Projection): Rules {
  const rules = new Map<string, Rule>(ALWAYS_KEPT.map((name) => [name, 'keep']));
  const data = new Map<string, Rule>();
  addRule(rules, 'properties', properties);
  addRule(data, 'attributes', attributes);
  addRule(data, 'relationships', relationships);
  if (data.size > 0) rules.set('data', data);
  return rules;
}

function addRule(rules: Map<string, Rule>, name: string, list: FieldList | undefined): void {
  if (list === 'all') rules.set(name, 'keep');
  else if (list && list.length > 0) rules.set(name, new Map(list.map((field) => [field, 'keep'])));
}

function projectObjects(batch: ObjectBatch, rules: Rules): ObjectBatch {
  const { id, type, name } = batch.memberNames;
  const all = new Map<string, Rule>([...rules, [id, 'keep'], [type, 'keep'], [name, 'keep']]);
  return { ...batch, objects: batch.objects.map((entity) => projectObject(entity, all) ?? {}) };
}

/** The members of an object that have a rule; undefined when it had some and none stays. */
function projectObject(value: object, rules: Rules): object | undefined {
  const members = Object.entries(value);
  const kept: [string, unknown][] = [];
  for (const [key, member] of members) {
    const rule = rules.get(key);
    if (rule === undefined) continue;
    const container = rule === 'keep' ? undefined : jsonObject(member, key);
    const projected = rule === 'keep' ? member : container && projectObject(container, rule);
    if (projected !== undefined) kept.push([key, projected]);
  }
  return kept.length > 0 || members.length === 0 ? Object.fromEntries(kept) : undefined;
}
