/** Rules of a projection by the names of members, on any number of levels. */

/** A rule for a member: it stays, or those of its own members stay that have a rule. */
export type Rule = 'keep' | Rules;
/** Rules by member name; members without a rule are left out. */
export type Rules = ReadonlyMap<string, Rule>;

/** The number of rules on all levels. */
export function countRules(rules: Rules): number {
  let count = rules.size;
  for (const rule of rules.values()) if (rule !== 'keep') count += countRules(rule);
  return count;
}
