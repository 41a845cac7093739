/** One process owns a data directory: what tells that it lives ends with it, however it dies. */
import { randomUUID } from 'node:crypto';
import { chmod, unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { FILE_MODE } from '../results/folder-owner.js';
import { SluiceError, systemCode } from '../terms/errors.js';

/** Who owns the directory. */
export interface Owner {
  /** Name of its socket in the directory; absent where there is none. */
  readonly socket?: string;
  /** Its place among the readers; absent in records of earlier versions. */
  readonly reader?: string;
  readonly pid: number;
}

/** The owner's record in the database of the directory, which several processes may have open. */
export type OwnerRecord = Database<Owner, string>;

const KEY = 'owner';

/** Longest path of a socket that every system takes, in bytes. */
const MOST_PATH_BYTES = 103;

/** Names of sockets. */
export const SOCKET = /^owner-[0-9a-f-]{36}\.sock$/;

/**
 * Takes the directory. An owner listens on a socket in it, and lives while something answers there, also when it is
 * stopped or busy; of a dead one nothing has to be waited for. Where no socket can be, as on file systems that have none
 * and under very long paths, it lives while it is among the readers of the database: for each of those the kernel
 * holds a lock, which ends with the process. The record is changed by compare-and-swap, so that of two takers one loses.
 * @returns a function that gives the directory up
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
  const mine: Owner = { ...(server ? { socket } : {}), reader, pid: process.pid };
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
      // The record stays, of an owner that does not answer.
      return () => close(server);
    }
  } catch (cause) {
    await close(server);
    throw cause;
  }
}

/** The error of a directory that somebody has. */
export function inUse(dataDir: string, pid?: number): SluiceError {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new SluiceError('DATA_DIR_IN_USE', 'job', `${dataDir} is in use by ${who}`, { path: dataDir });
}

async function lives(known: Owner, dataDir: string, root: RootDatabase, mine: string): Promise<boolean> {
  const path = known.socket === undefined ? undefined : socketPath(dataDir, known.socket);
  if (path !== undefined) return answers(path);
  root.readerCheck();
  const readers = readersOf(root);
  if (known.reader === undefined) return readers.some((one) => one.startsWith(`${known.pid} `) && one !== mine);
  return readers.filter((one) => one === known.reader).length > (known.reader === mine ? 1 : 0);
}

/**
 * Takes a place among the readers, and answers what it is called.
 * @throws SluiceError `DATA_DIR_IN_USE` where another container has a process of this id among them: the locks of
 * readers go by these ids
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

/** Undefined where the path is too long for a socket. */
function socketPath(dataDir: string, name: string): string | undefined {
  if (process.platform === 'win32') return `\\\\.\\pipe\\sluice-${name}`;
  const path = join(dataDir, name);
  const shorter = relative('', path);
  const best = shorter.length < path.length ? shorter : path;
  return Buffer.byteLength(best) <= MOST_PATH_BYTES ? best : undefined;
}

/** Undefined where no socket can be. */
async function listen(dataDir: string, name: string): Promise<Server | undefined> {
  const path = socketPath(dataDir, name);
  if (path === undefined) return undefined;
  // Whoever knocks only wants to know that somebody is there.
  const server = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // It keeps no process alive that has nothing else to do.
      server.listen(path, resolve).unref();
    });
  } catch {
    return undefined;
  }
  await chmod(path, FILE_MODE).catch(() => {});
  // One that comes too fast, or breaks, is no news.
  server.on('error', () => {});
  return server;
}

function close(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => (server ? server.close(() => resolve()) : resolve()));
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
