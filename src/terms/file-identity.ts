/** What tells whether two names, or two open files, are one file. */

/** What `stat` answers of a file, in big integers: the numbers of some file systems do not fit into others. */
export interface FileStats {
  readonly dev: bigint;
  readonly ino: bigint;
  isFile(): boolean;
  isBlockDevice(): boolean;
  isFIFO(): boolean;
}

/**
 * Device and inode; undefined where equal numbers say nothing: a terminal, a socket or `/dev/null` may well be read and
 * written, and some file systems number nothing.
 */
export function fileIdentity(stats: FileStats): string | undefined {
  if (stats.ino === 0n || !(stats.isFile() || stats.isBlockDevice() || stats.isFIFO())) return undefined;
  return `${stats.dev}:${stats.ino}`;
}
