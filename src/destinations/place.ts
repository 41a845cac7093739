/** Examines the place of a result, and refuses impossible ones before anything is read. */
import { constants, fstatSync, type Stats } from 'node:fs';
import { lstat, open, readFile, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { whyNotWritten } from '../loop/own-descriptors.js';
import { SluiceError, systemCode } from '../terms/errors.js';
import { writeError } from './write-error.js';

/** A regular file to be created or replaced. */
export interface FilePlace {
  readonly kind: 'file';
  /** The path as the caller gave it. */
  readonly name: string;
  /** The path with links followed. */
  readonly path: string;
  readonly folder: string;
  /** The file that is replaced; undefined for a new one. */
  readonly old?: Stats;
  /** Why the file cannot be replaced, only overwritten in place. */
  readonly fixed?: string;
}

/** A place that is written directly: an open descriptor, or anything but a regular file. */
export type ThroughPlace =
  | { readonly kind: 'descriptor'; readonly fd: number }
  | { readonly kind: 'fifo' | 'device' | 'socket'; readonly path: string };

/** The place at a path. */
export type Place = FilePlace | ThroughPlace;

/** Maximum number of links followed, as on Linux. */
const MAX_LINKS = 40;

/**
 * Examines the path of a result.
 * @throws SluiceError `DESTINATION_EXISTS` without `overwrite`, `IS_DIRECTORY`, `PERMISSION_DENIED`, `WRITE_FAILED`
 */
export async function findPlace(path: string, overwrite: boolean): Promise<Place> {
  if (path === '' || path.endsWith('/') || path.endsWith(sep)) throw folderError(path, 'names a folder');
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
    // The folder of descriptors of a process has many names.
    const fd = descriptorOf(join(folder, basename(at)));
    if (fd !== undefined) return descriptor(fd, path);
    const found = await lstat(at).catch((cause: unknown) => {
      if (systemCode(cause) === 'ENOENT') return undefined;
      throw cause;
    });
    if (!found) {
      // A dangling link occupies the name.
      if (links > 0 && !overwrite) throw existsError(path, `, as a link to ${at}, which does not exist`);
      return { kind: 'file', name: path, path: join(folder, basename(at)), folder };
    }
    if (!found.isSymbolicLink()) return placeOf(found, at, folder, path, overwrite);
    if (links === MAX_LINKS) throw new Error('too many symbolic links');
    const to = await readlink(at);
    // Joined as text, because the system follows links before it resolves `..`.
    at = isAbsolute(to) ? to : `${dirname(at)}/${to}`;
  }
}

async function placeOf(found: Stats, at: string, folder: string, path: string, overwrite: boolean): Promise<Place> {
  if (found.isDirectory()) throw folderError(path, 'is a folder');
  if (found.isFIFO()) return { kind: 'fifo', path: at };
  if (found.isSocket()) return { kind: 'socket', path: at };
  if (found.isCharacterDevice()) return { kind: 'device', path: at };
  // A block device holds data as a file does.
  if (!overwrite) throw existsError(path);
  if (found.isBlockDevice()) return { kind: 'device', path: at };
  const real = join(folder, basename(at));
  const refused = await refusalOf(at);
  // A file whose attributes forbid changes may not be replaced; one without permissions may.
  if (systemCode(refused) === 'EPERM') throw refused;
  const fixed = await whyFixed(real, found, folder);
  if (fixed === undefined) return { kind: 'file', name: path, path: real, folder, old: found };
  if (refused !== undefined) throw refused;
  return { kind: 'file', name: path, path: real, folder, old: found, fixed };
}

/** The folder of a file, by its real path where that can be resolved. */
async function folderOf(at: string, path: string): Promise<string> {
  const parent = dirname(at);
  const folder = await realpath(parent).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') throw failed(path, `the folder ${parent} does not exist`, cause);
    // The system refuses a file below a file; a path that may not be resolved may be writable.
    return parent;
  });
  const found = await stat(folder).catch(() => undefined);
  if (found && !found.isDirectory()) throw failed(path, `${parent} is not a folder`);
  return folder;
}

/** Why an existing file can be written to, but not replaced. */
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

/** Why a file cannot be written to; undefined where it can. */
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

/** The list of mounts writes white space as octal numbers. */
function unescaped(text: string): string {
  return text.includes('\\')
    ? text.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    : text;
}

/** The descriptor of a path such as `/dev/stdout`, `/dev/fd/5` or `/proc/self/fd/5`. */
function descriptorOf(path: string): number | undefined {
  if (path === '/dev/stdout') return 1;
  if (path === '/dev/stderr') return 2;
  const [, pid, fd] = /^\/(?:dev|proc\/(self|thread-self|\d+)(?:\/task\/\d+)?)\/fd\/(\d{1,9})$/.exec(path) ?? [];
  if (fd === undefined) return undefined;
  return pid !== undefined && /^\d/.test(pid) && Number(pid) !== process.pid ? undefined : Number(fd);
}

async function descriptor(fd: number, path: string): Promise<ThroughPlace> {
  const refusal = await whyNotWritten(fd).catch((cause: unknown) => {
    throw failed(path, `descriptor ${fd} is not open`, cause);
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

function folderError(path: string, what: string): SluiceError {
  return new SluiceError('IS_DIRECTORY', 'write', `${path === '' ? 'an empty name' : path} ${what}; name a file`, {
    path,
  });
}

function failed(path: string, reason: string, cause?: unknown): SluiceError {
  return new SluiceError('WRITE_FAILED', 'write', `${path}: ${reason}`, { path, cause });
}

/** Whether two paths lead to one place, where one result would overwrite the other. */
export async function isSamePlace(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([identityOf(a), identityOf(b)]);
  return one !== undefined && one === other;
}

/** Identifies a place; undefined for devices, which several may write to, and for places that cannot be written. */
async function identityOf(path: string): Promise<string | undefined> {
  const place = await findPlace(path, true).catch(() => undefined);
  if (!place) return undefined;
  if (place.kind === 'file' && !place.old) return place.path;
  const found =
    place.kind === 'descriptor' ? fstatSync(place.fd) : place.kind === 'file' ? place.old : await stat(place.path);
  return found?.isFile() || found?.isFIFO() || found?.isSocket() ? `${found.dev}:${found.ino}` : undefined;
}
