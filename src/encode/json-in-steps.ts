/** JSON texts of decoded values that may hold many others. */
import { elementsOf } from '../scan/decode-value.js';
import { jsonOf } from './attribute-values.js';

/** Values written, and texts joined, in one step. */
const STEP_VALUES = 256;

/** The JSON text of a value, in steps; its objects may be maps. */
export function* jsonInSteps(value: unknown, written = { values: 0 }): Generator<void, string> {
  if (++written.values % STEP_VALUES === 0) yield;
  if (Array.isArray(value)) {
    const list = new LongList('[');
    for (const element of elementsOf(value)) list.add(yield* jsonInSteps(element, written));
    return list.end(']');
  }
  if (!(value instanceof Map)) return jsonOf(value ?? null);
  const list = new LongList('{');
  for (const [name, member] of value) list.add(`${JSON.stringify(name)}:${yield* jsonInSteps(member, written)}`);
  return list.end('}');
}

/** A list as text. V8 would copy all of a text that grows by concatenation when it is first read. */
class LongList {
  readonly #pieces: string[] = [];
  #texts: string[] = [];
  /** What precedes the next text. */
  #before: string;

  constructor(open: string) {
    this.#before = open;
  }

  add(text: string): void {
    this.#texts.push(this.#before, text);
    this.#before = ',';
    if (this.#texts.length < STEP_VALUES) return;
    this.#pieces.push(this.#texts.join(''));
    this.#texts = [];
  }

  end(close: string): string {
    const isEmpty = this.#before !== ',';
    return [...this.#pieces, ...this.#texts, isEmpty ? this.#before : '', close].join('');
  }
}
