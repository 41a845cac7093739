/** Making durable what was written, where the system can. */
import { type FileHandle, open } from 'node:fs/promises';
import { systemCode } from '../terms/errors.js';

/** Makes the new name itself durable, where the system lets directories be synced. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  if (!directory) return;
  try {
    await directory.sync().catch(() => {});
  } finally {
    await directory.close();
  }
}

/** What file systems answer that cannot sync, and Node's permission model, under which nothing is synced. */
const NO_SYNC: ReadonlySet<string | undefined> = new Set([
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'ERR_ACCESS_DENIED',
]);

/** Syncs a file to disk; answers whether its file system can. */
export async function syncFile(handle: FileHandle): Promise<boolean> {
  return handle.sync().then(
    () => true,
    (cause: unknown) => {
      if (NO_SYNC.has(systemCode(cause))) return false;
      throw cause;
    },
  );
}
