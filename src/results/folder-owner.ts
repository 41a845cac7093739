/** Whose a folder is: it bears a mark, and one that bears none is taken only where nothing of others is in it. */
import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory, syncFile } from '../destinations/sync.js';
import { writeError } from '../destinations/write-error.js';
import { messageOf, SluiceError, systemCode } from '../terms/errors.js';

/** What a folder is for. */
export type FolderUse = 'jobs' | 'results';

/** The mark of a folder: its use, and the id of the jobs that it belongs to. */
export interface Mark {
  readonly use: FolderUse;
  readonly owner: string;
  /** Of jobs: whether their database was there, so that one that is empty was emptied. */
  readonly opened?: boolean;
}

/** Name of the mark, in a folder and as an object. */
export const MARK = '.sluice-owner.json';

/** Of folders and files that hold jobs: nobody else's to read. */
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

/** What an empty folder may hold: marks that were being written, and what file systems put at their top. */
const NOTHING = /^(\.sluice-owner\.json(\.[0-9a-f-]{36}\.tmp)?|lost\+found)$/;

const OWNER = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What is claimed. */
export interface FolderClaim {
  readonly path: string;
  readonly use: FolderUse;
  /** Whose it should be; where that is open it is whose it is, or somebody new. */
  readonly owner?: string;
  /** Whether something in a folder without a mark is of our own making, as versions before marks have left it. */
  readonly isOwn: (entry: Dirent) => boolean | Promise<boolean>;
}

/** A folder that is ours. */
export interface OwnedFolder {
  readonly owner: string;
  /** How many entries of a version before marks it had when it was taken; 0 where it was new, empty, or marked. */
  readonly takenOver: number;
  /** As its mark says. */
  readonly opened: boolean;
}

/**
 * Makes sure that a folder is ours: makes it, takes one that holds nothing of others, or finds our mark. Of two that
 * take it at the same time one is refused. Nobody else may read it from then on, where the file system knows modes.
 * @throws SluiceError `NOT_OWNED`, before anything in it was touched; what making it fails with
 */
export async function ownFolder({ path, use, owner, isOwn }: FolderClaim): Promise<OwnedFolder> {
  await makeFolder(path);
  let takenOver = 0;
  for (;;) {
    const mark = await readMark(path);
    if (mark) {
      requireMark(mark, { use, owner }, path);
      await tighten(path, FOLDER_MODE);
      await tighten(join(path, MARK), FILE_MODE);
      return { owner: mark.owner, takenOver, opened: mark.opened === true };
    }
    takenOver = (await ownEntries(path, isOwn)).length;
    await writeMark(path, { use, owner: owner ?? randomUUID() });
  }
}

/**
 * Refuses a mark of others.
 * @param at where the mark is
 * @throws SluiceError `NOT_OWNED`
 */
export function requireMark(mark: Mark, { use, owner }: Partial<Mark>, path: string, at = join(path, MARK)): void {
  if (mark.use !== use) throw notOwned(path, `it holds ${mark.use}, and not ${use}`);
  if (owner === undefined || mark.owner === owner) return;
  const remedy = `name another place, or, where those are gone for good, delete ${at}`;
  throw notOwned(path, `it belongs to other jobs than these (${mark.owner}); ${remedy}`);
}

/** @throws SluiceError `NOT_OWNED` for a text that is no mark; undefined where nothing was ever written */
export function parseMark(text: string, path: string): Mark | undefined {
  // A process can die between making the file and writing it, where a file system has no links.
  if (text === '') return undefined;
  try {
    const { use, owner, opened }: Partial<Record<string, unknown>> = JSON.parse(text);
    if ((use === 'jobs' || use === 'results') && typeof owner === 'string' && OWNER.test(owner)) {
      return { use, owner, opened: opened === true };
    }
  } catch {}
  throw notOwned(path, `${MARK} in it says whose it is and cannot be read`);
}

/** The text of a mark. */
export function markText(mark: Mark): string {
  return `${JSON.stringify(mark)}\n`;
}

