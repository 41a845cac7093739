/** A zip archive of several files. Where one suffices it bears the plain name, else each is numbered. */

import { temporarySpool } from '../temporary-files/temporary-spool.js';
import { SluiceError } from '../terms/errors.js';
import type { FilePiece, MeasuredEnd } from '../terms/file-piece.js';
import { MANIFEST_NAME } from '../terms/plan.js';
import type { FileReceipt } from '../terms/receipt.js';
import type { Run } from '../terms/run.js';
import type { Spool } from '../terms/spool.js';
import { NOTHING, type Stage } from '../terms/stage.js';
import { defaultThreads } from './default-threads.js';
import { BlockDeflater, type DeflatedBlock, type DeflateStanding, type DeflateState } from './deflate-blocks.js';
import { DEFAULT_LEVEL, type PackOptions } from './deflate-stage.js';
import { type EntryTotals, zipArchive } from './zip-container.js';

/** How the files of an archive are called. */
export interface FileNames {
  /** The only file. */
  readonly plain: string;
  /** The file behind it, where there may be just these two. */
  readonly second?: string;
  /** Several files: between these stands the number of each, from 1. Absent: there is only one. */
  readonly numbered?: { readonly before: string; readonly behind: string };
}

/** What the archive is made of. */
export interface ZipFilesOptions extends Omit<PackOptions, 'from'> {
  readonly names: FileNames;
  /**
   * Ends the archive with a list of its files: `{"id":…,"files":[{"name","records","bytes","sha256"}]}`. It is not on
   * itself nor among the files that are told, and holds no records. Absent: none.
   */
  readonly manifest?: { readonly id: string };
  /** Called at the end with the files, without the manifest. */
  readonly report: (files: readonly FileReceipt[], run: Run) => void;
  /** Where the first file waits until its name is known; default: in memory, or in a temporary file. */
  readonly openSpool?: () => Spool;
  /** Where an earlier stage of the same options had come to; default: the beginning. */
  readonly from?: FilesStanding;
}

/** A file that is in the archive. */
export interface FinishedFile extends FileReceipt {
  readonly compressed: number;
  readonly crc32: number;
}

/** Where an archive stands between two pieces. */
export interface FilesStanding {
  readonly finished: readonly FinishedFile[];
  /** The file that is open. */
  readonly current?: DeflateStanding;
}

/** The stage, and what it tells of where it stands. */
export interface ZipFilesStage extends Stage<FilePiece<MeasuredEnd>, Buffer> {
  /** Whether the name of the first file is not known, so that all of it waits: then there is no standing. */
  readonly held: boolean;
  /** Asked behind `drain`. */
  readonly standing: FilesStanding;
}

/**
 * Makes the stage. The name of an entry stands before its content, and that of the first is known only when a second
 * file begins or the input ends: until then what it was deflated to is held back, unless there can be no second one.
 * A run that fails leaves the archive unterminated, and what was held is given up.
 */
