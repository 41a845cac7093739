/** Several files as one stream, for a folder that takes it apart again. */

import type { OpenFileMarks } from '../terms/file-marks.js';
import type { FilePiece, MeasuredEnd } from '../terms/file-piece.js';
import { MANIFEST_NAME } from '../terms/plan.js';
import type { FileReceipt } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { type FileNames, nameOfFile } from './file-names.js';

/** Options of the files. */
export interface FolderFilesOptions {
  readonly names: FileNames;
  /** Ends the files with a list of them, as `zipFilesStage` does; absent: no list. */
  readonly manifest?: { readonly id: string };
  /** Called at the end with the files, without the manifest. */
  readonly report: (files: readonly FileReceipt[], run: Run) => void;
  /** Takes the ends and the names of the files. */
  readonly marks: OpenFileMarks;
}

/** Makes the stage. A single file has the plain name; several files are numbered, so names are known at the end. */
export function folderFilesStage({
  names,
  manifest,
  report,
  marks,
}: FolderFilesOptions): Stage<FilePiece<MeasuredEnd>, Buffer> {
  const ended: Omit<FileReceipt, 'name'>[] = [];
  let offset = 0;
  return {
    name: 'folder',
    step: 'wrap',
    push(piece) {
      if (Buffer.isBuffer(piece)) {
        offset += piece.length;
        return [piece];
      }
      const { kind, ...receipt } = piece;
      ended.push(receipt);
      marks.ends.push(offset);
      return NOTHING;
    },
    flush(run) {
      const used = ended.length > 1 ? names : { ...names, numbered: undefined };
      const files = ended.map((receipt, index) => ({ name: nameOfFile(used, index + 1), ...receipt }));
      for (const { name } of files) marks.names.push(name);
      report(files, run);
      if (!manifest) return NOTHING;
      const list = Buffer.from(JSON.stringify({ id: manifest.id, files }));
      marks.ends.push(offset + list.length);
      marks.names.push(MANIFEST_NAME);
      return [list];
    },
  };
}
