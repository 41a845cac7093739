/** Where the values of an entity are in its text, as far as a table has plain cells for them. */

/** Values that fit before the first growth. */
const FIRST_VALUES = 64;

/** Notes the values of one entity, in the order of the text. */
export class ValueSpans {
  /** For each value its start, its end, and its column. */
  spans = new Int32Array(3 * FIRST_VALUES);
  count = 0;
  /** Whether every value is a text, a number, a word or null, in a column behind that of the value before. */
  isPlain = true;
  #column = -1;

  /** Begins an entity. */
  clear(): void {
    this.count = 0;
    this.isPlain = true;
    this.#column = -1;
  }

  /** Adds a value. */
  add(start: number, end: number, column: number): void {
    if (column <= this.#column) this.isPlain = false;
    this.#column = column;
    const at = 3 * this.count++;
    if (at === this.spans.length) {
      const larger = new Int32Array(2 * at);
      larger.set(this.spans);
      this.spans = larger;
    }
    this.spans[at] = start;
    this.spans[at + 1] = end;
    this.spans[at + 2] = column;
  }

  /** A value is an array, or an empty object. */
  addOther(): void {
    this.isPlain = false;
  }
}
