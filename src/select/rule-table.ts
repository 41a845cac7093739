/** Tables of rules: what stays by the names of members and by elements alone, on any number of levels. */

import type { Path } from '../terms/path.js';

/** What stays of a value. */
export interface Rule {
  readonly keeps: 'all' | 'nothing' | RuleTable;
  /** Numbers of the requested paths that lead to the value, for reports. */
  readonly ends: readonly number[];
}

/** The rules for what is inside a value. */
export interface RuleTable {
  /** The names of members with a rule of their own. */
  readonly names: Iterable<string>;
  /** The rule for a member. */
  of(name: string): Rule;
  /** The rule for members without one of their own. */
  readonly others: Rule;
  /** The rule for elements, unless `isPlaced`; absent: an array is treated like a text or a number. */
  readonly elements: Rule | undefined;
  /** Whether the rule for an element depends on its number. */
  readonly isPlaced: boolean;
  /** The rule for the element with this number, from 0. */
  element(index: number): Rule;
  /** A container stays even if nothing in it does, and so does a value without inside. */
  readonly stays: boolean;
}

/** Keeps a value as it is. */
export const KEEP: Rule = { keeps: 'all', ends: [] };
/** Leaves a value out. */
export const DROP: Rule = { keeps: 'nothing', ends: [] };

/** The members that stay of objects: complete, or by rules for their own members. */
export type NameRules = ReadonlyMap<string, 'keep' | NameRules>;

/**
 * The table for rules by names alone; arrays have no inside.
 * @param stays whether a member with rules for its own members stays, even if none of these does
 */
export function tableOfNames(names: NameRules, stays = false): RuleTable {
  const rules = new Map<string, Rule>();
  for (const [name, rule] of names) {
    rules.set(name, rule === 'keep' ? KEEP : { keeps: tableOfNames(rule, stays), ends: [] });
  }
  return {
    names: [...rules.keys()],
    of: (name) => rules.get(name) ?? DROP,
    others: DROP,
    elements: undefined,
    isPlaced: false,
    element: () => DROP,
    stays,
  };
}

/** The same rules as paths. */
export function pathsOfNames(names: NameRules): readonly Path[] {
  return [...names].flatMap(([name, rule]) => {
    if (rule === 'keep') return [[name]];
    return pathsOfNames(rule).map((path) => [name, ...path]);
  });
}
