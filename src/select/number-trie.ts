/** A trie with numbers as labels, in flat memory: hundreds of thousands of nodes take some megabytes. */

/** The root node; no edge leads to it. */
export const ROOT = 0;

/** Initial places of the hash table; a power of two, as after each growth. */
const FIRST_PLACES = 8;

/** Columns of a place: a node, the label of an edge from it, and the node that the edge leads to. */
const COLUMNS = 3;

/** Spreads adjacent labels and nodes over the table. */
const SPREAD = 0x9e3779b1;

/** Nodes are numbered from 0, the root, in the order of insertion. */
export class NumberTrie {
  #places = new Int32Array(FIRST_PLACES * COLUMNS);
  #mask = FIRST_PLACES - 1;
  #nodes = 1;

  /** The number of nodes, including the root. */
  get size(): number {
    return this.#nodes;
  }

  /** The node that an edge leads to; 0 if there is no such edge. */
  child(node: number, label: number): number {
    return this.#places[this.#placeOf(node, label) + 2];
  }

  /** The node that an edge leads to; the edge is added if it does not exist. */
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

  /** The place of an edge, or the free place where it belongs. */
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
