/** Other programs that compress the document: yazl alone, and pigz. */
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { runCommand } from './commands.js';

/** Deflates the chunks and passes on the output. */
export type Deflater = (chunks: readonly Buffer[], use: (chunk: Buffer) => void) => Promise<void>;

/** yazl, fed by its own `addReadStream`. */
export function yazl(level: number): Deflater {
  return async (chunks, use) => {
    const zip = new ZipFile();
    zip.addReadStream(Readable.from(chunks, { objectMode: false, highWaterMark: 1024 * 1024 }), 'catalog.json', {
      compressionLevel: level,
    });
    zip.end();
    const output = new PassThrough();
    output.on('data', use);
    await pipeline(zip.outputStream, output);
  };
}

/** pigz with two threads, including the start of its process. It writes gzip, whose deflated data is the same. */
export function pigz(level: number): Deflater {
  return (chunks, use) => runCommand('pigz', [`-${level}`, '-p', '2', '-c'], use, chunks);
}
