/** The blob of an envelope in an open file: written to it, and read as the files in it. */
import type { FileHandle } from 'node:fs/promises';
import type { Destination } from '../destinations/destination.js';
import { handleStream } from '../destinations/handle-stream.js';
import { FORMAT_BYTES, formatOf, isOfficeFile, ZIP_ARCHIVE } from '../options/known-format.js';
import type { ByteInput, Source } from '../sources/source.js';
import { zipEntries } from '../sources/zip-entries.js';
import { temporaryFileError } from '../temporary-files/nameless-file.js';
import type { Envelope } from '../unpack/decode-envelope.js';
import { readWorkbook } from './verify-workbook.js';

/**
 * The files of a blob: those in its zip, or itself. A workbook is compared with its checksums, since an envelope has none.
 * @throws SluiceError (rejects) `VERIFY_FAILED`
 */
export async function filesOfBlob(
  blob: FileHandle,
  path: string,
  { fileName }: Envelope,
  signal: AbortSignal,
): Promise<Source> {
  const { buffer, bytesRead } = await blob.read(Buffer.alloc(FORMAT_BYTES), 0, FORMAT_BYTES, 0);
  const front = buffer.subarray(0, bytesRead);
  const archive = zipEntries(blob, `${path}: the blob`);
  if (formatOf(front) === ZIP_ARCHIVE) return archive;
  if (isOfficeFile(front)) await readWorkbook(archive, path, signal);
  return {
    async *inputs() {
      yield handleInput(blob, fileName ?? 'the blob');
    },
  };
}

/** An input over an open file, which stays open. */
function handleInput(handle: FileHandle, name: string): ByteInput {
  let at = 0;
  return {
    kind: 'bytes',
    name,
    async read(into) {
      const { bytesRead } = await handle.read(into, 0, into.length, at);
      at += bytesRead;
      return bytesRead;
    },
    close: async () => {},
  };
}

/** The destination of the blob, in an open file. */
export function blobDestination(blob: FileHandle): Destination {
  const { writable, bytes } = handleStream(blob, (cause) => temporaryFileError(cause, 'verify'));
  return {
    name: 'the blob',
    open: async () => ({
      writable,
      bytes,
      commit: async () => {},
      discard: async () => {},
    }),
  };
}
