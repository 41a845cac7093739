/** Ownership of folders: each contains a mark; one without a mark is taken only if it holds nothing foreign. */
import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory, syncFile } from '../destinations/sync.js';
import { writeError } from '../destinations/write-error.js';
import { messageOf, SluiceError, systemCode } from '../terms/errors.js';

/** The purpose of a folder. */
export type FolderUse = 'jobs' | 'results';

/** The mark of a folder: its purpose, and the id of the jobs it belongs to. */
export interface Mark {
  readonly use: FolderUse;
  readonly owner: string;
  /** For jobs: whether their database has been opened, so that an empty one has lost its content. */
  readonly opened?: boolean;
}

/** Name of the mark, as a file and as an object. */
export const MARK = '.sluice-owner.json';

/** Modes of folders and files that hold jobs: only their user may read them. */
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

/** Entries of a folder that counts as empty: unfinished marks, and what file systems create at their root. */
const IGNORED = /^(\.sluice-owner\.json(\.[0-9a-f-]{36}\.tmp)?|lost\+found)$/;

const OWNER = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The folder to be claimed. */
export interface FolderClaim {
  readonly path: string;
  readonly use: FolderUse;
  /** Expected owner; absent: the present owner, or a new one. */
  readonly owner?: string;
  /** Whether an entry of a folder without a mark was made by a version of sluice without marks. */
  readonly isOwn: (entry: Dirent) => boolean | Promise<boolean>;
}

/** A claimed folder. */
export interface OwnedFolder {
  readonly owner: string;
  /** Entries of a version without marks at the time it was claimed; 0 if it was new, empty, or marked. */
  readonly takenOver: number;
  /** As stated by its mark. */
  readonly opened: boolean;
}

/**
 * Claims a folder: creates it, takes one without foreign entries, or finds the expected mark. Of two concurrent claims
 * one is refused. From then on only this user may read it, if the file system has modes.
 * @throws SluiceError `NOT_OWNED`, before anything was changed; errors of creating the folder
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
 * Refuses the mark of other jobs.
 * @param at address of the mark
 * @throws SluiceError `NOT_OWNED`
 */
export function requireMark(mark: Mark, { use, owner }: Partial<Mark>, path: string, at = join(path, MARK)): void {
  if (mark.use !== use) throw notOwned(path, `it holds ${mark.use}, not ${use}`);
  if (owner === undefined || mark.owner === owner) return;
  const remedy = `name another one, or delete ${at} if those jobs are gone for good`;
  throw notOwned(path, `it belongs to other jobs (${mark.owner}); ${remedy}`);
}

/** Parses a mark; undefined for an empty text. @throws SluiceError `NOT_OWNED` for any other text */
export function parseMark(text: string, path: string): Mark | undefined {
  // Without hard links, a process can die between creating the file and writing it.
  if (text === '') return undefined;
  try {
    const { use, owner, opened }: Partial<Record<string, unknown>> = JSON.parse(text);
    if ((use === 'jobs' || use === 'results') && typeof owner === 'string' && OWNER.test(owner)) {
      return { use, owner, opened: opened === true };
    }
  } catch {}
  throw notOwned(path, `its ${MARK} cannot be read`);
}

/** The text of a mark. */
export function markText(mark: Mark): string {
  return `${JSON.stringify(mark)}\n`;
}

/** Reads the mark of a folder; undefined if there is none. @throws SluiceError `NOT_OWNED` for an unreadable mark */
export async function readMark(path: string): Promise<Mark | undefined> {
  const text = await readFile(join(path, MARK), 'utf8').catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return '';
    const isRefused = ['EACCES', 'EPERM'].includes(systemCode(cause) ?? '');
    const code = isRefused ? 'PERMISSION_DENIED' : 'READ_FAILED';
    throw new SluiceError(code, 'job', `${join(path, MARK)}: ${messageOf(cause)}`, { path, cause });
  });
  return parseMark(text, path);
}

/** Notes in the mark that the database of the jobs has been opened. */
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

/** Sets the mode of an own file or folder if it differs; best effort. */
export async function tighten(path: string, mode: number): Promise<void> {
  const known = await stat(path).catch(() => undefined);
  // Fails on file systems without modes, and for folders of another user.
  if (known && (known.mode & 0o777) !== mode) await chmod(path, mode).catch(() => {});
}

async function makeFolder(path: string): Promise<void> {
  try {
    await makeParents(dirname(path));
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

/** Makes the folders that are missing. Node's recursive mkdir never ends below a folder such as `/proc`, which takes no entry. */
async function makeParents(path: string): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (isThere || path === dirname(path)) return;
  await makeParents(dirname(path));
  await mkdir(path).catch((cause: unknown) => {
    if (systemCode(cause) !== 'EEXIST') throw cause;
  });
}

/** Explains why a folder cannot be created. */
async function whyNoFolder(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) {
    const found = await lstat(at).catch(() => undefined);
    if (!found && at !== dirname(at)) continue;
    const kind = found?.isSymbolicLink() ? 'a link that does not lead to a folder' : 'not a folder';
    return `${at === path ? 'it' : at} is ${kind}; name a folder that is empty or new`;
  }
}

/** The entries made by versions without marks. */
async function ownEntries(path: string, isOwn: FolderClaim['isOwn']): Promise<readonly Dirent[]> {
  const own: Dirent[] = [];
  const foreign: string[] = [];
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (IGNORED.test(entry.name)) continue;
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

/** Writes the mark atomically, unless there is one. */
async function writeMark(path: string, mark: Mark): Promise<void> {
  const final = join(path, MARK);
  const temporary = `${final}.${randomUUID()}.tmp`;
  try {
    await writeDurably(temporary, mark);
    const empty = await lstat(final).catch(() => undefined);
    if (empty?.size === 0) await rm(final);
    await link(temporary, final).catch(async (cause: unknown) => {
      if (systemCode(cause) === 'EEXIST') return;
      // The file system has no hard links.
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
  return new SluiceError('NOT_OWNED', 'job', `${path} does not belong to this service: ${why}`, { path });
}
