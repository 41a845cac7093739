/** Gives the complete files of a temporary folder their names. */
import type { Stats } from 'node:fs';
import { lstat, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { forgetTemporary, takeOver } from '../temporary-files/temporary-file.js';
import { messageOf, SluiceError, systemCode } from '../terms/errors.js';
import type { DeliveryContext } from './destination.js';
import { renameExclusively } from './file-writer.js';
import { waitingName } from './folder-writer.js';
import { identityOfPath } from './identity.js';
import { existsError } from './place.js';
import { syncDirectory } from './sync.js';

/** Where the files go. */
export interface FolderPlace {
  /** As the caller gave it. */
  readonly name: string;
  readonly path: string;
  /** Whether the folder is there already. */
  readonly exists: boolean;
}

/**
 * Makes a new folder of the temporary one.
 * @throws SluiceError (rejects) `DESTINATION_EXISTS` where something has its name meanwhile; the system's error
 */
export async function placeFolder(work: string, { name, path }: FolderPlace, names: readonly string[]): Promise<void> {
  for (const [number, final] of names.entries()) await rename(join(work, waitingName(number)), join(work, final));
  await syncDirectory(work);
  const found = await lstat(path).catch(() => undefined);
  if (found) throw existsError(name);
  await rename(work, path).catch((cause: unknown) => {
    throw EXISTS.has(systemCode(cause)) ? existsError(name) : cause;
  });
  forgetTemporary(work);
  await syncDirectory(dirname(path));
}

/** What systems say of a name that is taken. */
const EXISTS: ReadonlySet<string | undefined> = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR', 'EISDIR']);

/** How files get into a folder that exists. */
export interface PlaceFilesOptions {
  /** Replace files of equal names. */
  readonly overwrite: boolean;
  readonly context: DeliveryContext;
}

/**
 * Moves the files into a folder that exists, after all their names were examined.
 * @throws SluiceError (rejects) `DESTINATION_EXISTS`, `IS_DIRECTORY`, `INVALID` for an input of the export, before the first
 *   file has its name; the system's error, after which no new file stays
 */
export async function placeFiles(
  work: string,
  place: FolderPlace,
  names: readonly string[],
  { overwrite, context }: PlaceFilesOptions,
): Promise<void> {
  const olds = await examineNames(place, names, overwrite);
  await refuseInputs(place, olds, context);
  const placed = new Map<string, string | undefined>();
  let replaced = 0;
  try {
    for (const [number, name] of names.entries()) {
      const from = join(work, waitingName(number));
      const to = join(place.path, name);
      const old = olds.get(name);
      if (old) {
        await takeOverAt(from, old);
        await rename(from, to);
        replaced++;
      } else {
        const identity = await identityOfPath(from);
        await renameExclusively(from, to, join(place.name, name));
        placed.set(to, identity);
      }
    }
  } catch (cause) {
    for (const [path, identity] of placed) {
      // Another run may have replaced it meanwhile.
      if ((await identityOfPath(path)) === identity) await unlink(path).catch(() => {});
    }
    if (replaced === 0) throw cause;
    const message = `${place.name}: ${messageOf(cause)}; ${replaced} of the files there were replaced before that`;
    throw new SluiceError('WRITE_FAILED', 'write', message, { path: place.name, cause });
  }
  await syncDirectory(place.path);
}

/** @returns the files that will be replaced, by their names */
async function examineNames(
  { name: folder, path }: FolderPlace,
  names: readonly string[],
  overwrite: boolean,
): Promise<ReadonlyMap<string, Stats>> {
  const olds = new Map<string, Stats>();
  for (const name of names) {
    const found = await lstat(join(path, name)).catch((cause: unknown) => {
      if (systemCode(cause) !== 'ENOENT') throw cause;
      return undefined;
    });
    if (!found) continue;
    const shown = join(folder, name);
    if (!overwrite) throw existsError(shown);
    if (!found.isFile()) {
      const what = found.isDirectory() ? 'a folder' : found.isSymbolicLink() ? 'a link' : 'no regular file';
      const code = found.isDirectory() ? 'IS_DIRECTORY' : 'DESTINATION_EXISTS';
      const message = `${shown} is ${what}, which a file of the result does not replace`;
      throw new SluiceError(code, 'write', message, { path: shown });
    }
    olds.set(name, found);
  }
  return olds;
}

async function refuseInputs(
  { name: folder, path }: FolderPlace,
  olds: ReadonlyMap<string, Stats>,
  { refuseInputs }: DeliveryContext,
): Promise<void> {
  if (olds.size === 0 || !refuseInputs) return;
  const existing = new Map<string, string>();
  for (const name of olds.keys()) {
    const identity = await identityOfPath(join(path, name));
    if (identity !== undefined) existing.set(identity, join(folder, name));
  }
  await refuseInputs(existing);
}

/** Gives a complete file the mode and, where possible, the owner of the one that it replaces. */
async function takeOverAt(path: string, old: Stats): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await takeOver(file, old);
  } finally {
    await file.close();
  }
}
