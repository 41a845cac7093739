/** Makes written files durable, where the system can. */
import { type FileHandle, open } from 'node:fs/promises';
import { systemCode } from '../terms/errors.js';

/** Makes a new name durable, where the system can sync directories. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  if (!directory) return;
  try {
    await directory.sync().catch(() => {});
  } finally {
    await directory.close();
  }
}

/** Errors of file systems that cannot sync, and of Node's permission model, which forbids it. */
const NO_SYNC: ReadonlySet<string | undefined> = new Set([
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'ERR_ACCESS_DENIED',
]);

/** Syncs a file to disk. @returns whether its file system can */
export async function syncFile(handle: FileHandle): Promise<boolean> {
  return handle.sync().then(
    () => true,
    (cause: unknown) => {
      if (NO_SYNC.has(systemCode(cause))) return false;
      throw cause;
    },
  );
}
