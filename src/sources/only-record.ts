/** Reports inputs that are read as one record but may be documents of entities. */
import { decodeString } from '../scan/bytes.js';
import { describeArrays, findArrays } from '../scan/find-arrays.js';
import { describeKeyed, findKeyed } from '../scan/find-keyed.js';
import { MemberCursor } from '../scan/members.js';
import { Pace } from '../scan/pace.js';
import { END, type MemberNames, START } from '../terms/batch.js';
import type { InputForm } from '../terms/position.js';
import type { NoteCode } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import type { ByteInput } from './source.js';

/** The part of a scanner's results that is examined. */
interface FoundRecords {
  readonly bytes: Buffer;
  readonly rows: Int32Array;
  readonly count: number;
  readonly firstIndex: number;
  readonly covers: number;
  readonly form?: InputForm;
}

/** The suspicion about an only record. */
interface Candidate {
  readonly code: NoteCode;
  readonly text: string;
}

/** Names of files that are certainly lines. */
export const IS_NAMED_LINES = /\.(ndjson|jsonl|jsonlines|ldjson)(\.(gz|gzip|zst|zstd))?$/i;

/** Maximum of members on the path to an array of entities in a record that may be one itself; paths in entities are longer. */
const MOST_MEMBERS = 2;

/** Bytes of a record that are examined. */
const MOST_LOOKED_AT = 1024 * 1024;

/** Collects, over all inputs of a run, the only records that may be documents. */
export class OnlyRecords {
  readonly #names: MemberNames;
  /** For each kind the first case as text, and the number of inputs. */
  readonly #found = new Map<NoteCode, { readonly first: string; inputs: number }>();
  /** The suspicion about the only record so far of the current input. */
  #candidate: Candidate | undefined;

  /** @param names the members for the id and the type of entities */
  constructor(names: MemberNames) {
    this.#names = names;
  }

  /** Examines the next piece of an input, in steps. */
  *look(
    { bytes, rows, count, firstIndex, covers, form }: FoundRecords,
    { name, front }: ByteInput,
  ): Generator<void, void> {
    if (covers === 0) return;
    this.#candidate = undefined;
    if (firstIndex > 0 || covers > 1 || (form !== 'lines' && form !== 'sequence')) return;
    if (count === 1) {
      yield* this.lookAt(bytes, rows[START], rows[END], name);
    } else if (front) {
      // A filter has dropped the record, and the scanner its bytes.
      const start = front.indexOf('{');
      if (start >= 0) this.#candidate = yield* arraysIn(front, start, front.length, `${name} is read as one record`);
    }
  }

  /** Examines the only record of the current input. */
  *lookAt(bytes: Buffer, start: number, end: number, name: string): Generator<void, void> {
    const what = `${name} is read as one record of ${end - start} bytes`;
    this.#candidate = yield* arraysIn(bytes, start, end, what);
    if (!IS_NAMED_LINES.test(name)) this.#candidate ??= yield* this.#unidentified(bytes, start, end, what);
  }

  /** Ends the current input. */
  endInput(): void {
    if (this.#candidate !== undefined) {
      const { code, text } = this.#candidate;
      const known = this.#found.get(code);
      if (known) known.inputs++;
      else this.#found.set(code, { first: text, inputs: 1 });
    }
    this.#candidate = undefined;
  }

  /** Adds notes to the receipt. */
  report(run: Run): void {
    for (const [code, { first, inputs }] of this.#found) {
      const others = inputs === 1 ? '' : ` (and ${inputs - 1} more inputs of the kind)`;
      run.note({ code, text: `${first}${others}`, counts: { inputs } });
    }
  }

  *#unidentified(bytes: Buffer, start: number, end: number, what: string): Generator<void, Candidate | undefined> {
    const pace = new Pace();
    const cursor = new MemberCursor();
    cursor.open(bytes, start, Math.min(end, start + MOST_LOOKED_AT), Number.POSITIVE_INFINITY);
    while (cursor.next()) {
      const key = decodeString(bytes, cursor.keyStart, cursor.keyEnd);
      if (key === this.#names.id || key === this.#names.type) return undefined;
      if (pace.isOver(cursor.valueEnd - cursor.keyStart)) yield;
    }
    const arrays = yield* arraysIn(bytes, start, end, what, Number.POSITIVE_INFINITY);
    if (arrays) return arrays;
    const keyed = describeKeyed(yield* findKeyed(bytes, start, end));
    const inside = keyed === undefined ? '' : `; it has ${keyed}`;
    const intended = 'if that is intended, set input sequence (--input sequence)';
    return { code: 'UNIDENTIFIED_RECORD', text: `${what}, which has neither id nor type; ${intended}${inside}` };
  }
}

function* arraysIn(
  bytes: Buffer,
  start: number,
  end: number,
  what: string,
  most = MOST_MEMBERS,
): Generator<void, Candidate | undefined> {
  const arrays = (yield* findArrays(bytes, start, end)).filter(({ path }) => path.length <= most);
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  // The record is mostly other data than arrays.
  if (arrays.length === 0 || 2 * length < Math.min(end - start, MOST_LOOKED_AT)) return undefined;
  return { code: 'ARRAY_IN_ONE_RECORD', text: `${what}, which has ${describeArrays(arrays)}` };
}
