/** A record and the records that belong to it, on any number of levels. */
import type { NestPlan } from '../terms/plan.js';

/** A record among its relatives. */
export interface Relative<Item> {
  readonly item: Item;
  /** 1 for a record without a parent. */
  readonly level: number;
  /** The children, by the name of the member that lists them; absent, as for most, if there are none. */
  lists?: Map<string, Relative<Item>[]>;
}

/** Deepest level: writing recurses for each. */
const DEEPEST = 500;

/** A record without a parent, and those that came after it. */
export class Family<Item> {
  readonly head: Relative<Item>;
  /** Records beside the head. */
  children = 0;
  /** Of records with the same id the last one counts: children follow their parent. */
  readonly #byId = new Map<string, Relative<Item>>();

  /** @param id absent for a record that can have no children */
  constructor(item: Item, id: string | undefined) {
    this.head = { item, level: 1, lists: undefined };
    if (id !== undefined) this.#byId.set(id, this.head);
  }

  /**
   * Adds a child.
   * @param hasMember whether a record has a member of a name itself
   * @returns why it cannot be added
   */
  add(
    item: Item,
    { id, parent }: { readonly id: string | undefined; readonly parent: string },
    { name: stated }: NestPlan,
    hasMember: (item: Item, name: string) => boolean,
  ): string | undefined {
    const above = this.#byId.get(parent);
    if (!above) return orphan(parent);
    const name = stated ?? /^gid:\/\/[^/]+\/([^/?]+)\/./.exec(id ?? '')?.[1];
    if (name === undefined) {
      return 'the id of a child does not tell its type, as gid://shopify/Image/1 does; state the member that lists children: nest field=member';
    }
    if (above.level === DEEPEST) return `children are nested on more than ${DEEPEST} levels`;
    const list = above.lists?.get(name);
    if (!list && hasMember(above.item, name)) {
      return `its parent has a member ${JSON.stringify(name)} of its own; state another one for children: nest field=member`;
    }
    const child: Relative<Item> = { item, level: above.level + 1, lists: undefined };
    if (list) {
      list.push(child);
    } else {
      above.lists ??= new Map();
      above.lists.set(name, [child]);
    }
    if (id !== undefined) this.#byId.set(id, child);
    this.children++;
    return undefined;
  }
}

/** Why a child without its parent cannot be written. */
export function orphan(parent: string): string {
  return `its parent ${JSON.stringify(parent)} is neither the last record without a parent nor among its children`;
}
