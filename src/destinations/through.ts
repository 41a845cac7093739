/** Writing straight through: to what is open already, and to devices, FIFOs and sockets, of which none is replaced. */
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
 * Opens what is no regular file. What was written to it cannot be undone.
 * @param path as the caller called it
 * @throws SluiceError `WRITE_FAILED` and its like; `ABORTED` when the signal fires while a FIFO has no reader
 */
export async function openThrough(place: ThroughPlace, path: string, context: DeliveryContext): Promise<Delivery> {
  try {
    const stream = await streamOf(place, path, context);
    // Whoever writes learns of an error from its own call; here it must only not be an uncaught one.
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

/** A stream to a descriptor that somebody else has opened, at the place where it stands. */
function descriptorStream(fd: number): Writable {
  if (fd === 1) return process.stdout;
  if (fd === 2) return process.stderr;
  const found = fstatSync(fd);
  if (found.isFIFO() || found.isSocket()) return new Socket({ fd, readable: false, writable: true });
  return createWriteStream('', { fd, autoClose: false });
}

/** Milliseconds between two looks for the reader of a FIFO. */
const LOOK_EVERY_MS = 50;

/** Opens a FIFO once it has a reader, without a thread that waits for one. */
async function openFifo(fifo: string, path: string, signal: AbortSignal | undefined): Promise<number> {
  for (;;) {
    try {
      return await promisify(openDescriptor)(fifo, constants.O_WRONLY | (constants.O_NONBLOCK ?? 0));
    } catch (cause) {
      if (systemCode(cause) !== 'ENXIO') throw cause;
    }
    await setTimeout(LOOK_EVERY_MS, undefined, { signal }).catch((cause: unknown) => {
      throw new SluiceError('ABORTED', 'write', `${path}: given up before it had a reader`, { path, cause });
    });
  }
}
