/** Inputs that are one record each: told of where a document of entities was meant. */
import { findArrays, tellArrays } from '../../scan/find-arrays.js';
import { END, START } from '../../terms/batch.js';
import type { Run } from '../../terms/run.js';
import type { ByteInput } from './source.js';

/** What a scanner has found, as far as it is looked at. */
interface FoundRecords {
  readonly bytes: Buffer;
  readonly rows: Int32Array;
  readonly count: number;
  readonly firstIndex: number;
  readonly covers: number;
  readonly singleLine: boolean;
}

/** Members on the way to an array of entities: those of an entity have longer ones. */
const MOST_MEMBERS = 2;

/** Collects, over all inputs of a run, the records that may be documents. */
export class OnlyRecords {
  #inputs = 0;
  /** The first of them, in words. */
  #first: string | undefined;
  /** What the only record so far of the current input is, in words. */
  #candidate: string | undefined;

  /** Looks at what was found in an input next. */
  look({ bytes, rows, count, firstIndex, covers, singleLine }: FoundRecords, { name, front }: ByteInput): void {
    if (covers === 0) return;
    this.#candidate = undefined;
    if (firstIndex > 0 || covers > 1 || !singleLine) return;
    if (count === 1) {
      const [start, end] = [rows[START], rows[END]];
      this.#candidate = describe(bytes, start, end, `${name} is read as one record of ${end - start} bytes`);
    } else if (front) {
      // A filter has left the record out, and the scanner with it its bytes.
      const start = front.indexOf('{');
      if (start >= 0) this.#candidate = describe(front, start, front.length, `${name} is read as one record`);
    }
  }

  /** The current input is at its end. */
  endInput(): void {
    if (this.#candidate !== undefined) {
      this.#inputs++;
      this.#first ??= this.#candidate;
    }
    this.#candidate = undefined;
  }

  /** Notes them in the receipt. */
  tell(run: Run): void {
    if (this.#first === undefined) return;
    const others = this.#inputs === 1 ? '' : ` (and ${this.#inputs - 1} more inputs of the kind)`;
    run.note({ code: 'ARRAY_IN_ONE_RECORD', text: `${this.#first}${others}`, counts: { inputs: this.#inputs } });
  }
}

function describe(bytes: Buffer, start: number, end: number, what: string): string | undefined {
  const arrays = findArrays(bytes, start, end);
  const [largest] = [...arrays].sort((a, b) => b.length - a.length);
  // The rest of an entity outweighs the arrays in it.
  const looked = Math.min(end - start, 1024 * 1024);
  if (!largest || largest.path.length > MOST_MEMBERS || 2 * largest.length < looked) return undefined;
  return `${what}, which holds ${tellArrays([largest])}`;
}
