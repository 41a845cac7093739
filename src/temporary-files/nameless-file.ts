/** A temporary file without a name: it vanishes with the process, however that ends. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, SluiceError, type StageName, systemCode } from '../terms/errors.js';
import { writeAll } from './file-bytes.js';

/**
 * Opens an empty file in the system's folder for temporary files, and unlinks it at once.
 * @throws SluiceError (rejects) as `temporaryFileError` makes it
 */
export async function openNamelessFile(stage: StageName): Promise<FileHandle> {
  return openNamelessIn(tmpdir()).catch((cause: unknown) => {
    throw temporaryFileError(cause, stage);
  });
}

/** The same in any folder. @throws the system's error */
export async function openNamelessIn(folder: string): Promise<FileHandle> {
  const path = join(folder, `sluice-${randomUUID()}.tmp`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
  } catch (cause) {
    await file.close();
    throw cause;
  }
  return file;
}

/**
 * Copies chunks to the beginning of a temporary file.
 * @throws SluiceError (rejects) as `temporaryFileError` makes it; whatever reading the chunks fails with
 */
export async function copyInto(file: FileHandle, chunks: AsyncIterable<Buffer>, stage: StageName): Promise<void> {
  let at = 0;
  for await (const chunk of chunks) {
    at = await writeAll(file, chunk, at).catch((cause: unknown) => {
      throw temporaryFileError(cause, stage);
    });
  }
}

/** Types a failure of writing or reading a temporary file: `DISK_FULL` or `WRITE_FAILED`, with its folder. */
export function temporaryFileError(cause: unknown, stage: StageName): SluiceError {
  const system = systemCode(cause);
  const code = system === 'ENOSPC' || system === 'EDQUOT' ? 'DISK_FULL' : 'WRITE_FAILED';
  const variable = process.platform === 'win32' ? 'TEMP' : 'TMPDIR';
  const path = tmpdir();
  const message = `a temporary file in ${path} (the variable ${variable} can name another folder): ${messageOf(cause)}`;
  return new SluiceError(code, stage, message, { path, cause });
}
