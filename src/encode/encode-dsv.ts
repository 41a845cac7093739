/** Entities to delimiter-separated values. Here records count as written. */

import { nextTurn, turnIsOver } from '../loop/turn.js';
import { type Batch, entityCount, ordinalAt } from '../terms/batch.js';
import { messageOf, SluiceError } from '../terms/errors.js';
import type { FilePiece } from '../terms/file-piece.js';
import type { DsvPlan } from '../terms/plan.js';
import type { Note } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import type { Spool } from '../terms/spool.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { EntitiesTable, type TableOptions } from './entities-table.js';
import { FieldsTable } from './fields-table.js';
import { FoundLayoutTable } from './found-layout.js';
import { PiecesAtEnd } from './pieces-at-end.js';
import { settleBatch } from './settle-batch.js';
import type { Table } from './table.js';

/** Options of a table. */
export interface DsvOptions {
  readonly settings: DsvPlan;
  /** Opens the spool in which rows wait until all columns are known. */
  readonly openSpool: () => Spool;
  /** Maximum bytes of an entity's text (characters, for an object) that fit into memory as values; absent: any. */
  readonly maxEntityBytes?: number;
  /** Maximum entities per file; absent: one file. */
  readonly maxRecords?: number;
  /** Takes the notes of the table; absent: they are notes of the run. */
  readonly note?: (note: Note) => void;
}

/** Makes the stage of one file. */
export function encodeDsvStage(options: Omit<DsvOptions, 'maxRecords'>): Stage<Batch, Buffer> {
  const writer = new DsvStage(options);
  return {
    ...writer.stage,
    flush: async (run) => bytesOf(await writer.write(run)),
    more: async (run) => bytesOf(await writer.pieces.next(run)),
  };
}

/** The bytes of the only file, without its end. */
function bytesOf(pieces: readonly FilePiece[]): readonly Buffer[] {
  return pieces.filter((piece) => Buffer.isBuffer(piece));
}

/**
 * Makes the stage of several files: each has the header and the relationships of its entities. With `multiFile` there
 * are at most two: entities, and relationships where there are some; the second file counts no records.
 */
export function encodeDsvFilesStage(options: DsvOptions): Stage<Batch, FilePiece> {
  const writer = new DsvStage(options);
  return { ...writer.stage, flush: (run) => writer.write(run), more: (run) => writer.pieces.next(run) };
}

/** Bytes of rows that are moved to the spool together. */
const MAX_WAITING = 512 * 1024;

/**
 * The common part of both stages. The header comes first, and the columns are known only after the last entity; so every
 * row waits in a spool until the input has ended, and memory holds only the columns. A fault of the input is thrown before
 * the first byte. Batches must have been checked, or trusted.
 */
class DsvStage {
  readonly #maxRecords: number;
  readonly #table: Table;
  readonly #note: ((note: Note) => void) | undefined;
  /** Entities of all files, and of the last one. */
  #records = 0;
  #inFile = 0;
  #ended = false;
  #fault: SluiceError | undefined;
  /** Asked for after the end of the input. */
  readonly pieces = new PiecesAtEnd();

  /** The stage without its end. */
  readonly stage: Omit<Stage<Batch, never>, 'flush' | 'more'> = {
    name: 'encodeDsv',
    step: 'serialize',
    push: (batch, run) => this.#take(batch, run),
    close: async () => {
      await this.pieces.close();
      await this.#table.close();
    },
  };

  constructor({ settings, openSpool, maxRecords, maxEntityBytes, note }: DsvOptions) {
    this.#note = note;
    this.#maxRecords = maxRecords ?? Number.POSITIVE_INFINITY;
    this.#table = tableOf({ settings, openSpool, maxEntityBytes: maxEntityBytes ?? Number.POSITIVE_INFINITY });
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

function tableOf(options: TableOptions): Table {
  const { layout } = options.settings;
  if (layout === 'entities') return new EntitiesTable(options);
  return layout === 'fields' ? new FieldsTable(options) : new FoundLayoutTable(options);
}

/** Only trusted text can be faulty here; objects may hold values that JSON cannot. */
function recordError(cause: unknown, batch: Batch, position: number): SluiceError {
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
