/** A file as a destination: it appears under its name only when it is whole and on disk. */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { access, link, open, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SluiceError, systemCode } from '../../terms/errors.js';
import type { Delivery, Destination } from './destination.js';
import { writeError } from './write-error.js';

/** How a file is written. */
export interface FileOptions {
  /** Replace an existing file; default: refuse with `DESTINATION_EXISTS`. */
  readonly overwrite?: boolean;
}

/** Writes under a temporary name beside the file (`.sluice-<uuid>.tmp`), syncs it to disk, then gives it its name. */
export function file(path: string, { overwrite = false }: FileOptions = {}): Destination {
  return { name: path, stored: true, open: () => openDelivery(path, overwrite) };
}

async function openDelivery(path: string, overwrite: boolean): Promise<Delivery> {
  if (!overwrite) await refuseExisting(path);
  // Of the final name nothing is taken over: it may be as long as a name can be.
  const temporary = join(dirname(path), `.sluice-${randomUUID()}.tmp`);
  let writable: WriteStream;
  try {
    writable = createWriteStream(temporary, { flags: 'wx', flush: true });
    await once(writable, 'open');
  } catch (cause) {
    throw writeError(cause, path);
  }
  // Whoever writes learns of an error from its own call; here it must only not be an uncaught one.
  writable.on('error', () => {});
  return {
    writable,
    async commit() {
      try {
        if (overwrite) await rename(temporary, path);
        else await renameExclusively(temporary, path);
        await syncDirectory(dirname(path));
      } catch (cause) {
        await unlink(temporary).catch(() => {});
        throw writeError(cause, path);
      }
    },
    async discard() {
      writable.destroy();
      if (!writable.closed) await once(writable, 'close').catch(() => {});
      await unlink(temporary).catch(() => {});
    },
  };
}

/** @throws SluiceError `DESTINATION_EXISTS` */
export async function refuseExisting(path: string): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists) throw existsError(path);
}

/**
 * Gives a file its name, unless there is one of that name. A hard link fails where a rename would replace what another
 * process has put there meanwhile.
 * @throws SluiceError `DESTINATION_EXISTS`
 */
export async function renameExclusively(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'EEXIST') throw existsError(path);
    // Some file systems have no hard links; a check right before the rename is the best there is.
    await refuseExisting(path);
    if (code === 'ENOENT') throw cause;
    return rename(temporary, path);
  }
  await unlink(temporary);
}

/** Makes the new name itself durable, where the system lets directories be synced. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  if (!directory) return;
  try {
    await directory.sync().catch(() => {});
  } finally {
    await directory.close();
  }
}

function existsError(path: string): SluiceError {
  return new SluiceError('DESTINATION_EXISTS', 'write', `${path} exists; only overwrite (--overwrite) replaces it`, {
    path,
  });
}
