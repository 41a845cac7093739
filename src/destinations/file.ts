/** A file as a destination: it appears under its name only when it is whole and on disk. */
import type { Delivery, DeliveryContext, Destination } from './destination.js';
import { discardFile, placeFile, prepareFile } from './file-writer.js';
import { handleStream } from './handle-stream.js';
import { identityOfPath } from './identity.js';
import { type FilePlace, findPlace } from './place.js';
import { openThrough } from './through.js';
import { writeError } from './write-error.js';

/** How a file is written. */
export interface FileOptions {
  /** Replace an existing file; default: refuse with `DESTINATION_EXISTS`. */
  readonly overwrite?: boolean;
}

/**
 * Writes under a temporary name beside the file, syncs it to disk, then gives it its name. Links are followed, and a
 * file that is replaced keeps its mode and, where the system allows it, its owner. One that cannot be replaced, such as
 * one that is mounted by itself, is written over when the result is whole. What is no regular file (a device, a FIFO,
 * a socket, `/dev/stdout`, `/dev/fd/5`) is written straight through.
 */
export function file(path: string, { overwrite = false }: FileOptions = {}): Destination {
  const identity = () => identityOfPath(path);
  return { name: path, stored: true, identity, open: (context = {}) => openDelivery(path, overwrite, context) };
}

/**
 * Sees whether a file could be written, and leaves nothing.
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
  // Whoever writes learns of an error from its own call; here it must only not be an uncaught one.
  writable.on('error', () => {});
  return {
    writable,
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
