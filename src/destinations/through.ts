/** Writes directly to open descriptors, devices, FIFOs and sockets, which are never replaced. */
import { once } from 'node:events';
import { constants, createWriteStream, fstatSync, open as openDescriptor } from 'node:fs';
import { open } from 'node:fs/promises';
import { createConnection, Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SluiceError, systemCode } from '../terms/errors.js';
import type { Delivery, DeliveryContext } from './destination.js';
import type { ThroughPlace } from './place.js';
import { writable } from './writable.js';
import { writeError } from './write-error.js';

/**
 * Opens a place that is written directly; written bytes cannot be undone.
 * @param path as the caller gave it
 * @throws SluiceError `WRITE_FAILED` and its like; `ABORTED` when the signal fires while a FIFO has no reader
 */
export async function openThrough(place: ThroughPlace, path: string, context: DeliveryContext): Promise<Delivery> {
  try {
    const stream = await streamOf(place, path, context);
    // The writer gets errors from its own calls; this listener only prevents uncaught ones.
    if (stream !== process.stdout && stream !== process.stderr) stream.on('error', () => {});
    return await writable(stream, path).open();
  } catch (cause) {
    throw writeError(cause, path);
  }
}

async function streamOf(place: ThroughPlace, path: string, { signal }: DeliveryContext): Promise<Writable> {
  switch (place.kind) {
    case 'descriptor':
      return descriptorStream(place.fd);
    case 'fifo':
      return new Socket({ fd: await openFifo(place.path, path, signal), readable: false, writable: true });
    case 'socket': {
      const socket = createConnection(place.path);
      await once(socket, 'connect', { signal });
      return socket;
    }
    case 'device': {
      const device = await open(place.path, constants.O_WRONLY);
      return device.createWriteStream();
    }
  }
}

/** A stream to a descriptor that the process has inherited, at its current position. */
function descriptorStream(fd: number): Writable {
  if (fd === 1) return process.stdout;
  if (fd === 2) return process.stderr;
  const found = fstatSync(fd);
  if (found.isFIFO() || found.isSocket()) return new Socket({ fd, readable: false, writable: true });
  return createWriteStream('', { fd, autoClose: false });
}

/** Milliseconds between two checks for the reader of a FIFO. */
const LOOK_EVERY_MS = 50;

/** Opens a FIFO once it has a reader, without blocking a thread. */
async function openFifo(fifo: string, path: string, signal: AbortSignal | undefined): Promise<number> {
  for (;;) {
    try {
      return await promisify(openDescriptor)(fifo, constants.O_WRONLY | (constants.O_NONBLOCK ?? 0));
    } catch (cause) {
      if (systemCode(cause) !== 'ENXIO') throw cause;
    }
    await setTimeout(LOOK_EVERY_MS, undefined, { signal }).catch((cause: unknown) => {
      throw new SluiceError('ABORTED', 'write', `${path}: aborted before it had a reader`, { path, cause });
    });
  }
}
