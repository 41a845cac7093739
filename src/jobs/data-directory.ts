/** Exclusive ownership of a data directory by one process; it ends with the process, however that dies. */
import { randomUUID } from 'node:crypto';
import { chmod, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Database, RootDatabase } from 'lmdb';
import { FILE_MODE } from '../results/folder-owner.js';
import { SluiceError, systemCode } from '../terms/errors.js';

/** The owner of a directory. */
export interface Owner {
  /** Name of its socket in the directory; absent where sockets are not possible. */
  readonly socket?: string;
  /** Its slot in the reader table; absent in records of earlier versions. */
  readonly reader?: string;
  readonly pid: number;
}

/** The owner's record, in the database of the directory, which several processes may open. */
export type OwnerRecord = Database<Owner, string>;

const KEY = 'owner';

/** Maximum length of a socket path on all systems, in bytes. */
const MOST_PATH_BYTES = 103;

/** How often the reader table is looked at for a reader that is not there, and how long, in milliseconds. */
const LOOK_EVERY_MS = 20;
const SHORT_GAP_MS = 100;
const LONGEST_GAP_MS = 2_000;

/** The form of socket names. */
export const SOCKET = /^owner-[0-9a-f-]{36}\.sock$/;

/**
 * Takes ownership of the directory. An owner listens on a socket in the directory; it is alive while the socket accepts
 * connections, even if the process is stopped or busy. Where sockets are not possible (some file systems, very long
 * paths), it is alive while it is in the reader table of the database: the kernel holds a lock per reader, which ends
 * with the process. The record changes by compare-and-swap: of two concurrent takers one loses.
 * @returns a function that releases the directory
 * @throws SluiceError `DATA_DIR_IN_USE`
 */
export async function takeDirectory(
  dataDir: string,
  root: RootDatabase,
  record: OwnerRecord,
): Promise<() => Promise<void>> {
  const reader = becomeReader(dataDir, root, record);
  const socket = `owner-${randomUUID()}.sock`;
  const server = await listen(dataDir, socket);
  const mine: Owner = { socket: server && socket, reader, pid: process.pid };
  try {
    for (;;) {
      const known = record.get(KEY);
      if (known && (await lives(known, dataDir, root, reader))) throw inUse(dataDir, known.pid);
      const taken = await record.transaction(() => {
        const now = record.get(KEY);
        if (now?.socket !== known?.socket || now?.reader !== known?.reader) return false;
        record.put(KEY, mine);
        return true;
      });
      if (!taken) continue;
      if (known?.socket !== undefined) await unlink(join(dataDir, known.socket)).catch(() => {});
      // The record stays: its socket no longer accepts connections.
      return () => close(server);
    }
  } catch (cause) {
    await close(server);
    throw cause;
  }
}

/**
 * Refuses a directory that has a live owner.
 * @param root open for reading only: opened for writing it waits for the owner's transaction, and holds this process's
 * event loop while it does, for ever if the owner is stopped
 * @throws SluiceError `DATA_DIR_IN_USE`
 */
export async function requireFree(dataDir: string, root: RootDatabase, record: OwnerRecord): Promise<void> {
  const reader = becomeReader(dataDir, root, record);
  const known = record.get(KEY);
  if (known && (await lives(known, dataDir, root, reader))) throw inUse(dataDir, known.pid);
}

/** The error for a directory that has a live owner. */
export function inUse(dataDir: string, pid?: number): SluiceError {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new SluiceError('DATA_DIR_IN_USE', 'job', `${dataDir} is in use by ${who}`, { path: dataDir });
}

async function lives(known: Owner, dataDir: string, root: RootDatabase, mine: string): Promise<boolean> {
  const path = known.socket === undefined ? undefined : socketPath(dataDir, known.socket);
  if (path !== undefined) return isListening(path);
  // A reader leaves the table for moments, such as while its process creates tables.
  for (let waited = 0; !isReading(known, root, mine); waited += LOOK_EVERY_MS) {
    if (waited >= (isRunning(known.pid) ? LONGEST_GAP_MS : SHORT_GAP_MS)) return false;
    await setTimeout(LOOK_EVERY_MS);
  }
  return true;
}

function isReading(known: Owner, root: RootDatabase, mine: string): boolean {
  root.readerCheck();
  const readers = readersOf(root);
  if (known.reader === undefined) return readers.some((one) => one.startsWith(`${known.pid} `) && one !== mine);
  return readers.filter((one) => one === known.reader).length > (known.reader === mine ? 1 : 0);
}

/** Whether another process of this pid is visible here; that of an owner in another container is not. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return systemCode(cause) === 'EPERM';
  }
}

/**
 * Adds this process to the reader table.
 * @returns the slot
 * @throws SluiceError `DATA_DIR_IN_USE` if the table has a process of another container with the same pid: reader locks
 * are keyed by pid
 */
function becomeReader(dataDir: string, root: RootDatabase, record: OwnerRecord): string {
  const sameId = () => readersOf(root).filter((one) => one.startsWith(`${process.pid} `));
  const before = sameId();
  try {
    record.get(KEY);
  } catch (cause) {
    throw before.length > 0 ? inUse(dataDir) : cause;
  }
  return sameId().find((one) => !before.includes(one)) ?? `${process.pid} `;
}

/** Process and thread of each reader. */
function readersOf(root: RootDatabase): readonly string[] {
  return root
    .readerList()
    .split('\n')
    .flatMap((line) => {
      const [, pid, thread] = /^\s*(\d+)\s+([0-9a-f]+)\s/.exec(line) ?? [];
      return pid === undefined ? [] : [`${pid} ${thread}`];
    });
}

/** The path of a socket; undefined if it is too long. */
function socketPath(dataDir: string, name: string): string | undefined {
  if (process.platform === 'win32') return `\\\\.\\pipe\\sluice-${name}`;
  const path = join(dataDir, name);
  const shorter = relative('', path);
  const best = shorter.length < path.length ? shorter : path;
  return Buffer.byteLength(best) <= MOST_PATH_BYTES ? best : undefined;
}

/** Starts the listener; undefined where sockets are not possible. */
async function listen(dataDir: string, name: string): Promise<Server | undefined> {
  const path = socketPath(dataDir, name);
  if (path === undefined) return undefined;
  // A successful connection is all that a client needs.
  const server = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // An open directory alone does not keep the process alive.
      server.listen(path, resolve).unref();
    });
  } catch {
    return undefined;
  }
  await chmod(path, FILE_MODE).catch(() => {});
  // Errors of single connections do not matter.
  server.on('error', () => {});
  return server;
}

function close(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => (server ? server.close(() => resolve()) : resolve()));
}

/** Whether a process listens; doubtful failures count as yes. */
function isListening(path: string): Promise<boolean> {
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
