/** Plans what of a record is its entity, by the options. */
import { parseKept, parseNest } from '../shape/parse-kept.js';
import { makesMembers } from '../shape/shape.js';
import type { DeeperNames, MemberNames } from '../terms/batch.js';
import { definedOnly } from '../terms/defined-only.js';
import { invalid } from '../terms/errors.js';
import { EVERY, type Names, parseNames, parsePath } from '../terms/path.js';
import type { KeptMember, ReadPlan, ShapePlan } from '../terms/plan.js';
import type { PlanOptions } from './plan-options.js';

/** The options that make a shape. */
export type ShapeOptions = Pick<PlanOptions, 'path' | 'idField' | 'unwrap' | 'keep' | 'idFromKey' | 'explode' | 'nest'>;

/**
 * The members of the first level at these paths, and the names that lead further.
 * @param paths to id, type and name
 * @throws SluiceError `INVALID`
 */
export function membersAt(paths: MemberNames): Pick<ReadPlan, 'memberNames' | 'deeper'> {
  const id = parseNames(paths.id, 'idField');
  const type = parseNames(paths.type, 'typeField');
  const name = parseNames(paths.name, 'memberNames.name');
  const memberNames: MemberNames = { id: id[0], type: type[0], name: name[0] };
  const deeper: DeeperNames = definedOnly({ id: furtherOf(id), type: furtherOf(type), name: furtherOf(name) });
  return Object.keys(deeper).length === 0 ? { memberNames } : { memberNames, deeper };
}

function furtherOf(path: Names): Names | undefined {
  return path.length > 1 ? path.slice(1) : undefined;
}

/**
 * The shape of the records.
 * @throws SluiceError `INVALID` for options that contradict each other
 */
export function planShape({ path, idField = 'id', keep, idFromKey, ...options }: ShapeOptions): ShapePlan {
  const kept = keep === undefined ? [] : [keep].flat().map((text) => parseKept(text, 'keep'));
  const explode = options.explode === undefined ? [] : parseNames(options.explode, 'explode');
  const stated = options.unwrap === undefined ? [] : parseNames(options.unwrap, 'unwrap');
  const inside = [...insideOf(path), ...stated];
  // What is kept is around something: the element.
  const unwrap = inside.length === 0 && kept.length > 0 ? explode : inside;
  if (kept.length > 0 && unwrap.length === 0) {
    throw invalid('plan', 'keeps members around an entity inside the record, and needs unwrap or explode', 'keep');
  }
  if (!isWithin(unwrap, explode) && !isWithin(explode, unwrap)) {
    throw invalid('plan', 'must be inside what unwrap leads to, or on the way there', 'explode');
  }
  if (idFromKey) refuseKeys(path, idField, kept);
  const nest = options.nest === undefined ? undefined : parseNest(options.nest, 'nest');
  if (nest && (unwrap.length > 0 || explode.length > 0 || idFromKey)) {
    throw invalid('plan', 'makes entities of complete records, without unwrap, keep, explode or idFromKey', 'nest');
  }
  const made = kept.map(({ name }) => name);
  // An element that is no object becomes a member.
  if (makesMembers({ unwrap, explode })) made.push(...explode.slice(-1));
  const twice = made.find((name, index) => made.indexOf(name) < index);
  if (twice !== undefined) {
    throw invalid('plan', `makes two members ${JSON.stringify(twice)}; rename one: new=path`, 'keep');
  }
  return definedOnly({
    unwrap: unwrap.length > 0 ? unwrap : undefined,
    keep: kept.length > 0 ? kept : undefined,
    idFromKey: idFromKey || undefined,
    explode: explode.length > 0 ? explode : undefined,
    nest,
  });
}

/** Whether one path begins as another does. */
function isWithin(path: Names, start: Names): boolean {
  return start.every((name, index) => name === path[index]);
}

/** What follows the last `EVERY` of the path to the records: the names from each of them to its entity. */
function insideOf(path: string | undefined): Names {
  if (path === undefined) return [];
  const steps = parsePath(path, 'path');
  const every = steps.lastIndexOf(EVERY);
  return every < 0 ? [] : steps.slice(every + 1).filter((step) => step !== EVERY);
}

function refuseKeys(path: string | undefined, idField: string, kept: readonly KeptMember[]): void {
  const refuse = (why: string) => invalid('plan', why, 'idFromKey');
  if (path === undefined || !parsePath(path, 'path').includes(EVERY)) {
    throw refuse('needs a path over the members of an object, such as "*" or "items.*"');
  }
  const id = parseNames(idField, 'idField');
  if (id.length > 1) throw refuse('makes a member of the first level, and idField leads deeper');
  if (kept.some(({ name }) => name === id[0])) throw refuse(`and keep both make the member ${JSON.stringify(id[0])}`);
}
