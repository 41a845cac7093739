/** Bytes at a position of an open file: the system may take or return fewer than it is asked for. */
import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** Writes bytes at a position. @returns the position after them */
export async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<number> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
  return at + bytes.length;
}

/** Reads bytes from a position on. @returns how many there are: fewer than there is room for where the file ends */
export async function readInto(file: FileHandle, into: Uint8Array, at: number): Promise<number> {
  let done = 0;
  for (let read = -1; read !== 0 && done < into.length; done += read) {
    ({ bytesRead: read } = await file.read(into, done, into.length - done, at + done));
  }
  return done;
}

/** The same in this turn of the event loop, for small blocks. */
export function readIntoNow(fd: number, into: Uint8Array, at: number): number {
  let done = 0;
  for (let read = -1; read !== 0 && done < into.length; done += read) {
    read = readSync(fd, into, done, into.length - done, at + done);
  }
  return done;
}
