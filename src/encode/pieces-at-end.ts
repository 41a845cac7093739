/** The output of a stage that makes all of it once the input is complete: a generator, asked for one piece at a time. */
import type { FilePiece } from '../terms/file-piece.js';
import type { Run } from '../terms/run.js';
import { NOTHING } from '../terms/stage.js';

/** What `flush`, `more` and `close` of such a stage do. */
export class PiecesAtEnd {
  #pieces: AsyncGenerator<FilePiece, void> | undefined;

  /** The input is complete. @returns the first piece of the output */
  begin(pieces: AsyncGenerator<FilePiece, void>, run: Run): Promise<readonly FilePiece[]> {
    this.#pieces = pieces;
    return this.next(run);
  }

  /** The next piece; nothing after the last, or before the end of the input. */
  async next(run: Run): Promise<readonly FilePiece[]> {
    // Most of the work follows the end of the input, when no reader checks for an abort any more.
    if (run.signal.aborted) throw run.abortError();
    const piece = await this.#pieces?.next();
    return !piece || piece.done ? NOTHING : [piece.value];
  }

  async close(): Promise<void> {
    await this.#pieces?.return();
  }
}
