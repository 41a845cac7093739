/** What stands where a result is to go: found out, and refused where it cannot be, before anything is read. */
import { constants, fstatSync, type Stats } from 'node:fs';
import { lstat, open, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { whyNotWritten } from '../loop/own-descriptors.js';
import { SluiceError, systemCode } from '../terms/errors.js';
import { writeError } from './write-error.js';

/** A regular file that is to be made or replaced. */
export interface FilePlace {
  readonly kind: 'file';
  /** As the caller called it. */
  readonly name: string;
  /** Where it stands, links followed. */
  readonly path: string;
  readonly folder: string;
  /** The file that is there and goes; undefined for a new one. */
  readonly old?: Stats;
  /** Why the file cannot be replaced, but only be written over. */
  readonly fixed?: string;
}

/** Something that is written straight through: a descriptor that is open already, or what is no regular file. */
export type ThroughPlace =
  | { readonly kind: 'descriptor'; readonly fd: number }
  | { readonly kind: 'fifo' | 'device' | 'socket'; readonly path: string };

/** What stands at a path. */
export type Place = FilePlace | ThroughPlace;

/** Links that are followed, as many as Linux does. */
const MOST_LINKS = 40;

/**
 * Looks at a path to which a result is to go.
 * @throws SluiceError `DESTINATION_EXISTS` without `overwrite`, `IS_DIRECTORY`, `PERMISSION_DENIED`, `WRITE_FAILED`
 */
export async function findPlace(path: string, overwrite: boolean): Promise<Place> {
  if (path === '' || path.endsWith('/') || path.endsWith(sep)) throw isFolder(path, 'names a folder');
  try {
    return await find(path, overwrite);
  } catch (cause) {
    throw writeError(cause, path);
  }
}

async function find(path: string, overwrite: boolean): Promise<Place> {
  let at = path;
  for (let links = 0; ; links++) {
    const open = descriptorOf(at);
    if (open !== undefined) return descriptor(open, path);
    const folder = await folderOf(at, path);
    // The folder of a process's descriptors has many names.
    const fd = descriptorOf(join(folder, basename(at)));
    if (fd !== undefined) return descriptor(fd, path);
    const found = await lstat(at).catch((cause: unknown) => {
      if (systemCode(cause) === 'ENOENT') return undefined;
      throw cause;
    });
    if (!found) {
      // The name of a link to nothing is taken.
      if (links > 0 && !overwrite) throw existsError(path, `, as a link to ${at}, which is not there`);
      return { kind: 'file', name: path, path: join(folder, basename(at)), folder };
    }
    if (!found.isSymbolicLink()) return placeOf(found, at, folder, path, overwrite);
    if (links === MOST_LINKS) throw new Error('too many symbolic links');
    const to = await readlink(at);
    // Joined as text: the system follows links before it goes up.
    at = isAbsolute(to) ? to : `${dirname(at)}/${to}`;
  }
}

async function placeOf(found: Stats, at: string, folder: string, path: string, overwrite: boolean): Promise<Place> {
  if (found.isDirectory()) throw isFolder(path, 'is a folder');
  if (found.isFIFO()) return { kind: 'fifo', path: at };
  if (found.isSocket()) return { kind: 'socket', path: at };
  if (found.isCharacterDevice()) return { kind: 'device', path: at };
  // A block device holds what a file does.
  if (!overwrite) throw existsError(path);
  if (found.isBlockDevice()) return { kind: 'device', path: at };
  const real = join(folder, basename(at));
  const refused = await refusalOf(at);
  // A file whose attributes forbid changes is not to be replaced either; one without permission for us may be.
  if (systemCode(refused) === 'EPERM') throw refused;
  const fixed = await whyFixed(real, found, folder);
  if (fixed === undefined) return { kind: 'file', name: path, path: real, folder, old: found };
  if (refused !== undefined) throw refused;
  return { kind: 'file', name: path, path: real, folder, old: found, fixed };
}

/** The folder of a file, by its real name where that can be known. */
async function folderOf(at: string, path: string): Promise<string> {
  const parent = dirname(at);
  const folder = await realpath(parent).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') throw failed(path, `the folder ${parent} does not exist`, cause);
    // A file below a file is the system's to refuse, and a name that may not be looked up may be written to.
    return parent;
  });
  const found = await stat(folder).catch(() => undefined);
  if (found && !found.isDirectory()) throw failed(path, `${parent} is no folder`);
  return folder;
}

