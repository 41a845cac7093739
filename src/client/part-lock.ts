/** One at a time: whoever fetches into a part has it alone, until it is done or dead. */
import { open, readFile, stat, unlink, utimes } from 'node:fs/promises';
import { hasEnded, isFromHere, processTag } from '../temporary-files/process-tag.js';
import { SluiceError, systemCode } from '../terms/errors.js';

/** Parts that this process fetches into. */
const own = new Set<string>();

/**
 * Takes a part; a lock of a process that has died is taken over.
 * @param part path of the part, the same for all who may want it
 * @param path of the file to be, for errors
 * @returns a function that gives the part back
 * @throws SluiceError `WRITE_FAILED` while somebody else has it
 */
export async function lockPart(part: string, path: string): Promise<() => Promise<void>> {
  const lock = `${part}.lock`;
  if (own.has(lock)) throw taken(path, String(process.pid));
  own.add(lock);
  try {
    await create(lock, path);
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

async function create(lock: string, path: string): Promise<void> {
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
    if (tries > 0 || (await isHeld(lock, owner))) throw taken(path, owner);
    await unlink(lock).catch(() => {});
  }
}

/** Milliseconds between two signs of life of whoever holds a lock. */
const TOUCH_EVERY_MS = 60_000;

/** Milliseconds without a sign of life, after which a lock that a process elsewhere has made is taken over. */
const GIVEN_UP_MS = 10 * TOUCH_EVERY_MS;

async function touch(lock: string): Promise<void> {
  const now = new Date();
  await utimes(lock, now, now).catch(() => {});
}

/** Whether whoever made a lock still has it: on this machine the process tells, from elsewhere the time of the file. */
async function isHeld(lock: string, owner: string): Promise<boolean> {
  if (/^\d+$/.test(owner)) return isAlive(Number(owner));
  // A lock without a word was left by a process that died when it had just made it.
  if (owner === '') return false;
  // Locks of this process are known.
  if (isFromHere(owner)) return owner !== processTag() && !hasEnded(owner);
  const made = await stat(lock).catch(() => undefined);
  return made !== undefined && Date.now() - made.mtimeMs < GIVEN_UP_MS;
}

/** A lock of our own number that this process knows nothing of was another's, before the number came round again. */
function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return systemCode(cause) === 'EPERM';
  }
}

function taken(path: string, owner: string): SluiceError {
  // A tag names the process in its middle.
  const by = isFromHere(owner)
    ? `process ${owner.split('-')[1]}`
    : /^\d+$/.test(owner)
      ? `process ${owner}`
      : 'another machine';
  return new SluiceError('WRITE_FAILED', 'write', `${path} is being fetched already (by ${by})`, { path });
}
