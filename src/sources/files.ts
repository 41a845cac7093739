/** Files as a source: paths, folders and globs, in the given order. */
import type { BigIntStats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { acceptArgument, acceptOptions, filledText, type OptionTable, oneOf } from '../options/accept-options.js';
import { SluiceError } from '../terms/errors.js';
import { fileIdentity } from '../terms/file-identity.js';
import { openFile, statFile } from './file-input.js';
import { FILE_ORDERS, type FileOrder } from './file-order.js';
import { filesInFolder, leftOutNote } from './folder.js';
import { manifestNote, unlessManifest } from './manifest.js';
import { isGlob, matchFiles } from './match-files.js';
import { statShared } from './shared-stat.js';
import type { NamedFile, Source, SourceContext } from './source.js';

/** Options of `files` and `filesFrom`. */
export interface FilesOptions {
  /**
   * The order of the files of a folder or glob: `name` (default; by the code units of their paths), `natural` (numbers in
   * names by their value), `none` (as the file system has them; no names are kept in memory).
   */
  readonly sort?: FileOrder;
}

export const FILES_OPTIONS: OptionTable<FilesOptions> = { sort: oneOf(FILE_ORDERS) };

/** The arguments of `files`: paths, and perhaps options at the end. */
export type FilesArguments =
  | readonly (string | URL)[]
  | readonly [...paths: readonly (string | URL)[], options: FilesOptions];

/**
 * Reads files one after the other. A file that is named twice is read twice; one that a glob or folder has again, also by a
 * link, is not.
 * @param paths files, folders, or globs such as `exports/*.ndjson`; a file of exactly that name wins. Of a folder all files
 * below it are read whose names look like JSON, but hidden ones. A `file:` URL is never a glob
 * @throws SluiceError `INVALID` without paths; (while reading) `NOT_FOUND`, also for a folder without files,
 *   `PERMISSION_DENIED`, `READ_FAILED`
 */
export function files(...paths: FilesArguments): Source {
  const last = paths.at(-1);
  const options = isOptions(last) ? last : {};
  acceptOptions(options, FILES_OPTIONS);
  const named = paths.filter((path) => path !== options).map((path) => acceptPath(path));
  if (named.length === 0)
    throw new SluiceError('INVALID', 'accept', 'files: give at least one path', { path: 'source' });
  const { sort } = options;
  return fileSource(() => named, { sort, describe: () => ({ files: named.map(String), sort }) });
}

function isOptions(argument: unknown): argument is FilesOptions {
  return typeof argument === 'object' && argument !== null && !(argument instanceof URL) && !Array.isArray(argument);
}

function acceptPath(path: unknown): string | URL {
  if (path instanceof URL) {
    pathOf(path, 'source');
    return path;
  }
  acceptArgument('source', path, filledText);
  return String(path);
}

/** How paths are read as a source. */
export interface FileSourceOptions extends FilesOptions {
  /** Paths are never globs. */
  readonly isPlain?: boolean;
  describe?(): unknown;
}

/** Reads the files of paths, which are asked for again each time the source is read. */
export function fileSource(
  paths: () => Iterable<string | URL> | AsyncIterable<string | URL>,
  { sort = 'name', isPlain = false, describe }: FileSourceOptions,
): Source {
  const finding = { sort, isPlain };
  return {
    async *inputs(signal, context) {
      const isAgain = againMatched();
      let hardLinks = 0;
      let firstLink = '';
      for await (const { name, isMatch, isListed, stats } of foundFiles(paths(), finding, context)) {
        try {
          const opened = await openFile(name, signal, isListed ? 'plain' : stats);
          if (isAgain(opened.identity, isMatch)) {
            await opened.close();
            if ((await hasHardLinks(name)) && hardLinks++ === 0) firstLink = name;
            continue;
          }
          const input = isMatch ? await unlessManifest(opened, basename(name)) : opened;
          if (input) yield input;
          else context?.note(manifestNote(dirname(name), name));
        } catch (cause) {
          if (!context?.setAside || !(cause instanceof SluiceError) || cause.source !== name) throw cause;
          context.setAside(name, cause);
        }
      }
      const why = 'the file was read before, by this or another name (hard links)';
      if (hardLinks > 0) context?.note(leftOutNote(dirname(firstLink), hardLinks, firstLink, why));
    },
    describe,
    files: (setAside) => statFiles(foundFiles(paths(), finding, setAside && { note: noNote, setAside }), setAside),
    async totalBytes() {
      let total = 0;
      try {
        for await (const { size } of statFiles(foundFiles(paths(), finding))) {
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

/** A file that is named, or found by a glob or in a folder. */
interface FoundFile {
  readonly name: string;
  readonly isMatch: boolean;
  /** Whether its folder lists it as a plain file. */
  readonly isListed?: boolean;
  /** What was found there a moment ago, if it was examined. */
  readonly stats?: BigIntStats;
}

interface Finding {
  readonly sort: FileOrder;
  readonly isPlain: boolean;
}

/** The files of paths, in order. */
async function* foundFiles(
  paths: Iterable<string | URL> | AsyncIterable<string | URL>,
  { sort, isPlain }: Finding,
  context?: SourceContext,
): AsyncGenerator<FoundFile, void> {
  for await (const path of paths) {
    try {
      if (path instanceof URL || isPlain || !(await isGlob(path)) || (await exists(path))) {
        const name = path instanceof URL ? pathOf(path, 'source') : path;
        // What cannot be examined is reported when it is opened.
        const stats = await statShared(name);
        if (!stats?.isDirectory()) yield { name, isMatch: false, stats };
        else
          for await (const inside of filesInFolder(name, { order: sort, context }))
            yield { name: inside, isMatch: true, isListed: true };
        continue;
      }
      const names = await matchFiles(path, sort);
      if (names.length === 0) throw new SluiceError('NOT_FOUND', 'read', `no file matches ${path}`, { source: path });
      for (const name of names) yield { name, isMatch: true };
    } catch (cause) {
      const name = String(path);
      if (!context?.setAside || !(cause instanceof SluiceError) || cause.source !== name) throw cause;
      context.setAside(name, cause);
    }
  }
}

/** Files examined at the same time. */
const STATS_AT_ONCE = 64;

/** Notes are those of reading. */
function noNote(): void {}

/** The files without opening them. */
async function* statFiles(
  found: AsyncIterable<FoundFile>,
  setAside?: SourceContext['setAside'],
): AsyncGenerator<NamedFile & { readonly size?: number }, void> {
  const isAgain = againMatched();
  let waiting: FoundFile[] = [];
  const examine = async ({ name, stats }: FoundFile) => {
    try {
      return stats ?? (await statFile(name));
    } catch (cause) {
      if (!setAside || !(cause instanceof SluiceError)) throw cause;
      setAside(name, cause);
      return undefined;
    }
  };
  const examined = async function* () {
    const all = await Promise.all(waiting.map(async (file) => ({ ...file, stats: await examine(file) })));
    waiting = [];
    for (const { name, isMatch, stats } of all) {
      if (!stats) continue;
      const identity = fileIdentity(stats);
      if (!isAgain(identity, isMatch)) yield { name, identity, size: stats.isFile() ? Number(stats.size) : undefined };
    }
  };
  for await (const file of found) {
    waiting.push(file);
    if (waiting.length === STATS_AT_ONCE) yield* examined();
  }
  yield* examined();
}

/** Remembers files; returns whether a file that a glob or folder has was read before. */
function againMatched(): (identity: string | undefined, isMatch: boolean) => boolean {
  const seen = new Set<string>();
  return (identity, isMatch) => {
    if (identity === undefined) return false;
    const isAgain = isMatch && seen.has(identity);
    seen.add(identity);
    return isAgain;
  };
}

/** Whether a file has several names: records that it has in two folders may be missed in one. */
async function hasHardLinks(name: string): Promise<boolean> {
  return stat(name).then(
    ({ nlink }) => nlink > 1,
    () => false,
  );
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
