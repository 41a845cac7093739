/** What the values of an entity must be like: the documented criteria, checked, in the documented words. */
import type { Context } from './context.js';

/** What a value is compared with. */
export type Operand = string | number | boolean;

/** How values are compared. */
export type ComparisonType = '_STRING' | '_INTEGER' | '_DECIMAL' | '_DATETIME' | '_BOOLEAN';

/** A bound of a range: a number or its digits, a date-time, or date math such as `now-7d/d`. */
export type Bound = number | string;

/** What is asked of one attribute, property or member. It holds when one value satisfies every operator. */
export interface Condition {
  /** Every word occurs, in any order; quotes make a phrase, `*` stands for any characters of a word. */
  readonly eq?: Operand;
  /** At least one word or phrase occurs. */
  readonly contains?: string;
  /** The whole value is equal. */
  readonly exact?: Operand;
  /** The whole value is equal to one of them. */
  readonly exacts?: readonly string[];
  /** The value starts with one of them. */
  readonly startswith?: readonly string[];
  /** Whether there is a value. */
  readonly hasvalue?: boolean;
  readonly gt?: Bound;
  readonly gte?: Bound;
  readonly lt?: Bound;
  readonly lte?: Bound;
  /** Default: by the operand. */
  readonly type?: ComparisonType;
  /** The condition holds when no value satisfies it. */
  readonly not?: boolean;
  /** Of a nested attribute: conditions on children, all in one row. */
  readonly attributes?: readonly Conditions[];
  /** Conditions on `os`, `osid` and other members of the very value. */
  readonly valueProperties?: readonly Conditions[];
  /** Scope of this condition, instead of the request's. */
  readonly contexts?: readonly Context[];
  readonly nonContextual?: boolean;
}

/** Conditions by name, all of which hold; `_ALL` is any name. */
export type Conditions = Readonly<Record<string, Condition>>;

/** What is asked of one relationship object; without members, that there is one. */
export interface RelationshipCondition {
  readonly attributes?: readonly Conditions[];
  /** Conditions on its properties, and on `os` and the like beside them. */
  readonly properties?: readonly Conditions[];
  /** What it leads to; the type by ASCII case ignored. */
  readonly relTo?: { readonly id?: string; readonly type?: string };
}

/** Words to find in the name, the attribute values and the property values. */
export interface KeywordsCriterion {
  readonly keywords: string;
  /** All of them, one of them, or the whole text as one value. */
  readonly operator: '_AND' | '_OR' | '_EXACT';
}

/** All criteria of a request; each that is there must hold. */
export interface Criteria {
  readonly attributes?: readonly Conditions[];
  /** One element of `attributes` is enough; default: all must hold. */
  readonly anyAttribute?: boolean;
  readonly properties?: readonly Conditions[];
  readonly relationships?: readonly Readonly<Record<string, RelationshipCondition>>[];
  readonly keywords?: KeywordsCriterion;
}