/** @throws SluiceError `NOT_OWNED` for a mark that cannot be read; undefined where there is none */
export async function readMark(path: string): Promise<Mark | undefined> {
  const text = await readFile(join(path, MARK), 'utf8').catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return '';
    const isRefused = ['EACCES', 'EPERM'].includes(systemCode(cause) ?? '');
    const code = isRefused ? 'PERMISSION_DENIED' : 'READ_FAILED';
    throw new SluiceError(code, 'job', `${join(path, MARK)}: ${messageOf(cause)}`, { path, cause });
  });
  return parseMark(text, path);
}

/** Notes in a mark that the database of these jobs is there. */
export async function noteOpened(path: string): Promise<void> {
  const mark = await readMark(path);
  if (!mark || mark.opened) return;
  const final = join(path, MARK);
  const temporary = `${final}.${randomUUID()}.tmp`;
  try {
    await writeDurably(temporary, { ...mark, opened: true });
    await rename(temporary, final);
    await syncDirectory(path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw writeError(cause, final);
  }
}

/** Gives what is ours the mode it should have, where that is possible and not so. */
export async function tighten(path: string, mode: number): Promise<void> {
  const known = await stat(path).catch(() => undefined);
  // A file system without modes, or a folder of another user that this one may write to, stays as it is.
  if (known && (known.mode & 0o777) !== mode) await chmod(path, mode).catch(() => {});
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await mkdir(path, { mode: FOLDER_MODE });
    await syncDirectory(dirname(path));
  } catch (cause) {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isFolder) return;
    if (['EEXIST', 'ENOTDIR'].includes(systemCode(cause) ?? '')) throw notOwned(path, await whyNoFolder(path));
    throw writeError(cause, path);
  }
}

/** What stands where a folder should be made. */
async function whyNoFolder(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const found = await lstat(at).catch(() => undefined);
    if (!found && at !== dirname(at)) continue;
    const kind = found?.isSymbolicLink() ? 'a link that leads to no folder' : 'no folder';
    return `${at === path ? 'it' : at} is ${kind}; name a folder that is empty or new`;
  }
}

/** What versions before marks have left. */
async function ownEntries(path: string, isOwn: FolderClaim['isOwn']): Promise<readonly Dirent[]> {
  const own: Dirent[] = [];
  const foreign: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (NOTHING.test(entry.name)) continue;
    if (await isOwn(entry)) own.push(entry);
    else foreign.push(entry.name);
  }
  if (foreign.length === 0) return own;
  const names = foreign.slice(0, 3).map((name) => JSON.stringify(name));
  const more = foreign.length > names.length ? ` and ${foreign.length - names.length} more` : '';
  throw notOwned(
    path,
    `it holds ${names.join(', ')}${more}, which sluice did not make; name a folder that is empty or new`,
  );
}

/** Puts the mark there as a whole, unless one is there. */
async function writeMark(path: string, mark: Mark): Promise<void> {
  const final = join(path, MARK);
  const temporary = `${final}.${randomUUID()}.tmp`;
  try {
    await writeDurably(temporary, mark);
    const empty = await lstat(final).catch(() => undefined);
    if (empty?.size === 0) await rm(final);
    await link(temporary, final).catch(async (cause: unknown) => {
      if (systemCode(cause) === 'EEXIST') return;
      // No hard links here.
      await writeDurably(final, mark).catch((failure: unknown) => {
        if (systemCode(failure) !== 'EEXIST') throw failure;
      });
    });
    await syncDirectory(path);
  } catch (cause) {
    throw writeError(cause, final);
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

async function writeDurably(path: string, mark: Mark): Promise<void> {
  const handle = await open(path, 'wx', FILE_MODE);
  try {
    await handle.writeFile(markText(mark));
    await syncFile(handle);
  } finally {
    await handle.close();
  }
}

function notOwned(path: string, why: string): SluiceError {
  return new SluiceError('NOT_OWNED', 'job', `${path} is not this service's to use: ${why}`, { path });
}