/** Why a file that is there can be written to, but not be replaced by another. */
async function whyFixed(real: string, found: Stats, folder: string): Promise<string | undefined> {
  if (await isMountPoint(real)) return 'it is mounted by itself';
  const user = process.geteuid?.();
  const parent = await stat(folder).catch(() => undefined);
  const isSticky = parent !== undefined && (parent.mode & 0o1000) !== 0;
  if (isSticky && user !== undefined && user !== 0 && found.uid !== user && parent.uid !== user) {
    return 'it is the file of another user in a folder where only owners replace files';
  }
  return undefined;
}

/** Why a file may not be written to; undefined where it may. */
export async function refusalOf(path: string): Promise<unknown> {
  try {
    await (await open(path, constants.O_WRONLY)).close();
    return undefined;
  } catch (cause) {
    return cause;
  }
}

async function isMountPoint(real: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return mounts.split('\n').some((line) => unescaped(line.split(' ')[4] ?? '') === real);
}

/** Blanks and the like stand in the list of mounts as octal numbers. */
function unescaped(text: string): string {
  return text.includes('\\')
    ? text.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    : text;
}

/** The descriptor that a path stands for: `/dev/stdout`, `/dev/fd/5`, `/proc/self/fd/5`. */
function descriptorOf(path: string): number | undefined {
  if (path === '/dev/stdout') return 1;
  if (path === '/dev/stderr') return 2;
  const [, pid, fd] = /^\/(?:dev|proc\/(self|thread-self|\d+)(?:\/task\/\d+)?)\/fd\/(\d{1,9})$/.exec(path) ?? [];
  if (fd === undefined) return undefined;
  return pid !== undefined && /^\d/.test(pid) && Number(pid) !== process.pid ? undefined : Number(fd);
}

async function descriptor(fd: number, path: string): Promise<ThroughPlace> {
  const refusal = await whyNotWritten(fd).catch((cause: unknown) => {
    throw failed(path, `there is no open descriptor ${fd}`, cause);
  });
  if (refusal !== undefined) throw failed(path, `descriptor ${fd} cannot be written to: ${refusal}`);
  return { kind: 'descriptor', fd };
}

/** @throws SluiceError `DESTINATION_EXISTS` */
export function existsError(path: string, how = ''): SluiceError {
  return new SluiceError(
    'DESTINATION_EXISTS',
    'write',
    `${path} exists${how}; only overwrite (--overwrite) replaces it`,
    {
      path,
    },
  );
}

function isFolder(path: string, what: string): SluiceError {
  return new SluiceError('IS_DIRECTORY', 'write', `${path === '' ? 'an empty name' : path} ${what}; name a file`, {
    path,
  });
}

function failed(path: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError('WRITE_FAILED', 'write', `${path}: ${reason}`, { path, cause });
}

/** Whether two paths lead to one place, where one result would be written over the other. */
export async function isSamePlace(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([identityOf(a), identityOf(b)]);
  return one !== undefined && one === other;
}

/** What tells one place from another; undefined for devices, which many may write to, and for what cannot be written. */
async function identityOf(path: string): Promise<string | undefined> {
  const place = await findPlace(path, true).catch(() => undefined);
  if (!place) return undefined;
  if (place.kind === 'file' && !place.old) return place.path;
  const found =
    place.kind === 'descriptor' ? fstatSync(place.fd) : place.kind === 'file' ? place.old : await stat(place.path);
  return found?.isFile() || found?.isFIFO() || found?.isSocket() ? `${found.dev}:${found.ino}` : undefined;
}
