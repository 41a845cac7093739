/** The counts of a run while it runs; balanced, they become its receipt. */
import { SluiceError } from './errors.js';
import type { DeltaCounts, FileReceipt, Note, Receipt, Reject, SetAsideFile, StoppedBy } from './receipt.js';

/** The records of a run, by their fate: `read + added = written + filtered + rejected`. */
export interface RecordCounts {
  /** Records represented by the batches that the encoder has settled. */
  readonly read: number;
  /** Records that `mapEntities` has added; absent: none. */
  readonly added?: number;
  /** Records that became parts of others, and count nowhere else; absent: none. */
  readonly nested?: number;
  readonly written: number;
  readonly filtered: number;
  readonly rejected: number;
}

/** A batch that the encoder has turned into bytes. */
export interface Settlement {
  readonly covers: number;
  /** Default 0. */
  readonly added?: number;
  /** Default 0. */
  readonly nested?: number | undefined;
  readonly filtered: number;
  readonly rejects: readonly Reject[];
  readonly written: number;
  /** Why nothing follows the batch; undefined where something may. */
  readonly stoppedBy?: StoppedBy;
}

/** The files that were set aside, as the receipt lists them. */
export type SetAside = NonNullable<Receipt['setAside']>;

/** Files that are listed in a receipt; of more, their number is enough. */
const LISTED_ASIDE = 100;

/** What a receipt states beside the counts. */
export interface RunFacts {
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
}

/** The counts of one run. Each number has one method that changes it. */
export class Ledger {
  #read = 0;
  #added = 0;
  #nested = 0;
  #written = 0;
  #filtered = 0;
  #rejected = 0;
  #found = 0;
  #bytesIn = 0;
  #output: Receipt['output'] = { bytes: 0 };
  #stoppedBy: StoppedBy = 'end';
  readonly #files: FileReceipt[] = [];
  readonly #notes: Note[] = [];
  readonly #busyMs = new Map<string, number>();
  #delta: DeltaCounts | undefined;
  #filesAside = 0;
  readonly #firstAside: SetAsideFile[] = [];
  /** The number of the last input that was set aside. */
  #lastAside: number | undefined;

