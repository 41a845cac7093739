/** Which process made a file: told in the file's name, so that what a dead one has left can be recognised. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { systemCode } from '../terms/errors.js';

/** Machine since its start and namespace of process numbers, number of the process, and when it began. */
const TAG = /^([0-9a-f]{12})-(\d{1,10})-(\d{1,20})$/;

/** The source of a regular expression that a tag matches. */
export const TAG_PATTERN = '[0-9a-f]{12}-\\d{1,10}-\\d{1,20}';

let known: { readonly space: string; readonly tag: string } | undefined | null = null;

/** The tag of this process; undefined where the system does not tell processes apart well enough (outside Linux). */
export function processTag(): string | undefined {
  return own()?.tag;
}

/**
 * Whether the process of a tag has surely ended. Of another machine, another container or an earlier start of this
 * machine nobody here can say it, so that the answer is no.
 */
export function hasEnded(tag: string): boolean {
  const [, space, pid = '', start] = TAG.exec(tag) ?? [];
  if (space === undefined || space !== own()?.space) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (cause) {
    return systemCode(cause) === 'ESRCH';
  }
  // The number may have come round again; whose beginning cannot be read is taken for the same.
  const started = startOf(pid);
  return started !== undefined && started !== start;
}

/** Whether a tag was made where processes can be told apart from here. */
export function isFromHere(tag: string): boolean {
  return TAG.exec(tag)?.[1] !== undefined && TAG.exec(tag)?.[1] === own()?.space;
}

function own(): { readonly space: string; readonly tag: string } | undefined {
  if (known !== null) return known;
  const space = spaceOfProcesses();
  const start = startOf('self');
  known = space === undefined || start === undefined ? undefined : { space, tag: `${space}-${process.pid}-${start}` };
  return known;
}

/** Names the set of processes among which a number means one of them. */
function spaceOfProcesses(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    const namespace = readlinkSync('/proc/self/ns/pid');
    return createHash('sha256').update(`${boot}\n${namespace}`).digest('hex').slice(0, 12);
  } catch {
    return undefined;
  }
}

/** When a process began, in clock ticks since the machine did. */
function startOf(pid: string): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name, which may hold blanks and brackets; the beginning is the 22nd.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
