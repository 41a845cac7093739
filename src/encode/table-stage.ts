/** Entities to the files of a table. Here records count as written. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type Batch, entityCount, ordinalAt } from '../terms/batch.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import type { FilePiece } from '../terms/file-piece.js';
import type { Note } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { faultOfObject } from '../terms/unserializable.js';
import { PiecesAtEnd } from './pieces-at-end.js';
import { settleBatch } from './settle-batch.js';
import type { Table } from './table.js';
import type { TableStageState } from './table-state.js';

/** How a table is made of entities. */
export interface TableStageOptions {
  /** Name of the stage. */
  readonly name: string;
  readonly table: Table;
  /** Maximum entities per file; absent: one file. */
  readonly maxRecords?: number;
  /** Takes the notes of the table; absent: they are notes of the run. */
  readonly note?: (note: Note) => void;
  /** The state of an earlier stage of the same options; absent: the beginning. */
  readonly from?: TableStageState | undefined;
}

/** A stage whose output waits for the end of the input, and the state that checkpoints take from it. */
export interface TableStageOf<Out> extends Stage<Batch, Out> {
  /** To be read after `drain`. */
  readonly state: TableStageState;
}

/** Makes the stage of one file. */
export function tableStage(options: Omit<TableStageOptions, 'maxRecords'>): TableStageOf<Buffer> {
  const writer = new TableStage(options);
  return {
    ...writer.stage,
    get state() {
      return writer.state;
    },
    flush: async (run) => bytesOf(await writer.write(run)),
    more: async (run) => bytesOf(await writer.pieces.next(run)),
  };
}

/** The bytes of the only file, without its end. */
function bytesOf(pieces: readonly FilePiece[]): readonly Buffer[] {
  return pieces.filter((piece) => Buffer.isBuffer(piece));
}

/** Makes the stage of several files. */
export function tableFilesStage(options: TableStageOptions): TableStageOf<FilePiece> {
  const writer = new TableStage(options);
  return {
    ...writer.stage,
    get state() {
      return writer.state;
    },
    flush: (run) => writer.write(run),
    more: (run) => writer.pieces.next(run),
  };
}

/** Bytes of rows that are moved to the spool together. */
const MAX_WAITING = 512 * 1024;

/**
 * The common part of both stages. The header comes first, and the columns are known only after the last entity; so every
 * row waits in a spool until the input has ended, and memory holds only the columns. A fault of the input is thrown before
 * the first byte. Batches must have been checked, or trusted.
 */
class TableStage {
  readonly #maxRecords: number;
  readonly #table: Table;
  readonly #note: ((note: Note) => void) | undefined;
  /** Entities of all files, and of the last one. */
  #records = 0;
  #inFile = 0;
  #ended = false;
  #fault: SluiceError | undefined;
  #state: TableStageState | undefined;
  /** Asked for after the end of the input. */
  readonly pieces = new PiecesAtEnd();

  /** The stage without its end. */
  readonly stage: Omit<Stage<Batch, never>, 'flush' | 'more'>;

  constructor({ name, table, maxRecords, note, from }: TableStageOptions) {
    this.#note = note;
    this.#maxRecords = maxRecords ?? Number.POSITIVE_INFINITY;
    this.#table = table;
    if (from) {
      this.#records = from.records;
      this.#inFile = from.inFile;
      table.restore(from.table);
    }
    this.stage = {
      name,
      step: 'serialize',
      push: (batch, run) => this.#take(batch, run),
      drain: () => this.#drain(),
      close: async () => {
        await this.pieces.close();
        await this.#table.close();
      },
    };
  }

  get state(): TableStageState {
    if (!this.#state) throw new SluiceError('INTERNAL', 'serialize', 'a table has a state once it is drained');
    return this.#state;
  }

  /** The input is complete. @returns the first piece of the output */
  write(run: Run): Promise<readonly FilePiece[]> {
    if (this.#fault) throw this.#fault;
    this.#table.endFile();
    return this.pieces.begin(this.#write(run), run);
  }

  async #take(batch: Batch, run: Run): Promise<readonly never[]> {
    if (this.#ended) return NOTHING;
    const table = this.#table;
    const count = entityCount(batch);
    for (let position = 0; position < count; position++) {
      if (turnIsOver()) await nextTurn(run);
      if (this.#inFile === this.#maxRecords) {
        table.endFile();
        this.#inFile = 0;
      }
      const added = table.addMany?.(batch, position, Math.min(count - position, this.#maxRecords - this.#inFile)) ?? 0;
      if (added > 0) {
        this.#records += added;
        this.#inFile += added;
        position += added - 1;
        if (table.waiting > MAX_WAITING) await table.settle();
        continue;
      }
      this.#records++;
      this.#inFile++;
      try {
        const adding = table.add(batch, position, run);
        if (adding) await adding;
      } catch (cause) {
        if (run.signal.aborted) throw cause;
        throw recordError(cause, batch, position);
      }
      if (table.waiting > MAX_WAITING) await table.settle();
    }
    if (batch.ending) this.#ended = true;
    if (batch.ending?.kind === 'fault') this.#fault = batch.ending.error;
    await settleBatch(batch, run);
    return NOTHING;
  }

  async #drain(): Promise<readonly never[]> {
    const table = await this.#table.drain();
    this.#state = { kind: 'table', records: this.#records, inFile: this.#inFile, table };
    return NOTHING;
  }

  async *#write(run: Run): AsyncGenerator<FilePiece, void> {
    // The second call waits until the first one is done.
    await this.#table.settle();
    await this.#table.settle();
    const files = this.#table.files()[Symbol.iterator]();
    let records = this.#records;
    for (let file = files.next(); !file.done; ) {
      const { pieces, hasEntities } = file.value;
      yield* pieces;
      const inFile = hasEntities ? Math.min(records, this.#maxRecords) : 0;
      records -= inFile;
      file = files.next();
      // No piece is asked for after the last end.
      if (file.done) this.#table.note(this.#note ? { note: this.#note } : run);
      yield { kind: 'end', records: inFile };
    }
  }
}

/** Only trusted text can be faulty here; objects may hold values that JSON cannot, or hold themselves. */
function recordError(cause: unknown, batch: Batch, position: number): SluiceError {
  const isDeep = cause instanceof SluiceError && cause.code === 'TOO_DEEP';
  const ofObject = isDeep ? faultOfObject(batch, position, 'serialize') : undefined;
  if (ofObject) return ofObject;
  const { source, kind } = batch;
  const recordIndex = batch.firstIndex + ordinalAt(batch, position);
  const [code, what] =
    cause instanceof SluiceError
      ? [cause.code, 'cannot be written as rows']
      : kind === 'objects'
        ? (['UNSERIALIZABLE', 'cannot be written as JSON'] as const)
        : (['INVALID_JSON', 'is not JSON'] as const);
  const message = `${source}: record ${recordIndex} ${what}: ${messageOf(cause)}`;
  return new SluiceError(code, 'serialize', message, { source, recordIndex, cause });
}
