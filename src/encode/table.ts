/** The contract of the layouts of tables: entities to rows, and the files that they make. */
import type { Batch } from '../terms/batch.js';
import type { DsvPlan } from '../terms/plan.js';
import type { Run } from '../terms/run.js';
import type { Spool } from '../terms/spool.js';
import type { TableState } from './table-state.js';

/** One file of a result. */
export interface LaidOutFile {
  readonly pieces: AsyncGenerator<Buffer, void>;
  /** Whether it holds the entities; otherwise it counts no records. */
  readonly hasEntities: boolean;
}

/** Takes notes, as a run does. */
export type NoteTaker = Pick<Run, 'note'>;

/** What a table is made of. */
export interface TableOptions {
  readonly settings: DsvPlan;
  /** Opens the spool in which rows wait until all columns are known. */
  readonly openSpool: () => Spool;
  /** Maximum bytes of an entity's text (characters, for an object) that fit into memory as values. */
  readonly maxEntityBytes: number;
}

/** A table in one layout. Its rows wait until the input has ended, because only then all columns are known. */
export interface Table {
  /**
   * Adds the rows of the entity at a position of a batch.
   * @throws SluiceError `TOO_DEEP`, `TOO_MANY_COLUMNS`, `ENTITY_TOO_LARGE`; SyntaxError for text that is not JSON; TypeError for
   *   values that JSON cannot hold
   */
  add(batch: Batch, position: number, run: Run): void | Promise<void>;
  /**
   * Adds the rows of further entities of a batch, from the one at `position` on, at most so many.
   * @returns for how many it did; 0 leaves the first of them to `add`
   */
  addMany?(batch: Batch, position: number, most: number): number;
  /** Bytes of rows in memory. */
  readonly waiting: number;
  /** Moves the rows to a spool. */
  settle(): Promise<void>;
  /** The entities before this call are in another file than those after it. Called at the end, too. */
  endFile(): void;
  /** The files, one after the other: the pieces of each are used up before the next is asked for. */
  files(): Iterable<LaidOutFile>;
  /** Moves all rows to the spool. @returns what a later process needs beside them */
  drain(): Promise<TableState>;
  /** Continues after the rows of an earlier table of the same options, which are in the spool. */
  restore(state: TableState): void;
  /** Adds notes about what the table does not show. */
  note(notes: NoteTaker): void;
  close(): Promise<void>;
}
