/** One at a time: whoever fetches into a part has it alone, until it is done or dead. */
import { open, readFile, unlink } from 'node:fs/promises';
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
  if (own.has(lock)) throw taken(path, process.pid);
  own.add(lock);
  try {
    await create(lock, path);
  } catch (cause) {
    own.delete(lock);
    throw cause;
  }
  return async () => {
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
      await handle.writeFile(String(process.pid)).finally(() => handle.close());
      return;
    }
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (tries > 0 || isAlive(owner)) throw taken(path, owner);
    await unlink(lock).catch(() => {});
  }
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

function taken(path: string, owner: number): SluiceError {
  return new SluiceError('WRITE_FAILED', 'write', `${path} is being fetched already (by process ${owner})`, { path });
}
