/** Contexts of an entity, and the ones that a request is about. */

/** One context: context types and the path in each, `{ country: 'Germany' }`. */
export type Context = Readonly<Record<string, string>>;

/** The contexts that a request is about. The data of no context is called self. */
export interface ContextScope {
  /** Whether the data of no context is included. */
  readonly self: boolean;
  /** All contexts, or those listed; two contexts are equal when all their pairs are. */
  readonly contexts: 'all' | readonly Context[];
}

/** The contexts that a request states; members may be absent. */
export interface ContextChoice {
  /** All contexts, or those listed; default: data without a context only. */
  readonly contexts?: 'all' | readonly Context[];
  /** False leaves out the data of no context; only beside `contexts`. */
  readonly nonContextual?: boolean;
}

/** The scope of requests without contexts. */
export const SELF_ONLY: ContextScope = Object.freeze({ self: true, contexts: Object.freeze([]) });

/** The documented truth table; `allContextual` has already replaced any contexts by `'all'`. */
export function scopeOf({ contexts, nonContextual = true }: ContextChoice): ContextScope {
  return contexts === undefined ? SELF_ONLY : { self: nonContextual, contexts };
}

/** The scope of one condition: its own where it states one, else that of the request. */
export function scopeFor({ contexts, nonContextual }: ContextChoice, scope: ContextScope): ContextScope {
  return contexts === undefined && nonContextual === undefined ? scope : scopeOf({ contexts, nonContextual });
}

/** Whether a context is in the scope. */
export function isInScope({ contexts }: ContextScope, context: Readonly<Record<string, unknown>>): boolean {
  if (contexts === 'all') return true;
  const size = Object.keys(context).length;
  return contexts.some((wanted) => {
    const pairs = Object.entries(wanted);
    return (
      pairs.length === size && pairs.every(([type, path]) => Object.hasOwn(context, type) && context[type] === path)
    );
  });
}

/** The values of an attribute to keep; an absent member matches anything. */
export interface ValueContext {
  /** Such as `en-US`. */
  readonly locale?: string;
  /** Name of the system that the value comes from. */
  readonly source?: string;
}
