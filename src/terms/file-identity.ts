/** The identity of a file: whether two names or two open files are one file. */

/** What `stat` returns of a file, in big integers: the numbers of some file systems exceed doubles. */
export interface FileStats {
  readonly dev: bigint;
  readonly ino: bigint;
  isFile(): boolean;
  isBlockDevice(): boolean;
  isFIFO(): boolean;
}

/**
 * Device and inode; undefined where equal numbers mean nothing: a terminal, a socket or `/dev/null` may be both read and
 * written, and some file systems have no inode numbers.
 */
export function fileIdentity(stats: FileStats): string | undefined {
  if (stats.ino === 0n || !(stats.isFile() || stats.isBlockDevice() || stats.isFIFO())) return undefined;
  return `${stats.dev}:${stats.ino}`;
}
