/** Opens the embedded engine in a data directory, which this process then owns. */
import type { Dirent, Stats } from 'node:fs';
import { open as openFile, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootDatabase } from 'lmdb';
import { FILE_MODE, noteOpened, ownFolder, tighten } from '../results/folder-owner.js';
import { systemCode } from '../terms/errors.js';
import { type Logger, SILENT } from '../terms/logger.js';
import { missingPeer } from '../terms/missing-peer.js';
import { inUse, type OwnerRecord, requireFree, SOCKET, takeDirectory } from './data-directory.js';
import { EmbeddedEngine } from './embedded-engine.js';
import type { EngineLimits } from './engine.js';
import { FilePresence } from './file-presence.js';
import { damaged, lmdbError } from './lmdb-error.js';
import { ChangingFile, checkLmdbFile, DamagedFile } from './lmdb-file.js';

/** Name of the database in the directory, and of LMDB's lock file beside it. */
const DATABASE = 'jobs.lmdb';
const LOCKS = 'jobs.lmdb-lock';

/** Name of the table with the record of the owner. */
const OWNER = 'owner';

/** Maximum number of named databases in the file; the library's default is less than there are. */
const MOST_DATABASES = 32;

/**
 * Addresses for the database from the start; it may grow beyond. Each growth of its map would leave the map before, whose
 * pages count as memory of the process once more. Windows would make the file that large.
 */
const MAP_BYTES = 1024 ** 3;

/** Default name of the folder of results. */
export const RESULTS = 'results';

/**
 * Opens the engine. Running jobs are queued again: this process owns the directory, so their process is dead.
 * @param now a clock in milliseconds since 1970
 * @throws SluiceError `DATA_DIR_IN_USE`, `NOT_OWNED`, `DATA_DIR_DAMAGED`, `MISSING_PEER`, `PERMISSION_DENIED`
 */
export async function openEmbeddedEngine(
  dataDir: string,
  limits: EngineLimits,
  now: () => number,
  logger: Logger = SILENT,
): Promise<EmbeddedEngine> {
  const { open } = await importLmdb();
  const database = join(dataDir, DATABASE);
  const { owner, takenOver, opened } = await ownFolder({
    path: dataDir,
    use: 'jobs',
    // A folder with a database of this name is a data directory of a version without marks, whatever else it contains.
    isOwn: async (entry) => isOwnName(entry) || (await statOf(database)) !== undefined,
  });
  if (takenOver > 0) logger.warn({ folder: dataDir }, 'a data directory of an earlier version was marked');
  // LMDB shares a database that a process opens twice: the second close would close the first one.
  const path = await realpath(dataDir);
  if (OPEN.has(path)) throw inUse(dataDir, process.pid);
  OPEN.add(path);
  try {
    const isWritten = await requireWhole(dataDir, database, { isEarlier: takenOver > 0, opened, logger });
    // Created here with their final mode.
    for (const file of [database, join(dataDir, LOCKS)]) await makeFile(file);
    if (isWritten) await requireNoOwner(dataDir, open({ path: database, readOnly: true, maxDbs: MOST_DATABASES }));
    // A commit then includes the sync. Batching by turns of the event loop would create a hidden promise, whose rejection
    // after a failed commit nothing handles.
    const options = { path: database, overlappingSync: false, eventTurnBatching: false, maxDbs: MOST_DATABASES };
    const root = open({ ...options, mapSize: process.platform === 'win32' ? undefined : MAP_BYTES });
    try {
      const record: OwnerRecord = root.openDB({ name: OWNER });
      const giveUp = await takeDirectory(dataDir, root, record);
      const release = async () => {
        await giveUp();
        OPEN.delete(path);
      };
      await noteOpened(dataDir);
      const presence = await FilePresence.of(database);
      const engine = new EmbeddedEngine({ root, presence, owner, release, limits, now, logger });
      await engine.recover();
      return engine;
    } catch (cause) {
      await root.close();
      throw cause;
    }
  } catch (cause) {
    OPEN.delete(path);
    throw await lmdbError(cause, database);
  }
}

/** @param root is closed */
async function requireNoOwner(dataDir: string, root: RootDatabase): Promise<void> {
  try {
    const record = ownerRecord(root);
    if (record) await requireFree(dataDir, root, record);
  } finally {
    await root.close();
  }
}

/** Undefined if there was no owner yet. */
function ownerRecord(root: RootDatabase): OwnerRecord | undefined {
  return [...root.getKeys()].includes(OWNER) ? root.openDB({ name: OWNER }) : undefined;
}

/** Directories that this process has open. */
const OPEN = new Set<string>();

/**
 * Refuses a damaged database, which would crash the process, and one that lost its content.
 * @returns whether there is a database with content
 */
async function requireWhole(
  dataDir: string,
  database: string,
  { isEarlier, opened, logger }: { isEarlier: boolean; opened: boolean; logger: Logger },
): Promise<boolean> {
  const found = await statOf(database);
  if (!found) {
    if (opened) logger.warn({ path: database }, 'the database of the jobs is missing: the service starts without jobs');
    return false;
  }
  if (!found.isFile()) throw damaged(database, 'it is not a file');
  const wasUsed = opened || (isEarlier && (await wasOpened(dataDir)));
  const isWritten = await checkLmdbFile(database).catch(async (cause: unknown) => {
    if (cause instanceof ChangingFile) throw inUse(dataDir);
    throw cause instanceof DamagedFile ? damaged(database, cause.message) : cause;
  });
  if (!isWritten && wasUsed) throw damaged(database, 'it is empty');
  return isWritten;
}

/** Whether a service of a version without marks used this folder: it left its socket, or results. */
async function wasOpened(dataDir: string): Promise<boolean> {
  if ((await readdir(dataDir)).some((name) => SOCKET.test(name))) return true;
  return (await readdir(join(dataDir, RESULTS)).catch(() => [])).length > 0;
}

function isOwnName(entry: Dirent): boolean {
  if (entry.name === RESULTS) return entry.isDirectory();
  if (SOCKET.test(entry.name)) return entry.isSocket();
  return [DATABASE, LOCKS].includes(entry.name) && entry.isFile();
}

async function makeFile(path: string): Promise<void> {
  await (await openFile(path, 'a', FILE_MODE)).close();
  await tighten(path, FILE_MODE);
}

/** Undefined if the path does not exist. */
async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw cause;
  });
}

async function importLmdb() {
  try {
    return await import('lmdb');
  } catch (cause) {
    throw missingPeer('sluice/jobs', 'lmdb', cause);
  }
}
