/** Locks of files in progress: one writer at a time, until it ends or its process dies. */
import { open, readFile, stat, unlink, utimes } from 'node:fs/promises';
import { SluiceError, systemCode } from '../terms/errors.js';
import { hasEnded, isFromHere, processTag } from './process-tag.js';

/** Locks that this process holds. */
const own = new Set<string>();

/**
 * Locks a file in progress; the lock of a dead process is taken over.
 * @param part path of the part, the same for all processes
 * @param path of the destination, for errors
 * @param doing what the holder does, for errors: `downloaded`
 * @returns a function that releases the lock
 * @throws SluiceError `WRITE_FAILED` while another process holds it
 */
export async function lockPart(part: string, path: string, doing: string): Promise<() => Promise<void>> {
  const lock = `${part}.lock`;
  if (own.has(lock)) throw taken(path, String(process.pid), doing);
  own.add(lock);
  try {
    await create(lock, path, doing);
  } catch (cause) {
    own.delete(lock);
    throw cause;
  }
  const touching = setInterval(() => void touch(lock), TOUCH_EVERY_MS);
  touching.unref();
  return async () => {
    clearInterval(touching);
    if (own.delete(lock)) await unlink(lock).catch(() => {});
  };
}

async function create(lock: string, path: string, doing: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const handle = await open(lock, 'wx').catch((cause: unknown) => {
      if (systemCode(cause) === 'EEXIST') return undefined;
      throw cause;
    });
    if (handle) {
      await handle.writeFile(processTag() ?? String(process.pid)).finally(() => handle.close());
      return;
    }
    const owner = await readFile(lock, 'utf8').catch(() => '');
    if (tries > 0 || (await isHeld(lock, owner))) throw taken(path, owner, doing);
    await unlink(lock).catch(() => {});
  }
}

/** Interval at which a holder touches its lock, in milliseconds. */
const TOUCH_EVERY_MS = 60_000;

/** Age after which the lock of a process on another machine is taken over, in milliseconds. */
const GIVEN_UP_MS = 10 * TOUCH_EVERY_MS;

async function touch(lock: string): Promise<void> {
  const now = new Date();
  await utimes(lock, now, now).catch(() => {});
}

/** Whether a lock is held: on this machine by its process, on others by the age of the file. */
async function isHeld(lock: string, owner: string): Promise<boolean> {
  if (/^\d+$/.test(owner)) return isAlive(Number(owner));
  // An empty lock was left by a process that died right after creating it.
  if (owner === '') return false;
  // Locks of this process are known.
  if (isFromHere(owner)) return owner !== processTag() && !hasEnded(owner);
  const made = await stat(lock).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs < GIVEN_UP_MS;
}

/** A lock with our own pid that this process does not know belonged to an earlier process with that pid. */
function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return systemCode(cause) === 'EPERM';
  }
}

function taken(path: string, owner: string, doing: string): SluiceError {
  // The tag contains the pid.
  const by = isFromHere(owner)
    ? `process ${owner.split('-')[1]}`
    : /^\d+$/.test(owner)
      ? `process ${owner}`
      : 'another machine';
  return new SluiceError('WRITE_FAILED', 'write', `${path} is already being ${doing} (by ${by})`, { path });
}
