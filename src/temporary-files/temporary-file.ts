/** Files with a temporary name until they are complete; leftovers of dead processes are removed. */
import { randomBytes, randomUUID } from 'node:crypto';
import { rmSync, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, opendir, rename, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { clock } from '../loop/clock.js';
import { hasEnded, processTag, TAG_PATTERN } from './process-tag.js';

/** A file in progress. */
export interface TemporaryFile {
  readonly path: string;
  readonly handle: FileHandle;
}

/** The mode of a new file, before the umask. */
const NEW_FILE_MODE = 0o666;

const OWNED = new RegExp(`^\\.sluice-(${TAG_PATTERN})-[0-9a-f]{8}\\.tmp$`);

/** A temporary name where processes are not identified too. */
const NAME = /^\.sluice-[0-9a-f-]{20,}\.tmp$/;

/** Temporary files of this process, removed when it exits. */
const inFlight = new Set<string>();
let cleansUp = false;

/**
 * Creates a temporary file in a folder. Its name identifies the process and has no part of the final name, which may have
 * the maximum length.
 * @param like the file to be replaced; the temporary file never has wider permissions
 */
export async function createTemporaryFile(folder: string, like?: Stats): Promise<TemporaryFile> {
  const path = temporaryPath(folder);
  const handle = await open(path, 'wx+', like ? openingMode(like) : NEW_FILE_MODE);
  remember(path);
  try {
    if (like) await takeOver(handle, like);
    return { path, handle };
  } catch (cause) {
    await handle.close();
    await removeTemporary(path);
    throw cause;
  }
}

/**
 * Renames a temporary file to another temporary name, to test whether the file system can rename.
 * @throws the system's error
 */
export async function renameOnce({ path, handle }: TemporaryFile, folder: string): Promise<TemporaryFile> {
  const renamed = temporaryPath(folder);
  await rename(path, renamed);
  remember(renamed);
  inFlight.delete(path);
  return { path: renamed, handle };
}

/** Removes a temporary file; a missing one is ignored. */
export async function removeTemporary(path: string): Promise<void> {
  await unlink(path).catch(() => {});
  inFlight.delete(path);
}

/** The file has its final name and is kept when the process exits. */
export function forgetTemporary(path: string): void {
  inFlight.delete(path);
}

/** Copies mode and owner of the file to be replaced, as far as the system allows. */
export async function takeOver(handle: FileHandle, like: Stats): Promise<void> {
  const { uid, gid } = await handle.stat();
  if (uid !== like.uid || gid !== like.gid) {
    // A process that may not change the owner may still be in the group.
    await handle.chown(like.uid, like.gid).catch(() => handle.chown(uid, like.gid).catch(() => {}));
  }
  const taken = await handle.stat();
  const mode = like.mode & 0o777;
  // Under another group, the permissions of the old group would go to strangers.
  const allowed = taken.gid === like.gid ? mode : mode & (0o707 | ((mode & 0o007) << 3));
  if ((taken.mode & 0o777) === allowed) return;
  await handle.chmod(allowed).catch((cause: unknown) => {
    // Where modes are not stored, or (by Node's permission model) not set through handles, the file has narrower ones.
    if ((taken.mode & 0o777 & ~allowed) !== 0) throw cause;
  });
}

/** Removes leftovers of dead processes in a folder: files with our names, of our user. */
export async function removeLeftovers(folder: string): Promise<void> {
  if (processTag() === undefined || !isDue(folder)) return;
  try {
    for await (const { name } of await opendir(folder, { bufferSize: 1024 })) {
      const tag = OWNED.exec(name)?.[1];
      if (tag !== undefined && hasEnded(tag)) await removeIfOurs(join(folder, name));
    }
  } catch {
    // A folder that cannot be listed may still be writable.
  }
}

async function removeIfOurs(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.uid !== process.geteuid?.()) return;
  if (found.isFile()) await unlink(path);
  else if (found.isDirectory()) await removeFolder(path);
}

/** Removes a temporary folder with its files; with a folder in it, which is not ours, it stays. */
export async function removeFolder(path: string): Promise<void> {
  for await (const { name } of await opendir(path, { bufferSize: 1024 })) await unlink(join(path, name));
  await rmdir(path);
}

/** Minimum milliseconds between two scans of a folder, which may hold many files. */
const SCAN_INTERVAL_MS = 60_000;

/** Maximum number of folders whose scans are remembered. */
const MAX_FOLDERS = 1000;

const scannedAt = new Map<string, number>();

function isDue(folder: string): boolean {
  const now = clock();
  if (now - (scannedAt.get(folder) ?? Number.NEGATIVE_INFINITY) < SCAN_INTERVAL_MS) return false;
  if (scannedAt.size >= MAX_FOLDERS) scannedAt.clear();
  scannedAt.set(folder, now);
  return true;
}

/** The mode to open with: the final one where owner and group are ours, else access for the owner only. */
export function openingMode({ uid, gid, mode }: Stats): number {
  const isOwn = uid === process.geteuid?.() && gid === process.getegid?.();
  return isOwn ? mode & 0o777 : mode & 0o600;
}

/** A temporary name in a folder. */
export function temporaryPath(folder: string): string {
  const tag = processTag();
  return join(folder, `.sluice-${tag === undefined ? randomUUID() : `${tag}-${randomBytes(4).toString('hex')}`}.tmp`);
}

/** Whether a name is a temporary one, of this process or another. */
export function isTemporaryName(name: string): boolean {
  return NAME.test(name);
}

/** Removes a temporary file or folder when the process exits. */
export function remember(path: string): void {
  inFlight.add(path);
  if (cleansUp) return;
  cleansUp = true;
  process.on('exit', () => {
    for (const left of inFlight) {
      try {
        rmSync(left, { recursive: true });
      } catch {
        // It is gone, or the next run in this folder removes it.
      }
    }
  });
}