  /** A snapshot of the records settled so far. */
  get counts(): RecordCounts {
    const counts = { read: this.#read, written: this.#written, filtered: this.#filtered, rejected: this.#rejected };
    return {
      ...counts,
      ...(this.#added === 0 ? {} : { added: this.#added }),
      ...(this.#nested === 0 ? {} : { nested: this.#nested }),
    };
  }

  get read(): number {
    return this.#read;
  }

  get written(): number {
    return this.#written;
  }

  /** Records that the reader has found; equals `read` when the run has reached the end of its input. */
  get found(): number {
    return this.#found;
  }

  /** Bytes taken from the sources, before decompression. */
  get bytesIn(): number {
    return this.#bytesIn;
  }

  /** Bytes of the output, known at its end. */
  get bytesOut(): number {
    return this.#output.bytes;
  }

  get notes(): readonly Note[] {
    return this.#notes;
  }

  /** The files that were set aside so far; undefined if none was. */
  get setAside(): SetAside | undefined {
    return this.#filesAside === 0 ? undefined : { files: this.#filesAside, first: [...this.#firstAside] };
  }

  /** A file is set aside; the number of its input is absent if it could not be opened. */
  addAside(file: SetAsideFile, input?: number): void {
    this.#filesAside++;
    if (input !== undefined) this.#lastAside = input;
    if (this.#firstAside.length < LISTED_ASIDE) this.#firstAside.push(file);
  }

  /** Whether the input was set aside; asked for the current one, or the one before it. */
  isAside(input: number): boolean {
    return this.#lastAside === input;
  }

  /** The reader has found records. */
  countFound(records: number): void {
    this.#found += records;
  }

  /** The reader has taken bytes from a source. */
  countBytesIn(bytes: number): void {
    this.#bytesIn += bytes;
  }

  /** The encoder has turned a batch into bytes. */
  settle({ covers, added = 0, nested = 0, filtered, rejects, written, stoppedBy }: Settlement): void {
    this.#read += covers;
    this.#added += added;
    this.#nested += nested;
    this.#filtered += filtered;
    this.#written += written;
    this.#rejected += rejects.length;
    if (stoppedBy) this.#stoppedBy = stoppedBy;
  }

  /** The run ends before its input does. */
  stopBy(reason: StoppedBy): void {
    this.#stoppedBy = reason;
  }

  /** A file of the result is complete. */
  addFile(file: FileReceipt): void {
    this.#files.push(file);
  }

  /** The output is complete. */
  setOutput(output: Receipt['output']): void {
    this.#output = output;
  }

  /** All entities of a delta were compared. */
  setDelta(counts: DeltaCounts): void {
    this.#delta = counts;
  }

  addNote(note: Note): void {
    this.#notes.push(note);
  }

  /** Adds the time that one step took, in milliseconds. */
  addBusy(step: string, ms: number): void {
    this.#busyMs.set(step, (this.#busyMs.get(step) ?? 0) + ms);
  }

  /** Continues the counts and notes of an earlier run; what that run had found, it had settled. */
  resume(
    { read, added = 0, nested = 0, written, filtered, rejected }: RecordCounts,
    notes: readonly Note[],
    setAside?: SetAside,
  ): void {
    this.#filesAside = setAside?.files ?? 0;
    this.#firstAside.push(...(setAside?.first ?? []));
    this.#read = read;
    this.#added = added;
    this.#nested = nested;
    this.#written = written;
    this.#filtered = filtered;
    this.#rejected = rejected;
    this.#found = read;
    this.#notes.push(...notes);
  }

  /**
   * Makes the receipt.
   * @throws SluiceError `UNBALANCED` when a record is unaccounted for
   */
  balance({ id, startedAt, durationMs }: RunFacts): Receipt {
    const { read, added = 0, nested = 0, written, filtered, rejected } = this.counts;
    const accounted = written + filtered + rejected;
    if (read + added !== accounted) {
      const more = added === 0 ? '' : ` and ${added} added`;
      throw unbalanced(`${read} records were read${more} but ${accounted} accounted for`);
    }
    if (this.#stoppedBy === 'end' && this.#found !== read) {
      throw unbalanced(`${this.#found} records were found in the input but ${read} arrived at the encoder`);
    }
    const busyMs = Object.fromEntries([...this.#busyMs].map(([step, ms]) => [step, Math.round(ms * 10) / 10]));
    const bottleneck = [...this.#busyMs].sort((a, b) => b[1] - a[1])[0]?.[0];
    return Object.freeze({
      id,
      startedAt: new Date(startedAt).toISOString(),
      read,
      ...(added === 0 ? {} : { added }),
      ...(nested === 0 ? {} : { nested }),
      written,
      filtered,
      rejected,
      ...(this.setAside === undefined ? {} : { setAside: this.setAside }),
      ...(this.#delta === undefined ? {} : { delta: this.#delta }),
      stoppedBy: this.#stoppedBy,
      bytesIn: this.#bytesIn,
      bytesOut: this.#output.bytes,
      durationMs: Math.round(durationMs * 10) / 10,
      busyMs,
      ...(bottleneck === undefined ? {} : { bottleneck }),
      files: [...this.#files],
      output: this.#output,
      notes: [...this.#notes, ...asideNotes(this.setAside)],
    });
  }
}

function asideNotes(setAside: SetAside | undefined): readonly Note[] {
  if (!setAside) return [];
  const { files, first } = setAside;
  const what = files === 1 ? '1 file was set aside' : `${files} files were set aside`;
  const text = `${what}: ${first[0].message}${files === 1 ? '' : ' …'}`;
  return [{ code: 'FILES_SET_ASIDE', text, counts: { files } }];
}

function unbalanced(message: string): SluiceError {
  return new SluiceError('UNBALANCED', 'run', message);
}
