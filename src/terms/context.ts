/** Contexts of an entity, and which of them a request is about. */

/** One context: context types and the path in each, `{ country: 'Germany' }`. */
export type Context = Readonly<Record<string, string>>;

/** The contexts that a request is about. Data of no context is called self. */
export interface ContextScope {
  /** Whether the data of no context is among it. */
  readonly self: boolean;
  /** All contexts, or those listed; one is equal to another when all its pairs are. */
  readonly contexts: 'all' | readonly Context[];
}

/** What a request says of contexts; absent members say nothing. */
export interface ContextChoice {
  readonly contexts?: 'all' | readonly Context[];
  /** False leaves out the data of no context; only where contexts are asked for. */
  readonly nonContextual?: boolean;
}

/** The scope of requests that say nothing of contexts. */
export const SELF_ONLY: ContextScope = Object.freeze({ self: true, contexts: Object.freeze([]) });

/** The documented truth table, behind `allContextual`, which makes `'all'` of any contexts. */
export function scopeOf({ contexts, nonContextual = true }: ContextChoice): ContextScope {
  return contexts === undefined ? SELF_ONLY : { self: nonContextual, contexts };
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

/** Which values of an attribute are wanted; an absent member matches anything. */
export interface ValueContext {
  readonly locale?: string;
  readonly source?: string;
}
