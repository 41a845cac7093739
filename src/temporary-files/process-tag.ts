/** Identifies the process that made a file by a tag in its name, so that leftovers of dead processes are recognised. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { systemCode } from '../terms/errors.js';

/** Boot and namespace of process ids, process id, and start time of the process. */
const TAG = /^([0-9a-f]{12})-(\d{1,10})-(\d{1,20})$/;

/** The source of a regular expression that matches a tag. */
export const TAG_PATTERN = '[0-9a-f]{12}-\\d{1,10}-\\d{1,20}';

let known: { readonly space: string; readonly tag: string } | undefined | null = null;

/** The tag of this process; undefined where the system does not identify processes reliably (outside Linux). */
export function processTag(): string | undefined {
  return own()?.tag;
}

/**
 * Whether the process of a tag has certainly ended. For another machine, another container or an earlier boot of this
 * machine that is unknown, so the result is false.
 */
export function hasEnded(tag: string): boolean {
  const [, space, pid = '', start] = TAG.exec(tag) ?? [];
  if (space === undefined || space !== own()?.space) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (cause) {
    return systemCode(cause) === 'ESRCH';
  }
  const stat = statOf(pid);
  // A process whose start cannot be read counts as the same.
  if (stat === undefined) return false;
  // The process id may have been reused; and a dead process keeps its own until its parent asks for its end, which the
  // first process of a container may never do. While threads are left, they may be writing.
  return stat.start !== start || (stat.isZombie && stat.threads <= 1);
}

/** Whether a tag belongs to the same boot and namespace of process ids. */
export function isFromHere(tag: string): boolean {
  return TAG.exec(tag)?.[1] !== undefined && TAG.exec(tag)?.[1] === own()?.space;
}

function own(): { readonly space: string; readonly tag: string } | undefined {
  if (known !== null) return known;
  const space = spaceOfProcesses();
  const start = statOf('self')?.start;
  known = space === undefined || start === undefined ? undefined : { space, tag: `${space}-${process.pid}-${start}` };
  return known;
}

/** Names the set of processes in which a process id is unique. */
function spaceOfProcesses(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    const namespace = readlinkSync('/proc/self/ns/pid');
    return createHash('sha256').update(`${boot}\n${namespace}`).digest('hex').slice(0, 12);
  } catch {
    return undefined;
  }
}

/** What the system states of a process. */
interface ProcessStat {
  readonly isZombie: boolean;
  readonly threads: number;
  /** In clock ticks since the boot. */
  readonly start: string;
}

function statOf(pid: string): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name, which may hold blanks and brackets; the others are counted from the third.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { isZombie: fields[0] === 'Z' || fields[0] === 'X', threads: Number(fields[17]), start: fields[19] };
  } catch {
    return undefined;
  }
}
