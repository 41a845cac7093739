/** Documents that hold more arrays of objects than the one that is read: told where nobody has chosen among them. */
import { tellArrays } from '../scan/find-arrays.js';
import type { Run } from '../terms/run.js';

/** Arrays of an input that are told of. */
const MOST_TOLD = 5;

/** Collects them over all inputs of a run. */
export class OtherArrays {
  #inputs = 0;
  #arrays = 0;
  /** Of the first input that has some: its name, and the ways to them. */
  #first: { readonly name: string; readonly ways: (readonly string[])[] } | undefined;
  #last: string | undefined;

  /** Takes what was found in an input next. */
  add(name: string, ways: readonly (readonly string[])[]): void {
    if (ways.length === 0) return;
    this.#arrays += ways.length;
    this.#first ??= { name, ways: [] };
    if (this.#first.name === name) this.#first.ways.push(...ways.slice(0, MOST_TOLD - this.#first.ways.length));
    if (this.#last !== name) this.#inputs++;
    this.#last = name;
  }

  /** Notes them in the receipt. */
  tell(run: Run): void {
    if (!this.#first) return;
    const { name, ways } = this.#first;
    const counts = { inputs: this.#inputs, arrays: this.#arrays };
    const others = this.#inputs === 1 ? '' : ` (and ${this.#inputs - 1} more inputs of the kind)`;
    const text = `${name} holds, beside the entities that were read, ${tellArrays(ways.map((path) => ({ path, length: 0 })))}${others}`;
    run.note({ code: 'OTHER_ARRAYS', text, counts });
  }
}
