/** Results in memory, and as a stream of the web. */
import { Readable, Writable } from 'node:stream';
import type { Destination } from './destination.js';
import { writable } from './writable.js';

/** Takes one result into memory. */
export interface MemoryDestination extends Destination {
  /** All that has arrived. */
  contents(): Buffer;
}

/** A destination in memory. */
export function memory(): MemoryDestination {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      chunks.push(chunk);
      callback();
    },
  });
  return { ...writable(stream, 'the buffer'), contents: () => Buffer.concat(chunks) };
}

/** A stream of bytes as one of the web; cancelling it destroys the stream. */
export function webStream(stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream);
}
