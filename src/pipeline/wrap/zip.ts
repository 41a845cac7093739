/** A zip archive of one file, written by yazl. */
import { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { toSluiceError } from '../../terms/errors.js';
import type { Stage } from '../../terms/stage.js';
import { LibraryStream } from './library-stream.js';

/**
 * Deflate level when none is asked for. Alone on the generated catalog, level 1 packs to 20 % of the size at 195 MB/s,
 * level 6 to 16 % at 79 MB/s (bench/RESULTS.md): two and a half times the time for a fifth less.
 */
export const DEFAULT_LEVEL = 1;

/**
 * The modification time of every entry. Fixed, so that equal exports have equal bytes; in local fields, since the DOS
 * form that is written has no time zone. 1980 is the first year that the form can hold.
 */
const ENTRY_TIME = new Date(1980, 0, 1);

/** A plain file that its owner may write and everybody read. */
const ENTRY_MODE = 0o100644;

/** What a zip is made of. */
export interface ZipOptions {
  /** Name of the file inside. */
  readonly name: string;
  /** Deflate level, 0 (stored) to 9. */
  readonly level?: number;
}

/** Makes the stage: the bytes that come are one file of the archive that goes out. */
export function zipStage({ name, level = DEFAULT_LEVEL }: ZipOptions): Stage<Buffer, Buffer> {
  const zip = new ZipFile();
  const file = new PassThrough();
  // yazl types its output as the older interface; it is a PassThrough, and wrapping it would cost a copy.
  const output = zip.outputStream instanceof Readable ? zip.outputStream : new Readable().wrap(zip.outputStream);
  const stream = new LibraryStream(file, output);
  zip.on('error', (error: unknown) => stream.fail(error));
  zip.addReadStream(file, name, {
    mtime: ENTRY_TIME,
    forceDosTimestamp: true,
    mode: ENTRY_MODE,
    compressionLevel: level,
  });
  return {
    name: 'zip',
    step: 'wrap',
    push: (chunk) => stream.write(chunk).catch(fail),
    flush: () =>
      stream
        .end(() => {
          zip.end();
          file.end();
        })
        .catch(fail),
    close: () => stream.destroy(),
  };
}

function fail(cause: unknown): never {
  throw toSluiceError(cause, 'INTERNAL', 'wrap');
}
