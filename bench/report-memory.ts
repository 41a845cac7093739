/** Loaded before a command: writes the peak resident set of the process, in MiB, to a file when it ends. */
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const path = process.env.BENCH_MEMORY_FILE;
  if (path !== undefined) writeFileSync(path, String(highestMebibytes()));
});

function highestMebibytes(): number {
  try {
    // On Linux `maxRSS` of a child starts at the parent's value at the fork; this value is the child's own.
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kibibytes !== undefined) return Number(kibibytes) / 1024;
  } catch {
    // On other systems `maxRSS` has no such flaw.
  }
  return process.resourceUsage().maxRSS / 1024;
}
