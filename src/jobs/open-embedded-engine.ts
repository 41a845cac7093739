/** Opening the embedded engine in a data directory, which this process owns from then on. */
import { realpath } from 'node:fs/promises';
import { importPeer } from '../terms/import-peer.js';
import { type Logger, SILENT } from '../terms/logger.js';
import { inUse, type OwnerRecord, takeDirectory } from './data-directory.js';
import { EmbeddedEngine } from './embedded-engine.js';
import type { EngineLimits } from './engine.js';

/**
 * Opens the engine. Jobs that were running belonged to a process that is dead, for this one owns the directory now:
 * they are queued again.
 * @param now a clock in milliseconds since 1970
 * @throws SluiceError `DATA_DIR_IN_USE`, `MISSING_PEER`
 */
export async function openEmbeddedEngine(
  dataDir: string,
  limits: EngineLimits,
  now: () => number,
  logger: Logger = SILENT,
): Promise<EmbeddedEngine> {
  // A database that is opened twice is shared within a process, so that the second one to close it closes the first.
  const path = await realpath(dataDir);
  if (OPEN.has(path)) throw inUse(dataDir, process.pid);
  OPEN.add(path);
  try {
    return await openOwned(dataDir, limits, now, logger, () => OPEN.delete(path));
  } catch (cause) {
    OPEN.delete(path);
    throw cause;
  }
}

/** Directories that this process has open. */
const OPEN = new Set<string>();

async function openOwned(
  dataDir: string,
  limits: EngineLimits,
  now: () => number,
  logger: Logger,
  closed: () => void,
): Promise<EmbeddedEngine> {
  const { open } = await importPeer('sluice/jobs', 'lmdb', () => import('lmdb'));
  // Committed then means synced to the disk.
  const root = open({ path: `${dataDir}/jobs.lmdb`, overlappingSync: false });
  try {
    const owner: OwnerRecord = root.openDB({ name: 'owner' });
    const giveUp = await takeDirectory(dataDir, owner);
    const release = async () => {
      await giveUp();
      closed();
    };
    const engine = new EmbeddedEngine(root, release, limits, now, logger);
    await engine.takeOver();
    return engine;
  } catch (cause) {
    await root.close();
    throw cause;
  }
}
