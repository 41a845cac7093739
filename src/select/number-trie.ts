/** A tree whose edges bear numbers, in flat memory: hundreds of thousands of nodes cost some megabytes. */

/** What begins a tree; no edge leads to it. */
export const ROOT = 0;

/** Places of the table at first; a power of two, as always. */
const FIRST_PLACES = 8;

/** Columns of a place: the node, the label of an edge that leaves it, and where that leads to. */
const COLUMNS = 3;

/** Spreads labels and nodes that lie side by side. */
const SPREAD = 0x9e3779b1;

/** Nodes are numbered from 0, the root, in the order they were added. */
export class NumberTrie {
  #places = new Int32Array(FIRST_PLACES * COLUMNS);
  #mask = FIRST_PLACES - 1;
  #nodes = 1;

  /** How many nodes there are, with the root. */
  get size(): number {
    return this.#nodes;
  }

  /** Where an edge leads to; 0 where there is none. */
  child(node: number, label: number): number {
    return this.#places[this.#placeOf(node, label) + 2];
  }

  /** Where an edge leads to, which is made where there is none. */
  add(node: number, label: number): number {
    const place = this.#placeOf(node, label);
    const known = this.#places[place + 2];
    if (known > 0) return known;
    const added = this.#nodes++;
    this.#places[place] = node;
    this.#places[place + 1] = label;
    this.#places[place + 2] = added;
    if (2 * this.#nodes > this.#mask) this.#grow();
    return added;
  }

  /** The place of an edge, or the free one where it would stand. */
  #placeOf(node: number, label: number): number {
    const places = this.#places;
    const hash = Math.imul(Math.imul(node, SPREAD) ^ label, SPREAD);
    for (let at = (hash ^ (hash >>> 15)) & this.#mask; ; at = (at + 1) & this.#mask) {
      const place = at * COLUMNS;
      if (places[place + 2] === 0 || (places[place] === node && places[place + 1] === label)) return place;
    }
  }

  #grow(): void {
    const before = this.#places;
    this.#mask = 2 * this.#mask + 1;
    this.#places = new Int32Array((this.#mask + 1) * COLUMNS);
    for (let from = 0; from < before.length; from += COLUMNS) {
      if (before[from + 2] === 0) continue;
      const place = this.#placeOf(before[from], before[from + 1]);
      this.#places[place] = before[from];
      this.#places[place + 1] = before[from + 1];
      this.#places[place + 2] = before[from + 2];
    }
  }
}
