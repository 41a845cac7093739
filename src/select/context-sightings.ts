/** Tracks which of the requested contexts entities have, until each was seen once. */
import { elementsOf, isMembers, memberOf } from '../scan/decode-value.js';
import { type ContextScope, isInScope } from '../terms/context.js';
import { formatCount } from '../terms/format-count.js';
import type { Run } from '../terms/run.js';
import { quoted } from '../terms/shown-text.js';
import type { Sightings } from '../terms/sightings.js';
import { MOST_SHOWN } from './member-sightings.js';

/** Watches the contexts of entities. */
export class ContextWatch {
  readonly #wanted: readonly ContextScope[];
  readonly #sightings: Sightings;
  #unseen: readonly number[];

  /** @param scope of the request */
  constructor(scope: ContextScope | undefined, sightings: Sightings) {
    const contexts = scope && scope.contexts !== 'all' ? scope.contexts : [];
    this.#wanted = contexts.map((context) => ({ self: false, contexts: [context] }));
    this.#sightings = sightings;
    this.#unseen = contexts.map((_, index) => index).filter((index) => !sightings.contexts.includes(index));
  }

  /** Whether some contexts were not seen yet. */
  get isWatching(): boolean {
    return this.#unseen.length > 0;
  }

  /** Notes a context of an entity. */
  see(context: Readonly<Record<string, unknown>>): void {
    this.#found(this.#unseen.filter((index) => isInScope(this.#wanted[index], context)));
  }

  /** Takes over the numbers of contexts that were seen in another thread. */
  add(numbers: readonly number[]): void {
    this.#found(this.#unseen.filter((index) => numbers.includes(index)));
  }

  #found(seen: readonly number[]): void {
    if (seen.length === 0) return;
    this.#sightings.contexts = [...this.#sightings.contexts, ...seen];
    this.#unseen = this.#unseen.filter((index) => !seen.includes(index));
  }

  /** Notes all contexts of an entity. */
  seeAll(entity: unknown): void {
    for (const element of elementsOf(memberOf(memberOf(entity, 'data'), 'contexts'))) {
      const context = memberOf(element, 'context');
      if (isMembers(context)) this.see(context);
    }
  }

  /**
   * Reports at the end the contexts that no entity had, unless another filter has reported them for more entities.
   * @param whose the entities that were examined, as text
   */
  report(run: Run, whose: string): void {
    const sightings = this.#sightings;
    const unseen = this.#unseen.filter((index) => !sightings.contexts.includes(index));
    const [wanted, notFound] = [this.#wanted.length, unseen.length];
    if (notFound === 0 || sightings.contextsReported) return;
    sightings.contextsReported = true;
    const named = unseen.slice(0, MOST_SHOWN).map((index) => describe(this.#wanted[index]));
    const which = `${named.join(', ')}${notFound > named.length ? ', …' : ''}`;
    const text = `${whose} has data of ${notFound === 1 ? 'the context' : `${formatCount(notFound)} of the contexts`} ${which}`;
    run?.note({ code: 'CONTEXTS_NOT_FOUND', text, counts: { wanted, notFound } });
  }
}

function describe({ contexts }: ContextScope): string {
  const [context] = contexts === 'all' ? [] : contexts;
  return Object.entries(context ?? {})
    .map(([type, path]) => `${quoted(type)}: ${quoted(path)}`)
    .join(' ');
}
