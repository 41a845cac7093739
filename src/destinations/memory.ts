/** Results in memory and as web streams. */
import { Readable, Writable } from 'node:stream';
import type { Destination } from './destination.js';
import { writable } from './writable.js';

/** A destination in memory, and its content. */
export interface MemoryDestination extends Destination {
  /** All bytes that have arrived. */
  contents(): Buffer;
}

/** Creates a destination in memory. */
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

/** A stream of bytes as a web stream; cancelling it destroys the stream. */
export function webStream(stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream);
}
