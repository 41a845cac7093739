/** What stays of a value, said once for text and for objects: rules that a projection is compiled to. */

/** What stays of a value: all of it, or what a rule says. Where there is no rule it goes. */
export type Keep = 'all' | MembersRule | ElementsRule | JudgedRule | FixedRule;

/** Decides by some of an object's own members whether it stays. */
export interface Judge {
  /** Names of the members that it asks for. */
  readonly members: readonly string[];
  /** @param values those of them that are there, as JSON.parse makes them; of equal names the last */
  accepts(values: ReadonlyMap<string, unknown>): boolean;
}

/** A rule that looks into values of one shape. */
interface ShapeRule {
  /** The rule leaves nothing out, so that a value of another shape stays as it is; else such a value goes. */
  readonly lossless: boolean;
}

/** Keeps an object by its members; one that had content of which nothing stays goes. */
export interface MembersRule extends ShapeRule {
  readonly kind: 'members';
  /** What stays of a member. */
  rule(name: string): Keep | undefined;
  /** Whether a member is content, without which the object need not be there; absent: each is. */
  isContent?(name: string): boolean;
  /** What a member is called from now on. */
  readonly rename?: (name: string) => string;
  readonly judge?: Judge;
  /** Members that are added at the end where none of their name has stayed. */
  readonly defaults?: ReadonlyMap<string, FixedRule>;
}

/** Keeps an array by its elements; one that had some of which none stays goes. */
export interface ElementsRule extends ShapeRule {
  readonly kind: 'elements';
  readonly element: Keep;
}

/** Keeps an object as it is, or not at all; anything else is judged as an object without members. */
export interface JudgedRule {
  readonly kind: 'judged';
  readonly judge: Judge;
}

/** Puts a value in the place of what was there. */
export interface FixedRule {
  readonly kind: 'fixed';
  readonly value: unknown;
  /** The value as JSON. */
  readonly text: string;
}

/** A rule for any array of elements. */
export function elementsRule(element: Keep): ElementsRule {
  return { kind: 'elements', element, lossless: isLossless(element) };
}

/** The value in the place of whatever is there. */
export function fixedRule(value: unknown): FixedRule {
  return { kind: 'fixed', value, text: JSON.stringify(value) };
}

/** Whether the rule leaves nothing out; it may change names all the same. */
export function isLossless(keep: Keep | undefined): boolean {
  if (keep === undefined) return false;
  return keep === 'all' || ((keep.kind === 'members' || keep.kind === 'elements') && keep.lossless);
}
