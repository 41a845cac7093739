/** Makes written files durable, where the system can. */
import { fsync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { systemCode } from '../terms/errors.js';

/** Syncs by the descriptor, since the file handles of Yarn's Plug'n'Play cannot. */
function sync({ fd }: FileHandle): Promise<void> {
  return promisify(fsync)(fd);
}

/** Makes a new name durable, where the system can sync directories. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined);
  if (!directory) return;
  try {
    await sync(directory).catch(() => {});
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
  return sync(handle).then(
    () => true,
    (cause: unknown) => {
      if (NO_SYNC.has(systemCode(cause))) return false;
      throw cause;
    },
  );
}