export function zipFilesStage(options: ZipFilesOptions): ZipFilesStage {
  const { names, manifest, report, level = DEFAULT_LEVEL, threads = defaultThreads(), from } = options;
  const { openSpool = temporarySpool } = options;
  const method = level === 0 ? 'store' : 'deflate';
  const current = from?.current;
  const deflater = new BlockDeflater({ method, level, threads, ...(current ? { from: current.state } : {}) });
  const archive = zipArchive(level);
  const finished: FinishedFile[] = [];
  /** Files that have come, or begun to, and whether one is under way; what comes out lies some blocks behind. */
  let begun = 0;
  let coming = false;
  /** What is told of the files that have come to their end, but not out. */
  const ends: MeasuredEnd[] = [];
  /** Whether a file is under way that comes out, and its name where it is known. */
  let open = false;
  let name: string | undefined;
  /** The first file while its name is not known: its bytes, and once it has ended what is told of it. */
  let spool: Spool | undefined;
  let spooled: Ended | undefined;
  let answers: AsyncGenerator<readonly Buffer[], void> | undefined;

  // The bytes are out already; the archive only has to know of them. Less than a block is taken in at once.
  for (const file of from?.finished ?? []) {
    archive.head(file.name);
    finish({ receipt: file, totals: { ...file, uncompressed: file.bytes } }, file.name);
  }
  begun = finished.length;
  if (current) {
    enter();
    begin();
    void deflater.push(current.pending);
  }

  return {
    name: 'zip',
    step: 'wrap',
    push(piece) {
      answers = take(piece);
      return answer();
    },
    more: answer,
    drain() {
      answers = drained();
      return answer();
    },
    get held() {
      return begun === 1 && names.numbered !== undefined;
    },
    get standing() {
      return { finished, ...(open ? { current: deflater.standing } : {}) };
    },
    flush(run) {
      answers = ended(run);
      return answer();
    },
    async close() {
      await deflater.close();
      await spool?.close();
    },
  };

  /** The next answer that is not empty; nothing behind the last. */
  async function answer(): Promise<readonly Buffer[]> {
    for (;;) {
      const result = await answers?.next();
      if (!result || result.done) return NOTHING;
      if (result.value.length > 0) return result.value;
    }
  }

  async function* take(piece: FilePiece<MeasuredEnd>): AsyncGenerator<readonly Buffer[], void> {
    if (!coming) {
      enter();
      // What waits is let go at once, however fast it was deflated: whether a byte is out decides how a failure ends.
      if (begun === 2) yield* out(await deflater.drain());
      // Where all before is out, this one is the next.
      if (ends.length === 0) yield* next();
    }
    if (Buffer.isBuffer(piece)) {
      yield* out(await deflater.push(piece));
      return;
    }
    coming = false;
    ends.push(piece);
    // The next file is deflated while the last blocks of this one still are.
    yield* out(await deflater.end());
  }

  function enter(): void {
    coming = true;
    begun++;
  }

  async function* drained(): AsyncGenerator<readonly Buffer[], void> {
    yield* out(await deflater.drain());
    if (coming && !open) yield* next();
  }

  async function* ended(run: Run): AsyncGenerator<readonly Buffer[], void> {
    yield* out(await deflater.drain());
    if (spooled) yield* release(names.plain);
    const files = finished.map(({ compressed, crc32, ...receipt }) => receipt);
    if (manifest) {
      yield [archive.head(MANIFEST_NAME)];
      const blocks = [...(await deflater.push(Buffer.from(JSON.stringify({ id: manifest.id, files }))))];
      blocks.push(...(await deflater.flush()));
      yield blocks.map(({ bytes }) => bytes);
      yield [archive.settle(blocks[blocks.length - 1].state)];
    }
    yield [archive.end()];
    report(files, run);
  }

  /** What was deflated goes out, or waits. */
  async function* out(blocks: readonly DeflatedBlock[]): AsyncGenerator<readonly Buffer[], void> {
    for (const { bytes, state, last } of blocks) {
      if (!open) yield* next();
      if (spool) await spool.write(bytes);
      else yield [bytes];
      if (last) yield settle(state);
    }
  }

  /** The next file comes out; the first one, if it has waited, before it. */
  async function* next(): AsyncGenerator<readonly Buffer[], void> {
    if (spooled) yield* release(numberedName(1));
    yield begin();
  }

  /** Begins a file: with the bytes before its content, unless its name is not known. */
  function begin(): readonly Buffer[] {
    open = true;
    const number = finished.length + 1;
    if (names.numbered) name = number === 1 ? undefined : numberedName(number);
    else name = number === 1 ? names.plain : (names.second ?? names.plain);
    if (name !== undefined) return [archive.head(name)];
    spool = openSpool();
    return NOTHING;
  }

  /** Ends the file that comes out: with the bytes behind its content, unless its name is not known. */
  function settle(totals: DeflateState): readonly Buffer[] {
    open = false;
    const end = ends.shift();
    if (!end) throw new SluiceError('INTERNAL', 'wrap', 'more files come out than went in');
    const { kind, ...receipt } = end;
    if (name !== undefined) return [finish({ receipt, totals }, name)];
    spooled = { receipt, totals };
    return NOTHING;
  }

  /** Lets the first file go. */
  async function* release(known: string): AsyncGenerator<readonly Buffer[], void> {
    if (!spool || !spooled) return;
    yield [archive.head(known)];
    for await (const chunk of spool.chunks()) yield [chunk];
    await spool.close();
    spool = undefined;
    yield [finish(spooled, known)];
    spooled = undefined;
  }

  function finish({ receipt, totals }: Ended, known: string): Buffer {
    const { compressed, crc32 } = totals;
    finished.push({ name: known, ...receipt, compressed, crc32 });
    return archive.settle(totals);
  }

  function numberedName(number: number): string {
    const { before = '', behind = '' } = names.numbered ?? {};
    return `${before}${number}${behind}`;
  }
}

/** What is known of a file at its end. */
interface Ended {
  readonly receipt: Omit<FileReceipt, 'name'>;
  readonly totals: EntryTotals;
}
