/** A zip archive of several files. A single file has the plain name; several files are numbered. */

import { temporarySpool } from '../temporary-files/temporary-spool.js';
import { SluiceError } from '../terms/errors.js';
import type { FilePiece, MeasuredEnd } from '../terms/file-piece.js';
import { MANIFEST_NAME } from '../terms/plan.js';
import type { FileReceipt } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import type { Spool } from '../terms/spool.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { BlockDeflater, type DeflateCheckpoint, type DeflatedBlock } from './deflate-blocks.js';
import { deflateOptions, type PackOptions } from './deflate-stage.js';
import { type FileNames, nameOfFile } from './file-names.js';
import { type EntryTotals, RawZip } from './yazl-adapter.js';

/** Options of the archive. */
export interface ZipFilesOptions extends Omit<PackOptions, 'from'> {
  readonly names: FileNames;
  /**
   * Ends the archive with a list of its files: `{"id":…,"files":[{"name","records","bytes","sha256"}]}`. The list holds no
   * records; it is neither on itself nor among the files reported. Absent: no list.
   */
  readonly manifest?: { readonly id: string };
  /** Called at the end with the files, without the manifest. */
  readonly report: (files: readonly FileReceipt[], run: Run) => void;
  /** Opens the spool of the first file; default: in memory, or in a temporary file. */
  readonly openSpool?: () => Spool;
  /** Where an earlier stage of the same options has stopped; default: the beginning. */
  readonly from?: FilesCheckpoint;
}

/** A file that is complete in the archive. */
export interface FinishedFile extends FileReceipt {
  readonly compressed: number;
  readonly crc32: number;
}

/** The state of an archive between two pieces. */
export interface FilesCheckpoint {
  readonly finished: readonly FinishedFile[];
  /** The file in progress. */
  readonly current?: DeflateCheckpoint;
}

/** The stage, and the state that checkpoints take from it. */
export interface ZipFilesStage extends Stage<FilePiece<MeasuredEnd>, Buffer> {
  /** Whether all output waits for the name of the first file: then no checkpoint is possible. */
  readonly held: boolean;
  /** To be read after `drain`. */
  readonly checkpoint: FilesCheckpoint;
}

/** Makes the stage. A run that fails leaves the archive unterminated and discards what waits for a name. */
export function zipFilesStage(options: ZipFilesOptions): ZipFilesStage {
  const archive = new FilesArchive(options);
  let answers: AsyncGenerator<readonly Buffer[], void> | undefined;
  return {
    name: 'zip',
    step: 'wrap',
    push(piece) {
      answers = archive.take(piece);
      return answer();
    },
    more: answer,
    drain() {
      answers = archive.drain();
      return answer();
    },
    get held() {
      return archive.held;
    },
    get checkpoint() {
      return archive.checkpoint;
    },
    flush(run) {
      answers = archive.end(run);
      return answer();
    },
    close: () => archive.close(),
  };

  /** The next result that is not empty; nothing after the last. */
  async function answer(): Promise<readonly Buffer[]> {
    for (;;) {
      const result = await answers?.next();
      if (!result || result.done) return NOTHING;
      if (result.value.length > 0) return result.value;
    }
  }
}

/** The facts about a file at its end. */
interface Ended {
  readonly receipt: Omit<FileReceipt, 'name'>;
  readonly totals: EntryTotals;
}

/** The file that comes out of the deflater. */
type Output =
  | { readonly kind: 'between' }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'held'; readonly spool: Spool }
  | { readonly kind: 'waiting'; readonly spool: Spool; readonly ended: Ended };

const BETWEEN: Output = { kind: 'between' };

/**
 * The files of one archive, from their pieces to the bytes of the zip.
 *
 * Pieces come in file by file: a file enters with its first piece and ends with its `end`. They come out of the deflater
 * some blocks later, so the file that comes out may be an earlier one than the file that comes in. The name of an entry
 * precedes its content, and the name of the first file is known only when a second one enters or the input ends, unless
 * the archive has a single file. So what comes out is in one of four states:
 *
 * - `between`: no file comes out. When the next one does, it becomes `named`, or `held` if its name is unknown.
 * - `named`: the header of the file is out, and its blocks follow. After the last block: `between`.
 * - `held`: the first file comes out without a name; its blocks go to a spool. After the last block: `waiting`.
 * - `waiting`: the first file is complete in the spool. It is released under its number when a second file comes out, or
 *   under the plain name when the input ends: `between`.
 */
class FilesArchive {
  readonly #options: ZipFilesOptions;
  readonly #deflater: BlockDeflater;
  readonly #zip: RawZip;
  readonly #finished: FinishedFile[] = [];
  /** Measures of the files that have ended coming in, but not coming out. */
  readonly #ends: MeasuredEnd[] = [];
  /** Files that have entered. */
  #entered = 0;
  /** Whether the last of them is incomplete. */
  #isEntering = false;
  #output: Output = BETWEEN;

  constructor(options: ZipFilesOptions) {
    const { from } = options;
    const deflating = deflateOptions(options);
    const { level } = deflating;
    const method = level === 0 ? 'store' : 'deflate';
    this.#options = options;
    this.#deflater = new BlockDeflater({ method, ...deflating, from: from?.current?.state });
    this.#zip = new RawZip(level);
    if (from) this.#resume(from);
  }

  get held(): boolean {
    return this.#entered === 1 && this.#options.names.numbered !== undefined;
  }

