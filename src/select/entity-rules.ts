/** Rules by the entity model: beside names they know values, new names and members to add; for texts and objects. */

/** What stays of a value: all of it, or what a rule keeps. Values without a rule are left out. */
export type Keep = 'all' | MembersRule | ElementsRule | JudgedRule | FixedRule;

/** Decides by some of an object's own members whether the object stays. */
export interface Judge {
  /** Names of the members that it needs. */
  readonly members: readonly string[];
  /** @param values those of them that exist, as JSON.parse returns them; of equal names the last */
  accepts(values: ReadonlyMap<string, unknown>): boolean;
}

/** A rule for values of one shape. */
interface ShapeRule {
  /** Whether the rule leaves nothing out: then a value of another shape stays as it is, else it is left out. */
  readonly lossless: boolean;
}

/** Keeps an object by its members; an object is left out if it has content and none of it stays. */
export interface MembersRule extends ShapeRule {
  readonly kind: 'members';
  /** What stays of a member. */
  rule(name: string): Keep | undefined;
  /** Whether a member is content, without which the object is left out; absent: all members are. */
  isContent?(name: string): boolean;
  /** Returns the name that a member is written with. */
  readonly rename?: (name: string) => string;
  readonly judge?: Judge;
  /** Members added at the end, unless one of the same name stays. */
  readonly defaults?: ReadonlyMap<string, FixedRule>;
}

/** Keeps an array by its elements; an array is left out if it has elements and none of them stays. */
export interface ElementsRule extends ShapeRule {
  readonly kind: 'elements';
  readonly element: Keep;
}

/** Keeps an object as it is, or leaves it out; other values are judged as an object without members. */
export interface JudgedRule {
  readonly kind: 'judged';
  readonly judge: Judge;
}

/** Replaces a value. */
export interface FixedRule {
  readonly kind: 'fixed';
  readonly value: unknown;
  /** The value as JSON. */
  readonly text: string;
}

/** Makes a rule for an array. */
export function elementsRule(element: Keep): ElementsRule {
  return { kind: 'elements', element, lossless: isLossless(element) };
}

/** Makes a rule that replaces any value by this one. */
export function fixedRule(value: unknown): FixedRule {
  return { kind: 'fixed', value, text: JSON.stringify(value) };
}

/** Whether the rule leaves nothing out; it may still change names. */
export function isLossless(keep: Keep | undefined): boolean {
  if (keep === undefined) return false;
  return keep === 'all' || ((keep.kind === 'members' || keep.kind === 'elements') && keep.lossless);
}

/** Whether a member is content: an object of which no content stays is left out. */
export function isContent(rule: MembersRule, name: string): boolean {
  return rule.isContent?.(name) ?? true;
}

/** The name that a member is written with. */
export function writtenName(rule: MembersRule, name: string): string {
  return rule.rename?.(name) ?? name;
}

/**
 * Notes that a member is written.
 * @param taken the members so far, by the name they are written with
 * @returns another member that is written with the same name, unless both have the same name in the source
 */
export function nameClash(taken: Map<string, string>, written: string, name: string): string | undefined {
  const other = taken.get(written);
  if (other === undefined) taken.set(written, name);
  return other === name ? undefined : other;
}

/**
 * Whether an object stays: if it has no content, if some of its content stays, or if members are added.
 * @param content members that are content
 * @param contentKept members of those that stay
 * @param added members that the rule adds
 */
export function objectStays(content: number, contentKept: number, added = 0): boolean {
  return content === 0 || contentKept > 0 || added > 0;
}

/** Whether an array stays: if it is empty, or if some of its elements stay. */
export function arrayStays(elements: number, elementsKept: number): boolean {
  return elements === 0 || elementsKept > 0;
}

/** Collects the members of one object that a judge needs; of equal names the last counts. */
export class Judged {
  readonly #judge: Judge;
  readonly #values = new Map<string, unknown>();

  constructor(judge: Judge) {
    this.#judge = judge;
  }

  needs(name: string): boolean {
    return this.#judge.members.includes(name);
  }

  see(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  accepts(): boolean {
    return this.#judge.accepts(this.#values);
  }
}
