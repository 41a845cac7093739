/** A gzip member, written by Node's zlib. */
import { createGzip } from 'node:zlib';
import { toSluiceError } from '../../terms/errors.js';
import type { Stage } from '../../terms/stage.js';
import { LibraryStream } from './library-stream.js';
import { DEFAULT_LEVEL } from './zip.js';

/** Makes the stage; `level` as for the zip. The header bears no time and no name, so that equal input gives equal bytes. */
export function gzipStage({ level = DEFAULT_LEVEL }: { readonly level?: number } = {}): Stage<Buffer, Buffer> {
  const gzip = createGzip({ level });
  const stream = new LibraryStream(gzip, gzip);
  const fail = (cause: unknown): never => {
    throw toSluiceError(cause, 'INTERNAL', 'wrap');
  };
  return {
    name: 'gzip',
    step: 'wrap',
    push: (chunk) => stream.write(chunk).catch(fail),
    flush: () => stream.end().catch(fail),
    close: () => stream.destroy(),
  };
}
