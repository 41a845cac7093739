/** Files as a source: paths and globs, in the order given. */
import type { Stats } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { type ErrorCode, messageOf, SluiceError, systemCode } from '../../terms/errors.js';
import type { ByteInput, Source } from './source.js';

/**
 * Reads files one after the other.
 * @param paths paths, or globs such as `exports/*.ndjson`, whose matches come sorted; a file of just that name wins
 * @throws (while reading) SluiceError `NOT_FOUND`, `IS_DIRECTORY`, `PERMISSION_DENIED`, `READ_FAILED`
 */
export function files(...paths: readonly string[]): Source {
  return {
    async *inputs() {
      for (const path of paths) {
        for (const match of await expand(path)) yield await openFile(match);
      }
    },
    async totalBytes() {
      let total = 0;
      for (const path of paths) {
        for (const match of await expand(path).catch(() => [])) {
          const stats = await stat(match).catch(() => undefined);
          if (!stats?.isFile()) return undefined;
          total += stats.size;
        }
      }
      return total;
    },
  };
}

async function expand(path: string): Promise<readonly string[]> {
  if (!isDynamicPattern(path) || (await exists(path))) return [path];
  const matches = await glob(path, { expandDirectories: false, dot: true, absolute: isAbsolute(path) });
  if (matches.length === 0) throw new SluiceError('NOT_FOUND', 'read', `no file matches ${path}`, { source: path });
  return matches.sort();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function openFile(path: string): Promise<ByteInput> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw readError(cause, path);
  });
  const stats = await handle.stat();
  if (stats.isDirectory()) {
    await handle.close();
    throw new SluiceError('IS_DIRECTORY', 'read', `${path} is a directory; name its files, or a glob`, {
      source: path,
    });
  }
  // What is no plain file knows no places: it is read from where it stands.
  let at: number | null = stats.isFile() ? 0 : null;
  return {
    kind: 'bytes',
    name: path,
    // A pipe or a terminal may keep a read waiting for as long as it likes.
    readsAhead: stats.isFile(),
    ...(stats.isFile() ? { resumable: { identity: identityOf(stats), seek } } : {}),
    async read(into) {
      try {
        const { bytesRead } = await handle.read(into, 0, into.length, at);
        if (at !== null) at += bytesRead;
        return bytesRead;
      } catch (cause) {
        throw readError(cause, path);
      }
    },
    close: () => handle.close(),
  };

  function seek(byteOffset: number): void {
    at = byteOffset;
  }
}

/** What tells a file from another one, and from itself after a change. */
function identityOf({ size, mtimeMs, ino }: Stats) {
  return { size, modifiedMs: mtimeMs, inode: ino };
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'NOT_FOUND',
  ENOTDIR: 'NOT_FOUND',
  EISDIR: 'IS_DIRECTORY',
  EACCES: 'PERMISSION_DENIED',
  EPERM: 'PERMISSION_DENIED',
};

function readError(cause: unknown, path: string): SluiceError {
  const code = CODES[systemCode(cause) ?? ''] ?? 'READ_FAILED';
  return new SluiceError(code, 'read', `${path}: ${messageOf(cause)}`, { source: path, cause });
}
