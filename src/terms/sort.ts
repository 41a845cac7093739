/** The order of the written entities. */
import type { ValueContext } from './context.js';
import type { ComparisonType } from './criteria.js';

/** Directions of an order. */
export const SORT_ORDERS = ['asc', 'desc'] as const;

/** One value to sort by: of an attribute, of a property, or at a path in entities of any shape. */
export interface SortKey {
  /** Name of an attribute. */
  readonly attribute?: string;
  /** Name of a property. */
  readonly property?: string;
  /** Path to the value. */
  readonly field?: string;
  /** Default: `asc`. Of several values the smallest counts, or with `desc` the largest. */
  readonly order?: (typeof SORT_ORDERS)[number];
  /** How values are compared; default: numbers by size, then text, then booleans. */
  readonly type?: ComparisonType;
}

/** How entities are sorted. */
export interface SortPlan {
  /** The first is compared first; equal entities keep the order of the input, and those without a value come last. */
  readonly keys: readonly SortKey[];
  /** The values that count: those that match one of these; absent means any. */
  readonly valueContexts?: readonly ValueContext[];
}
