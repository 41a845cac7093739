/** A folder as a destination of several files, which have their names only when all of them are complete. */
import { lstat, opendir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { Writable } from 'node:stream';
import { isTemporaryName, removeLeftovers } from '../temporary-files/temporary-file.js';
import { createTemporaryFolder, removeTemporaryFolder } from '../temporary-files/temporary-folder.js';
import { asError } from '../terms/any-error.js';
import { SluiceError, systemCode } from '../terms/errors.js';
import type { Delivery, DeliveryContext, Destination } from './destination.js';
import { notSyncedNote } from './file-writer.js';
import { FolderWriter } from './folder-writer.js';
import { existsError } from './place.js';
import { type FolderPlace, placeFiles, placeFolder } from './place-files.js';
import { writeError } from './write-error.js';

/** Options of a folder. */
export interface FolderOptions {
  /** Write into a folder that holds something, and replace files of equal names; default: refuse. */
  readonly overwrite?: boolean;
}

/** Whether a path names a folder: it ends with a separator. */
export function namesFolder(path: string): boolean {
  return path.length > 1 && (path.endsWith('/') || path.endsWith(sep));
}

/**
 * Writes to a temporary folder and syncs to disk. A new folder then gets its name with all its files at once; in one that
 * exists, the files get their names one after the other. Other files there stay as they are.
 * @param path of a folder in one that exists, with or without a separator at its end
 */
export function folder(path: string, { overwrite = false }: FolderOptions = {}): Destination {
  return {
    name: path,
    stored: true,
    folder: true,
    open: (context = {}) => openDelivery(path, overwrite, context),
  };
}

/** Names of a note. */
const NAMED = 5;

async function openDelivery(path: string, overwrite: boolean, context: DeliveryContext): Promise<Delivery> {
  const { files } = context;
  if (!files) throw new SluiceError('INVALID', 'write', `${path}: a folder takes the files of an export`, { path });
  const named = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      throw writeError(cause, path);
    });
  const place = await named(findFolder(path));
  const parent = place.exists ? place.path : dirname(place.path);
  await removeLeftovers(parent);
  if (place.exists) await named(examine(place, overwrite, context));
  const work = await named(createTemporaryFolder(parent));
  const writer = new FolderWriter(work, files);
  const isSynced = await named(writer.begin()).catch(async (cause: unknown) => {
    await removeTemporaryFolder(work);
    throw cause;
  });
  if (!isSynced) context.note?.(notSyncedNote(path));
  const writable = new Writable({
    highWaterMark: 1024 * 1024,
    write: (chunk: Buffer, _encoding, callback) => after(writer.write(chunk), callback),
    final: (callback) => after(writer.end(), callback),
  });
  // The writer gets errors from its own calls; this listener only prevents uncaught ones.
  writable.on('error', () => {});
  return {
    writable,
    releasesBytes: writable,
    bytes: () => writer.bytes,
    async commit() {
      try {
        if (place.exists) await named(placeFiles(work, place, files.names, { overwrite, context }));
        else await named(placeFolder(work, place, files.names));
      } finally {
        await removeTemporaryFolder(work);
      }
    },
    async discard() {
      writable.destroy();
      await writer.close();
      await removeTemporaryFolder(work);
    },
  };
}

function after(work: Promise<void>, callback: (error?: Error) => void): void {
  work.then(
    () => callback(),
    (cause: unknown) => callback(asError(cause)),
  );
}

/** @throws SluiceError `WRITE_FAILED` where there can be no folder; the system's error */
async function findFolder(name: string): Promise<FolderPlace> {
  const found = await stat(name).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    if (systemCode(cause) === 'ENOTDIR') throw notFolder(name);
    throw cause;
  });
  if (found && !found.isDirectory()) throw notFolder(name);
  if (found) return { name, path: await realpath(name), exists: true };
  const bare = join(dirname(name), basename(name));
  // A dangling link occupies the name.
  const link = await lstat(bare).catch(() => undefined);
  if (link) throw existsError(name, ', as a link to nothing');
  const parent = await realpath(dirname(bare)).catch((cause: unknown) => {
    if (systemCode(cause) !== 'ENOENT') throw cause;
    const message = `${name}: the folder ${dirname(bare)} does not exist`;
    throw new SluiceError('WRITE_FAILED', 'write', message, { path: name, cause });
  });
  return { name, path: join(parent, basename(bare)), exists: false };
}

function notFolder(path: string): SluiceError {
  return new SluiceError('WRITE_FAILED', 'write', `${path} is not a folder, as the separator at its end says`, {
    path,
  });
}

/** @throws SluiceError `DESTINATION_EXISTS` for a folder that is not empty, without `overwrite` */
async function examine({ name, path }: FolderPlace, overwrite: boolean, { note }: DeliveryContext): Promise<void> {
  const others: string[] = [];
  let count = 0;
  for await (const entry of await opendir(path, { bufferSize: 1024 })) {
    if (isTemporaryName(entry.name)) continue;
    count++;
    if (others.length < NAMED) others.push(entry.name);
  }
  if (count === 0) return;
  const what = `${count} ${count === 1 ? 'file' : 'files'} (${others.join(', ')}${count > NAMED ? ', …' : ''})`;
  if (!overwrite) {
    const message = `${name} holds ${what}; only overwrite (--overwrite) writes into a folder that is not empty`;
    throw new SluiceError('DESTINATION_EXISTS', 'write', message, { path: name });
  }
  const text = `${name} holds ${what} already: those whose name a file of the result has are replaced, others stay`;
  note?.({ code: 'FOLDER_NOT_EMPTY', text, counts: { files: count } });
}
