/** Chooses the encoder, by the format of a plan. */

import { encodeDsvFilesStage, encodeDsvStage } from '../encode/encode-dsv.js';
import { encodeFileStage } from '../encode/encode-file.js';
import { encodeFilesStage, type FileLimits, type FileSoFar } from '../encode/encode-files.js';
import { jsonEncoder } from '../encode/encode-json.js';
import type { EntitySchema } from '../encode/entity-schema.js';
import { encodeXlsxFilesStage, encodeXlsxStage } from '../encode/xlsx/encode-xlsx.js';
import { deflatedPieces } from '../pack/deflated-pieces.js';
import { type ZipPart, zipParts } from '../pack/zip-parts.js';
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
  one(continued: boolean, note?: (note: Note) => void): Stage<Batch, Buffer>;
  /** @param soFar records and bytes already in the file in progress */
  several(limits: FileLimits, soFar: FileSoFar): Stage<Batch, FilePiece>;
}

/**
 * Chooses the encoder. Tables are made in one go and never continue after earlier output.
 * @throws SluiceError `INVALID` for a plan of tables without their settings
 */
export function chooseEncoding(
  { format, pack, dsv, level, deflate, threads }: OutputPlan,
  schema?: EntitySchema,
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
  if (format === 'xlsx') {
    const packing = { level, deflater: deflate, threads };
    const workbook = {
      settings,
      openSpool: temporarySpool,
      maxEntityBytes,
      openDeflating: () => deflatedPieces(packing),
      pack: (parts: Iterable<ZipPart>) => zipParts(parts, packing),
    };
    return {
      one: (_continued, note) => encodeXlsxStage({ ...workbook, note }),
      several: ({ maxRecords }) => encodeXlsxFilesStage({ ...workbook, maxRecords }),
    };
  }
  return {
    one: (_continued, note) => encodeDsvStage({ settings, openSpool: temporarySpool, maxEntityBytes, note }),
    several: ({ maxRecords }) =>
      encodeDsvFilesStage({ settings, openSpool: temporarySpool, maxEntityBytes, maxRecords }),
  };
}
