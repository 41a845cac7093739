/** A file as a destination: it appears under its name only when it is complete and on disk. */
import type { Delivery, DeliveryContext, Destination } from './destination.js';
import { discardFile, placeFile, prepareFile } from './file-writer.js';
import { handleStream } from './handle-stream.js';
import { identityOfPath } from './identity.js';
import { type FilePlace, findPlace } from './place.js';
import { openThrough } from './through.js';
import { writeError } from './write-error.js';

/** Options of a file. */
export interface FileOptions {
  /** Replace an existing file; default: refuse with `DESTINATION_EXISTS`. */
  readonly overwrite?: boolean;
}

/**
 * Writes to a temporary name in the same folder, syncs to disk, then renames. Links are followed, and a replaced file keeps
 * its mode and, where the system allows it, its owner. A file that cannot be replaced, such as a mount point, is
 * overwritten in place when the result is complete. Devices, FIFOs, sockets and descriptors (`/dev/stdout`, `/dev/fd/5`)
 * are written directly.
 */
export function file(path: string, { overwrite = false }: FileOptions = {}): Destination {
  const identity = () => identityOfPath(path);
  return { name: path, stored: true, identity, open: (context = {}) => openDelivery(path, overwrite, context) };
}

/**
 * Tries whether a file could be written, and leaves no trace.
 * @throws SluiceError as writing it would
 */
export async function checkFile(path: string, { overwrite = false }: FileOptions): Promise<void> {
  const place = await findPlace(path, overwrite);
  if (place.kind !== 'file') return;
  try {
    await discardFile((await prepareFile(place, () => {})).temporary);
  } catch (cause) {
    throw writeError(cause, path);
  }
}

async function openDelivery(path: string, overwrite: boolean, context: DeliveryContext): Promise<Delivery> {
  const place = await findPlace(path, overwrite);
  if (place.kind !== 'file') return openThrough(place, path, context);
  return openFile(place, path, overwrite, context);
}

async function openFile(
  place: FilePlace,
  path: string,
  overwrite: boolean,
  { note = () => {} }: DeliveryContext,
): Promise<Delivery> {
  const named = async <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      throw writeError(cause, path);
    });
  const prepared = await named(prepareFile(place, note));
  const { temporary } = prepared;
  const { writable, bytes } = handleStream(temporary.handle, prepared.failure);
  // The writer gets errors from its own calls; this listener only prevents uncaught ones.
  writable.on('error', () => {});
  return {
    writable,
    releasesBytes: writable,
    bytes,
    async commit() {
      try {
        await named(placeFile(prepared, place, { overwrite, note }));
      } catch (cause) {
        await discardFile(temporary);
        throw cause;
      }
    },
    async discard() {
      writable.destroy();
      await discardFile(temporary);
    },
  };
}
