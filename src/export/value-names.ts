/** Names of files that are called by the value of their entities. */
import { safeFileName } from '../request/plan/file-name.js';
import { MANIFEST_NAME, type OutputPlan, type SplitByPlan } from '../terms/plan.js';

/** Characters of a value in its name where another file has the same. */
const NUMBERED_CHARACTERS = 40;

/** The names of the files of values: safe everywhere, and unique whatever the case and the normal form of letters. */
export class ValueNames {
  readonly names: string[] = [];
  readonly path: readonly string[];
  readonly #without: string;
  readonly #output: OutputPlan;
  readonly #taken = new Set<string>();
  /** The next number of names that begin alike. */
  readonly #numbers = new Map<string, number>();

  constructor(output: OutputPlan, { path, without }: SplitByPlan) {
    this.#output = output;
    this.path = path;
    this.#without = without;
    if (output.manifest) this.#taken.add(MANIFEST_NAME);
  }

  add(value: string | undefined): void {
    const text = value ?? this.#without;
    const own = this.#nameOf(text);
    const name = this.#taken.has(folded(own)) ? this.#numbered(text) : own;
    this.#taken.add(folded(name));
    this.names.push(name);
  }

  /** A name with the first number that is free. */
  #numbered(text: string): string {
    // Names have no dots and blanks at their beginning.
    const start = text.replace(/^[. ]+/, '').slice(0, NUMBERED_CHARACTERS) || '_';
    const family = folded(this.#nameOf(start));
    let count = this.#numbers.get(family) ?? 2;
    let name = this.#nameOf(`${start} (${count})`);
    while (this.#taken.has(folded(name))) name = this.#nameOf(`${start} (${++count})`);
    this.#numbers.set(family, count + 1);
    return name;
  }

  #nameOf(text: string): string {
    const { format, dsv } = this.#output;
    return safeFileName(text, format, dsv?.extension) + packSuffix(this.#output);
  }
}

/** What is equal for file systems that ignore case. */
function folded(name: string): string {
  return name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase();
}

/** What follows the names of files that are packed by themselves. */
export function packSuffix({ folder = false, pack }: OutputPlan): string {
  if (!folder) return '';
  if (pack === 'gzip') return '.gz';
  return pack === 'zstd' ? '.zst' : '';
}
