/** A Writable into an open file. */
import type { FileHandle } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { writeAll } from '../temporary-files/file-bytes.js';
import { asError } from '../terms/any-error.js';
import type { Delivery } from './destination.js';

/** Bytes that the stream buffers before its writer must wait. */
const BYTES_AHEAD = 64 * 1024;

/**
 * Writes from the beginning of a file, which stays open after the stream, to be synced or read again.
 * @param failure makes the stream's error from the system's
 */
export function handleStream(
  handle: FileHandle,
  failure: (cause: unknown) => Error = asError,
): Required<Pick<Delivery, 'writable' | 'bytes'>> {
  let at = 0;
  const append = (bytes: Uint8Array, callback: (error?: Error) => void) => {
    writeAll(handle, bytes, at).then(
      (behind) => {
        at = behind;
        callback();
      },
      (cause: unknown) => callback(failure(cause)),
    );
  };
  const writable = new Writable({
    highWaterMark: BYTES_AHEAD,
    write: (chunk: Uint8Array, _encoding, callback) => append(chunk, callback),
    // All waiting chunks, which the limit above bounds.
    writev: (waiting, callback) => append(Buffer.concat(waiting.map(({ chunk }) => chunk)), callback),
  });
  return { writable, bytes: () => at };
}
