/** Packs each of several files by itself, for a folder. */
import type { FilePiece, MeasuredEnd } from '../terms/file-piece.js';
import type { Run } from '../terms/run.js';
import type { Stage } from '../terms/stage.js';
import type { PackStage } from './deflate-stage.js';

/** Makes the stage. The measures are those of the content. @param open makes the stage of one file */
export function packFilesStage(open: () => PackStage): Stage<FilePiece<MeasuredEnd>, FilePiece<MeasuredEnd>> {
  let file: PackStage | undefined;
  return {
    name: 'packFiles',
    step: 'wrap',
    push(piece, run) {
      file ??= open();
      return Buffer.isBuffer(piece) ? file.push(piece, run) : ended(file, piece, run);
    },
    flush: () => [],
    close: () => file?.close?.(),
  };

  async function ended(stage: PackStage, end: MeasuredEnd, run: Run): Promise<readonly FilePiece<MeasuredEnd>[]> {
    const rest = await stage.flush(run);
    file = undefined;
    await stage.close?.();
    return [...rest, end];
  }
}
