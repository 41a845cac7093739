/** What the values of an entity must be like: the documented criteria, accepted, in the documented words. */
import type { Context, ValueContext } from './context.js';

/** What a value is compared with. */
export type Operand = string | number | boolean;

/** How values can be compared. */
export const COMPARISON_TYPES = ['_STRING', '_INTEGER', '_DECIMAL', '_DATETIME', '_DATE', '_BOOLEAN'] as const;

/** How values are compared. */
export type ComparisonType = (typeof COMPARISON_TYPES)[number];

/** A bound of a range: a number or its digits, a date-time, or date math such as `now-7d/d`. */
export type Bound = number | string;

/** The operators of a condition; `OPERATORS` describes each. */
export interface Operators {
  /**
   * Every word occurs, in any order; quotes make a phrase, `*` stands for any characters of a word, `|` separates
   * alternatives.
   */
  readonly eq?: Operand;
  /** At least one word or phrase occurs. */
  readonly contains?: string;
  /** The complete value is equal. */
  readonly exact?: Operand;
  /** The complete value is equal to one of them: to a text, or by its size to a number. */
  readonly exacts?: readonly (string | number)[];
  /** The value starts with one of them. */
  readonly startswith?: readonly string[];
  /** Whether there is a value. */
  readonly hasvalue?: boolean;
  /** The value is above the bound. */
  readonly gt?: Bound;
  /** The value is equal to the bound, or above it. */
  readonly gte?: Bound;
  /** The value is below the bound. */
  readonly lt?: Bound;
  /** The value is equal to the bound, or below it. */
  readonly lte?: Bound;
}

/** A condition on one attribute, property or member. It holds when one value satisfies every operator. */
export interface Condition extends Operators {
  /** Default: by the operand. */
  readonly type?: ComparisonType;
  /** The condition holds when no value satisfies it. */
  readonly not?: boolean;
  /** Of a nested attribute: conditions on children, all in one row. */
  readonly attributes?: readonly Conditions[];
  /** Conditions on `os`, `osid` and other members of the same value. */
  readonly valueProperties?: readonly Conditions[];
  /** The value has one of these pairs of locale and source. */
  readonly valueContexts?: readonly ValueContext[];
  /** Operands are `value##unit`: the value and its unit are equal. */
  readonly isUom?: boolean;
  /** Scope of this condition, instead of the request's. */
  readonly contexts?: readonly Context[];
  /** False leaves out the data of no context; only beside `contexts`. */
  readonly nonContextual?: boolean;
}

/** Conditions by name, all of which hold; `_ALL` is any name. */
export type Conditions = Readonly<Record<string, Condition>>;

/** A condition on one relationship object; without members it only asks for one. */
export interface RelationshipCondition {
  /** Conditions on its attributes. */
  readonly attributes?: readonly Conditions[];
  /** Conditions on its properties, and on `os` and the like beside them. */
  readonly properties?: readonly Conditions[];
  /** Its target; the case of ASCII letters in the type is ignored. */
  readonly relTo?: { readonly id?: string; readonly type?: string };
  /** Its target is an entity of the same source that passes this selection. */
  readonly query?: RelatedQuery;
  /** False: no relationship satisfies the rest. */
  readonly hasvalue?: boolean;
}

/** A selection of entities that others are related to; each member that is given must hold. */
export interface RelatedQuery {
  /** Types, ASCII case ignored. */
  readonly types?: readonly string[];
  readonly ids?: readonly string[];
  /** Exact names. */
  readonly name?: readonly string[];
  readonly criteria?: Criteria;
  /** Contexts that its criteria search. */
  readonly contexts?: 'all' | readonly Context[];
  /** False leaves out the data of no context; only beside `contexts`. */
  readonly nonContextual?: boolean;
}

/** How keywords can be searched for: all of them, one of them, or the complete text as one value. */
export const KEYWORDS_OPERATORS = ['_AND', '_OR', '_EXACT'] as const;

/** Words to find in the name, the attribute values and the property values. */
export interface KeywordsCriterion {
  /** Words and phrases. */
  readonly keywords: string;
  /** All of them, one of them, or the complete text as one value. */
  readonly operator: (typeof KEYWORDS_OPERATORS)[number];
}

/** All criteria of a request; each one that is given must hold. */
export interface Criteria {
  /** Conditions on attributes. */
  readonly attributes?: readonly Conditions[];
  /** One element of `attributes` is enough; default: all must hold. */
  readonly anyAttribute?: boolean;
  /** Conditions on properties. */
  readonly properties?: readonly Conditions[];
  /** Conditions on values by their paths, in entities of any shape. */
  readonly fields?: readonly Conditions[];
  /** Conditions on relationships by name; `_ALL` is any name. */
  readonly relationships?: readonly Readonly<Record<string, RelationshipCondition>>[];
  /** Words to search for. */
  readonly keywords?: KeywordsCriterion;
}

/** Whether a condition holds where no value satisfies its operators: having no value means that none satisfies having one. */
export function holdsWithoutValue({ not, hasvalue }: Condition): boolean {
  return (not === true) !== (hasvalue === false);
}

/** Whether a name stands for every attribute, property or relationship. */
export function isAnyName(name: string): boolean {
  return name.toLowerCase() === '_all';
}
