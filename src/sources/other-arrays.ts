/** Reports documents with more arrays of objects than the one that is read, if no path is given. */
import { describeArrays } from '../scan/find-arrays.js';
import type { Run } from '../terms/run.js';

/** Maximum of reported arrays. */
const MOST_TOLD = 5;

/** Collects them over all inputs of a run. */
export class OtherArrays {
  #inputs = 0;
  #arrays = 0;
  /** The name of the first input with such arrays, and the paths to them. */
  #first: { readonly name: string; readonly ways: (readonly string[])[] } | undefined;
  #last: string | undefined;

  /** Adds the arrays found in an input. */
  add(name: string, ways: readonly (readonly string[])[]): void {
    if (ways.length === 0) return;
    this.#arrays += ways.length;
    this.#first ??= { name, ways: [] };
    if (this.#first.name === name) this.#first.ways.push(...ways.slice(0, MOST_TOLD - this.#first.ways.length));
    if (this.#last !== name) this.#inputs++;
    this.#last = name;
  }

  /** Adds notes to the receipt. */
  report(run: Run): void {
    if (!this.#first) return;
    const { name, ways } = this.#first;
    const counts = { inputs: this.#inputs, arrays: this.#arrays };
    const others = this.#inputs === 1 ? '' : ` (and ${this.#inputs - 1} more inputs of the kind)`;
    const text = `${name} has, beside the entities that were read, ${describeArrays(ways.map((path) => ({ path, length: 0 })))}${others}`;
    run.note({ code: 'OTHER_ARRAYS', text, counts });
  }
}
