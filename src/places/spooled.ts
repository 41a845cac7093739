/** Copies of inputs in temporary files without names, for what must be read at any place. */
import type { FileHandle } from 'node:fs/promises';
import { readRaw } from '../sources/read-chunks.js';
import type { ByteInput } from '../sources/source.js';
import { writeAll } from '../temporary-files/file-bytes.js';
import { openNamelessFile, temporaryFileError } from '../temporary-files/nameless-file.js';
import { decodeEnvelope } from '../unpack/decode-envelope.js';

/** A temporary file, which vanishes when it is closed, and the bytes that were read for it. */
export interface Spooled {
  readonly handle: FileHandle;
  readonly bytes: number;
}

/** The same, with the number of records that the envelope states. */
export interface SpooledBlob extends Spooled {
  readonly totalRecords: number;
}

/** Copies an input, which stays open. @throws SluiceError (rejects) what reading throws; `DISK_FULL`, `WRITE_FAILED` */
export async function spooled(input: ByteInput): Promise<Spooled> {
  let bytes = 0;
  const handle = await spool(readRaw(input), (length) => {
    bytes += length;
  });
  return { handle, bytes };
}

/**
 * Copies the decoded blob of an envelope, and closes its input.
 * @throws SluiceError (rejects) what `decodeEnvelope` throws; as `spooled` does
 */
export async function spooledBlob(input: ByteInput, signal: AbortSignal): Promise<SpooledBlob> {
  let bytes = 0;
  const counted: ByteInput = {
    ...input,
    async read(into) {
      const length = await input.read(into);
      bytes += length;
      return length;
    },
  };
  try {
    signal.throwIfAborted();
    let totalRecords = 0;
    const blob = async function* (): AsyncGenerator<Buffer, void> {
      ({ totalRecords } = yield* decodeEnvelope(readRaw(counted), input.name));
    };
    const handle = await spool(blob(), () => {});
    return { handle, bytes, totalRecords };
  } finally {
    await input.close();
  }
}

/** Writes chunks to a new file. */
async function spool(chunks: AsyncIterable<Buffer>, onChunk: (length: number) => void): Promise<FileHandle> {
  const handle = await openNamelessFile('read');
  let at = 0;
  try {
    for await (const chunk of chunks) {
      onChunk(chunk.length);
      at = await writeAll(handle, chunk, at).catch((cause: unknown) => {
        throw temporaryFileError(cause, 'read');
      });
    }
    return handle;
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}
