/** Files as a source: paths and globs, in the given order. */
import type { Stats } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isDynamicPattern } from 'tinyglobby';
import { OWN, ownPipes } from '../loop/own-descriptors.js';
import { acceptArgument, filledText } from '../options/accept-options.js';
import { SluiceError } from '../terms/errors.js';
import { fileIdentity } from '../terms/file-identity.js';
import type { InputForm } from '../terms/position.js';
import type { Note } from '../terms/receipt.js';
import { openFifo } from './fifo-input.js';
import { fileError } from './file-error.js';
import { FileMarks } from './file-mark.js';
import { matchFiles } from './match-files.js';
import type { ByteInput, NamedFile, Source } from './source.js';

/**
 * Reads files one after the other. A file that is named twice is read twice; a file that a glob matches again, also by a
 * link, is not.
 * @param paths paths, or globs such as `exports/*.ndjson`, whose matches are sorted; a file of exactly that name wins. A
 * `file:` URL is never a glob
 * @throws SluiceError `INVALID` without paths; (while reading) `NOT_FOUND`, `IS_DIRECTORY`, `PERMISSION_DENIED`,
 *   `READ_FAILED`
 */
export function files(...paths: readonly (string | URL)[]): Source {
  if (paths.length === 0)
    throw new SluiceError('INVALID', 'accept', 'files: give at least one path', { path: 'source' });
  for (const path of paths) {
    if (path instanceof URL) pathOf(path, 'source');
    else acceptArgument('source', path, filledText);
  }
  return {
    async *inputs(signal) {
      const isAgain = againMatched();
      for (const path of paths) {
        const { names, isGlob } = await expand(path);
        for (const name of names) {
          const { input, identity } = await openFile(name, signal);
          if (isAgain(identity, isGlob)) await input.close();
          else yield input;
        }
      }
    },
    describe: () => ({ files: paths.map(String) }),
    files: () => statFiles(paths),
    async totalBytes() {
      let total = 0;
      try {
        for await (const { size } of statFiles(paths)) {
          if (size === undefined) return undefined;
          total += size;
        }
      } catch {
        // The faults of a file are reported when it is opened.
        return undefined;
      }
      return total;
    },
  };
}

/** The files in the order of `inputs`, without opening them. */
async function* statFiles(
  paths: readonly (string | URL)[],
): AsyncGenerator<NamedFile & { readonly size?: number }, void> {
  const isAgain = againMatched();
  for (const path of paths) {
    const { names, isGlob } = await expand(path);
    for (const name of names) {
      const stats = await stat(name, { bigint: true }).catch((cause: unknown) => {
        throw fileError(cause, name);
      });
      const identity = fileIdentity(stats);
      if (isAgain(identity, isGlob)) continue;
      yield { name, identity, size: stats.isFile() ? Number(stats.size) : undefined };
    }
  }
}

/** Remembers files; returns whether a file that a glob matched was read before. */
function againMatched(): (identity: string | undefined, isGlob: boolean) => boolean {
  const seen = new Set<string>();
  return (identity, isGlob) => {
    if (identity === undefined) return false;
    const isAgain = isGlob && seen.has(identity);
    seen.add(identity);
    return isAgain;
  };
}

async function expand(path: string | URL): Promise<{ readonly names: readonly string[]; readonly isGlob: boolean }> {
  if (path instanceof URL) return { names: [pathOf(path, 'source')], isGlob: false };
  if (!isDynamicPattern(path) || (await exists(path))) return { names: [path], isGlob: false };
  const names = await matchFiles(path);
  if (names.length === 0) throw new SluiceError('NOT_FOUND', 'read', `no file matches ${path}`, { source: path });
  return { names, isGlob: true };
}

/**
 * The path of a file URL.
 * @throws SluiceError `INVALID` for a URL of another kind
 */
export function pathOf(url: URL, option: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new SluiceError('INVALID', 'accept', `${option}: ${url.href} is not a file: URL`, { path: option, cause });
  }
}

/** Whether something has exactly this name, even a link to a missing file. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function openFile(
  path: string,
  signal: AbortSignal,
): Promise<{ readonly input: ByteInput; readonly identity?: string }> {
  const found = await stat(path, { bigint: true }).catch((cause: unknown) => {
    throw fileError(cause, path);
  });
  if (found.isFIFO()) {
    if ((await ownPipes()).has(found.ino)) {
      throw new SluiceError('READ_FAILED', 'read', `${path} cannot be read: ${OWN}`, { source: path });
    }
    const input = await openFifo(path, signal).catch((cause: unknown) => {
      throw fileError(cause, path);
    });
    return { input, identity: fileIdentity(found) };
  }
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw fileError(cause, path);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isDirectory()) {
      return { input: fileInput(handle, stats, path), identity: fileIdentity(await handle.stat({ bigint: true })) };
    }
  } catch (cause) {
    await handle.close();
    throw fileError(cause, path);
  }
  await handle.close();
  const message = `${path} is a directory; give its files, or a glob`;
  throw new SluiceError('IS_DIRECTORY', 'read', message, { source: path });
}

/**
 * Compares a file that ends too soon with its size when it was opened; sizes in `/proc` and `/sys` mean nothing.
 * @throws SluiceError `SOURCE_CHANGED`
 */
async function refuseShrunk(handle: FileHandle, opened: number, path: string): Promise<void> {
  const { size } = await handle.stat();
  if (size >= opened) return;
  const message = `${path} was truncated from ${opened} to ${size} bytes while it was read`;
  throw new SluiceError('SOURCE_CHANGED', 'read', message, { source: path });
}

function fileInput(handle: FileHandle, stats: Stats, path: string): ByteInput {
  const marks = new FileMarks(handle, path);
  // Pipes have no offset: they are read from their current position.
  let at: number | null = stats.isFile() ? 0 : null;
  return {
    kind: 'bytes',
    name: path,
    path,
    // A pipe or a terminal may keep a read pending for any time.
    readsAhead: stats.isFile(),
    resumable: stats.isFile()
      ? { identity: 'file', markAt: (byteOffset) => () => marks.at(byteOffset), seek }
      : undefined,
    async read(into) {
      try {
        const { bytesRead } = await handle.read(into, 0, into.length, at);
        if (at !== null) at += bytesRead;
        if (bytesRead === 0 && at !== null && at < stats.size) await refuseShrunk(handle, stats.size, path);
        return bytesRead;
      } catch (cause) {
        throw cause instanceof SluiceError ? cause : fileError(cause, path);
      }
    },
    close: () => handle.close(),
  };

  async function seek(byteOffset: number, mark: unknown, form: InputForm): Promise<readonly Note[]> {
    const notes = await marks.check(byteOffset, mark, form);
    at = byteOffset;
    return notes;
  }
}
