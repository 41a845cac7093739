/** Opens the partial file of an export that another process can finish. */
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import type { FilePlace } from '../destinations/place.js';
import { openingMode, takeOver } from '../temporary-files/temporary-file.js';

/**
 * Opens the partial file, with mode and owner of the file that it replaces.
 * @param exists whether it holds something to continue; otherwise it is made anew
 * @throws the system's error (rejects)
 */
export async function openPart(part: string, { old }: FilePlace, exists: boolean): Promise<FileHandle> {
  if (!exists) await unlink(part).catch(() => {});
  const flags = exists
    ? constants.O_RDWR | constants.O_NOFOLLOW
    : constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
  const handle = await open(part, flags, old ? openingMode(old) : 0o666);
  try {
    if (old) await takeOver(handle, old);
    return handle;
  } catch (cause) {
    await handle.close();
    throw cause;
  }
}
