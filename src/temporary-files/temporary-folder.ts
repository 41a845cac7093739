/** A folder with a temporary name, until the files in it are complete. */
import { mkdir } from 'node:fs/promises';
import { forgetTemporary, remember, removeFolder, temporaryPath } from './temporary-file.js';

/** Creates a folder whose name identifies the process. */
export async function createTemporaryFolder(parent: string): Promise<string> {
  const path = temporaryPath(parent);
  await mkdir(path);
  remember(path);
  return path;
}

/** Removes the folder with its files; a missing one is ignored. */
export async function removeTemporaryFolder(path: string): Promise<void> {
  await removeFolder(path).catch(() => {});
  forgetTemporary(path);
}
