/** Applies a table of rules to JavaScript objects, as JSON would write them. */
import { SluiceError } from '../terms/errors.js';
import { jsonValue, writtenObject } from '../terms/json-value.js';
import { DEFAULT_MAX_DEPTH } from '../terms/plan.js';
import type { EntityPlace } from './keep-by-entity-rules.js';
import type { Rule, RuleTable } from './rule-table.js';

/** The result for a value that is left out completely. */
export const GONE = Symbol('gone');

type Reach = (paths: readonly number[]) => void;

/**
 * Returns what stays of an entity.
 * @param reach receives the numbers of paths that lead to a value
 * @throws SluiceError `TOO_DEEP`
 */
export function keepByTable(entity: object, rules: RuleTable, place: EntityPlace, reach: Reach): object {
  const kept = keepByRule(entity, { keeps: rules, ends: [] }, place, reach);
  return typeof kept === 'object' && kept !== null ? kept : {};
}

/** Returns what stays of a value, or `GONE`. */
export function keepByRule(value: unknown, rule: Rule, place: EntityPlace, reach: Reach): unknown {
  return kept(value, '', rule, 0);

  function kept(given: unknown, name: string, { keeps }: Rule, level: number): unknown {
    if (keeps === 'all') return given;
    if (keeps === 'nothing') return GONE;
    if (level > DEFAULT_MAX_DEPTH) {
      const message = `${place.source}: more than ${DEFAULT_MAX_DEPTH} nested brackets (record ${place.recordIndex})`;
      throw new SluiceError('TOO_DEEP', 'select', message, place);
    }
    const members = writtenObject(given, name);
    if (members) return keptMembers(members, keeps, level);
    const written = jsonValue(given, name);
    if (Array.isArray(written) && keeps.elements) return keptElements(written, keeps, level);
    return keeps.stays ? given : GONE;
  }

  function keptMembers(members: object, rules: RuleTable, level: number): unknown {
    const some: [string, unknown][] = [];
    // An object may have many members of which few stay: only these are read.
    for (const name of Object.keys(members)) {
      const rule = rules.of(name);
      if (rule.keeps === 'nothing' && rule.ends.length === 0) continue;
      const member = jsonValue(Reflect.get(members, name), name);
      if (member === undefined) continue;
      const one = ruled(rule, member, name, level);
      if (one !== GONE) some.push([name, one]);
    }
    return some.length > 0 || rules.stays || isEmpty(members) ? Object.fromEntries(some) : GONE;
  }

  function keptElements(elements: readonly unknown[], rules: RuleTable, level: number): unknown {
    const some: unknown[] = [];
    for (let index = 0; index < elements.length; index++) {
      const one = ruled(rules.element(index), elements[index], String(index), level);
      if (one !== GONE) some.push(one);
    }
    return some.length > 0 || elements.length === 0 || rules.stays ? some : GONE;
  }

  function ruled(inside: Rule, value: unknown, name: string, level: number): unknown {
    if (inside.ends.length > 0) reach(inside.ends);
    return kept(value, name, inside, level + 1);
  }
}

/** Whether JSON writes no member of the object. */
function isEmpty(members: object): boolean {
  return Object.keys(members).every((name) => jsonValue(Reflect.get(members, name), name) === undefined);
}
