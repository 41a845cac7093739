/** The files below a folder whose names look like JSON. */
import type { Dirent } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '../terms/errors.js';
import type { Note } from '../terms/receipt.js';
import { fileError } from './file-error.js';
import { type FileOrder, sortedByName } from './file-order.js';
import type { SourceContext } from './source.js';

/** Names that look like JSON, plain or packed, or like an archive of it. */
const LOOKS_LIKE_JSON =
  /\.(json|ndjson|jsonl|jsonlines|ldjson|json-seq|jsonseq|jsonld|geojson)(\.(gz|gzip|zst|zstd))?$|\.zip$/i;

/** Whether a name looks like JSON. */
export function looksLikeJson(name: string): boolean {
  return LOOKS_LIKE_JSON.test(name);
}

/** Entries of a folder that are read at a time. */
const ENTRIES_PER_READ = 1024;

/** What a walk through a folder is given. */
export interface FolderWalk {
  readonly order: FileOrder;
  readonly context?: SourceContext;
}

/** One entry that may be used. */
interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

/** A folder on the way down. */
interface Above {
  readonly identity: string;
  readonly above?: Above;
}

/**
 * Yields the paths of the files below a folder, in the order of their complete paths. Links are followed, but not in circles;
 * hidden entries, and thus temporary files of sluice, are left out. A note tells how many files have other names.
 * @throws SluiceError `NOT_FOUND` if there is none; for a folder that cannot be listed, unless the context sets it aside
 */
export async function* filesInFolder(path: string, walk: FolderWalk): AsyncGenerator<string, void> {
  const passed: Passed = { others: 0, special: 0 };
  let found = 0;
  for await (const file of below(path, undefined, walk, passed)) {
    found++;
    yield file;
  }
  const { others, first, special, firstSpecial } = passed;
  if (found === 0) {
    const rest = others === 0 ? '' : `; ${others} others are left out, such as ${first}`;
    const message = `${path} has no file whose name looks like JSON (.json, .ndjson, .jsonl …, .gz and .zst of them, .zip)${rest}`;
    throw new SluiceError('NOT_FOUND', 'read', message, { source: path });
  }
  if (others > 0) walk.context?.note(leftOutNote(path, others, first));
  if (special > 0) walk.context?.note(leftOutNote(path, special, firstSpecial, 'it is no regular file'));
}

/** The note on files that are not read, because of their names unless another reason is given. */
export function leftOutNote(place: string, others: number, first = '', why = 'the name does not look like JSON'): Note {
  const text = `${place}: ${others} ${others === 1 ? 'file is' : 'files are'} left out, because ${why}: ${first}${others === 1 ? '' : ' …'}`;
  return { code: 'FILES_LEFT_OUT', text, counts: { files: others } };
}

/** What a walk has passed without reading it. */
interface Passed {
  others: number;
  first?: string;
  /** FIFOs, sockets and devices whose names look like JSON. */
  special: number;
  firstSpecial?: string;
}

async function* below(
  path: string,
  above: Above | undefined,
  walk: FolderWalk,
  passed: Passed,
): AsyncGenerator<string, void> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    const here: Above = { identity: `${dev}:${ino}`, above };
    for (let at = above; at; at = at.above) if (at.identity === here.identity) return;
    for await (const { name, kind } of entriesOf(path, walk.order, passed)) {
      if (kind === 'file') yield join(path, name);
      else yield* below(join(path, name), here, walk, passed);
    }
  } catch (cause) {
    const error = cause instanceof SluiceError ? cause : fileError(cause, path);
    if (!walk.context?.setAside || error.source !== path) throw error;
    walk.context.setAside(path, error);
  }
}

async function* entriesOf(path: string, order: FileOrder, passed: Passed): AsyncGenerator<Entry, void> {
  const found: Entry[] = [];
  for await (const dirent of await opendir(path, { bufferSize: ENTRIES_PER_READ })) {
    const entry = await entryOf(path, dirent, passed);
    if (!entry) continue;
    if (order === 'none') yield entry;
    else found.push(entry);
  }
  // With its slash, a folder is where its files are in the order of complete paths.
  yield* await sortedByName(found, ({ name, kind }) => (kind === 'folder' ? `${name}/` : name), order);
}

/** The entry, if it is used; a link that leads nowhere is a file that cannot be opened. */
async function entryOf(folder: string, dirent: Dirent, passed: Passed): Promise<Entry | undefined> {
  const { name } = dirent;
  if (name.startsWith('.')) return undefined;
  const target = dirent.isSymbolicLink() ? await stat(join(folder, name)).catch(() => undefined) : dirent;
  if (target?.isDirectory()) return { name, kind: 'folder' };
  if (!LOOKS_LIKE_JSON.test(name)) {
    passed.others++;
    passed.first ??= join(folder, name);
    return undefined;
  }
  if (!target || target.isFile()) return { name, kind: 'file' };
  passed.special++;
  passed.firstSpecial ??= join(folder, name);
  return undefined;
}
