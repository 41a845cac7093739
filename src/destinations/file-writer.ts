/** Writes a file under a temporary name, then moves it to its place. */
import { constants } from 'node:fs';
import { type FileHandle, link, open, rename, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { writeAll } from '../temporary-files/file-bytes.js';
import {
  createTemporaryFile,
  forgetTemporary,
  removeLeftovers,
  removeTemporary,
  renameOnce,
  type TemporaryFile,
} from '../temporary-files/temporary-file.js';
import { messageOf, SluiceError, systemCode } from '../terms/errors.js';
import type { Note } from '../terms/receipt.js';
import { existsError, type FilePlace, refusalOf } from './place.js';
import { syncDirectory, syncFile } from './sync.js';

/** How a complete file gets to its place. */
export type Placing = 'rename' | 'in place';

/** A temporary file, and how it gets to its place. */
export interface PreparedFile {
  readonly temporary: TemporaryFile;
  readonly placing: Placing;
  /** Makes the error of a failed write when the temporary file is in another folder; absent: the system's is enough. */
  readonly failure?: (cause: unknown) => Error;
}

/** System errors that forbid creating a file in a folder, while existing files there may be writable. */
const FOLDER_REFUSALS: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS', 'ERR_ACCESS_DENIED']);

/**
 * Creates the temporary file of a place, and tries the operations that its file system must support at the end: rename
 * and sync. An operation that fails is replaced by another way, with a note.
 * @throws the system's error
 */
export async function prepareFile(place: FilePlace, note: (note: Note) => void): Promise<PreparedFile> {
  const { name, path, folder, old } = place;
  let { fixed } = place;
  await removeLeftovers(folder);
  let temporary: TemporaryFile;
  let failure: PreparedFile['failure'];
  try {
    temporary = await createTemporaryFile(folder, old);
  } catch (cause) {
    const code = systemCode(cause);
    if (!FOLDER_REFUSALS.has(code)) throw cause;
    if (!old || (await refusalOf(path)) !== undefined) throw folderError(folder, code, cause);
    fixed ??= 'no file can be made beside it';
    temporary = await createTemporaryFile(tmpdir(), old);
    // It is copied in the end, which needs no name.
    await removeTemporary(temporary.path);
    failure = elsewhereError(tmpdir());
  }
  try {
    if (fixed === undefined) {
      const named = await renameOnce(temporary, folder).catch((cause: unknown) => {
        fixed = `files cannot be renamed there (${systemCode(cause) ?? messageOf(cause)})`;
        return temporary;
      });
      temporary = named;
    }
    if (fixed !== undefined) note(inPlaceNote(name, fixed));
    if (!(await syncFile(temporary.handle))) note(notSyncedNote(name));
    return { temporary, placing: fixed === undefined ? 'rename' : 'in place', failure };
  } catch (cause) {
    await discardFile(temporary);
    throw cause;
  }
}

/**
 * Moves a complete file to its place.
 * @throws SluiceError `DESTINATION_EXISTS`; the system's error
 */
export async function placeFile(
  { temporary, placing }: PreparedFile,
  place: FilePlace,
  { overwrite, note }: { readonly overwrite: boolean; readonly note: (note: Note) => void },
): Promise<void> {
  await syncFile(temporary.handle);
  const reason = placing === 'in place' ? undefined : await refusalToName(temporary.path, place, overwrite);
  if (placing === 'in place' || reason !== undefined) {
    if (reason !== undefined) note(inPlaceNote(place.name, reason));
    await copyInto(temporary.handle, place);
    await discardFile(temporary);
  } else {
    forgetTemporary(temporary.path);
    await temporary.handle.close();
  }
  await syncDirectory(place.folder);
}

/** Renames the file. @returns why the existing one cannot be replaced, where that shows only now */
async function refusalToName(temporary: string, place: FilePlace, overwrite: boolean): Promise<string | undefined> {
  try {
    await nameFile(temporary, place, overwrite);
    return undefined;
  } catch (cause) {
    if (place.old && systemCode(cause) === 'EBUSY') return 'it is in use by the system';
    throw cause;
  }
}

/** Removes the temporary file. */
export async function discardFile({ path, handle }: TemporaryFile): Promise<void> {
  await handle.close().catch(() => {});
  await removeTemporary(path);
}

async function nameFile(temporary: string, { name, path }: FilePlace, overwrite: boolean): Promise<void> {
  try {
    if (overwrite) await rename(temporary, path);
    else await renameExclusively(temporary, path, name);
  } catch (cause) {
    if (systemCode(cause) !== 'ENOENT') throw cause;
    throw new SluiceError('WRITE_FAILED', 'write', `${name}: the folder or the temporary file in it was removed`, {
      path: name,
      cause,
    });
  }
}

/**
 * Gives a file its name, unless a file of that name exists. A hard link fails where a rename would replace a file that
 * another process has created meanwhile; without hard links, an empty file reserves the name until the rename.
 * @throws SluiceError `DESTINATION_EXISTS`
 */
export async function renameExclusively(temporary: string, path: string, name: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'EEXIST') throw existsError(name);
    if (code === 'ENOENT') throw cause;
    await keepName(path, name);
    await rename(temporary, path).catch(async (failure: unknown) => {
      await unlink(path).catch(() => {});
      throw failure;
    });
    return;
  }
  // The result has its name; the next run removes the other one.
  await unlink(temporary).catch(() => {});
}