  get checkpoint(): FilesCheckpoint {
    const current = this.#isOpen ? this.#deflater.checkpoint : undefined;
    return { finished: this.#finished, current };
  }

  async *take(piece: FilePiece<MeasuredEnd>): AsyncGenerator<readonly Buffer[], void> {
    if (!this.#isEntering) {
      this.#enter();
      // The first file is released at once, however fast it was deflated: a failure ends in another way once a byte is out.
      if (this.#entered === 2) yield* this.#out(await this.#deflater.drain());
      // When all files before are out, this one is the next.
      if (this.#ends.length === 0) yield* this.#begin();
    }
    if (Buffer.isBuffer(piece)) {
      yield* this.#out(await this.#deflater.push(piece));
      return;
    }
    this.#isEntering = false;
    this.#ends.push(piece);
    // The next file is deflated while the last blocks of this one still are.
    yield* this.#out(await this.#deflater.end());
  }

  async *drain(): AsyncGenerator<readonly Buffer[], void> {
    yield* this.#out(await this.#deflater.drain());
    if (this.#isEntering && !this.#isOpen) yield* this.#begin();
  }

  async *end(run: Run): AsyncGenerator<readonly Buffer[], void> {
    const { names, manifest, report } = this.#options;
    yield* this.#out(await this.#deflater.drain());
    yield* this.#release(names.plain);
    const files = this.#finished.map(({ compressed, crc32, ...receipt }) => receipt);
    if (manifest) {
      yield [this.#zip.begin(MANIFEST_NAME)];
      const blocks = [...(await this.#deflater.push(Buffer.from(JSON.stringify({ id: manifest.id, files }))))];
      blocks.push(...(await this.#deflater.flush()));
      yield blocks.map(({ bytes }) => bytes);
      yield [this.#zip.finish(blocks[blocks.length - 1].state)];
    }
    yield [this.#zip.end()];
    report(files, run);
  }

  async close(): Promise<void> {
    await this.#deflater.close();
    if ('spool' in this.#output) await this.#output.spool.close();
  }

  /** Whether a file comes out that is incomplete. */
  get #isOpen(): boolean {
    return this.#output.kind === 'named' || this.#output.kind === 'held';
  }

  /** Restores the state of an earlier archive, whose bytes are out already; the zip only has to count them. */
  #resume({ finished, current }: FilesCheckpoint): void {
    for (const file of finished) {
      this.#zip.begin(file.name);
      this.#finish({ receipt: file, totals: { ...file, uncompressed: file.bytes } }, file.name);
    }
    this.#entered = finished.length;
    if (!current) return;
    this.#enter();
    this.#open();
    // Less than a block, which is taken in at once.
    void this.#deflater.push(current.pending);
  }

  #enter(): void {
    this.#isEntering = true;
    this.#entered++;
  }

  /** Passes blocks on: to the output, or to the spool of a file without a name. */
  async *#out(blocks: readonly DeflatedBlock[]): AsyncGenerator<readonly Buffer[], void> {
    for (const { bytes, state, last } of blocks) {
      if (!this.#isOpen) yield* this.#begin();
      if (this.#output.kind === 'held') await this.#output.spool.write(bytes);
      else yield [bytes];
      if (last) yield this.#settle(state);
    }
  }

  /** The next file comes out, after the first one if that waits. */
  async *#begin(): AsyncGenerator<readonly Buffer[], void> {
    yield* this.#release(nameOfFile(this.#options.names, 1));
    yield this.#open();
  }

  /** Opens the next file; returns the bytes before its content, if its name is known. */
  #open(): readonly Buffer[] {
    const { names, openSpool = temporarySpool } = this.#options;
    const number = this.#finished.length + 1;
    if (names.numbered && number === 1) {
      this.#output = { kind: 'held', spool: openSpool() };
      return NOTHING;
    }
    const name = nameOfFile(names, number);
    this.#output = { kind: 'named', name };
    return [this.#zip.begin(name)];
  }

  /** The file has come out; returns the bytes after its content, if its name is known. */
  #settle(totals: EntryTotals): readonly Buffer[] {
    const end = this.#ends.shift();
    const output = this.#output;
    if (!end) throw new SluiceError('INTERNAL', 'wrap', 'more files come out than came in');
    const { kind, ...receipt } = end;
    if (output.kind === 'held') {
      this.#output = { kind: 'waiting', spool: output.spool, ended: { receipt, totals } };
      return NOTHING;
    }
    if (output.kind !== 'named') throw new SluiceError('INTERNAL', 'wrap', 'a file ends that has not begun');
    this.#output = BETWEEN;
    return [this.#finish({ receipt, totals }, output.name)];
  }

  /** Passes the first file on under this name, if it waits. */
  async *#release(name: string): AsyncGenerator<readonly Buffer[], void> {
    if (this.#output.kind !== 'waiting') return;
    const { spool, ended } = this.#output;
    yield [this.#zip.begin(name)];
    for await (const chunk of spool.chunks()) yield [chunk];
    await spool.close();
    this.#output = BETWEEN;
    yield [this.#finish(ended, name)];
  }

  #finish({ receipt, totals }: Ended, name: string): Buffer {
    const { compressed, crc32 } = totals;
    this.#finished.push({ name, ...receipt, compressed, crc32 });
    return this.#zip.finish(totals);
  }
}
