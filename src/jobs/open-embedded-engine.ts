/** Opening the embedded engine in a data directory, which this process owns from then on. */
import type { Dirent, Stats } from 'node:fs';
import { open as openFile, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FILE_MODE, noteOpened, ownFolder, tighten } from '../results/folder-owner.js';
import { systemCode } from '../terms/errors.js';
import { type Logger, SILENT } from '../terms/logger.js';
import { missingPeer } from '../terms/missing-peer.js';
import { inUse, type OwnerRecord, SOCKET, takeDirectory } from './data-directory.js';
import { EmbeddedEngine } from './embedded-engine.js';
import type { EngineLimits } from './engine.js';
import { FilePresence } from './file-presence.js';
import { damaged, lmdbError } from './lmdb-error.js';
import { ChangingFile, checkLmdbFile, DamagedFile } from './lmdb-file.js';

/** Name of the database in the directory; lmdb has its locks beside it. */
const DATABASE = 'jobs.lmdb';
const LOCKS = 'jobs.lmdb-lock';

/** Name of the folder of results, unless they lie elsewhere. */
export const RESULTS = 'results';

/**
 * Opens the engine. Jobs that were running belonged to a process that is dead, for this one owns the directory now:
 * they are queued again.
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
    // A folder that holds a database of this name was one before there were marks, whatever else is in it.
    isOwn: async (entry) => isOwnName(entry) || (await statOf(database)) !== undefined,
  });
  if (takenOver > 0)
    logger.warn({ folder: dataDir }, 'a data directory of an earlier version bears a mark from now on');
  // A database that is opened twice is shared within a process, so that the second one to close it closes the first.
  const path = await realpath(dataDir);
  if (OPEN.has(path)) throw inUse(dataDir, process.pid);
  OPEN.add(path);
  try {
    await requireWhole(dataDir, database, { isEarlier: takenOver > 0, opened, logger });
    // Made here, so that they have their mode from the beginning.
    for (const file of [database, join(dataDir, LOCKS)]) await makeFile(file);
    // Committed then means synced to the disk. What is batched by turns of the event loop has a promise of its own,
    // which nobody sees and which rejects where a commit fails.
    const root = open({ path: database, overlappingSync: false, eventTurnBatching: false });
    try {
      const record: OwnerRecord = root.openDB({ name: 'owner' });
      const giveUp = await takeDirectory(dataDir, root, record);
      const release = async () => {
        await giveUp();
        OPEN.delete(path);
      };
      await noteOpened(dataDir);
      const presence = await FilePresence.of(database);
      const engine = new EmbeddedEngine({ root, presence, owner, release, limits, now, logger });
      await engine.takeOver();
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

/** Directories that this process has open. */
const OPEN = new Set<string>();

/** Refuses a database that is not whole, for a process that maps it dies; and one that was emptied. */
async function requireWhole(
  dataDir: string,
  database: string,
  { isEarlier, opened, logger }: { isEarlier: boolean; opened: boolean; logger: Logger },
): Promise<void> {
  const found = await statOf(database);
  if (!found) {
    if (opened) logger.warn({ path: database }, 'the database of the jobs is gone: the service begins without jobs');
    return;
  }
  if (!found.isFile()) throw damaged(database, 'it is no file');
  const wasUsed = opened || (isEarlier && (await wasOpened(dataDir)));
  const isWritten = await checkLmdbFile(database).catch(async (cause: unknown) => {
    if (cause instanceof ChangingFile) throw inUse(dataDir);
    throw cause instanceof DamagedFile ? damaged(database, cause.message) : cause;
  });
  if (!isWritten && wasUsed) throw damaged(database, 'it is empty');
}

/** Whether a service of a version before marks was here: it has left its socket, or results. */
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

/** Undefined for what is not there. */
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
