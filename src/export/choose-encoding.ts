/** Chooses the encoder, by the format of a plan. */

import { encodeDsvFilesStage, encodeDsvStage } from '../encode/encode-dsv.js';
import { encodeFileStage } from '../encode/encode-file.js';
import { encodeFilesStage, type FileLimits, type FileSoFar } from '../encode/encode-files.js';
import { jsonEncoder } from '../encode/encode-json.js';
import type { EntitySchema } from '../encode/entity-schema.js';
import type { SplitState } from '../encode/split-by.js';
import type { TableStageState } from '../encode/table-state.js';
import { encodeXlsxFilesStage, encodeXlsxStage } from '../encode/xlsx/encode-xlsx.js';
import { deflatedPieces } from '../pack/deflated-pieces.js';
import { type ZipPart, zipParts } from '../pack/zip-parts.js';
import type { PartitionedSpool } from '../temporary-files/partitioned-spool.js';
import { temporarySpool } from '../temporary-files/temporary-spool.js';
import type { Batch } from '../terms/batch.js';
import { SluiceError } from '../terms/errors.js';
import type { FilePiece } from '../terms/file-piece.js';
import type { OutputPlan } from '../terms/plan.js';
import { isTable } from '../terms/profile.js';
import type { Note } from '../terms/receipt.js';
import type { Stage } from '../terms/stage.js';
import { largestTableEntity } from './table-memory.js';

/** One format, as stages. */
export interface Encoding {
  /**
   * @param note takes notes about the file; absent: they are notes of the run
   * @param continued continues after entities that were written before
   */
  one(continued: boolean, note?: (note: Note) => void): WaitingStage<Buffer>;
  /** @param soFar records and bytes already in the file in progress */
  several(limits: FileLimits, soFar: FileSoFar): WaitingStage<FilePiece>;
}

/** A stage, and the state that checkpoints take from it where its output waits for the end of the input. */
export interface WaitingStage<Out> extends Stage<Batch, Out> {
  /** To be read after `drain`; absent: nothing waits. */
  readonly state?: WaitingState;
}

/** What a stage whose output waits knows between two batches, beside what is in the spool; plain JSON. */
export type WaitingState = TableStageState | SplitState;

/** Where rows wait, and from where an earlier run continues. */
export interface Waiting {
  /** Holds the rows of the export; absent: temporary files without a name. */
  readonly spool?: PartitionedSpool | undefined;
  /** The state of the stage after the run that has filled the spool so far. */
  readonly from?: TableStageState | undefined;
}

/**
 * Chooses the encoder. The rows of tables wait in the spool, so a table never continues after earlier output.
 * @throws SluiceError `INVALID` for a plan of tables without their settings
 */
export function chooseEncoding(
  { format, pack, dsv, level, deflate, threads }: OutputPlan,
  schema?: EntitySchema,
  { spool, from }: Waiting = {},
): Encoding {
  if (!isTable(format)) {
    // Packing uses up each chunk at once; unpacked chunks are the output, which readers may keep.
    const encoder = jsonEncoder({ format, recycle: pack !== 'none', schema });
    return {
      one: (continued) => encodeFileStage(encoder, continued),
      several: (limits, soFar) => encodeFilesStage(encoder, limits, soFar),
    };
  }
  if (!dsv) throw new SluiceError('INVALID', 'plan', `a plan of format ${format} must say how its values are written`);
  const settings = dsv;
  const maxEntityBytes = largestTableEntity();
  const openSpool = spool ? () => spool.open() : temporarySpool;
  if (format === 'xlsx') {
    const packing = { level, deflater: deflate, threads };
    const workbook = {
      settings,
      openSpool,
      maxEntityBytes,
      from,
      openDeflating: () => deflatedPieces(packing, openSpool),
      pack: (parts: Iterable<ZipPart>) => zipParts(parts, packing),
    };
    return {
      one: (_continued, note) => encodeXlsxStage({ ...workbook, note }),
      several: ({ maxRecords }) => encodeXlsxFilesStage({ ...workbook, maxRecords }),
    };
  }
  return {
    one: (_continued, note) => encodeDsvStage({ settings, openSpool, maxEntityBytes, from, note }),
    several: ({ maxRecords }) => encodeDsvFilesStage({ settings, openSpool, maxEntityBytes, from, maxRecords }),
  };
}
