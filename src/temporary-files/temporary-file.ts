/** Files under a name of their own until they are whole; what a dead process has left of them is removed. */
import { randomBytes, randomUUID } from 'node:crypto';
import { type Stats, unlinkSync } from 'node:fs';
import { type FileHandle, lstat, open, opendir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasEnded, processTag, TAG_PATTERN } from './process-tag.js';

/** A file that is being written. */
export interface TemporaryFile {
  readonly path: string;
  readonly handle: FileHandle;
}

/** The mode of a new file, less what the umask takes. */
const NEW_FILE_MODE = 0o666;

const OWNED = new RegExp(`^\\.sluice-(${TAG_PATTERN})-[0-9a-f]{8}\\.tmp$`);

/** Temporary files of this process; a process that ends in an orderly way leaves none. */
const inFlight = new Set<string>();
let cleansUp = false;

/**
 * Makes a temporary file in a folder. Its name takes over nothing of the final one, which may be as long as a name can
 * be; it tells which process made it.
 * @param like a file that is to be replaced, than which this one is at no time more open
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
 * Gives a temporary file another temporary name, to see whether the file system renames at all.
 * @throws the system's error
 */
export async function renameOnce({ path, handle }: TemporaryFile, folder: string): Promise<TemporaryFile> {
  const renamed = temporaryPath(folder);
  await rename(path, renamed);
  remember(renamed);
  inFlight.delete(path);
  return { path: renamed, handle };
}

/** Removes a temporary file; one that is gone is no fault. */
export async function removeTemporary(path: string): Promise<void> {
  await unlink(path).catch(() => {});
  inFlight.delete(path);
}

/** The file has another name now, and is none that goes when the process does. */
export function forgetTemporary(path: string): void {
  inFlight.delete(path);
}

/** Mode and owner of the file to be replaced, as far as the system lets us give them. */
export async function takeOver(handle: FileHandle, like: Stats): Promise<void> {
  const { uid, gid } = await handle.stat();
  if (uid !== like.uid || gid !== like.gid) {
    // Whoever may not give a file away may still be in its group.
    await handle.chown(like.uid, like.gid).catch(() => handle.chown(uid, like.gid).catch(() => {}));
  }
  const taken = await handle.stat();
  const mode = like.mode & 0o777;
  // Under another group the rights of the old one would be given to strangers.
  const allowed = taken.gid === like.gid ? mode : mode & (0o707 | ((mode & 0o007) << 3));
  if ((taken.mode & 0o777) === allowed) return;
  await handle.chmod(allowed).catch((cause: unknown) => {
    // Where modes are not kept, or (by Node's permission model) not set through handles, the file is less open.
    if ((taken.mode & 0o777 & ~allowed) !== 0) throw cause;
  });
}

/** Removes what processes that have died left in a folder: files of our own names, and of our own user. */
export async function removeLeftovers(folder: string): Promise<void> {
  if (processTag() === undefined || !isDue(folder)) return;
  try {
    for await (const { name } of await opendir(folder, { bufferSize: 1024 })) {
      const tag = OWNED.exec(name)?.[1];
      if (tag !== undefined && hasEnded(tag)) await removeIfOurs(join(folder, name));
    }
  } catch {
    // A folder that cannot be listed can be written to all the same.
  }
}

async function removeIfOurs(path: string): Promise<void> {
  const found = await lstat(path);
  if (found.isFile() && found.uid === process.geteuid?.()) await unlink(path);
}

/** Milliseconds in which a folder is looked through once; it may hold a great many files. */
const LOOK_EVERY_MS = 60_000;

/** Folders that are remembered as looked through. */
const MOST_FOLDERS = 1000;

const lookedAt = new Map<string, number>();

function isDue(folder: string): boolean {
  const now = performance.now();
  if (now - (lookedAt.get(folder) ?? Number.NEGATIVE_INFINITY) < LOOK_EVERY_MS) return false;
  if (lookedAt.size >= MOST_FOLDERS) lookedAt.clear();
  lookedAt.set(folder, now);
  return true;
}

/** The mode to open with: the final one where the file has the same owner from the beginning, else ours alone. */
export function openingMode({ uid, gid, mode }: Stats): number {
  const isOwn = uid === process.geteuid?.() && gid === process.getegid?.();
  return isOwn ? mode & 0o777 : mode & 0o600;
}

function temporaryPath(folder: string): string {
  const tag = processTag();
  return join(folder, `.sluice-${tag === undefined ? randomUUID() : `${tag}-${randomBytes(4).toString('hex')}`}.tmp`);
}

function remember(path: string): void {
  inFlight.add(path);
  if (cleansUp) return;
  cleansUp = true;
  process.on('exit', () => {
    for (const left of inFlight) {
      try {
        unlinkSync(left);
      } catch {
        // It is gone, or the next run in that folder removes it.
      }
    }
  });
}