async function keepName(path: string, name: string): Promise<void> {
  try {
    await (await open(path, 'wx')).close();
  } catch (cause) {
    throw systemCode(cause) === 'EEXIST' ? existsError(name) : cause;
  }
}

/** Bytes per copy. */
const COPY_BYTES = 1024 * 1024;

/** Copies a complete file over one that cannot be replaced, or to its place where files cannot be renamed. */
async function copyInto(from: FileHandle, { name, path, old }: FilePlace): Promise<void> {
  if (!old) return copyToNew(from, path, name);
  const into = await open(path, constants.O_WRONLY);
  try {
    const { size } = await from.stat();
    const before = (await into.stat()).size;
    // The part that needs new space is written first, so that a full disk is noticed while the old bytes are intact.
    if (size > before) {
      await copy(from, into, before, size).catch(async (cause: unknown) => {
        await into.truncate(before).catch(() => {});
        throw cause;
      });
    }
    await copy(from, into, 0, Math.min(size, before)).catch((cause: unknown) => {
      const message = `${name}: overwriting it failed midway; it holds neither the old nor the new content now: ${messageOf(cause)}`;
      throw new SluiceError('WRITE_FAILED', 'write', message, { path: name, cause });
    });
    await into.truncate(size);
    await syncFile(into);
  } finally {
    await into.close();
  }
}

async function copyToNew(from: FileHandle, path: string, name: string): Promise<void> {
  const into = await open(path, 'wx').catch((cause: unknown) => {
    throw systemCode(cause) === 'EEXIST' ? existsError(name) : cause;
  });
  try {
    await copy(from, into, 0, (await from.stat()).size);
    await syncFile(into);
  } catch (cause) {
    await unlink(path).catch(() => {});
    throw cause;
  } finally {
    await into.close();
  }
}

async function copy(from: FileHandle, into: FileHandle, start: number, end: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(COPY_BYTES, end - start)));
  for (let at = start; at < end; ) {
    const { bytesRead } = await from.read(buffer, 0, Math.min(buffer.length, end - at), at);
    if (bytesRead === 0) throw new Error('the temporary file was cut short');
    await writeAll(into, buffer.subarray(0, bytesRead), at);
    at += bytesRead;
  }
}

/** The same error, with the folder instead of the temporary name. */
function folderError(folder: string, code: string | undefined, cause: unknown): Error {
  return Object.assign(new Error(`no file can be created in the folder ${folder} (${code})`, { cause }), { code });
}

function elsewhereError(folder: string): (cause: unknown) => Error {
  return (cause) => {
    const message = `its temporary file in ${folder} (the variable TMPDIR can name another folder): ${messageOf(cause)}`;
    return Object.assign(new Error(message, { cause }), { code: systemCode(cause) });
  };
}

function inPlaceNote(path: string, reason: string): Note {
  const text = `${path} is written in place, which a crash can interrupt: ${reason}`;
  return { code: 'WRITTEN_IN_PLACE', text };
}

/** The note of a result that may be lost with the power. */
export function notSyncedNote(path: string): Note {
  return {
    code: 'NOT_SYNCED',
    text: `${path} is not synced to disk: its file system, or Node's permission model, refuses it`,
  };
}
