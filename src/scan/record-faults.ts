/** Turns faults of the records of one batch into its rejects, or into the error that ends it. */
import { type Batch, type ByteBatch, endAfter, ORDINAL, reject } from '../terms/batch.js';
import type { SluiceError } from '../terms/errors.js';
import type { Reject } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { lineAt, textError } from './lines.js';
import type { TextFault } from './text-faults.js';

/** Collects the faults of a batch; they come in the order of its records. */
export class RecordFaults {
  readonly #batch: ByteBatch;
  readonly #rejects: Reject[] = [];
  #known: ByteBatch['knownLine'];

  constructor(batch: ByteBatch) {
    this.#batch = batch;
    this.#known = batch.knownLine;
  }

  /**
   * Takes the fault of the record whose text is `[start, end)`.
   * @param row offset of the record's row in the batch
   * @returns the error that ends the run; undefined where the record is rejected
   */
  take(found: TextFault, row: number, start: number, end: number): SluiceError | undefined {
    const { bytes, rows, covers, source, firstIndex, byteOffset, unended, onError } = this.#batch;
    const isCut = unended && found.at === end && rows[row + ORDINAL] === covers - 1;
    const fault: TextFault = isCut ? { ...found, code: 'TRUNCATED' } : found;
    const recordIndex = firstIndex + rows[row + ORDINAL];
    const known = this.#known;
    // Lines are counted from fault to fault, so that each byte is read once however many entities are faulty.
    this.#known = known && { at: start, line: lineAt(bytes, known, start) };
    const place = {
      source,
      recordIndex,
      byteOffset: byteOffset + fault.at,
      line: lineAt(bytes, this.#known, fault.at),
    };
    const error = textError(fault, 'scan', place);
    if (onError === 'stop') return error;
    const raw = bytes.subarray(start, end);
    const { line } = this.#known ?? {};
    this.#rejects.push({ source, recordIndex, byteOffset: byteOffset + start, line, error, raw });
    return undefined;
  }

  /** The record that was rejected last. */
  get last(): Reject | undefined {
    return this.#rejects.at(-1);
  }

  /** The batch without the rejected records. */
  rejected(batch: Batch): Batch {
    return reject(batch, this.#rejects);
  }

  /** The batch without the rejected records, ended before the record of this row by its error; the run, or its reading of the file, stops. */
  ended(batch: Batch, row: number, error: SluiceError, run: Run): Batch {
    if (batch.fromInput === undefined) run.stop();
    return endAfter(this.rejected(batch), this.#batch.rows[row + ORDINAL] - 1, { kind: 'fault', error });
  }
}
