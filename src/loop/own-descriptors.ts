/** File descriptors that Node uses internally: writing to one, or reading from it, ends the process. */
import { fstatSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';

/** Flags of an open file on Linux. */
const WRITE_ONLY = 0o1;
const READ_WRITE = 0o2;
const ACCESS = WRITE_ONLY | READ_WRITE;
const CLOSED_IN_CHILDREN = 0o2000000;

/** A pipe without a name. */
const PIPE = /^pipe:\[(\d+)\]$/;

/**
 * The inodes of the pipes by which threads of this process wake each other. Both ends of such a pipe are in this process,
 * and closed in children; an inherited pipe has its other end elsewhere. Without `/proc`, none are known.
 */
export async function ownPipes(): Promise<ReadonlySet<bigint>> {
  const ends = new Map<string, number>();
  const names = await readdir('/proc/self/fd').catch(() => []);
  const found = await Promise.all(names.map(ownEnd));
  for (const { inode, end } of found.filter((one) => one !== undefined)) ends.set(inode, (ends.get(inode) ?? 0) | end);
  return new Set([...ends].filter(([, both]) => both === 3).map(([inode]) => BigInt(inode)));
}

/** The pipe of a descriptor that is open as Node opens its own; end 1 is for reading, 2 for writing. */
async function ownEnd(fd: string): Promise<{ readonly inode: string; readonly end: 1 | 2 } | undefined> {
  const [, inode] = PIPE.exec(await readlink(`/proc/self/fd/${fd}`).catch(() => '')) ?? [];
  if (inode === undefined) return undefined;
  const flags = await flagsOf(fd);
  if (flags === undefined || (flags & CLOSED_IN_CHILDREN) === 0) return undefined;
  return { inode, end: (flags & ACCESS) === WRITE_ONLY ? 2 : 1 };
}

async function flagsOf(fd: number | string): Promise<number | undefined> {
  const text = await readFile(`/proc/self/fdinfo/${fd}`, 'utf8').catch(() => '');
  const [, flags] = /^flags:\s*([0-7]+)$/m.exec(text) ?? [];
  return flags === undefined ? undefined : Number.parseInt(flags, 8);
}

/**
 * Why a descriptor cannot be written to; undefined where it can.
 * @throws what `fstat` throws for a descriptor that is not open
 */
export async function whyNotWritten(fd: number): Promise<string | undefined> {
  const stats = fstatSync(fd, { bigint: true });
  if (stats.isDirectory()) return 'it is a folder';
  const isKnown =
    stats.isFile() || stats.isFIFO() || stats.isSocket() || stats.isCharacterDevice() || stats.isBlockDevice();
  if (!isKnown || (stats.isFIFO() && (await ownPipes()).has(stats.ino))) return OWN;
  const flags = await flagsOf(fd);
  return flags === undefined || (flags & ACCESS) !== 0 ? undefined : 'it is open for reading only';
}

/** The reason for a descriptor that Node uses internally. */
export const OWN = 'Node uses it internally';
