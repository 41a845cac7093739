/** One process owns a data directory: it listens on a socket there, and its death closes it, however it dies. */
import { randomUUID } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import type { Database } from 'lmdb';
import { SluiceError, systemCode } from '../terms/errors.js';

/** Who owns the directory. */
export interface Owner {
  /** Name of its socket in the directory. */
  readonly socket: string;
  readonly pid: number;
}

/** The owner's record in the database of the directory, which several processes may have open. */
export type OwnerRecord = Database<Owner, string>;

const KEY = 'owner';

/** Longest path of a socket that every system takes, in bytes. */
const MOST_PATH_BYTES = 103;

/**
 * Takes the directory. An owner lives while something answers on its socket, also when it is stopped or busy; of a
 * dead one nothing has to be waited for. The record is changed by compare-and-swap, so that of two takers one loses.
 * @returns a function that gives the directory up
 * @throws SluiceError `DATA_DIR_IN_USE`
 */
export async function takeDirectory(dataDir: string, record: OwnerRecord): Promise<() => Promise<void>> {
  const mine: Owner = { socket: `owner-${randomUUID()}.sock`, pid: process.pid };
  const server = await listen(socketPath(dataDir, mine.socket));
  try {
    for (;;) {
      const known = record.get(KEY);
      if (known && (await answers(socketPath(dataDir, known.socket)))) {
        throw inUse(dataDir, known.pid);
      }
      const taken = await record.transaction(() => {
        if (record.get(KEY)?.socket !== known?.socket) return false;
        record.put(KEY, mine);
        return true;
      });
      if (!taken) continue;
      if (known) await unlink(join(dataDir, known.socket)).catch(() => {});
      // The record stays, of an owner that does not answer.
      return () => close(server);
    }
  } catch (cause) {
    await close(server);
    throw cause;
  }
}

/** The error of a directory that somebody has. */
export function inUse(dataDir: string, pid: number): SluiceError {
  return new SluiceError('DATA_DIR_IN_USE', 'job', `${dataDir} is in use by process ${pid}`, { path: dataDir });
}

function socketPath(dataDir: string, name: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\sluice-${name}`;
  const path = join(dataDir, name);
  const shorter = relative('', path);
  const best = shorter.length < path.length ? shorter : path;
  if (Buffer.byteLength(best) <= MOST_PATH_BYTES) return best;
  throw new SluiceError('INVALID', 'job', `the path of the data directory is too long for a socket in it: ${dataDir}`);
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    // Whoever knocks only wants to know that somebody is there.
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    // It keeps no process alive that has nothing else to do.
    server.listen(path, () => resolve(server)).unref();
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Whether somebody listens. Only what surely means nobody counts as that. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (cause) => {
      const code = systemCode(cause);
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT');
    });
  });
}
